/**
 * The header of a text line: what stands between the stamp and the message.
 *
 * First the pieces before the level (pid, thread, logger, host), which count as header only if a level follows
 * them and each looks like a piece of a header; then the level; then the pieces behind it. What one line alone
 * leaves open is asked of the `Layout`. The message is what remains.
 */
import { LEVEL_NONE } from '../../model/level.ts';
import {
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  HASH,
  isBlank,
  isDigit,
  isLetter,
  isUpper,
  LESS,
  PAREN_OPEN,
  PIPE,
  SLASH,
  SPACE,
  skipBlanks,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import { levelOfLetter } from '../level.ts';
import { addPairs } from './logfmt.ts';
import {
  CROSSED,
  closerOf,
  crossed,
  dotCount,
  groupClose,
  hasBlank,
  LOOK,
  lookOf,
  skipSeparators,
  wordEnd,
} from './text-items.ts';
import { readLevelItem } from './text-level.ts';

/** Pieces of a header, before and behind the level. The richest known layouts have five. */
const ITEMS_MAX = 6;
/** How far behind the stamp a level is looked for. */
const HEADER_LENGTH_MAX = 256;

const itemStart = new Int32Array(ITEMS_MAX);
const itemEnd = new Int32Array(ITEMS_MAX);

/** Read the header that begins at `at` (behind the stamp); sets level, fields and the start of the message. */
export function readHeader(draft: Draft, layout: Layout, at: number, end: number): void {
  const { bytes } = draft;
  const limit = Math.min(end, at + HEADER_LENGTH_MAX);
  let position = skipSeparators(bytes, at, end);
  const textStart = position;
  const isColumns = (crossed & CROSSED.PIPE) !== 0;
  let count = 0;
  let levelEnd = -1;
  while (position < limit) {
    levelEnd = readLevelItem(draft, layout, position, end);
    if (levelEnd >= 0) break;
    if (count === ITEMS_MAX) break;
    levelEnd = readLetterLevel(draft, position, end, count);
    if (levelEnd >= 0) break;
    const stop = headerItemEnd(bytes, position, limit);
    if (stop < 0) break;
    itemStart[count] = position;
    itemEnd[count] = stop;
    count += 1;
    const next = skipSeparators(bytes, stop, end);
    if (next === stop && !closesGroup(bytes, stop)) break;
    if (!isHeaderPiece(bytes, itemStart[count - 1]!, stop)) break;
    position = next;
  }
  if (levelEnd < 0) {
    draft.messageStart = readWithoutLevel(draft, textStart, end, isColumns);
    return;
  }
  for (let item = 0; item < count; item += 1)
    addItem(draft, itemStart[item]!, itemEnd[item]!, true);
  draft.messageStart = readBehindLevel(draft, layout, levelEnd, end);
}

function closesGroup(bytes: Uint8Array, at: number): boolean {
  return closerOf(bytes[at]!) !== 0;
}

/** A single letter is a level behind the stamp or numbers only: `I CONTROL  […]`, `1702  2395 D WindowManager: …`. */
function readLetterLevel(draft: Draft, at: number, end: number, count: number): number {
  const { bytes } = draft;
  if (!isUpper(bytes[at]!) || at + 2 >= end) return -1;
  const next = bytes[at + 1]!;
  const behind = bytes[at + 2]!;
  if (next === SLASH) {
    if (count === 0 && !isLetter(behind)) return -1;
  } else if (next !== SPACE || !(isUpper(behind) || behind === SPACE || count > 0)) return -1;
  for (let item = 0; item < count; item += 1) {
    if (lookOf(bytes, itemStart[item]!, itemEnd[item]!) !== LOOK.NUMBER) return -1;
  }
  if (count === 0 && next === SPACE && !isCapitalWord(bytes, skipBlanks(bytes, at + 1, end), end)) {
    return -1;
  }
  const level = levelOfLetter(bytes[at]!);
  if (level === LEVEL_NONE) return -1;
  draft.level = level;
  return at + 1;
}

/** `CONTROL`, `NETWORK`, `-`: MongoDB's component behind its letter. */
function isCapitalWord(bytes: Uint8Array, at: number, end: number): boolean {
  let position = at;
  while (position < end && bytes[position]! > SPACE) {
    const byte = bytes[position]!;
    if (!isUpper(byte) && byte !== 95 && byte !== DASH && !isDigit(byte)) return false;
    position += 1;
  }
  return position > at + 1 || bytes[at] === DASH;
}

/** End of the header piece at `at`, or -1 where something else stands there. */
function headerItemEnd(bytes: Uint8Array, at: number, end: number): number {
  if (closerOf(bytes[at]!) !== 0) {
    const close = groupClose(bytes, at, end);
    return close < 0 ? -1 : close + 1;
  }
  let stop = at;
  while (stop < end) {
    const byte = bytes[stop]!;
    if (byte <= SPACE || byte === PIPE || byte === 44 || byte === 93) break;
    if (byte === BRACKET_OPEN || byte === PAREN_OPEN || byte === LESS || byte === BRACE_OPEN) {
      const close = groupClose(bytes, stop, end);
      if (close < 0) return -1;
      stop = close;
    }
    stop += 1;
  }
  while (stop > at && bytes[stop - 1] === COLON) stop -= 1;
  return stop > at ? stop : -1;
}

/** Whether a word before a level can be a piece of the header, given what `skipSeparators` crossed behind it. */
function isHeaderPiece(bytes: Uint8Array, start: number, stop: number): boolean {
  if (closerOf(bytes[start]!) !== 0) return true;
  const look = lookOf(bytes, start, stop);
  if (look === LOOK.NONE) return false;
  if (look !== LOOK.PLAIN) return true;
  return (crossed & ~CROSSED.BLANK) !== 0 || hasDigit(bytes, start, stop);
}

function hasDigit(bytes: Uint8Array, start: number, stop: number): boolean {
  for (let position = start; position < stop; position += 1) {
    if (isDigit(bytes[position]!)) return true;
  }
  return false;
}

/** Add a piece as what it looks like: pid, thread, component, request id. */
function addItem(draft: Draft, start: number, stop: number, beforeLevel: boolean): void {
  const { bytes, keys } = draft;
  let from = start;
  let to = stop;
  const isGroup = closerOf(bytes[from]!) !== 0;
  if (isGroup) {
    from = skipBlanks(bytes, from + 1, to);
    to = trimEnd(bytes, from, to - 1);
  }
  if (to <= from) return;
  const look = lookOf(bytes, from, to);
  if (look === LOOK.NUMBER) {
    const pid = keys.idOf('pid');
    draft.value(hasField(draft, pid) ? keys.idOf('thread') : pid, from, to);
    return;
  }
  if (look === LOOK.DOTTED && !isAddressLike(bytes, from, to)) {
    addComponent(draft, from, to);
    return;
  }
  if (isGroup) {
    if (startsWithRequest(bytes, from))
      draft.text(keys.idOf('request_id'), from, wordEnd(bytes, from, to));
    else if (!hasBlank(bytes, from, to) || isThreadName(bytes, from, to))
      draft.text(keys.idOf('thread'), from, to);
    else draft.text(keys.idOf('context'), from, to);
    return;
  }
  if (look === LOOK.PLAIN && beforeLevel) addComponent(draft, from, to);
}

/** Add the logger: `name:line`, `program[pid]` and `pkg/file.go:12` are taken apart. */
function addComponent(draft: Draft, start: number, stop: number): void {
  const { bytes, keys } = draft;
  const component = keys.idOf('component');
  if (hasField(draft, component)) {
    draft.text(keys.idOf('thread'), start, stop);
    return;
  }
  let end = stop;
  if (bytes[end - 1] === 93) {
    let open = end - 2;
    while (open > start && isDigit(bytes[open]!)) open -= 1;
    if (bytes[open] === BRACKET_OPEN && open > start && open < end - 2) {
      draft.value(keys.idOf('pid'), open + 1, end - 1);
      end = open;
    }
  } else {
    let digits = end;
    while (digits > start && isDigit(bytes[digits - 1]!)) digits -= 1;
    if (digits < end && bytes[digits - 1] === COLON && digits > start + 1) {
      draft.value(keys.idOf('line'), digits, end);
      end = digits - 1;
    }
  }
  draft.text(component, start, end);
}

function hasField(draft: Draft, keyId: number): boolean {
  const { columns } = draft;
  for (let field = draft.fieldsFrom; field < columns.fieldCount; field += 1) {
    if (columns.fieldKey[field] === keyId) return true;
  }
  return false;
}

function isAddressLike(bytes: Uint8Array, start: number, end: number): boolean {
  return isDigit(bytes[start]!) && isDigit(bytes[end - 1]!) && dotCount(bytes, start, end) === 3;
}

function startsWithRequest(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 114 && bytes[at + 1] === 101 && bytes[at + 2] === 113 && bytes[at + 3] === DASH
  );
}

