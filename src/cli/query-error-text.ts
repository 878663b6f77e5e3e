/**
 * A query error as people see it: what was expected, the query with the place underlined, what was probably meant.
 *
 *     error column 8: expected a level (trace, debug, info, warn, error, fatal)
 *       level>=eror source:payments
 *              ^^^^ did you mean error?
 */
import { escapeTerminal } from '../base/escape.ts';
import type { QueryError } from '../query/query-error.ts';
import { textWidth } from './text-width.ts';

/** How much of a long query is shown around the place. */
const SHOWN_BEFORE = 60;
const SHOWN_BEHIND = 40;
const UNDERLINE_MAX = 40;

export function queryErrorText(error: QueryError): string {
  const { column, length, expected, suggestion } = error;
  const characters = Array.from(error.query);
  const at = column - 1;
  const start = Math.max(0, at - SHOWN_BEFORE);
  const before = escapeTerminal(characters.slice(start, at).join(''));
  const behind = escapeTerminal(characters.slice(at, at + length + SHOWN_BEHIND).join(''));
  const wrong = escapeTerminal(characters.slice(at, at + length).join(''));
  const underline = '^'.repeat(Math.max(1, Math.min(UNDERLINE_MAX, textWidth(wrong))));
  const lead = start > 0 ? '…' : '';
  const margin = ' '.repeat(textWidth(lead + before));
  const meant = suggestion === undefined ? '' : ` did you mean ${escapeTerminal(suggestion)}?`;
  return `error column ${column}: expected ${escapeTerminal(expected)}\n  ${lead}${before}${behind}\n  ${margin}${underline}${meant}`;
}
