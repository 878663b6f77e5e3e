/**
 * Syslog as daemons send it and files keep it: RFC 3164 with and without PRI, with ISO stamps (rsyslog), RFC 5424.
 *
 * Behind the stamp stand host and program, `program[pid]:` or `program:`; old senders leave the host out, and
 * some programs print no colon. The level comes from PRI, or from the severity a daemon prints behind the host: words in the
 * message are the message's.
 */
import { FIELD, FLAG } from '../../model/entry-columns.ts';
import { LEVEL_NONE } from '../../model/level.ts';
import {
  ASTERISK,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  DASH,
  DOT,
  digitsEnd,
  EQUALS,
  findByte,
  GREATER,
  isAlphanumeric,
  isDigit,
  LESS,
  LETTER_T,
  PAREN_OPEN,
  QUOTE,
  SPACE,
  skipBlanks,
  startsWith,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { hasLevelHeader, levelOfSyslog, levelWordAt } from '../level.ts';
import { monthAt, weekdayEnd } from '../stamp-parts.ts';
import { access, isAccessStart } from './access.ts';
import { cef, isCefStart } from './cef.ts';
import { ciscoCodeBehind, readCiscoCode } from './cisco.ts';
import { isHaproxyStart, readHaproxy } from './haproxy.ts';
import { json } from './json.ts';
import { logfmt } from './logfmt.ts';
import { readPayload } from './payload.ts';
import { PROGRAM_LENGTH_MAX, pidEnd, readProgram } from './syslog-program.ts';
import { isLogfmtStart, readSyslogQuickly } from './syslog-quick.ts';
import {
  takeFacility,
  takeOwnLabel,
  takePacemaker,
  takeProgramAndSeverity,
  takeSeverity,
  takeTopics,
} from './syslog-severity.ts';

const PRI_MAX = 191;
/** `1`: the only one that RFC 5424 has. */
const VERSION = 49;
/** Of the ISO stamps that syslog daemons print, which have a `T` behind the date. */
const ISO_DATE_LENGTH = 10;
const ISO_TIME_LENGTH = 19;
const HOST_LENGTH_MAX = 255;

export const syslog3164: Format = {
  name: 'syslog:rfc3164',
  about: 'Syslog lines with host and program (Mmm dd hh:mm:ss or ISO stamp, with or without PRI)',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    let position = readPriority(draft, start, end);
    if (position < 0) return false;
    const hasPriority = position > start;
    const isNamed = monthAt(bytes, position) > 0;
    const isJournal = !isNamed && isJournalStamp(bytes, position, end);
    if (!isNamed && !isJournal && !isDigit(bytes[position]!))
      return hasPriority && readBare(draft, start, end);
    const headerAt = position;
    position = draft.readStamp(headerAt, end);
    if (position < 0) {
      return hasPriority && !isVersioned(draft, headerAt, end) && readBare(draft, start, end);
    }
    if (bytes[position] === COLON) position += 1;
    if (bytes[position] !== SPACE) return false;
    position = skipBlanks(bytes, position, end);
    // `Mmm dd hh:mm:ss` is syslog's own stamp; with a year or in another shape the line must look like syslog, too.
    const isOwn = isNamed && (draft.flags & FLAG.YEAR_ASSUMED) !== 0;
    // Many a program prints `Mmm dd hh:mm:ss ERROR text` itself.
    if (isOwn && !hasPriority && hasLevelHeader(bytes, position, end)) return false;
    if (!readHostAndProgram(draft, position, end, isOwn || hasPriority)) return false;
    // rsyslog's fraction has a point before it; `dmesg --time-format iso` has a comma.
    const isIso =
      bytes[headerAt + ISO_DATE_LENGTH] === LETTER_T && bytes[headerAt + ISO_TIME_LENGTH] !== COMMA;
    if (isOwn || hasPriority || isIso || isJournal) return true;
    // Any program may print `2026-11-20 10:30:00 Job done: text`; a pid makes it syslog.
    return findByte(bytes, BRACKET_OPEN, position, draft.messageStart) >= 0;
  },
  quick: readSyslogQuickly,
};

/** `journalctl -o short-full`: `Mon 2026-11-30 10:30:00 UTC host program[pid]: text`. */
function isJournalStamp(bytes: Uint8Array, at: number, end: number): boolean {
  return bytes[at + 8] === DASH && isDigit(bytes[at + 4]!) && weekdayEnd(bytes, at, end) === at + 3;
}

