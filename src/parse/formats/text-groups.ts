/**
 * Bracketed groups behind the level of a text line: thread, logger, node, client, pairs.
 *
 * What a group is can mostly be told by its looks and its neighbours; a plain name in brackets is asked of the `Layout`.
 */
import {
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  DASH,
  digitsEnd,
  EQUALS,
  findByte,
  isBlank,
  isDigit,
  isLetter,
  LESS,
  PAREN_OPEN,
  QUOTE,
  SLASH,
  SPACE,
  skipBlanks,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import { readSleuthGroup, readSpringGroups } from './spring.ts';
import { addComponent, addLooked, hasField, startsWithRequest } from './text-fields.ts';
import { CROSSED, dotCount, groupClose, hasBlank, LOOK, lookOf, wordEnd } from './text-items.ts';

/** Set when an open reading took one bracketed name of this line. */
let wasBracket = false;

/** A new header begins. */
export function beginGroups(): void {
  wasBracket = false;
}

/** A group behind the level: `[main]`, `(MainThread)`, `[o.e.n.Node]`, `[pid 35708:tid 4]`, `<0.123.0>`, `{cps.web:1475}`. */
export function behindGroup(
  draft: Draft,
  layout: Layout,
  at: number,
  end: number,
  gap: number,
  item: number,
): number {
  const { bytes, known } = draft;
  const close = groupClose(bytes, at, end);
  if (close < 0 || close + 1 >= end) return -1;
  const from = skipBlanks(bytes, at + 1, close);
  const to = trimEnd(bytes, from, close);
  const stop = close + 1;
  if (to === from) return bytes[at] === BRACKET_OPEN ? stop : -1;
  if ((gap & CROSSED.DASH) !== 0) {
    const groupsEnd = readSpringGroups(draft, at, end);
    if (groupsEnd >= 0) return groupsEnd;
  }
  if (item === 0 && readSleuthGroup(draft, from, close, end)) return stop;
  // A placeholder: `[-]`.
  if (to === from + 1 && bytes[from] === DASH) return stop;
  if (bytes[at] === PAREN_OPEN && hasBlank(bytes, from, to)) {
    // JBoss prints the thread behind the logger: `[org.jboss.as] (Controller Boot Thread) text`.
    if (!closesBefore(bytes, at) || !layout.takes(OPEN.PAREN)) return -1;
    draft.text(known.thread, from, to);
    return stop;
  }
  // `(re)starting` is a word.
  if (bytes[at] === PAREN_OPEN && (item > 1 || isLetter(bytes[stop]!))) return -1;
  if (isProgress(bytes, from, to)) return -1;
  const look = lookOf(bytes, from, to);
  const isSquare = bytes[at] === BRACKET_OPEN;
  if (isSquare && isBoxedText(bytes, from, stop, end)) return -1;
  // One name in brackets is a node or thread; a second one belongs to the text.
  if (wasBracket && isSquare && !isFollowed(bytes, gap, stop, end)) {
    // Confluence: `[thread] [com.atlassian.x.Y] method text`.
    const isLogger = look === LOOK.DOTTED && dotCount(bytes, from, to) >= 2;
    if (!isLogger || !isLetter(bytes[from]!) || hasField(draft, known.component)) return -1;
  }
  if (isNamedGroup(bytes, from)) {
    readNamedGroup(draft, from, to);
    return stop;
  }
  // MySQL's error code, before the subsystem.
  if (bytes[from] === 77 && bytes[from + 1] === 89 && bytes[from + 2] === DASH) {
    draft.text(known.errorCode, from, to);
    if (bytes[stop + 1] === BRACKET_OPEN) return readSubsystem(draft, stop + 1, end);
    return stop;
  }
  if (bytes[at] === LESS) {
    // `<0.123.0>`; a tag is text.
    if (!isDigit(bytes[from]!)) return -1;
    draft.text(known.pid, from, to);
    return stop;
  }
  if (bytes[at] === BRACE_OPEN && look !== LOOK.DOTTED) return -1;
  const adjoins = isSquare && bytes[at - 1] === BRACKET_CLOSE;
  if (adjoins && look === LOOK.PLAIN && !isDigit(bytes[from]!)) {
    addComponent(draft, from, to);
    return stop;
  }
  const hasPairs = look === LOOK.NONE && isPairs(bytes, from, to);
  const isSure =
    adjoins ||
    bytes[at] === BRACE_OPEN ||
    // Home Assistant: `(MainThread) [homeassistant.core] text`. Alone, parentheses may begin the text.
    (bytes[at] === PAREN_OPEN && bytes[skipBlanks(bytes, stop, end)] === BRACKET_OPEN) ||
    look === LOOK.NUMBER ||
    look === LOOK.DOTTED ||
    bytes[stop] === BRACKET_OPEN ||
    hasPairs ||
    startsWithRequest(bytes, from) ||
    isFollowed(bytes, gap, stop, end);
  if (!isSure) {
    const isStyle = isSquare && closesBefore(bytes, at);
    // fail2ban: `fail2ban.actions [1234]: NOTICE  [sshd] Ban …` has all of its header before the level.
    if (!isStyle && hasField(draft, known.component) && hasField(draft, known.pid)) return -1;
    if (!layout.takes(isStyle ? OPEN.BRACKET : OPEN.LONE_BRACKET)) return -1;
    wasBracket = true;
  }
  if (hasPairs) wasBracket = true;
  addLooked(draft, from, to, look, true);
  return stop;
}

/**
 * TiDB's `["a text"] [took=3s]`, `[text] [took=3s]`: whether the group [from, stop) is the text, which only pairs in brackets follow,
 * or which is quoted.
 */
function isBoxedText(bytes: Uint8Array, from: number, stop: number, end: number): boolean {
  if (bytes[from] === QUOTE) return true;
  let position = stop;
  while (position < end && bytes[position] === SPACE && bytes[position + 1] === BRACKET_OPEN) {
    const close = groupClose(bytes, position + 1, end);
    if (close < 0 || !hasKey(bytes, position + 2, close)) return false;
    position = close + 1;
  }
  return position === end && position > stop && !hasKey(bytes, from, stop - 1);
}

/** Whether `key=` begins at `from`, which may be quoted. */
function hasKey(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] === QUOTE) return findByte(bytes, EQUALS, from, to) >= 0;
  let position = from;
  while (position < to && KEY[bytes[position]!] === 1) position += 1;
  return position > from && bytes[position] === EQUALS;
}

