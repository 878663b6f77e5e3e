/** Who was told, and what became of it, in a line for people. */
import { formatCount } from '../base/number-text.ts';
import type { ToldRecord } from '../notify/incident-history.ts';

/** What became of a delivery; `failed` and `dead` would both look like an end. */
const STATE_TEXTS: Readonly<Record<string, string>> = {
  queued: 'waits',
  failed: 'not delivered yet, is tried again',
  held: 'waits until a setting is corrected',
  dead: 'given up',
};

export function toldText({ channel, recipient, state, attempts, error }: ToldRecord): string {
  const whom = recipient === '' ? channel : `${channel} ${recipient}`;
  const tries = attempts > 1 ? ` (${formatCount(attempts)} attempts)` : '';
  const why = error === null ? '' : `: ${error}`;
  return `${whom}: ${STATE_TEXTS[state] ?? state}${tries}${why}`;
}
