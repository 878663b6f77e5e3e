/** Pieces of a text header as fields: pid, thread, component, request id, told by what they look like. */
import {
  AT_SIGN,
  BRACKET_OPEN,
  COLON,
  DASH,
  isAlphanumeric,
  isDigit,
  isLetter,
  skipBlanks,
  startsWith,
  trimEnd,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { addPairs, isPair } from './logfmt.ts';
import { closerOf, dotCount, hasBlank, LOOK, lookOf, wordEnd } from './text-items.ts';

/** PostgreSQL's user and database before they are known. */
const UNKNOWN = '[unknown]@';
/** Which of its ensemble a server of ZooKeeper is: the same in all lines of its log. */
const ZOOKEEPER_ID = 'myid:';

/** Add a piece as what it looks like: pid, thread, component, request id. */
export function addItem(draft: Draft, start: number, stop: number, beforeLevel: boolean): void {
  const { bytes, known } = draft;
  if (startsWith(bytes, start, UNKNOWN)) return;
  let from = start;
  let to = stop;
  const isGroup = closerOf(bytes[from]!) !== 0;
  if (isGroup) {
    from = skipBlanks(bytes, from + 1, to);
    to = trimEnd(bytes, from, to - 1);
  }
  if (to <= from || startsWith(bytes, from, ZOOKEEPER_ID)) return;
  const look = lookOf(bytes, from, to);
  const sign = beforeLevel && !isGroup && look === LOOK.DOTTED ? atSign(bytes, from, to) : -1;
  if (sign > from && sign < to - 1) {
    // PostgreSQL's `user@database`.
    draft.text(known.user, from, sign);
    draft.text(known.database, sign + 1, to);
    return;
  }
  // Sidekiq's `pid=1 tid=a class=Worker INFO: text`, Elixir's `request_id=a [info] text`.
  if (!isGroup && look === LOOK.NONE && isPair(bytes, from, to)) addPairs(draft, from, to);
  else if (!isGroup && look === LOOK.PLAIN && beforeLevel) addComponent(draft, from, to);
  else addLooked(draft, from, to, look, isGroup);
}

/** Add [from, to), whose look is known. `isGroup`: it stood in brackets. */
export function addLooked(
  draft: Draft,
  from: number,
  to: number,
  look: number,
  isGroup: boolean,
): void {
  const { bytes, known } = draft;
  if (look === LOOK.NUMBER) {
    const pid = known.pid;
    draft.value(hasField(draft, pid) ? known.thread : pid, from, to);
    return;
  }
  if (
    look === LOOK.DOTTED &&
    isDigit(bytes[from]!) &&
    bytes[to - 1] === 115 &&
    dotCount(bytes, from, to) === 1
  ) {
    // The JVM's `[0.005s]`.
    draft.text(known.uptime, from, to);
    return;
  }
  if (isGroup && addThreadAndLogger(draft, from, to)) return;
  if (look === LOOK.DOTTED && !isAddressLike(bytes, from, to)) {
    addComponent(draft, from, to);
    return;
  }
  if (isGroup) {
    if (startsWithRequest(bytes, from)) draft.text(known.requestId, from, wordEnd(bytes, from, to));
    else if (!hasBlank(bytes, from, to) || isThreadName(bytes, from, to))
      draft.text(known.thread, from, to);
    else draft.text(known.context, from, to);
  }
}

/** ZooKeeper's `main:QuorumPeerMain@113`, `QuorumPeer[myid=1]/0.0.0.0:2181:Learner@229`: thread, logger, line. */
function addThreadAndLogger(draft: Draft, from: number, to: number): boolean {
  const { bytes, known } = draft;
  let lineAt = to;
  while (lineAt > from && isDigit(bytes[lineAt - 1]!)) lineAt -= 1;
  if (lineAt === to || bytes[lineAt - 1] !== AT_SIGN) return false;
  let loggerAt = lineAt - 1;
  while (loggerAt > from && bytes[loggerAt - 1] !== COLON) loggerAt -= 1;
  if (loggerAt <= from + 1 || !isLetter(bytes[loggerAt]!)) return false;
  draft.text(known.thread, from, loggerAt - 1);
  draft.text(known.component, loggerAt, lineAt - 1);
  draft.value(known.line, lineAt, to);
  return true;
}

/** Add the logger: `name:line`, `program[pid]` and `pkg/file.go:12` are taken apart. */
export function addComponent(draft: Draft, start: number, stop: number): void {
  const { bytes, known } = draft;
  const component = known.component;
  if (hasField(draft, component)) {
    draft.text(known.thread, start, stop);
    return;
  }
  let end = stop;
  if (bytes[end - 1] === 93) {
    let open = end - 2;
    while (open > start && isDigit(bytes[open]!)) open -= 1;
    if (bytes[open] === BRACKET_OPEN && open > start && open < end - 2) {
      draft.value(known.pid, open + 1, end - 1);
      end = open;
    }
  } else {
    let digits = end;
    while (digits > start && isDigit(bytes[digits - 1]!)) digits -= 1;
    if (digits < end && bytes[digits - 1] === COLON && digits > start + 1) {
      draft.value(known.line, digits, end);
      end = digits - 1;
    }
  }
  draft.text(component, start, end);
}

export function hasField(draft: Draft, keyId: number): boolean {
  const { columns } = draft;
  for (let field = draft.fieldsFrom; field < columns.fieldCount; field += 1) {
    if (columns.fieldKey[field] === keyId) return true;
  }
  return false;
}

function atSign(bytes: Uint8Array, start: number, end: number): number {
  for (let position = start; position < end; position += 1) {
    if (bytes[position] === 64) return position;
    if (!isAlphanumeric(bytes[position]!) && bytes[position] !== 95 && bytes[position] !== DASH)
      return -1;
  }
  return -1;
}

function isAddressLike(bytes: Uint8Array, start: number, end: number): boolean {
  return isDigit(bytes[start]!) && isDigit(bytes[end - 1]!) && dotCount(bytes, start, end) === 3;
}

export function startsWithRequest(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 114 && bytes[at + 1] === 101 && bytes[at + 2] === 113 && bytes[at + 3] === DASH
  );
}

/** `CP Server Thread-8`, `http-nio-8080-exec-1`, `pool-1-thread-2`, `main`: ends in a digit, or speaks of a thread. */
function isThreadName(bytes: Uint8Array, start: number, end: number): boolean {
  return isDigit(bytes[end - 1]!) && end - start < 64;
}
