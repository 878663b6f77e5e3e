/** The pieces of a text header behind the level: pid, thread, logger, until the message begins. */
import {
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  digitsEnd,
  findByte,
  HASH,
  isBlank,
  isDigit,
  isLetter,
  isUpper,
  PAREN_CLOSE,
  SLASH,
  SPACE,
  skipBlanks,
  startsWith,
  TAB,
} from '../bytes.ts';
import { isThrowableName } from '../continuation.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import { isPair } from './logfmt.ts';
import { readColumns } from './text-columns.ts';
import { addComponent, hasField } from './text-fields.ts';
import { beginGroups, behindGroup } from './text-groups.ts';
import {
  CROSSED,
  closerOf,
  crossed,
  dotCount,
  groupClose,
  ITEMS_MAX,
  LOOK,
  lookOf,
  skipSeparators,
  wordEnd,
} from './text-items.ts';
import { readNameOnHost, readOwnerAndLogger, skipCode } from './text-origin.ts';
import { takeTrailingPairs } from './text-tail.ts';

const QUESTION = 63;

/** Behind the level. Returns where the message begins. */
export function readBehindLevel(draft: Draft, layout: Layout, at: number, end: number): number {
  const { bytes } = draft;
  let position = at;
  if (bytes[position] === SLASH) position = readSlashName(draft, position + 1, end);
  else if (bytes[position] === BRACKET_OPEN && isDigit(bytes[position + 1]!)) {
    const textAt = readLogrusGroup(draft, position, end);
    if (textAt >= 0) return textAt;
    position = readPidGroup(draft, position, end);
  }
  position = skipCode(draft, position, end);
  const named = readNameOnHost(draft, position, end);
  if (named >= 0) return named;
  beginGroups();
  for (let item = 0; item < ITEMS_MAX; item += 1) {
    const next = skipSeparators(bytes, position, end);
    const gap = crossed;
    if (next >= end) return end;
    if ((gap & CROSSED.PIPE) !== 0) return readColumns(draft, next, end, gap);
    const stop = behindItem(draft, layout, next, end, gap, item);
    if (stop < 0) return messageAt(bytes, position, next);
    position = stop;
    if (endsHeader) return skipOneGap(bytes, position, end);
  }
  return skipBlanks(bytes, position, end);
}

/** Set by `behindItem` when the piece it read is always the last one. */
let endsHeader = false;

/** The message begins at `next`, but dashes and brackets that belong to it are left in place. */
function messageAt(bytes: Uint8Array, from: number, next: number): number {
  return bytes[next - 1] === 93 && next - 1 > from && bytes[next - 2] === BRACKET_OPEN
    ? next - 2
    : next;
}

/** Behind the logger: one colon or dash with its blanks. What follows belongs to the message, dashes included. */
function skipOneGap(bytes: Uint8Array, at: number, end: number): number {
  let position = skipBlanks(bytes, at, end);
  if (bytes[position] === COLON && position < end) position += 1;
  else if (bytes[position] === DASH && isBlank(bytes[position + 1]!)) position += 1;
  return Math.min(end, skipBlanks(bytes, position, end));
}

/** `INFO/MainProcess]`, `information/Notification: `. */
function readSlashName(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  let stop = at;
  while (stop < end && bytes[stop]! > SPACE && bytes[stop] !== COLON && bytes[stop] !== 93)
    stop += 1;
  addComponent(draft, at, stop);
  return stop;
}

/** logrus on a terminal: `INFO[0042] text   key=value`. Returns where the text begins; -1: it is another group. */
function readLogrusGroup(draft: Draft, at: number, end: number): number {
  const close = groupClose(draft.bytes, at, end);
  if (close + 1 !== at + LOGRUS_GROUP || draft.bytes[close + 1] !== SPACE || draft.hasStamp)
    return -1;
  draft.value(draft.known.uptime, at + 1, close);
  takeTrailingPairs(draft, close + 2, end);
  return close + 2;
}

/** `NOTICE[1638]`, `LOG3[28228:1400]`. */
function readPidGroup(draft: Draft, at: number, end: number): number {
  const close = groupClose(draft.bytes, at, end);
  if (close < 0) return at;
  draft.value(draft.known.pid, at + 1, close);
  return close + 1;
}

