/** The end of a header that says which line of a program it is from: `file.go:169] text`, `file.cc(12)] text`, `web:12] text`. */
import {
  BRACKET_CLOSE,
  COLON,
  isDigit,
  PAREN_CLOSE,
  PAREN_OPEN,
  skipBlanks,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';

/** Longest caller looked through for its bracket. */
const CALLER_LENGTH_MAX = 200;

/** Take the caller at `start` for component and line, and what is behind its bracket for the message. False: there is none. */
export function takeCaller(draft: Draft, start: number, end: number): boolean {
  const { bytes, known } = draft;
  const limit = Math.min(end, start + CALLER_LENGTH_MAX);
  let close = start;
  while (close < limit && bytes[close] !== BRACKET_CLOSE) close += 1;
  if (close >= limit) return false;
  const nameEnd = trimEnd(bytes, start, close);
  const isInParens = bytes[nameEnd - 1] === PAREN_CLOSE;
  const lineEnd = isInParens ? nameEnd - 1 : nameEnd;
  let lineAt = lineEnd;
  while (lineAt > start && isDigit(bytes[lineAt - 1]!)) lineAt -= 1;
  const sign = isInParens ? PAREN_OPEN : COLON;
  const hasLine = lineAt < lineEnd && lineAt > start && bytes[lineAt - 1] === sign;
  draft.text(known.component, start, hasLine ? lineAt - 1 : nameEnd);
  if (hasLine) draft.value(known.line, lineAt, lineEnd);
  draft.messageStart = Math.min(end, skipBlanks(bytes, close + 1, end));
  return true;
}
