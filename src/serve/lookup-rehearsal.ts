/**
 * The question that a lookup thread answers before any mail asks it: everything a real one does, of an incident that never was.
 *
 * Without it the first mail after a start would wait a second and more for the thread.
 */
import type { Settings } from '../config/settings.ts';
import type { AskedQuestion } from './questions.ts';

/** Matched by nobody's lines: what it costs must not depend on what is stored. */
const QUERY = 'message:"an incident that never was"';

/** As for a mail. It comes while the daemon starts, and nobody waits for it. */
const DEADLINE_MS = 2_000;

/** Null: no rule can cause a mail, so that a thread would wait in vain. */
export function lookupRehearsal(settings: Settings, nowMs: number): AskedQuestion | null {
  if (settings.email === null || settings.alerts.length === 0) return null;
  return {
    kind: 'alertDetails',
    question: {
      query: QUERY,
      firstAtMs: nowMs,
      lastAtMs: nowMs,
      endAtMs: nowMs,
      samples: [],
      contextLines: 0,
      deadlineMs: DEADLINE_MS,
    },
  };
}