/** Length of logrus's `[0000]`, the seconds since the program began. */
const LOGRUS_GROUP = 6;

/** Read one piece behind the level; returns its end, or -1 where the message begins. */
function behindItem(
  draft: Draft,
  layout: Layout,
  at: number,
  end: number,
  gap: number,
  item: number,
): number {
  const first = draft.bytes[at]!;
  endsHeader = false;
  if (closerOf(first) !== 0) return behindGroup(draft, layout, at, end, gap, item);
  if (isDigit(first)) return behindNumber(draft, at, end);
  return behindWord(draft, layout, at, end, gap);
}

/** Numbers behind a level: Spring's `12345 --- `, nginx's `2035#2035: *9134 `. */
function behindNumber(draft: Draft, at: number, end: number): number {
  const { bytes, known } = draft;
  let stop = at;
  while (stop < end && isDigit(bytes[stop]!)) stop += 1;
  if (bytes[stop] === HASH) {
    draft.value(known.pid, at, stop);
    let position = stop + 1;
    while (position < end && isDigit(bytes[position]!)) position += 1;
    if (bytes[position] !== COLON) return -1;
    draft.value(known.thread, stop + 1, position);
    position = skipBlanks(bytes, position + 1, end);
    if (bytes[position] === 42 && isDigit(bytes[position + 1]!)) {
      let connectionEnd = position + 1;
      while (connectionEnd < end && isDigit(bytes[connectionEnd]!)) connectionEnd += 1;
      draft.value(known.connection, position + 1, connectionEnd);
      position = connectionEnd;
    }
    endsHeader = true;
    return position;
  }
  const isSpring = bytes[stop] === SPACE && bytes[stop + 1] === DASH && bytes[stop + 2] === DASH;
  if (!isSpring) return -1;
  draft.value(known.pid, at, stop);
  return stop;
}

/** A word behind the level: the logger, if a sign closes it or the file's lines say so. */
function behindWord(draft: Draft, layout: Layout, at: number, end: number, gap: number): number {
  const { bytes } = draft;
  const stop = wordEnd(bytes, at, end);
  if (startsWith(bytes, at, SQL_STATE)) return -1;
  if (isDotnetCategory(bytes, at, stop, end)) {
    addComponent(draft, at, stop);
    return end;
  }
  if (startsWith(bytes, at, THREAD_ID) && bytes[stop - 1] === PAREN_CLOSE) {
    const { thread } = draft.known;
    if (!hasField(draft, thread)) draft.text(thread, at + THREAD_ID.length, stop - 1);
    return stop;
  }
  if (startsWith(bytes, stop + 1, THREAD_ID) && lookOf(bytes, at, stop) === LOOK.PLAIN) {
    draft.text(draft.known.thread, at, stop);
    return stop;
  }
  const loggerEnd = readOwnerAndLogger(draft, at, stop, end);
  if (loggerEnd > 0) {
    endsHeader = true;
    return loggerEnd;
  }
  let colon = gap === CROSSED.COLON ? colonInside(bytes, at, stop) : -1;
  if (stop >= end && (colon < 0 || colon === stop - 1)) return -1;
  // Odoo without a database: `INFO ? odoo: text`.
  if (bytes[at] === QUESTION && stop === at + 1) {
    return bytes[wordEnd(bytes, stop + 1, end) - 1] === COLON ? stop : -1;
  }
  if (colon < 0 && bytes[stop - 1] === COLON) colon = stop - 1;
  if (colon > at) {
    const look = lookOf(bytes, at, colon);
    if (isLoggerWord(bytes, layout, at, colon, look, gap)) {
      addComponent(draft, at, colon);
      endsHeader = true;
      return colon;
    }
    if (colon === stop - 1) return look === LOOK.NONE ? behindOddWord(draft, at, stop, end) : -1;
  }
  const look = lookOf(bytes, at, stop);
  if (look === LOOK.NONE) return behindOddWord(draft, at, stop, end);
  if (look === LOOK.NUMBER) return -1;
  if (bytes[stop - 1] === BRACKET_CLOSE && !hasOpen(bytes, at, stop)) {
    // The bracket that opened before the stamp closes here: `[2024-01-15T10:30:00Z INFO  my_crate::module] text`.
    addComponent(draft, at, stop - 1);
    endsHeader = true;
    return stop;
  }
  if (bytes[stop] === TAB && (gap & CROSSED.TAB) !== 0 && bytes[stop + 1] !== BRACE_OPEN) {
    // A column of its own: `INFO<TAB>tls<TAB>text`; before an object it is the text.
    addComponent(draft, at, stop);
    return stop;
  }
  const next = skipBlanks(bytes, stop, end);
  const sign = bytes[next]!;
  if ((sign === DASH || sign === COLON) && isBlank(bytes[next + 1]!)) {
    addComponent(draft, at, stop);
    endsHeader = true;
    return stop;
  }
  if (look === LOOK.DOTTED) return behindDotted(draft, layout, at, stop, next, end);
  // Before a pair it is the text.
  const isPadded = bytes[stop] === SPACE && bytes[stop + 1] === SPACE && !isPair(bytes, next, end);
  if (isPadded && next - at >= SLOG_TEXT_LENGTH_MIN && isLabel(bytes, next, end)) return -1;
  if (isPadded && layout.takes(OPEN.PADDED_WORD)) {
    addComponent(draft, at, stop);
    return stop;
  }
  if (dottedBehind(bytes, next, end)) {
    // Odoo's database: `INFO shop odoo.http: text`.
    draft.text(draft.known.context, at, stop);
    return stop;
  }
  return readModuleAndNumbers(draft, at, stop, end);
}