/** `CP Server Thread-8`, `http-nio-8080-exec-1`, `pool-1-thread-2`, `main`: ends in a digit, or speaks of a thread. */
function isThreadName(bytes: Uint8Array, start: number, end: number): boolean {
  return isDigit(bytes[end - 1]!) && end - start < 64;
}

/** Behind the level. Returns where the message begins. */
export function readBehindLevel(draft: Draft, layout: Layout, at: number, end: number): number {
  const { bytes } = draft;
  let position = at;
  if (bytes[position] === SLASH) position = readSlashName(draft, position + 1, end);
  else if (bytes[position] === BRACKET_OPEN && isDigit(bytes[position + 1]!)) {
    const groupEnd = readPidGroup(draft, position, end);
    if (groupEnd === position + LOGRUS_GROUP && bytes[groupEnd] === SPACE && !draft.hasStamp) {
      takeTrailingPairs(draft, groupEnd + 1, end);
      return groupEnd + 1;
    }
    position = groupEnd;
  }
  position = skipCode(bytes, position, end);
  wasBracket = false;
  for (let item = 0; item < ITEMS_MAX; item += 1) {
    const next = skipSeparators(bytes, position, end);
    const gap = crossed;
    if (next >= end) return end;
    if ((gap & CROSSED.PIPE) !== 0) return readColumns(draft, next, end, gap);
    const stop = behindItem(draft, layout, { at: next, end, gap, item });
    if (stop < 0) return messageAt(bytes, position, next);
    position = stop;
    if (endsHeader) return skipOneGap(bytes, position, end);
  }
  return skipBlanks(bytes, position, end);
}

