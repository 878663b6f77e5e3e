/** A rehearsal of one rule, on a query thread. */
import { type RehearsalRecord, rehearsalRecordOf } from '../rehearsal/rehearsal-record.ts';
import { rehearsedRules } from '../rehearsal/rehearsal-settings.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import type { Answering } from './asked-request.ts';
import type { RehearsalQuestion } from './questions.ts';

/** Incidents of one answer, the newest: more than a page shows. */
const INCIDENTS_MAX = 500;

export function answerRehearsal(
  { reader, database, host, signal }: Answering,
  { rule, settings, ...times }: RehearsalQuestion,
): RehearsalRecord {
  const { recipients, quietHours } = settings;
  const rehearsal = rehearse(
    { reader, database, host },
    { ...rehearsedRules(settings, rule), recipients, quietHours, ...times, signal },
  );
  return rehearsalRecordOf(rehearsal, INCIDENTS_MAX);
}
