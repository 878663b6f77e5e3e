/** What some loggers print behind the message: the logger in parentheses, the fields as one object or as pairs. */
import {
  BRACE_OPEN,
  isAlphanumeric,
  isDigit,
  isLetter,
  PAREN_OPEN,
  SPACE,
  TAB,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { addMembers } from './json.ts';
import { addPairs, lastBareEnd } from './logfmt.ts';
import { dotCount } from './text-items.ts';

/** Places from which the rest of a line is read as pairs; quotes that do not pair up can make each of them wrong. */
const TRIES_MAX = 16;

/** logrus on a terminal: the text, padded, then `key=value` to the end. */
export function takeTrailingPairs(draft: Draft, at: number, end: number): void {
  const { bytes, columns } = draft;
  let tries = 0;
  for (let position = at; position < end; position += 1) {
    if (bytes[position] !== SPACE || !isLetter(bytes[position + 1]!)) continue;
    let keyEnd = position + 1;
    while (
      keyEnd < end &&
      (isLetter(bytes[keyEnd]!) || isDigit(bytes[keyEnd]!) || bytes[keyEnd] === 95)
    ) {
      keyEnd += 1;
    }
    if (bytes[keyEnd] !== 61 || keyEnd >= end) continue;
    const fieldCount = columns.fieldCount;
    const bytesLength = columns.bytesLength;
    if (addPairs(draft, position + 1, end) > 0) {
      columns.fieldCount = fieldCount;
      columns.bytesLength = bytesLength;
      // The pairs to the end begin behind the last word that is none.
      position = Math.max(position, lastBareEnd - 1);
      tries += 1;
      if (tries === TRIES_MAX) return;
      continue;
    }
    draft.messageEnd = trimEnd(bytes, at, position);
    draft.messageIsTail = false;
    return;
  }
}

/** zap's console and others print the fields behind a tab, as one JSON object. */
export function takeTrailingObject(draft: Draft): void {
  const { bytes, messageStart, messageEnd } = draft;
  for (let position = messageStart; position < messageEnd; position += 1) {
    if (bytes[position] !== TAB || bytes[position + 1] !== BRACE_OPEN) continue;
    if (!addMembers(draft, position + 1, messageEnd)) return;
    draft.messageEnd = position;
    draft.messageIsTail = false;
    return;
  }
}

/** Kafka prints the logger last: ` (kafka.log.LocalLog)`. */
export function takeTrailingLogger(draft: Draft): void {
  const { bytes, messageStart, messageEnd } = draft;
  let open = messageEnd - 2;
  while (open > messageStart && bytes[open] !== PAREN_OPEN && bytes[open]! > SPACE) open -= 1;
  if (bytes[open] !== PAREN_OPEN || bytes[open - 1] !== SPACE || open <= messageStart) return;
  if (!isClassName(bytes, open + 1, messageEnd - 1)) return;
  const component = draft.known.component;
  for (let field = draft.fieldsFrom; field < draft.columns.fieldCount; field += 1) {
    if (draft.columns.fieldKey[field] === component) return;
  }
  draft.text(component, open + 1, messageEnd - 1);
  draft.messageEnd = open - 1;
  draft.messageIsTail = false;
}

/** `kafka.log.LocalLog$`: names and dots only. */
function isClassName(bytes: Uint8Array, start: number, end: number): boolean {
  for (let position = start; position < end; position += 1) {
    const byte = bytes[position]!;
    if (!isAlphanumeric(byte) && byte !== 46 && byte !== 36 && byte !== 95 && byte !== 45)
      return false;
  }
  return isLetter(bytes[start]!) && dotCount(bytes, start, end) > 0;
}