/** `<34>` before the stamp gives the level; returns the position behind it, `start` without one, -1 for none such. */
function readPriority(draft: Draft, start: number, end: number): number {
  const { bytes } = draft;
  if (bytes[start] !== LESS) return start;
  const close = digitsEnd(bytes, start + 1, Math.min(end, start + 4));
  if (bytes[close] !== GREATER || close === start + 1) return -1;
  let value = 0;
  for (let position = start + 1; position < close; position += 1) {
    value = value * 10 + bytes[position]! - 48;
  }
  if (value > PRI_MAX) return -1;
  draft.level = levelOfSyslog(value & 7);
  return close + 1;
}

/** Whether RFC 5424's version and stamp follow: then the line is not for RFC 3164, whatever the rest of the file is. */
function isVersioned(draft: Draft, at: number, end: number): boolean {
  const { bytes } = draft;
  if (bytes[at] !== VERSION || bytes[at + 1] !== SPACE) return false;
  if (bytes[at + 2] === DASH && bytes[at + 3] === SPACE) return true;
  return draft.stamps.read(bytes, at + 2, end) >= 0;
}

/** PRI and no stamp, as `logger` and containers send it: `<6>message`. */
function readBare(draft: Draft, start: number, end: number): boolean {
  let position = start;
  while (position < end && draft.bytes[position] !== GREATER) position += 1;
  if (position + 1 >= end) return false;
  const hasFields =
    isLogfmtStart(draft.bytes, position + 1) || isAccessStart(draft.bytes, position + 1);
  if (hasFields) return takeMessage(draft, position + 1, end);
  const codeAt = mayBeginCiscoHeader(draft.bytes, position + 1)
    ? ciscoCodeBehind(draft, position + 1, end)
    : -1;
  if (codeAt >= 0) return takeMessage(draft, codeAt, end);
  draft.messageStart = position + 1;
  return true;
}

/**
 * Host and program behind the stamp. `loose`: the stamp alone makes it syslog, so a line without a program is one
 * too; with an ISO stamp there must be `host program[pid]:` or `host program:`.
 */
function readHostAndProgram(draft: Draft, at: number, end: number, loose: boolean): boolean {
  const { bytes, known } = draft;
  if (bytes[at] === LESS) {
    const stop = takeFacility(draft, at, end);
    if (stop > 0) return readHostAndProgram(draft, skipBlanks(bytes, stop, end), end, loose);
  }
  const firstEnd = tokenEnd(bytes, at, end);
  const first = bytes[at]!;
  if (firstEnd === at || first === BRACKET_OPEN || firstEnd - at > HOST_LENGTH_MAX) {
    return loose && takeMessage(draft, at, end);
  }
  // MikroTik's own file has no host.
  const topicsAt = loose ? takeTopics(draft, at, end) : -1;
  if (topicsAt >= 0) return takeMessage(draft, topicsAt, end);
  if (first === DASH && bytes[at + 1] === DASH) return loose && takeMessage(draft, at, end);
  // cloud-init: `stamp - util.py[DEBUG]: text`.
  if (first === DASH && firstEnd === at + 1 && !loose) return false;
  const isPidBehind = bytes[firstEnd + 1] === BRACKET_OPEN && pidEnd(bytes, firstEnd + 2, end) >= 0;
  if (
    programEnd(bytes, at, end) === firstEnd ||
    bytes[firstEnd - 1] === COLON ||
    (isPidBehind && bytes[pidEnd(bytes, firstEnd + 2, end) + 1] === COLON)
  ) {
    // No host: the program comes first.
    if (!loose) return false;
    const messageAt = readProgram(draft, at, end);
    const labelEnd = messageAt < 0 ? -1 : takeOwnLabel(draft, messageAt, end);
    return takeMessage(draft, labelEnd < 0 ? Math.max(at, messageAt) : labelEnd, end);
  }
  if (firstEnd >= end || bytes[firstEnd] !== SPACE || !isHost(bytes, at, firstEnd)) {
    const textAt = loose ? takeProgramAndSeverity(draft, at, end) : -1;
    if (textAt >= 0) return takeMessage(draft, textAt, end);
    return loose && takeMessage(draft, at, end);
  }
  const isLevel = !loose && isLevelWord(bytes, at, firstEnd);
  if (isLevel) return false;
  let next = skipBlanks(bytes, firstEnd, end);
  const fieldsBefore = draft.columns.fieldCount;
  // DB2's header: `I1234E456   LEVEL: Warning`.
  if (!loose && startsWith(bytes, next, 'LEVEL:')) return false;
  draft.text(known.host, at, firstEnd);
  let severityEnd = takeFacility(draft, next, end);
  if (severityEnd < 0) severityEnd = takeSeverity(draft, next, end);
  if (severityEnd >= 0) next = skipBlanks(bytes, severityEnd, end);
  // `PM2 error: text`, `backup ERROR: text` behind a stamp that is not syslog's own.
  const isLevelled = !loose && severityEnd < 0 && levelWordAt(bytes, next, end, false) >= 0;
  const codeAt = mayBeginCiscoHeader(bytes, next) ? ciscoCodeBehind(draft, next, end) : -1;
  if (codeAt >= 0) return takeMessage(draft, codeAt, end);
  const topicsEnd = takeTopics(draft, next, end);
  if (topicsEnd >= 0) return takeMessage(draft, topicsEnd, end);
  const pacemakerAt = takePacemaker(draft, next, end);
  if (pacemakerAt >= 0) return takeMessage(draft, pacemakerAt, end);
  const messageAt = isLevelled ? -1 : readProgram(draft, next, end);
  if (messageAt >= 0) return takeMessage(draft, messageAt, end);
  if (!loose) {
    draft.columns.fieldCount = fieldsBefore;
    return false;
  }
  return takeMessage(draft, next, end);
}