/** What errors of PHP's databases begin with: `SQLSTATE[HY000] [2002] Connection refused`. */
const SQL_STATE = 'SQLSTATE[';
/** tracing's thread. */
const THREAD_ID = 'ThreadId(';

/** Whether [at, stop) is .NET's category and event at the end of a line, behind which the text begins: `Name.Space.Class[14]`. */
function isDotnetCategory(bytes: Uint8Array, at: number, stop: number, end: number): boolean {
  if (stop < end || bytes[stop - 1] !== BRACKET_CLOSE) return false;
  let open = stop - 2;
  while (open > at && isDigit(bytes[open]!)) open -= 1;
  return bytes[open] === BRACKET_OPEN && open < stop - 2 && dotCount(bytes, at, open) > 0;
}

/** slog pads the text with blanks before its `key: value`. Loggers are padded to less. */
const SLOG_TEXT_LENGTH_MIN = 40;

/** Whether `key: ` in small letters stands at `at`. */
function isLabel(bytes: Uint8Array, at: number, end: number): boolean {
  const stop = wordEnd(bytes, at, end);
  return bytes[stop - 1] === COLON && isLetter(bytes[at]!) && !isUpper(bytes[at]!);
}

/** A word that is no name may be one of tracing's spans: `request{id=1 method=GET}:`. */
function behindOddWord(draft: Draft, at: number, stop: number, end: number): number {
  if (findByte(draft.bytes, BRACE_OPEN, at, stop) < 0) return -1;
  const spanEnd = spanGroupEnd(draft.bytes, at, end);
  if (spanEnd < 0) return -1;
  draft.text(draft.known.span, at, spanEnd);
  return spanEnd;
}

function hasOpen(bytes: Uint8Array, at: number, stop: number): boolean {
  for (let position = at; position < stop; position += 1) {
    if (bytes[position] === BRACKET_OPEN) return true;
  }
  return false;
}

/** End of tracing's `request{id=1 method=GET}:` at `at`, its colon included; -1 where there is none. */
function spanGroupEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (
    position < end &&
    (isLetter(bytes[position]!) ||
      isDigit(bytes[position]!) ||
      bytes[position] === 95 ||
      bytes[position] === DASH)
  ) {
    position += 1;
  }
  if (position === at || bytes[position] !== BRACE_OPEN) return -1;
  const close = groupClose(bytes, position, end);
  return close > 0 && bytes[close + 1] === COLON ? close + 2 : -1;
}

