/**
 * The kernel's ring buffer as `dmesg` prints it: `[12345.678901] usb 1-1: text`, `<6>[    0.000000] text`.
 *
 * The number counts seconds since boot, so there is no stamp; it is kept as `uptime`. `dmesg -T` and journald print real
 * stamps and are read as text and syslog.
 */
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  DOT,
  digitsEnd,
  GREATER,
  LESS,
  SPACE,
  skipBlanks,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelOfSyslog } from '../level.ts';

export const kernel: Format = {
  name: 'kernel',
  about: 'dmesg: seconds since boot in brackets, then the message',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, keys } = draft;
    let at = start;
    if (bytes[at] === LESS) {
      const close = digitsEnd(bytes, at + 1, Math.min(end, at + 4));
      if (bytes[close] !== GREATER || close === at + 1) return false;
      draft.level = levelOfSyslog(Number(bytes.toString('latin1', at + 1, close)) & 7);
      at = close + 1;
    }
    if (bytes[at] !== BRACKET_OPEN) return false;
    const numberAt = skipBlanks(bytes, at + 1, end);
    const secondsEnd = digitsEnd(bytes, numberAt, end);
    if (secondsEnd === numberAt || secondsEnd - numberAt > 9 || bytes[secondsEnd] !== DOT)
      return false;
    const numberEnd = digitsEnd(bytes, secondsEnd + 1, end);
    if (numberEnd - secondsEnd !== 7 || bytes[numberEnd] !== BRACKET_CLOSE) return false;
    if (bytes[numberEnd + 1] !== SPACE && numberEnd + 1 < end) return false;
    draft.value(keys.idOf('uptime'), numberAt, numberEnd);
    draft.messageStart = Math.min(end, skipBlanks(bytes, numberEnd + 1, end));
    return true;
  },
};