/** A number and a colon, a colon alone, `*`, `.`, or a month: what may stand before Cisco's code. */
function mayBeginCiscoHeader(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at]!;
  const isMark = first === COLON || first === ASTERISK || first === DOT;
  return isMark || isDigit(first) || monthAt(bytes, at) > 0;
}

function isLevelWord(bytes: Uint8Array, at: number, end: number): boolean {
  const word = levelWordAt(bytes, at, end, false);
  return word >= 0 && at + (word >> 3) === end;
}

function takeMessage(draft: Draft, at: number, end: number): boolean {
  const { bytes } = draft;
  draft.messageStart = Math.min(at, end);
  draft.messageEnd = end;
  const first = bytes[at]!;
  if (first === BRACE_OPEN || startsWith(bytes, at, CEE)) {
    readPayload(draft, PAYLOADS, first === BRACE_OPEN ? at : at + CEE.length, end);
  } else if (first === 37 || first === 42) readCiscoCode(draft);
  else if (at + 4 < end && isLogfmtStart(bytes, at)) readPayload(draft, PAYLOADS, at, end);
  else if (isCefStart(bytes, at)) readPayload(draft, EVENTS, at, end);
  else if (isDigit(first) && isHaproxyStart(bytes, at)) readHaproxy(draft, at, end);
  else if (isDigit(first) && isAccessStart(bytes, at)) readPayload(draft, REQUESTS, at, end);
  return true;
}

/** The mark of JSON inside syslog. */
const CEE = '@cee:';
const PAYLOADS = [json, logfmt];
const EVENTS = [cef];
const REQUESTS = [access];

function tokenEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position]! > SPACE) position += 1;
  return position;
}

/** Names, addresses, `user@host`, `-`: no brackets, quotes or pairs. */
function isHost(bytes: Uint8Array, at: number, end: number): boolean {
  if (!isAlphanumeric(bytes[at]!) && bytes[at] !== COLON && bytes[at] !== DASH) return false;
  for (let position = at; position < end; position += 1) {
    const byte = bytes[position]!;
    if (byte === BRACKET_OPEN || byte === EQUALS || byte === QUOTE || byte === BRACE_OPEN) {
      return false;
    }
    // ESXi 8 has its severity there: `In(182)`.
    if (byte === PAREN_OPEN) return false;
  }
  return true;
}

