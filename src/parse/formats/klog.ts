/** klog and glog (Kubernetes, many C++ and Go programs): `I0507 12:04:17.597069       1 file.go:169] message`. */
import { BRACKET_CLOSE, digitsEnd, isDigit, SPACE, skipBlanks } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelOfLetter } from '../level.ts';
import { readTime } from '../stamp-parts.ts';

/** Longest `file.go:line` looked through for its bracket. */
const CALLER_LENGTH_MAX = 200;

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
    const limit = Math.min(end, callerStart + CALLER_LENGTH_MAX);
    let callerEnd = callerStart;
    while (callerEnd < limit && bytes[callerEnd] !== BRACKET_CLOSE) callerEnd += 1;
    if (callerEnd >= limit) return false;
    draft.takeStamp();
    draft.level = levelOfLetter(bytes[start]!);
    draft.value(draft.known.thread, threadStart, threadEnd);
    let fileEnd = callerEnd;
    while (fileEnd > callerStart && isDigit(bytes[fileEnd - 1]!)) fileEnd -= 1;
    const hasLine = fileEnd < callerEnd && fileEnd > callerStart && bytes[fileEnd - 1] === 58;
    draft.text(draft.known.component, callerStart, hasLine ? fileEnd - 1 : callerEnd);
    if (hasLine) draft.value(draft.known.line, fileEnd, callerEnd);
    draft.messageStart = Math.min(end, skipBlanks(bytes, callerEnd + 1, end));
    return true;
  },
};

function isLevelLetter(byte: number): boolean {
  return byte === 73 || byte === 87 || byte === 69 || byte === 70 || byte === 68;
}

function two(bytes: Uint8Array, at: number): number {
  return (bytes[at]! - 48) * 10 + bytes[at + 1]! - 48;
}
