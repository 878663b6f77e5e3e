/**
 * Syslog lines of the most usual shape in one go: `[<PRI>]stamp host program[pid]: message`, with plain names only.
 *
 * Accepts only what `syslog.ts` reads in the same way, so it saves time and decides nothing.
 */
import { FLAG } from '../../model/entry-columns.ts';
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  GREATER,
  isDigit,
  isUpper,
  LESS,
  SPACE,
  startsWith,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { hasLevelHeader, levelOfSyslog } from '../level.ts';
import { newlineFrom } from '../words.ts';
import { isAccessStart } from './access.ts';
import { isCefStart } from './cef.ts';
import { isHaproxyStart } from './haproxy.ts';
import { PROGRAM_LENGTH_MAX } from './syslog-program.ts';

/** Bytes of host and program names: 1 letters and digits, 2 others that may stand inside. */
const NAME = new Uint8Array(256);
for (const sign of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') {
  NAME[sign.charCodeAt(0)] = 1;
}
for (const sign of '-_./') NAME[sign.charCodeAt(0)] = 2;
/** Messages that begin with these are JSON, carry a code, or may be logfmt (2), CEF (3), HAProxy's or a web server's (4), and are left to the other reader. */
const BEGINS_PAYLOAD = new Uint8Array(256);
for (const sign of '{@%* \t\n\r') BEGINS_PAYLOAD[sign.charCodeAt(0)] = 1;
for (const sign of 'ltmdi') BEGINS_PAYLOAD[sign.charCodeAt(0)] = 2;
for (const sign of 'CL') BEGINS_PAYLOAD[sign.charCodeAt(0)] = 3;
for (const sign of '0123456789') BEGINS_PAYLOAD[sign.charCodeAt(0)] = 4;
const LOGFMT_STARTS = [
  'level=',
  'time=',
  'ts=',
  't=',
  'lvl=',
  'msg=',
  'date=',
  'device=',
  'device_name=',
  'id=firewall ',
];
const PRI_MAX = 191;
const HOST_LENGTH_MAX = 64;

export function readSyslogQuickly(draft: Draft, start: number, end: number): number {
  const { bytes, known } = draft;
  let position = start;
  if (bytes[position] === LESS) {
    let priority = 0;
    let digits = position + 1;
    while (isDigit(bytes[digits]!)) {
      priority = priority * 10 + bytes[digits]! - 48;
      digits += 1;
    }
    const length = digits - position - 1;
    if (bytes[digits] !== GREATER || length === 0 || length > 3 || priority > PRI_MAX) return -1;
    draft.level = levelOfSyslog(priority & 7);
    position = digits + 1;
  }
  // The other reader asks more of a line with another stamp.
  if (isDigit(bytes[position]!)) return -1;
  position = draft.readStamp(position, end);
  if (position < 0 || (draft.flags & FLAG.YEAR_ASSUMED) === 0) return -1;
  if (bytes[position] !== SPACE) return -1;
  const hostStart = position + 1;
  position = hostStart;
  while (NAME[bytes[position]!] !== 0) position += 1;
  const hostEnd = position;
  if (
    bytes[hostEnd] !== SPACE ||
    NAME[bytes[hostStart]!] !== 1 ||
    hostEnd - hostStart > HOST_LENGTH_MAX
  )
    return -1;

  if (isUpper(bytes[hostStart]!) && hasLevelHeader(bytes, hostStart, end)) return -1;

  const programStart = hostEnd + 1;
  position = programStart;
  while (NAME[bytes[position]!] !== 0) position += 1;
  const programEnd = position;
  // A number in its place is Cisco's count of messages.
  const isName = NAME[bytes[programStart]!] === 1 && !isDigit(bytes[programStart]!);
  if (!isName || programEnd - programStart >= PROGRAM_LENGTH_MAX) return -1;
  if (bytes[position] === BRACKET_OPEN) {
    position += 1;
    const pidStart = position;
    if (bytes[pidStart] === 48) return -1;
    while (isDigit(bytes[position]!)) position += 1;
    if (position === pidStart || position > pidStart + 10) return -1;
    if (bytes[position] !== BRACKET_CLOSE) return -1;
    draft.text(known.host, hostStart, hostEnd);
    draft.text(known.component, programStart, programEnd);
    draft.number(known.pid, pidStart, position);
    position += 1;
  } else {
    draft.text(known.host, hostStart, hostEnd);
    draft.text(known.component, programStart, programEnd);
  }
  if (bytes[position] !== COLON || bytes[position + 1] !== SPACE) return -1;
  const messageStart = position + 2;
  const payload = BEGINS_PAYLOAD[bytes[messageStart]!]!;
  if (payload === 1 || (payload === 2 && isLogfmtStart(bytes, messageStart))) return -1;
  if (payload === 3 && isCefStart(bytes, messageStart)) return -1;
  if (payload === 4 && isHaproxyStart(bytes, messageStart)) return -1;
  if (payload === 4 && isAccessStart(bytes, messageStart)) return -1;
  const newline = newlineFrom(bytes, draft.view, messageStart, end);
  if (newline < 0 || bytes[newline - 1] === 13) return -1;
  draft.messageStart = messageStart;
  draft.messageEnd = newline;
  return newline + 1;
}

/** `level=`, `time=`, `ts=`, `t=`, `lvl=`, `msg=`, FortiGate's `date=`, Sophos's `device=`, SonicWall's `id=firewall `: a message that is logfmt begins with one of these. */
export function isLogfmtStart(bytes: Uint8Array, at: number): boolean {
  for (const key of LOGFMT_STARTS) if (startsWith(bytes, at, key)) return true;
  return false;
}
