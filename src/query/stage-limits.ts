/**
 * What stages may hold at most, wherever they run; beyond it a query is refused, never answered in part.
 */
import { OperatorError } from '../base/errors.ts';

/** Entries before and after each hit. */
export const CONTEXT_MAX = 100;
/** Groups of one table, values of one list. */
export const GROUPS_MAX = 200_000;
/** Rows of `fields`; more is an export. */
export const FIELD_ROWS_MAX = 200_000;
/** Entries held in memory while they are sorted: some hundred megabytes at most. Where the first ones suffice, only these are. */
export const SORTED_ROWS_MAX = 200_000;

export function tooMany(
  verb: string,
  limit: string,
  hint = 'Ask for a shorter time range, or for fewer entries',
): OperatorError {
  return new OperatorError(
    'QUERY_STOPPED',
    `Cannot ${verb} the entries: there are more than ${limit}`,
    { hint },
  );
}
