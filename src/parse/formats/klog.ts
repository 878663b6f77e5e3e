/** klog and glog (Kubernetes, many C++ and Go programs): `I0507 12:04:17.597069       1 file.go:169] message`. */
import { digitsEnd, SPACE, skipBlanks } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelOfLetter } from '../level.ts';
import { readTime } from '../stamp-parts.ts';
import { takeCaller } from './caller.ts';

export const klog: Format = {
  name: 'klog',
  about: 'klog and glog (Kubernetes components, C++ programs)',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, calendar } = draft;
    if (start + 20 > end || !isLevelLetter(bytes[start]!)) return false;
    const dateEnd = digitsEnd(bytes, start + 1, end);
    const dateLength = dateEnd - start - 1;
    if ((dateLength !== 4 && dateLength !== 8) || bytes[dateEnd] !== SPACE) return false;
    const timeEnd = readTime(calendar, bytes, dateEnd + 1, end);
    if (timeEnd < 0 || bytes[timeEnd] !== SPACE) return false;
    const month = two(bytes, dateEnd - 4);
    const day = two(bytes, dateEnd - 2);
    const known =
      dateLength === 4
        ? calendar.resolveYearless(month, day)
        : calendar.resolve(two(bytes, start + 1) * 100 + two(bytes, start + 3), month, day);
    if (!known) return false;

    const threadStart = skipBlanks(bytes, timeEnd, end);
    const threadEnd = digitsEnd(bytes, threadStart, end);
    const callerStart = skipBlanks(bytes, threadEnd, end);
    draft.takeStamp();
    draft.level = levelOfLetter(bytes[start]!);
    draft.value(draft.known.thread, threadStart, threadEnd);
    return takeCaller(draft, callerStart, end);
  },
};

function isLevelLetter(byte: number): boolean {
  return byte === 73 || byte === 87 || byte === 69 || byte === 70 || byte === 68;
}

function two(bytes: Uint8Array, at: number): number {
  return (bytes[at]! - 48) * 10 + bytes[at + 1]! - 48;
}
