/** Cisco's message code, `%ASA-6-302013: text`: facility, severity, mnemonic. The severity is syslog's. */

import { LEVEL_NONE } from '../../model/level.ts';
import { COLON, DASH, isAlphanumeric, isDigit, SPACE } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { levelOfSyslog } from '../level.ts';

const PERCENT = 37;
const CODE_LENGTH_MAX = 64;
/** How far into a message the code may stand, behind a sequence number or the device's own stamp. */
const CODE_AT_MAX = 64;

/** Take level and facility from the code near the beginning of the message. */
export function readCiscoCode(draft: Draft): void {
  const { bytes, messageStart, messageEnd } = draft;
  const limit = Math.min(messageEnd, messageStart + CODE_AT_MAX);
  let at = messageStart;
  while (at < limit && bytes[at] !== PERCENT) at += 1;
  if (at >= limit) return;
  let position = at + 1;
  let severityAt = -1;
  let dashes = 0;
  const codeLimit = Math.min(messageEnd, at + CODE_LENGTH_MAX);
  for (; position < codeLimit && bytes[position] !== COLON; position += 1) {
    const byte = bytes[position]!;
    if (byte === DASH) {
      dashes += 1;
      if (isDigit(bytes[position + 1]!) && bytes[position + 2] === DASH) severityAt = position + 1;
    } else if (byte === SPACE && bytes[position + 1] === COLON) break;
    else if (!isAlphanumeric(byte) && byte !== 95) return;
  }
  if (position >= codeLimit || severityAt < 0 || dashes < 2) return;
  if (draft.level === LEVEL_NONE) draft.level = levelOfSyslog(bytes[severityAt]! - 48);
  draft.text(draft.known.facility, at + 1, severityAt - 1);
}