/** Where `program:` or `program[pid]:` at `at` ends, its colon included; -1 where there is none such. */
function programEnd(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + PROGRAM_LENGTH_MAX);
  for (let position = at; position < limit; position += 1) {
    const byte = bytes[position]!;
    if (byte === COLON) {
      const next = bytes[position + 1]!;
      const closes = position + 1 >= end || next === SPACE || next === 9;
      if (closes) return position > at ? position + 1 : -1;
    } else if (byte === BRACKET_OPEN) {
      const close = pidEnd(bytes, position + 1, end);
      if (close < 0 || position === at) return -1;
      return bytes[close + 1] === COLON ? close + 2 : -1;
    } else if (byte <= SPACE || byte === QUOTE || byte === EQUALS) {
      return -1;
    }
  }
  return -1;
}

export const syslog5424: Format = {
  name: 'syslog:rfc5424',
  about: 'Syslog as RFC 5424 has it: <PRI>1 stamp host app pid msgid [data] message',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    let position = readPriority(draft, start, end);
    if (position < 0 || draft.level === LEVEL_NONE) return false;
    if (bytes[position] !== VERSION || bytes[position + 1] !== SPACE) return false;
    position += 2;
    if (bytes[position] === DASH) position += 1;
    else position = draft.readStamp(position, end);
    if (position < 0 || bytes[position] !== SPACE) return false;
    const hostEnd = headerField(draft, known.host, position + 1, end);
    const hostFields = draft.columns.fieldCount;
    position = headerField(draft, known.component, hostEnd + 1, end);
    const processEnd = headerField(draft, known.pid, position + 1, end);
    const processFields = draft.columns.fieldCount;
    position = headerField(draft, known.messageId, processEnd + 1, end);
    position = position < end ? structuredDataEnd(draft, position + 1, end) : -1;
    if (position < 0) {
      if (hostEnd >= end) return false;
      // Check Point's brackets hold data of its own shape: `host CheckPoint 1 - [action:"Drop"; …]`.
      const isCheckPoint = processEnd < end && startsWith(bytes, processEnd, ' - [');
      // Meraki's header ends with the host: `<134>1 1557136801.123456789 MX84 flows src=…`.
      draft.columns.fieldCount = isCheckPoint ? processFields : hostFields;
      return takeMessage(draft, isCheckPoint ? processEnd + 3 : hostEnd + 1, end);
    }
    position = skipBlanks(bytes, position, end);
    // A byte order mark says that the message is UTF-8.
    if (bytes[position] === 0xef && bytes[position + 1] === 0xbb) position += 3;
    return takeMessage(draft, position, end);
  },
};

function headerField(draft: Draft, keyId: number, at: number, end: number): number {
  const fieldEnd = tokenEnd(draft.bytes, at, end);
  if (fieldEnd !== at + 1 || draft.bytes[at] !== DASH) draft.value(keyId, at, fieldEnd);
  return fieldEnd;
}

/** `-` or `[id name="value" …][…]`: values become fields `id.name`. Returns the end, or -1. */
function structuredDataEnd(draft: Draft, at: number, end: number): number {
  const { bytes, keys } = draft;
  if (bytes[at] === DASH) return at + 1;
  let position = at;
  while (position < end && bytes[position] === BRACKET_OPEN) {
    const idEnd = Math.min(end, dataWordEnd(bytes, position + 1, end));
    const id = keys.find(draft, position + 1, idEnd, -1);
    position = idEnd;
    while (position < end && bytes[position] === SPACE) {
      const nameEnd = dataWordEnd(bytes, position + 1, end);
      if (bytes[nameEnd] !== EQUALS || bytes[nameEnd + 1] !== QUOTE) return -1;
      let valueEnd = nameEnd + 2;
      while (valueEnd < end && bytes[valueEnd] !== QUOTE)
        valueEnd += bytes[valueEnd] === 92 ? 2 : 1;
      if (valueEnd >= end) return -1;
      const entry = id < 0 ? -1 : keys.find(draft, position + 1, nameEnd, id);
      if (entry >= 0) draft.field(keys.ids[entry]!, nameEnd + 2, valueEnd, FIELD.STRING);
      position = valueEnd + 1;
    }
    if (bytes[position] !== BRACKET_CLOSE) return -1;
    position += 1;
  }
  return position > at ? position : -1;
}

function dataWordEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end) {
    const byte = bytes[position]!;
    if (byte <= SPACE || byte === EQUALS || byte === BRACKET_CLOSE || byte === QUOTE) break;
    position += 1;
  }
  return position;
}
