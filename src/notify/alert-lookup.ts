/**
 * Asks the store for what a mail shows of an incident, once for all who get it.
 *
 * A mail never waits long for it, and never fails for it: without an answer in time it leaves without, with the samples
 * that its notification carries.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { AlertDetails, AlertDetailsQuestion } from '../model/alert-details.ts';
import { incidentQueryOf } from '../model/incident-record.ts';
import type { AlertNotice } from '../model/notification.ts';

/** Who answers: a query thread, or a reader in this process. */
export type AlertDetailsPort = (question: AlertDetailsQuestion) => Promise<AlertDetails>;

/** What the store may take; usually it takes milliseconds. */
const DEADLINE_MS = 2_000;
/** All of it, the start of a thread on a busy machine included. */
export const LOOKUP_MS_MAX = 6_000;

/** Mails of one incident leave within moments of each other, and a retry soon after. */
const REMEMBERED_MAX = 32;

export class AlertLookup {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #port: AlertDetailsPort | null;
  readonly #contextLines: number;
  readonly #answers = new Map<string, Promise<AlertDetails | null>>();

  constructor(
    parts: Readonly<{ clock: Clock; log: Log; port: AlertDetailsPort | null }>,
    contextLines: number,
  ) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#port = parts.port;
    this.#contextLines = contextLines;
  }

  /** Never rejects. `key` is that of the notification. */
  detailsOf(key: string, notice: AlertNotice): Promise<AlertDetails | null> {
    if (this.#port === null) return Promise.resolve(null);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = this.#ask(this.#port, notice);
    this.#answers.set(key, answer);
    const oldest = this.#answers.keys().next().value;
    if (this.#answers.size > REMEMBERED_MAX && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }

  async #ask(port: AlertDetailsPort, notice: AlertNotice): Promise<AlertDetails | null> {
    const done = new AbortController();
    const tooLate = this.#clock
      .sleep(LOOKUP_MS_MAX, { signal: done.signal, holdsProcess: false })
      .then(() => null);
    try {
      return await Promise.race([port(questionOf(notice, this.#contextLines)), tooLate]);
    } catch (cause) {
      const { incidentId } = notice;
      this.#log.warn(
        { incidentId, reason: messageOf(cause) },
        'An alert mail goes without a chart',
      );
      return null;
    } finally {
      done.abort();
    }
  }
}

function questionOf(notice: AlertNotice, contextLines: number): AlertDetailsQuestion {
  const { samples, firstAtMs, lastAtMs, resolvedAtMs, what, noticedAtMs } = notice;
  const { condition, query = condition, group } = notice;
  const [first, newest] = [samples[0], samples.at(-1)];
  // An old file is shown with the hours it is about; silence has no newest line to end with.
  const isNow = what !== 'opened' || notice.ruleKind === 'absence';
  const endAtMs = Math.max(lastAtMs, resolvedAtMs ?? (isNow ? noticedAtMs : lastAtMs));
  return {
    query: incidentQueryOf({ condition: query, group }),
    firstAtMs,
    lastAtMs,
    endAtMs,
    samples: [first, ...(newest === first ? [] : [newest])].filter((entry) => entry !== undefined),
    contextLines,
    deadlineMs: DEADLINE_MS,
  };
}
