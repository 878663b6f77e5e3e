/** What is wrong with a query, where, and what was probably meant. */
import { OperatorError } from '../base/errors.ts';

export type QueryErrorPlace = Readonly<{
  query: string;
  /** 0-based UTF-16 index in `query`. */
  at: number;
  /** How much of the query is meant; at least 1. */
  length?: number;
  /** What may stand there, as it follows "expected". */
  expected: string;
  /** What to write instead. */
  suggestion?: string | undefined;
}>;

export class QueryError extends OperatorError {
  readonly query: string;
  /** 1-based, in characters. */
  readonly column: number;
  readonly length: number;
  readonly expected: string;
  readonly suggestion: string | undefined;

  constructor(place: QueryErrorPlace) {
    const column = [...place.query.slice(0, place.at)].length + 1;
    super(
      'QUERY_INVALID',
      `Cannot read the query "${place.query}": column ${column}: expected ${place.expected}`,
      {
        ...(place.suggestion === undefined ? {} : { hint: `Did you mean ${place.suggestion}?` }),
      },
    );
    this.query = place.query;
    this.column = column;
    this.length = Math.max(1, place.length ?? 1);
    this.expected = place.expected;
    this.suggestion = place.suggestion;
  }
}
