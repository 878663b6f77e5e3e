/** Text lines in columns divided by `|`: NLog, loguru, TeamSpeak, HealthApp, ActiveMQ. */
import { DASH, PAREN_OPEN, PIPE, SPACE, skipBlanks, startsWith, trimEnd } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { addComponent, addItem, hasField } from './text-fields.ts';
import {
  CROSSED,
  dotCount,
  groupClose,
  hasBlank,
  ITEMS_MAX,
  LOOK,
  lookOf,
  wordEnd,
} from './text-items.ts';

/**
 * Columns between `|`: the first plain or dotted one is the component, the last of names only is an exception's. A text that
 * would be a number alone begins at the name behind the component instead: `Steps|3002|reloaded|3786|0`.
 */
export function readColumns(draft: Draft, at: number, end: number, gap: number): number {
  const { bytes, columns, known } = draft;
  let position = at;
  let nameAt = -1;
  let fieldsBeforeName = 0;
  for (let column = 0; column < ITEMS_MAX; column += 1) {
    let stop = position;
    while (stop < end && bytes[stop] !== PIPE) stop += 1;
    if (stop >= end || startsWith(bytes, stop + 1, REQUEST_URL)) break;
    const to = trimEnd(bytes, position, stop);
    const look = lookOf(bytes, position, to);
    if (bytes[position] === PAREN_OPEN && groupClose(bytes, position, to) === to - 1) {
      // Datadog: `| (pkg/util/log.go:100 in Info) | text`.
      draft.text(known.function, position + 1, to - 1);
    } else if (to > position) {
      if (look === LOOK.NONE || hasBlank(bytes, position, to)) break;
      if (nameAt < 0 && look !== LOOK.NUMBER && hasField(draft, known.component)) {
        nameAt = position;
        fieldsBeforeName = columns.fieldCount;
      }
      addItem(draft, position, to, true);
    }
    position = skipBlanks(bytes, stop + 1, end);
  }
  if (nameAt >= 0 && lookOf(bytes, position, end) === LOOK.NUMBER) {
    columns.fieldCount = fieldsBeforeName;
    return nameAt;
  }
  const isSpaced = (gap & CROSSED.BLANK) !== 0;
  if (isSpaced) {
    const behind = closedWord(draft, position, end);
    if (behind > 0) return behind;
    if (cutLoggerAndThread(draft, position, end)) return position;
  }
  const last = lastColumn(bytes, position, end);
  if (last > 0) {
    draft.text(known.exception, last + 1, end);
    draft.messageEnd = last;
    draft.messageIsTail = false;
  }
  return position;
}

/** What NLog adds of a web request behind the text: `text |url: https://…|action: Index`. */
const REQUEST_URL = 'url: ';

/** loguru's `module:function:42 - text`: returns where the text begins, or -1. */
function closedWord(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const stop = wordEnd(bytes, at, end);
  if (bytes[stop] !== SPACE || bytes[stop + 1] !== DASH || bytes[stop + 2] !== SPACE) return -1;
  if (lookOf(bytes, at, stop) === LOOK.NONE) return -1;
  addComponent(draft, at, stop);
  return Math.min(end, stop + 3);
}

/** ActiveMQ's `text | a.b.Logger | thread`: the columns behind the text are taken off. False where there are none. */
function cutLoggerAndThread(draft: Draft, at: number, end: number): boolean {
  const { bytes, known } = draft;
  const last = spacedPipeBefore(bytes, at, end);
  const first = last < 0 ? -1 : spacedPipeBefore(bytes, at, last - 1);
  if (first < 0) return false;
  const loggerAt = first + 2;
  const loggerEnd = last - 1;
  const isLogger =
    lookOf(bytes, loggerAt, loggerEnd) === LOOK.DOTTED && dotCount(bytes, loggerAt, loggerEnd) > 0;
  if (!isLogger || hasBlank(bytes, loggerAt, loggerEnd)) return false;
  addComponent(draft, loggerAt, loggerEnd);
  draft.text(known.thread, last + 2, end);
  draft.messageEnd = first - 1;
  draft.messageIsTail = false;
  return true;
}

/** Position of the last `|` with blanks around it; -1 where there is none. */
function spacedPipeBefore(bytes: Uint8Array, at: number, end: number): number {
  for (let position = end - 2; position > at; position -= 1) {
    const isSpaced = bytes[position - 1] === SPACE && bytes[position + 1] === SPACE;
    if (bytes[position] === PIPE && isSpaced) return position;
  }
  return -1;
}

/** Position of the last `|`, if a name with two dots or more is all that stands behind it. */
function lastColumn(bytes: Uint8Array, at: number, end: number): number {
  let position = end - 1;
  while (position > at && bytes[position] !== PIPE) position -= 1;
  if (position <= at || position + 1 >= end) return -1;
  const isName =
    lookOf(bytes, position + 1, end) === LOOK.DOTTED && !hasBlank(bytes, position + 1, end);
  return isName ? position : -1;
}