/** Set by `behindItem` when the piece it read is always the last one. */
let endsHeader = false;
/** Set when an open reading took one bracketed name of this line. */
let wasBracket = false;

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

/** `NOTICE[1638]`, `INFO[0000]`, `LOG3[28228:1400]`. */
function readPidGroup(draft: Draft, at: number, end: number): number {
  const close = groupClose(draft.bytes, at, end);
  if (close < 0) return at;
  draft.value(draft.keys.idOf('pid'), at + 1, close);
  return close + 1;
}

/** Length of logrus's `[0000]`, the seconds since the program began. */
const LOGRUS_GROUP = 6;

/** logrus on a terminal: the text, padded, then `key=value` to the end. */
function takeTrailingPairs(draft: Draft, at: number, end: number): void {
  const { bytes, columns } = draft;
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
    if (addPairs(draft, position + 1, end) > 0) {
      columns.fieldCount = fieldCount;
      continue;
    }
    draft.messageEnd = trimEnd(bytes, at, position);
    draft.messageIsTail = false;
    return;
  }
}

/** The code behind some levels: `WARN (4): `. */
function skipCode(bytes: Uint8Array, at: number, end: number): number {
  const open = bytes[at] === SPACE ? at + 1 : at;
  if (bytes[open] !== PAREN_OPEN || !isDigit(bytes[open + 1]!)) return at;
  const close = groupClose(bytes, open, end);
  return close > 0 && close < open + 5 && bytes[close + 1] === COLON ? close + 1 : at;
}

type Place = Readonly<{ at: number; end: number; gap: number; item: number }>;

/** Read one piece behind the level; returns its end, or -1 where the message begins. */
function behindItem(draft: Draft, layout: Layout, place: Place): number {
  const { at, end } = place;
  const first = draft.bytes[at]!;
  endsHeader = false;
  if (closerOf(first) !== 0) return behindGroup(draft, layout, place);
  if (isDigit(first)) return behindNumber(draft, at, end);
  return behindWord(draft, layout, place);
}

