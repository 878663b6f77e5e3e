/** OpenLDAP's own log: seconds and nanoseconds since 1970 in hexadecimal digits, the thread, the text. */
import { DOT, isDigit, SPACE, startsWith } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { wordEnd } from './text-items.ts';

const SECONDS_DIGITS = 8;
/** As printed since 2.5; builds without nanoseconds print microseconds. */
const NANOSECOND_DIGITS = 8;
const MICROSECOND_DIGITS = 5;

export const slapd: Format = {
  name: 'slapd',
  about: "OpenLDAP's own log: hexadecimal time and thread, then the message",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, calendar } = draft;
    const fractionAt = start + SECONDS_DIGITS + 1;
    if (bytes[fractionAt - 1] !== DOT) return false;
    const stampEnd = wordEnd(bytes, fractionAt, end);
    const digits = stampEnd - fractionAt;
    if (digits !== NANOSECOND_DIGITS && digits !== MICROSECOND_DIGITS) return false;
    if (bytes[stampEnd] !== SPACE || !startsWith(bytes, stampEnd + 1, '0x')) return false;
    const seconds = hexNumber(bytes, start, fractionAt - 1);
    const fraction = hexNumber(bytes, fractionAt, stampEnd);
    if (seconds < 0 || fraction < 0) return false;
    const us = digits === NANOSECOND_DIGITS ? Math.floor(fraction / 1000) : fraction;
    if (!calendar.resolveEpoch(seconds * 1_000_000 + us)) return false;
    draft.takeStamp();
    const threadEnd = wordEnd(bytes, stampEnd + 1, end);
    draft.text(draft.known.thread, stampEnd + 1, threadEnd);
    draft.messageStart = Math.min(end, threadEnd + 1);
    return true;
  },
};

/** The hexadecimal digits [at, end) as a number, or -1. */
function hexNumber(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let position = at; position < end; position += 1) {
    const byte = bytes[position]!;
    const digit = isDigit(byte) ? byte - 48 : byte >= 97 && byte <= 102 ? byte - 87 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