/** Django's verbose layout: `views 1234 5678 text`, module, process, thread. */
function readModuleAndNumbers(draft: Draft, at: number, stop: number, end: number): number {
  const { bytes, known } = draft;
  if (bytes[stop] !== SPACE) return -1;
  const pidEnd = digitsEnd(bytes, stop + 1, end);
  if (pidEnd === stop + 1 || bytes[pidEnd] !== SPACE) return -1;
  const threadEnd = digitsEnd(bytes, pidEnd + 1, end);
  if (threadEnd === pidEnd + 1 || bytes[threadEnd] !== SPACE) return -1;
  addComponent(draft, at, stop);
  draft.value(known.pid, stop + 1, pidEnd);
  draft.value(known.thread, pidEnd + 1, threadEnd);
  endsHeader = true;
  return threadEnd;
}

/** Whether `word:` behind the level is a logger. Dotted ones are, and speak for the plain ones of the same file. */
function isLoggerWord(
  bytes: Uint8Array,
  layout: Layout,
  at: number,
  colon: number,
  look: number,
  gap: number,
): boolean {
  if (look === LOOK.DOTTED) {
    // A path is a file the message speaks of, or the server's own name.
    if (bytes[at] === SLASH || isThrowableName(bytes, at, colon)) return false;
    layout.takes(OPEN.WORD_COLON);
    return true;
  }
  if (look !== LOOK.PLAIN) return false;
  if (gap === CROSSED.COLON) return true;
  // `AH00163:` and `ORA-01017:` are codes of the message.
  if (isDigit(bytes[colon - 1]!) && isDigit(bytes[colon - 2]!)) return false;
  return layout.takes(OPEN.WORD_COLON);
}

/** Odoo's `INFO database odoo.addons.base: …`: a plain word before a dotted logger with its colon. */
function dottedBehind(bytes: Uint8Array, at: number, end: number): boolean {
  const stop = wordEnd(bytes, at, end);
  if (stop >= end || bytes[stop - 1] !== COLON || !isLetter(bytes[at]!)) return false;
  if (isThrowableName(bytes, at, stop - 1)) return false;
  return lookOf(bytes, at, stop - 1) === LOOK.DOTTED && dotCount(bytes, at, stop) >= 1;
}

/** A dotted word without a closing sign: `a.b.C [thread] text`, `vpxd[45715] [opID=…]`, `pkg/file.go 356: text`, `file.go:128<TAB>text`. */
function behindDotted(
  draft: Draft,
  layout: Layout,
  at: number,
  stop: number,
  next: number,
  end: number,
): number {
  const { bytes } = draft;
  const sign = bytes[next]!;
  if (sign === BRACKET_OPEN || bytes[stop - 1] === 93 || bytes[stop] === 9) {
    addComponent(draft, at, stop);
    return stop;
  }
  if (isDigit(sign)) {
    let digits = next;
    while (digits < end && isDigit(bytes[digits]!)) digits += 1;
    if (bytes[digits] === COLON && isBlank(bytes[digits + 1]!)) {
      draft.value(draft.known.line, next, digits);
      addComponent(draft, at, stop);
      endsHeader = true;
      return digits;
    }
  }
  if (layout.takes(OPEN.DOTTED_WORD)) {
    addComponent(draft, at, stop);
    endsHeader = true;
    return stop;
  }
  return -1;
}

/** First colon of the word that is not part of `::`, a file's line number or a URL; -1 where there is none. */
function colonInside(bytes: Uint8Array, at: number, stop: number): number {
  for (let position = at + 1; position < stop; position += 1) {
    if (bytes[position] !== COLON) continue;
    if (bytes[position + 1] === COLON) {
      position += 1;
      continue;
    }
    if (position === stop - 1) return position;
    if (bytes[position + 1] === SLASH) return -1;
    const lineEnd = digitsEnd(bytes, position + 1, stop);
    const isLine = lineEnd > position + 1 && bytes[lineEnd] === COLON;
    // `12:30:45` is a time, with which a text may begin.
    if (!isLine || isDigit(bytes[lineEnd + 1]!) || dotCount(bytes, at, position) === 0) {
      return position;
    }
  }
  return -1;
}