/** A group behind the level: `[main]`, `(MainThread)`, `[o.e.n.Node]`, `[pid 35708:tid 4]`, `<0.123.0>`, `{cps.web:1475}`. */
function behindGroup(draft: Draft, layout: Layout, place: Place): number {
  const { bytes, keys } = draft;
  const { at, end, item } = place;
  const close = groupClose(bytes, at, end);
  if (close < 0 || close + 1 >= end) return -1;
  const from = skipBlanks(bytes, at + 1, close);
  const to = trimEnd(bytes, from, close);
  const stop = close + 1;
  if (to === from) return bytes[at] === BRACKET_OPEN ? stop : -1;
  // A placeholder: `[-]`.
  if (to === from + 1 && bytes[from] === DASH) return stop;
  if (bytes[at] === PAREN_OPEN && (item > 1 || hasBlank(bytes, from, to))) return -1;
  const look = lookOf(bytes, from, to);
  const isSquare = bytes[at] === BRACKET_OPEN;
  const isFollowed = isHeaderBehind(bytes, stop, end);
  // One name in brackets is a node or thread; a second one belongs to the text.
  if (wasBracket && isSquare && !isFollowed) return -1;
  if (isNamedGroup(bytes, from)) {
    readNamedGroup(draft, from, to);
    return stop;
  }
  if (bytes[at] === LESS) {
    draft.text(keys.idOf('pid'), from, to);
    return stop;
  }
  if (bytes[at] === BRACE_OPEN && look !== LOOK.DOTTED) return -1;
  const adjoins = isSquare && bytes[at - 1] === BRACKET_CLOSE;
  if (adjoins && look === LOOK.PLAIN && !isDigit(bytes[from]!)) {
    addComponent(draft, from, to);
    return stop;
  }
  const isSure =
    adjoins ||
    isFollowed ||
    !isSquare ||
    look === LOOK.NUMBER ||
    look === LOOK.DOTTED ||
    bytes[stop] === BRACKET_OPEN ||
    isPairs(bytes, from, to) ||
    startsWithRequest(bytes, from);
  if (!isSure) {
    if (!layout.takes(OPEN.BRACKET)) return -1;
    wasBracket = true;
  }
  if (isPairs(bytes, from, to)) wasBracket = true;
  addItem(draft, at, stop, false);
  return stop;
}

/** Apache's `[pid 1:tid 2]` and `[client 1.2.3.4:5]`, and `[remote …]`. */
function isNamedGroup(bytes: Uint8Array, at: number): boolean {
  const key = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  return key === 0x706964 || key === 0x636c69 || key === 0x746964 || key === 0x72656d;
}

function readNamedGroup(draft: Draft, from: number, to: number): void {
  const { bytes, keys } = draft;
  const nameEnd = wordEnd(bytes, from, to);
  const valueStart = skipBlanks(bytes, nameEnd, to);
  if (valueStart >= to) return;
  if (bytes[from] === 99 || bytes[from] === 114) {
    draft.text(keys.idOf('client'), valueStart, to);
    return;
  }
  let valueEnd = valueStart;
  while (valueEnd < to && isDigit(bytes[valueEnd]!)) valueEnd += 1;
  draft.value(keys.idOf(bytes[from] === 116 ? 'thread' : 'pid'), valueStart, valueEnd);
  if (bytes[valueEnd] !== COLON) return;
  const threadStart = skipBlanks(bytes, wordEnd(bytes, valueEnd, to), to);
  draft.value(keys.idOf('thread'), threadStart, to);
}

/** `opID=7e12 sub=vpx`, `Originator@6876 sub=…`: pairs in brackets are no text. */
function isPairs(bytes: Uint8Array, from: number, to: number): boolean {
  for (let position = from; position < to; position += 1) {
    if (bytes[position] === 61) return position > from && position + 1 < to;
  }
  return false;
}

