/**
 * The Linux audit log: `type=USER_LOGIN msg=audit(1373330716.415:4063): pid=11998 … msg='op=login …'`.
 *
 * The message is what stands behind the event's number; its pairs are fields, those inside the quoted message too.
 */
import {
  APOSTROPHE,
  COLON,
  digitsEnd,
  EQUALS,
  PAREN_CLOSE,
  SPACE,
  skipBlanks,
  startsWith,
} from '../bytes.ts';
import { type Draft, kindOf } from '../draft.ts';
import type { Format } from '../format.ts';

const TYPE = 'type=';
const NODE = 'node=';
const EVENT = 'msg=audit(';
/** Pairs of one record that become fields; records of `execve` have one for each argument. */
const PAIRS_MAX = 64;

export const audit: Format = {
  name: 'audit',
  about: "The Linux audit daemon's log",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    let at = start;
    if (startsWith(bytes, at, NODE)) {
      const nodeEnd = wordEnd(bytes, at, end);
      draft.text(known.host, at + NODE.length, nodeEnd);
      at = skipBlanks(bytes, nodeEnd, end);
    }
    if (!startsWith(bytes, at, TYPE)) return false;
    const typeEnd = wordEnd(bytes, at, end);
    const eventAt = skipBlanks(bytes, typeEnd, end);
    if (!startsWith(bytes, eventAt, EVENT)) return false;
    const stampAt = eventAt + EVENT.length;
    const stampEnd = draft.readStamp(stampAt, end);
    if (stampEnd < 0 || bytes[stampEnd] !== COLON) return false;
    const serialEnd = digitsEnd(bytes, stampEnd + 1, end);
    if (bytes[serialEnd] !== PAREN_CLOSE) return false;
    draft.text(known.type, at + TYPE.length, typeEnd);
    draft.value(known.serial, stampEnd + 1, serialEnd);
    let messageAt = serialEnd + 1;
    if (bytes[messageAt] === COLON) messageAt += 1;
    draft.messageStart = Math.min(end, skipBlanks(bytes, messageAt, end));
    readPairs(draft, draft.messageStart, end);
    return true;
  },
};

function readPairs(draft: Draft, from: number, end: number): void {
  const { bytes, keys } = draft;
  let position = from;
  for (let count = 0; count < PAIRS_MAX && position < end; count += 1) {
    position = skipBlanks(bytes, position, end);
    const keyStart = position;
    while (position < end && bytes[position]! > SPACE && bytes[position] !== EQUALS) position += 1;
    if (bytes[position] !== EQUALS || position === keyStart) {
      position += 1;
      continue;
    }
    const keyEnd = position;
    position += 1;
    // Behind `msg='` pairs go on, inside the quotes.
    if (bytes[position] === APOSTROPHE) {
      position += 1;
      continue;
    }
    let valueStart = position;
    let valueEnd: number;
    if (bytes[position] === 34) {
      valueStart += 1;
      valueEnd = valueStart;
      while (valueEnd < end && bytes[valueEnd] !== 34) valueEnd += 1;
      position = valueEnd + 1;
    } else {
      valueEnd = wordEnd(bytes, position, end);
      position = valueEnd;
      if (bytes[valueEnd - 1] === APOSTROPHE) valueEnd -= 1;
    }
    const entry = keys.find(draft, keyStart, keyEnd, -1);
    if (entry >= 0 && valueEnd > valueStart) {
      draft.field(keys.ids[entry]!, valueStart, valueEnd, kindOf(bytes, valueStart, valueEnd));
    }
  }
}

function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position]! > SPACE) position += 1;
  return position;
}
