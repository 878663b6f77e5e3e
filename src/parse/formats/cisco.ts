/** Cisco's message code, `%ASA-6-302013: text`: facility, severity, mnemonic. The severity is syslog's. */

import { LEVEL_NONE } from '../../model/level.ts';
import {
  ASTERISK,
  COLON,
  DASH,
  DOT,
  digitsEnd,
  isAlphanumeric,
  isBlank,
  isDigit,
  isUpper,
  PERCENT,
  SPACE,
  skipBlanks,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { levelOfSyslog } from '../level.ts';

const DOLLAR = 36;
const CODE_LENGTH_MAX = 64;
/** Longest name that a device prints of itself before its stamp. */
const NAME_LENGTH_MAX = 64;
/** How far into a message the code may stand, behind a sequence number or the device's own stamp. */
const CODE_AT_MAX = 64;

/** Take level and facility from the code near the beginning of the message. */
export function readCiscoCode(draft: Draft): void {
  const { bytes, messageStart, messageEnd } = draft;
  const limit = Math.min(messageEnd, messageStart + CODE_AT_MAX);
  let at = messageStart;
  // NX-OS: `%$ VDC-1 %$ %PLATFORM-2-PFM_ALERT: text`.
  while (at < limit && (bytes[at] !== PERCENT || bytes[at + 1] === DOLLAR)) at += 1;
  if (at >= limit) return;
  let position = at + 1;
  let severityAt = -1;
  let dashes = 0;
  const codeLimit = Math.min(messageEnd, at + CODE_LENGTH_MAX);
  for (; position < codeLimit && bytes[position] !== COLON; position += 1) {
    const byte = bytes[position]!;
    if (byte === DASH) {
      dashes += 1;
      const behind = bytes[position + 2]!;
      if (!isDigit(bytes[position + 1]!)) continue;
      // Junos has no mnemonic where it prints priorities: `%AUTH-6: text`.
      if (behind === DASH || (behind === COLON && isUpper(bytes[at + 1]!))) {
        severityAt = position + 1;
        if (behind === COLON) dashes += 1;
      }
    } else if (byte === SPACE && bytes[position + 1] === COLON) break;
    else if (!isAlphanumeric(byte) && byte !== 95) return;
  }
  if (position >= codeLimit || severityAt < 0 || dashes < 2) return;
  if (draft.level === LEVEL_NONE) draft.level = levelOfSyslog(bytes[severityAt]! - 48);
  draft.text(draft.known.facility, at + 1, severityAt - 1);
}

/**
 * Where the code stands behind what a device prints between the daemon's header and it: `123: Nov 19 10:00:01.250 UTC: %LINK-3-…`,
 * `123: sw1: *Nov 19 10:00:01: %SYS-5-…`, `: %ASA-3-…`. -1 where something else stands at `at`. The device's time holds where there is no other.
 */
export function ciscoCodeBehind(draft: Draft, at: number, end: number): number {
  const { bytes } = draft;
  let position = at;
  if (bytes[position] === COLON && isBlank(bytes[position + 1]!)) {
    position = skipBlanks(bytes, position + 1, end);
  }
  const numberEnd = digitsEnd(bytes, position, end);
  if (numberEnd > position && bytes[numberEnd] === COLON) {
    const nameAt = skipBlanks(bytes, numberEnd + 1, end);
    position = skipName(bytes, nameAt, end);
  }
  if (bytes[position] !== PERCENT) {
    if (bytes[position] === ASTERISK || bytes[position] === DOT) position += 1;
    position = draft.stamps.read(bytes, position, end);
    if (position < 0 || bytes[position] !== COLON) return -1;
    if (!draft.hasStamp) draft.takeStamp();
    position = skipBlanks(bytes, position + 1, end);
  }
  return isCodeStart(bytes, position) ? position : -1;
}

/** Whether a code begins at `at`, or what NX-OS prints before it. */
export function isCodeStart(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === PERCENT && (isUpper(bytes[at + 1]!) || bytes[at + 1] === DOLLAR);
}

/** Behind the name that a device prints of itself, `sw1: `; `at` where none stands there. */
function skipName(bytes: Uint8Array, at: number, end: number): number {
  const limit = Math.min(end, at + NAME_LENGTH_MAX);
  let position = at;
  while (position < limit && bytes[position]! > SPACE && bytes[position] !== COLON) position += 1;
  const isName = bytes[position] === COLON && bytes[position + 1] === SPACE && position > at;
  return isName ? skipBlanks(bytes, position + 1, end) : at;
}