/** Whether a logger and its colon or dash, or a lone dash or colon, follow the group that ends at `at`. */
function isHeaderBehind(bytes: Uint8Array, at: number, end: number): boolean {
  let position = skipBlanks(bytes, at, end);
  const first = bytes[position]!;
  if (first === COLON) return position > at || isBlank(bytes[position + 1]!);
  if (first === DASH) return isBlank(bytes[position + 1]!);
  const stop = wordEnd(bytes, position, end);
  if (
    stop >= end ||
    lookOf(bytes, position, bytes[stop - 1] === COLON ? stop - 1 : stop) !== LOOK.DOTTED
  ) {
    return false;
  }
  if (bytes[stop - 1] === COLON) return true;
  position = skipBlanks(bytes, stop, end);
  if (bytes[position] === DASH || bytes[position] === COLON) return isBlank(bytes[position + 1]!);
  return dotCount(bytes, skipBlanks(bytes, at, end), stop) >= 2 || bytes[position] === BRACKET_OPEN;
}

/** Numbers behind a level: Spring's `12345 --- `, nginx's `2035#2035: *9134 `. */
function behindNumber(draft: Draft, at: number, end: number): number {
  const { bytes, keys } = draft;
  let stop = at;
  while (stop < end && isDigit(bytes[stop]!)) stop += 1;
  if (bytes[stop] === HASH) {
    draft.value(keys.idOf('pid'), at, stop);
    let position = stop + 1;
    while (position < end && isDigit(bytes[position]!)) position += 1;
    if (bytes[position] !== COLON) return -1;
    draft.value(keys.idOf('thread'), stop + 1, position);
    position = skipBlanks(bytes, position + 1, end);
    if (bytes[position] === 42 && isDigit(bytes[position + 1]!)) {
      let connectionEnd = position + 1;
      while (connectionEnd < end && isDigit(bytes[connectionEnd]!)) connectionEnd += 1;
      draft.value(keys.idOf('connection'), position + 1, connectionEnd);
      position = connectionEnd;
    }
    endsHeader = true;
    return position;
  }
  const isSpring = bytes[stop] === SPACE && bytes[stop + 1] === DASH && bytes[stop + 2] === DASH;
  if (!isSpring) return -1;
  draft.value(keys.idOf('pid'), at, stop);
  return stop;
}

/** A word behind the level: the logger, if a sign closes it or the file's lines say so. */
function behindWord(draft: Draft, layout: Layout, place: Place): number {
  const { bytes } = draft;
  const { at, end, gap } = place;
  const stop = wordEnd(bytes, at, end);
  if (stop >= end) return -1;
  const colon = colonInside(bytes, at, stop);
  if (colon > at) {
    const look = lookOf(bytes, at, colon);
    const closes = colon === stop - 1 || (gap === CROSSED.COLON && colon < stop);
    if (closes && isLoggerWord(bytes, layout, { at, colon, look, gap })) {
      addComponent(draft, at, colon);
      endsHeader = true;
      return colon;
    }
  }
  const look = lookOf(bytes, at, stop);
  if (look !== LOOK.PLAIN && look !== LOOK.DOTTED) return -1;
  const next = skipBlanks(bytes, stop, end);
  const sign = bytes[next]!;
  if ((sign === DASH || sign === COLON) && isBlank(bytes[next + 1]!)) {
    addComponent(draft, at, stop);
    endsHeader = true;
    return stop;
  }
  if (look === LOOK.DOTTED) return behindDotted(draft, layout, { at, stop, next, end });
  const isPadded = bytes[stop] === 9 || (bytes[stop] === SPACE && bytes[stop + 1] === SPACE);
  if (isPadded && bytes[stop] !== 9 && layout.takes(OPEN.PADDED_WORD)) {
    addComponent(draft, at, stop);
    return stop;
  }
  if (dottedBehind(bytes, next, end)) return stop;
  return -1;
}

type LoggerWord = Readonly<{ at: number; colon: number; look: number; gap: number }>;

/** Whether `word:` behind the level is a logger. Dotted ones are, and speak for the plain ones of the same file. */
function isLoggerWord(bytes: Uint8Array, layout: Layout, word: LoggerWord): boolean {
  if (word.look === LOOK.DOTTED) {
    layout.takes(OPEN.WORD_COLON);
    return true;
  }
  if (word.look !== LOOK.PLAIN) return false;
  if (word.gap === CROSSED.COLON) return true;
  // `AH00163:` and `ORA-01017:` are codes of the message.
  if (isDigit(bytes[word.colon - 1]!) && isDigit(bytes[word.colon - 2]!)) return false;
  return layout.takes(OPEN.WORD_COLON);
}

