/**
 * Lines whose level stands behind columns of a tool's own: those of the Java service wrapper, and of npm.
 *
 * `ERROR  | wrapper  | 2026/11/19 10:00:01 | JVM exited unexpectedly.`
 * `npm ERR! code ENOENT`, and in its debug log `12 verbose stack Error: …`
 */
import { LEVEL_NONE, type LevelCode } from '../../model/level.ts';
import { digitsEnd, isLetter, isUpper, PIPE, SPACE, startsWith, trimEnd } from '../bytes.ts';
import type { Draft } from '../draft.ts';
import { type Layout, OPEN } from '../layout.ts';
import { INFO, levelWordAt } from '../level.ts';
import { hasField } from './text-fields.ts';
import { finishHeader, finishMessage, readStampAt } from './text-start.ts';

/** The wrapper pads its columns. */
const SOURCE_AT = 7;
const TIME_AT = 18;
const STATUS = 'STATUS ';

/** Read such a line of the wrapper. What the program printed may have a header of its own, whose level holds. */
export function readWrapper(draft: Draft, layout: Layout, at: number, end: number): boolean {
  const { bytes, known } = draft;
  if (bytes[at + SOURCE_AT] !== PIPE || bytes[at + TIME_AT] !== PIPE) return false;
  const word = levelWordAt(bytes, at, end, false);
  if (word < 0 && !startsWith(bytes, at, STATUS)) return false;
  const timeEnd = draft.readStamp(at + TIME_AT + 2, end);
  if (timeEnd < 0 || !startsWith(bytes, timeEnd, ' | ')) return false;
  const level: LevelCode = word < 0 ? INFO : ((word & 7) as LevelCode);
  const textAt = timeEnd + 3;
  layout.countLine();
  const { timestampUs, flags } = draft;
  const stampEnd = readStampAt(draft, textAt, end);
  if (stampEnd >= 0) finishHeader(draft, layout, stampEnd, end);
  else {
    draft.timestampUs = timestampUs;
    draft.flags = flags;
    draft.messageStart = Math.min(end, textAt);
    draft.messageEnd = end;
    finishMessage(draft);
  }
  if (draft.level === LEVEL_NONE) draft.level = level;
  const sourceAt = at + SOURCE_AT + 2;
  if (!hasField(draft, known.component)) {
    draft.text(known.component, sourceAt, trimEnd(bytes, sourceAt, at + TIME_AT));
  }
  return true;
}

const NPM = 'npm ';
const EXCLAMATION = 33;

/** Read a line that npm prints, or that is in its debug log. */
export function readNpm(draft: Draft, layout: Layout, at: number, end: number): boolean {
  const { bytes } = draft;
  const numberEnd = digitsEnd(bytes, at, end);
  const isNumbered = numberEnd > at && bytes[numberEnd] === SPACE;
  if (!isNumbered && !startsWith(bytes, at, NPM)) return false;
  const wordAt = isNumbered ? numberEnd + 1 : at + NPM.length;
  if (!isLetter(bytes[wordAt]!)) return false;
  const word = levelWordAt(bytes, wordAt, end, true);
  let wordEnd = wordAt + (word >> 3);
  let level: LevelCode = INFO;
  if (word >= 0) level = (word & 7) as LevelCode;
  else if (startsWith(bytes, wordAt, 'timing ')) wordEnd = wordAt + 'timing'.length;
  else return false;
  // `npm ERR! text`
  if (bytes[wordEnd] === EXCLAMATION && isUpper(bytes[wordAt]!)) wordEnd += 1;
  if (wordEnd < end && bytes[wordEnd] !== SPACE) return false;
  // A text may begin with a number and such a word; npm numbers all lines.
  if (isNumbered && (isUpper(bytes[wordAt]!) || !layout.takes(OPEN.COUNTED_LEVEL))) return false;
  layout.countLine();
  draft.level = level;
  if (!isNumbered) draft.text(draft.known.component, at, at + NPM.length - 1);
  draft.messageStart = Math.min(end, wordEnd + 1);
  draft.messageEnd = end;
  return true;
}
