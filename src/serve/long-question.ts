/** Which questions go through all that matches, and may take seconds: nobody waits at a key for their answers. */
import type { AskedQuestion } from './questions.ts';

const LONG: ReadonlySet<AskedQuestion['kind']> = new Set<AskedQuestion['kind']>([
  'stats',
  'fields',
  'values',
  'patterns',
  'download',
  'activity',
  'report',
  'rehearsal',
  'ruleLike',
]);

export function isLong(asked: AskedQuestion): boolean {
  // With a budget of time it is as short as that.
  if (asked.kind === 'histogram') return asked.question.budgetMs === undefined;
  return LONG.has(asked.kind);
}