/** Odoo's `INFO database odoo.addons.base: …`: a plain word before a dotted logger with its colon. */
function dottedBehind(bytes: Uint8Array, at: number, end: number): boolean {
  const stop = wordEnd(bytes, at, end);
  if (stop >= end || bytes[stop - 1] !== COLON) return false;
  return lookOf(bytes, at, stop - 1) === LOOK.DOTTED && dotCount(bytes, at, stop) >= 1;
}

type Dotted = Readonly<{ at: number; stop: number; next: number; end: number }>;

/** A dotted word without a closing sign: `a.b.C [thread] text`, `vpxd[45715] [opID=…]`, `pkg/file.go 356: text`, `file.go:128<TAB>text`. */
function behindDotted(draft: Draft, layout: Layout, word: Dotted): number {
  const { bytes } = draft;
  const { at, stop, next, end } = word;
  const sign = bytes[next]!;
  if (sign === BRACKET_OPEN || bytes[stop - 1] === 93 || bytes[stop] === 9) {
    addComponent(draft, at, stop);
    return stop;
  }
  if (isDigit(sign)) {
    let digits = next;
    while (digits < end && isDigit(bytes[digits]!)) digits += 1;
    if (bytes[digits] === COLON && isBlank(bytes[digits + 1]!)) {
      draft.value(draft.keys.idOf('line'), next, digits);
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

/** First colon of the word that is not part of `::`, a line number or a URL; -1 where there is none. */
function colonInside(bytes: Uint8Array, at: number, stop: number): number {
  for (let position = at + 1; position < stop; position += 1) {
    if (bytes[position] !== COLON) continue;
    if (bytes[position + 1] === COLON) {
      position += 1;
      continue;
    }
    if (position === stop - 1) return position;
    if (!isDigit(bytes[position + 1]!)) return bytes[position + 1] === SLASH ? -1 : position;
  }
  return -1;
}

/** Columns between `|`: the first plain or dotted one is the component, the last of names only is an exception's. */
function readColumns(draft: Draft, at: number, end: number, gap: number): number {
  const { bytes, keys } = draft;
  let position = at;
  for (let column = 0; column < ITEMS_MAX; column += 1) {
    let stop = position;
    while (stop < end && bytes[stop] !== PIPE) stop += 1;
    if (stop >= end) break;
    const to = trimEnd(bytes, position, stop);
    const look = lookOf(bytes, position, to);
    if (to > position) {
      if (look === LOOK.NONE || hasBlank(bytes, position, to)) break;
      addItem(draft, position, to, true);
    }
    position = skipBlanks(bytes, stop + 1, end);
  }
  const isSpaced = (gap & CROSSED.BLANK) !== 0;
  if (isSpaced) {
    const behind = closedWord(draft, position, end);
    if (behind > 0) return behind;
  }
  const last = lastColumn(bytes, position, end);
  if (last > 0) {
    draft.text(keys.idOf('exception'), last + 1, end);
    draft.messageEnd = last;
    draft.messageIsTail = false;
  }
  return position;
}

/** loguru's `module:function:42 - text`: returns where the text begins, or -1. */
function closedWord(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  const stop = wordEnd(bytes, at, end);
  if (bytes[stop] !== SPACE || bytes[stop + 1] !== DASH || bytes[stop + 2] !== SPACE) return -1;
  if (lookOf(bytes, at, stop) === LOOK.NONE) return -1;
  addComponent(draft, at, stop);
  return Math.min(end, stop + 3);
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

/** No level: adjoining groups (`[16362][gc,heap] text`) and columns are header, all else is the message. */
function readWithoutLevel(draft: Draft, at: number, end: number, isColumns: boolean): number {
  const { bytes } = draft;
  if (isColumns) return readColumns(draft, at, end, 0);
  let position = at;
  while (bytes[position] === BRACKET_OPEN && bytes[position - 1] === 93) {
    const close = groupClose(bytes, position, end);
    if (close < 0) break;
    addItem(draft, position, close + 1, false);
    position = close + 1;
  }
  return skipBlanks(bytes, position, end);
}