/** Bytes of a key. */
const KEY = new Uint8Array(256);
for (const sign of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-') {
  KEY[sign.charCodeAt(0)] = 1;
}

/** `[3/5] Copying`: how far the program is, which belongs to the text. */
function isProgress(bytes: Uint8Array, from: number, to: number): boolean {
  const slash = digitsEnd(bytes, from, to);
  if (slash === from || bytes[slash] !== SLASH) return false;
  return slash + 1 < to && digitsEnd(bytes, slash + 1, to) === to;
}

/** Whether another bracket closes before the group that begins at `at`: brackets are this file's style. */
function closesBefore(bytes: Uint8Array, at: number): boolean {
  let position = at - 1;
  while (isBlank(bytes[position]!)) position -= 1;
  return bytes[position] === BRACKET_CLOSE;
}

/** The group behind MySQL's error code: `[Server]`, `[InnoDB]`. */
function readSubsystem(draft: Draft, at: number, end: number): number {
  const close = groupClose(draft.bytes, at, end);
  if (close < 0) return at;
  addComponent(draft, at + 1, close);
  return close + 1;
}

/** Spring's `--- [application] [thread] `: the first of two groups behind the dashes. */
function isSpringGroup(bytes: Uint8Array, gap: number, stop: number, end: number): boolean {
  return (gap & CROSSED.DASH) !== 0 && bytes[skipBlanks(bytes, stop, end)] === BRACKET_OPEN;
}

/** Whether more of the header stands behind the group that ends at `stop`. */
function isFollowed(bytes: Uint8Array, gap: number, stop: number, end: number): boolean {
  return (
    isHeaderBehind(bytes, stop, end) ||
    isSpringGroup(bytes, gap, stop, end) ||
    isGroupBehind(bytes, stop, end)
  );
}

/** Artifactory's `[trace] [file:12] [thread] - text`: whether one or two groups and a dash follow the one that ends at `at`. */
function isGroupBehind(bytes: Uint8Array, at: number, end: number): boolean {
  let position = at;
  for (let group = 0; group < 2; group += 1) {
    if (bytes[position] !== SPACE || bytes[position + 1] !== BRACKET_OPEN) return false;
    const close = groupClose(bytes, position + 1, end);
    if (close < 0) return false;
    position = close + 1;
    if (bytes[position] === SPACE && bytes[position + 1] === DASH) {
      return isBlank(bytes[position + 2]!);
    }
  }
  return false;
}

/** Apache's `[pid 1:tid 2]` and `[client 1.2.3.4:5]`, and `[remote …]`. */
function isNamedGroup(bytes: Uint8Array, at: number): boolean {
  const key = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
  return key === 0x706964 || key === 0x636c69 || key === 0x746964 || key === 0x72656d;
}

function readNamedGroup(draft: Draft, from: number, to: number): void {
  const { bytes, known } = draft;
  const nameEnd = wordEnd(bytes, from, to);
  const valueStart = skipBlanks(bytes, nameEnd, to);
  if (valueStart >= to) return;
  if (bytes[from] === 99 || bytes[from] === 114) {
    draft.text(known.client, valueStart, to);
    return;
  }
  let valueEnd = valueStart;
  while (valueEnd < to && isDigit(bytes[valueEnd]!)) valueEnd += 1;
  draft.value(bytes[from] === 116 ? known.thread : known.pid, valueStart, valueEnd);
  if (bytes[valueEnd] !== COLON) return;
  const threadStart = skipBlanks(bytes, wordEnd(bytes, valueEnd, to), to);
  draft.value(known.thread, threadStart, to);
}

/** `opID=7e12 sub=vpx`, `Originator@6876 sub=…`: pairs in brackets are no text. */
function isPairs(bytes: Uint8Array, from: number, to: number): boolean {
  for (let position = from; position < to; position += 1) {
    if (bytes[position] === 61) return position > from && position + 1 < to;
  }
  return false;
}

/** Whether a logger and its colon or dash, or a lone dash or colon, follow the group that ends at `at`. */
export function isHeaderBehind(bytes: Uint8Array, at: number, end: number): boolean {
  let position = skipBlanks(bytes, at, end);
  const first = bytes[position]!;
  if (first === COLON) return position > at || isBlank(bytes[position + 1]!);
  if (first === DASH) return isBlank(bytes[position + 1]!);
  const stop = wordEnd(bytes, position, end);
  // A name, not the address a message begins with.
  if (isDigit(first)) return false;
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
