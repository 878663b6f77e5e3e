/**
 * Records whose header is a line of its own: java.util.logging, Erlang reports, .NET's console logger.
 *
 * `Jan 15, 2024 10:30:00 AM com.example.Main run` and then `WARNING: text`;
 * `=ERROR REPORT==== 15-Jan-2024::10:30:00 ===` and then the text; `info: Name.Space.Class[14]` and then the text, indented.
 */
import {
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  EQUALS,
  HASH,
  isDigit,
  isLetter,
  isUpper,
  NEWLINE,
  NOT_ASCII,
  PLUS,
  RETURN,
  SPACE,
  skipBlanks,
  startsWith,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { levelWordAt } from '../level.ts';
import { nativeLevelAt } from '../level-native.ts';
import { monthAt } from '../stamp-parts.ts';
import { LOOK, lookOf, wordEnd } from './text-items.ts';

const REPORT = ' REPORT====';

export const javaUtilLogging: Format = {
  name: 'java.util.logging',
  about: "java.util.logging's two lines: stamp, class and method; level and message",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    const first = bytes[start]!;
    if (monthAt(bytes, start) === 0 && first < NOT_ASCII && !isDigit(first)) return false;
    const stampEnd = draft.readStamp(start, end);
    if (stampEnd < 0 || bytes[stampEnd] !== SPACE) return false;
    const last = bytes[stampEnd - 1]!;
    if ((last | 32) !== 109 && last < NOT_ASCII) return false;
    const classEnd = wordEnd(bytes, stampEnd + 1, end);
    if (lookOf(bytes, stampEnd + 1, classEnd) !== LOOK.DOTTED) return false;
    const methodEnd = wordEnd(bytes, classEnd + 1, end);
    if (methodEnd < end && bytes[methodEnd] !== SPACE) return false;
    draft.text(known.component, stampEnd + 1, classEnd);
    draft.text(known.function, Math.min(end, classEnd + 1), Math.min(end, methodEnd));
    draft.messageStart = stampEnd + 1;
    return true;
  },
  /** The second line, whatever its text begins with: a time, say. */
  continues(bytes: Uint8Array, recordStart: number, start: number, end: number): boolean {
    if (lineEnd(bytes, recordStart, start) !== start - 1) return false;
    const word = javaLevelAt(bytes, start, end);
    return word >= 0 && bytes[start + (word >> 3)] === COLON;
  },
  parseRecord(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    const firstEnd = lineEnd(bytes, start, end);
    if (!javaUtilLogging.parse(draft, start, contentEnd(bytes, start, firstEnd))) return false;
    const second = Math.min(end, firstEnd + 1);
    draft.messageStart = second;
    draft.messageEnd = end;
    const word = javaLevelAt(bytes, second, end);
    if (word >= 0 && bytes[second + (word >> 3)] === COLON) {
      draft.level = word & 7;
      draft.messageStart = Math.min(end, skipBlanks(bytes, second + (word >> 3) + 1, end));
    }
    return true;
  },
};

function javaLevelAt(bytes: Uint8Array, at: number, end: number): number {
  const word = levelWordAt(bytes, at, end, true);
  return word >= 0 ? word : nativeLevelAt(bytes, at, end);
}

export const erlang: Format = {
  name: 'erlang',
  about: 'Reports of Erlang programs (older RabbitMQ, ejabberd)',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    if (bytes[start] !== EQUALS || !isUpper(bytes[start + 1]!)) return false;
    let position = start + 1;
    while (position < end && isUpper(bytes[position]!)) position += 1;
    if (!startsWith(bytes, position, REPORT)) return false;
    if (draft.readStamp(skipBlanks(bytes, position + REPORT.length, end), end) < 0) return false;
    const word = levelWordAt(bytes, start + 1, end, true);
    if (word >= 0 && start + 1 + (word >> 3) === position) draft.level = word & 7;
    return true;
  },
  parseRecord(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    const firstEnd = lineEnd(bytes, start, end);
    if (!erlang.parse(draft, start, contentEnd(bytes, start, firstEnd))) return false;
    draft.messageStart = Math.min(end, skipBlanks(bytes, firstEnd + 1, end));
    draft.messageEnd = end;
    return true;
  },
};

/** Shell histories with times: `#1700000000` or `#+1162490366`, then the command. */
export const history: Format = {
  name: 'history',
  about: 'Shell history with times (bash, tcsh)',
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    if (bytes[start] !== HASH) return false;
    const stampAt = bytes[start + 1] === PLUS ? start + 2 : start + 1;
    return (
      isDigit(bytes[stampAt]!) && end - stampAt === 10 && draft.readStamp(stampAt, end) === end
    );
  },
  continues(bytes: Uint8Array, recordStart: number, start: number): boolean {
    return bytes[start] !== HASH && start - recordStart <= 14;
  },
  parseRecord(draft: Draft, start: number, end: number): boolean {
    const firstEnd = lineEnd(draft.bytes, start, end);
    if (!history.parse(draft, start, contentEnd(draft.bytes, start, firstEnd))) return false;
    draft.messageStart = Math.min(end, firstEnd + 1);
    draft.messageEnd = end;
    return true;
  },
};

/** What .NET's console logger puts before each line of a text. */
const INDENT = '      ';
/** Levels as it prints them. */
const DOTNET_LEVELS = ['trce', 'dbug', 'info', 'warn', 'fail', 'crit'];

export const dotnetConsole: Format = {
  name: 'dotnet',
  about: ".NET's console logger: level and category, then the indented message",
  parse(draft: Draft, start: number, end: number): boolean {
    const { bytes, known } = draft;
    if (bytes[start + 4] !== COLON || bytes[start + 5] !== SPACE) return false;
    if (bytes[end - 1] !== BRACKET_CLOSE || !isLetter(bytes[start + 6]!)) return false;
    const name = bytes.toString('latin1', start, start + 4);
    if (!DOTNET_LEVELS.includes(name)) return false;
    let open = end - 2;
    while (open > start && (isDigit(bytes[open]!) || bytes[open] === 45)) open -= 1;
    if (bytes[open] !== BRACKET_OPEN || open <= start + 6) return false;
    if (lookOf(bytes, start + 6, open) === LOOK.NONE) return false;
    draft.level = DOTNET_LEVELS.indexOf(name);
    draft.text(known.component, start + 6, open);
    draft.value(known.eventId, open + 1, end - 1);
    draft.messageStart = start + 6;
    return true;
  },
  /** All of the text is indented alike, whatever it begins with. */
  continues(bytes: Uint8Array, _recordStart: number, start: number, end: number): boolean {
    return end - start > INDENT.length && startsWith(bytes, start, INDENT);
  },
  parseRecord(draft: Draft, start: number, end: number): boolean {
    const { bytes } = draft;
    const firstEnd = lineEnd(bytes, start, end);
    if (!dotnetConsole.parse(draft, start, contentEnd(bytes, start, firstEnd))) return false;
    draft.messageStart = Math.min(end, skipBlanks(bytes, firstEnd + 1, end));
    draft.messageEnd = end;
    return true;
  },
};

function lineEnd(bytes: Uint8Array, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] !== NEWLINE) position += 1;
  return position;
}

function contentEnd(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === RETURN ? end - 1 : end;
}
