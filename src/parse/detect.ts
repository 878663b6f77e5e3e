/**
 * Which format a file is in: every format tries every line of a sample from its beginning.
 *
 * A format's score is the share of the sample's lines (indented ones and those of traces aside) that it fits, times a
 * weight: particular formats beat the general text formats on nearly equal shares. The winner is tried first on every line; the others
 * stay as fallbacks, so a file may mix formats line by line. No winner means plain text.
 */
import type { ColumnNames } from '../model/entry-columns.ts';
import {
  BRACKET_OPEN,
  ESCAPE,
  findByte,
  isBlank,
  isDigit,
  NEWLINE,
  RETURN,
  SPACE,
} from './bytes.ts';
import { isFrame, isThrowable } from './continuation.ts';
import type { Draft } from './draft.ts';
import type { Format } from './format.ts';
import { PLAIN } from './formats/table.ts';
import type { Layout } from './layout.ts';
import { makePlain } from './line-text.ts';
import type { Framing } from './records.ts';

/** Lines of a sample. More would delay a slow file's first entries; fewer mistake a banner for the file. */
export const SAMPLE_LINES_MAX = 64;
export const SAMPLE_BYTES_MAX = 64 * 1024;
/** The longest line that is kept whole. One that crosses the end of the sample is tried whole: half a JSON object is none. */
export const SAMPLED_LINE_BYTES_MAX = 1024 * 1024;

/** A format must fit this share of the sample to be the file's format. */
const SHARE_MIN = 0.2;
/** A format that fits fewer lines leaves the others as entries of their own. */
const JOINED_SHARE_MIN = 0.1;
const TEXT_PREFIX = 'text';
const PRETTY = 'json:pretty';
/**
 * It finds a stamp in lines of nearly every format. Where several are mixed it would fit most lines and understand few, so
 * only those count for it that no other format fits.
 */
const ANYWHERE = 'text:prefix';

export type Candidate = Readonly<{
  format: string;
  /** Lines of the sample that fit, and of those the ones with a stamp. */
  fitCount: number;
  stampCount: number;
  /** 0 to 1. */
  score: number;
}>;

export type Detection = Readonly<{
  /** Name of the winner, or `plain`. */
  format: string;
  /** 0 to 1: the winner's share of the lines. 0 for plain text. */
  confidence: number;
  lineCount: number;
  /** Best first, those that fit at least one line. */
  candidates: readonly Candidate[];
  framing: Framing;
  /** The config or the caller named the format; `confidence` still says how many lines it fits. */
  isNamed: boolean;
  /** Blanks before every line that begins an entry, because the program prints them so. */
  indent: number;
}>;

/** With the formats in the order they are tried. */
export type Detected = Detection & Readonly<{ formats: readonly Format[] }>;

/** End of the sample in [start, end): whole lines, at most `SAMPLE_LINES_MAX` of them. `isWhole`: it cannot grow. */
export function sampleEnd(
  bytes: Buffer,
  start: number,
  end: number,
): Readonly<{ end: number; isWhole: boolean }> {
  let position = start;
  for (let line = 0; line < SAMPLE_LINES_MAX; line += 1) {
    const found = bytes.indexOf(NEWLINE, position);
    if (found < 0 || found >= end) return { end: position, isWhole: false };
    position = found + 1;
    if (position - start >= SAMPLE_BYTES_MAX) return { end: position, isWhole: true };
  }
  return { end: position, isWhole: true };
}

/**
 * Try all formats on the lines [start, end) of the draft's bytes, as they are read later: without colours and byte order
 * mark. Leaves no trace in the columns.
 */
export function detect(
  draft: Draft,
  layout: Layout,
  formats: readonly Format[],
  region: Readonly<{ start: number; end: number }>,
): Detected {
  const bytesBefore = draft.columns.bytesLength;
  const plain = plainRegion(draft, region);
  const indent = commonIndent(draft.bytes, plain);
  layout.learn();
  let counts = countFits(draft, formats, plain, indent);
  let refused = layout.decide(counts.lineCount);
  for (let wrong = refused; wrong !== 0; refused |= wrong) {
    layout.learn(refused);
    counts = countFits(draft, formats, plain, indent);
    wrong = layout.decide(counts.lineCount);
  }
  draft.columns.bytesLength = bytesBefore;
  return { ...conclude(formats, counts.fits, counts.stamps, counts.lineCount), indent };
}

type Counts = { fits: number[]; stamps: number[]; lineCount: number };

/** Try all formats on the lines of a region without colours and byte order mark. */
function countFits(
  draft: Draft,
  formats: readonly Format[],
  plain: Readonly<{ start: number; end: number }>,
  indent: number,
): Counts {
  const counts = {
    fits: new Array<number>(formats.length).fill(0),
    stamps: new Array<number>(formats.length).fill(0),
    lineCount: 0,
  };
  for (let position = plain.start; position < plain.end; ) {
    const found = draft.bytes.indexOf(NEWLINE, position);
    const lineEnd = found < 0 || found > plain.end ? plain.end : found;
    const end = lineEnd > position && draft.bytes[lineEnd - 1] === RETURN ? lineEnd - 1 : lineEnd;
    const from = indentEnd(draft.bytes, position, indent);
    if (end > from && !isBlank(draft.bytes[from]!)) tryFormats(draft, formats, counts, from, end);
    position = lineEnd + 1;
  }
  return counts;
}

/** The region without the mark at its start, and made anew without colours where it has any. */
function plainRegion(
  draft: Draft,
  region: Readonly<{ start: number; end: number }>,
): Readonly<{ start: number; end: number }> {
  const start = Math.min(region.end, region.start + markLength(draft.bytes, region.start));
  if (findByte(draft.bytes, ESCAPE, start, region.end) < 0) return { start, end: region.end };
  const made = makePlain(draft, start, region.end);
  return { start: made, end: draft.columns.bytesLength };
}

function tryFormats(
  draft: Draft,
  formats: readonly Format[],
  counts: Counts,
  from: number,
  end: number,
): void {
  let fitsAny = false;
  for (let index = 0; index < formats.length; index += 1) {
    if (fitsAny && formats[index]!.name === ANYWHERE) continue;
    draft.begin(from, end);
    if (formats[index]!.parse(draft, from, end)) {
      fitsAny = true;
      counts.fits[index]! += 1;
      if (draft.hasStamp) counts.stamps[index]! += 1;
    }
    draft.reset(from, end);
  }
  // A log of errors has more lines of traces than of its own.
  if (!fitsAny && (isFrame(draft.bytes, from, end) || isThrowable(draft.bytes, from, end))) return;
  counts.lineCount += 1;
}

/** Wider ones are columns. */
const INDENT_MAX = 12;
/** Less is a right-aligned number. */
const INDENT_MIN = 2;

/** The indentation of lines that begin with a digit or a bracket, if more of them have it than have none; else 0. */
function commonIndent(
  bytes: Uint8Array,
  { start, end }: Readonly<{ start: number; end: number }>,
): number {
  const counts = new Int32Array(INDENT_MAX + 1);
  for (let position = start; position < end; ) {
    let at = position;
    while (at < end && at - position < INDENT_MAX && bytes[at] === SPACE) at += 1;
    if (isDigit(bytes[at]!) || bytes[at] === BRACKET_OPEN) counts[at - position]! += 1;
    while (at < end && bytes[at] !== NEWLINE) at += 1;
    position = at + 1;
  }
  let best = 0;
  for (let indent = INDENT_MIN; indent <= INDENT_MAX; indent += 1) {
    if (counts[indent]! > counts[best]!) best = indent;
  }
  return counts[best]! > 1 ? best : 0;
}

/** Position behind exactly this indentation; the start of the line where it has another. */
export function indentEnd(bytes: Uint8Array, start: number, indent: number): number {
  for (let position = start; position < start + indent; position += 1) {
    if (bytes[position] !== SPACE) return start;
  }
  return isBlank(bytes[start + indent]!) ? start : start + indent;
}

/** Length of a UTF-8 byte order mark at `at`. */
export function markLength(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? 3 : 0;
}

function conclude(
  formats: readonly Format[],
  fits: readonly number[],
  stamps: readonly number[],
  lineCount: number,
): Omit<Detected, 'indent'> {
  const ranked = formats
    .map((format, index) => ({
      format,
      fitCount: fits[index]!,
      stampCount: stamps[index]!,
      score: (fits[index]! / Math.max(1, lineCount)) * weightOf(format.name),
    }))
    .filter((candidate) => candidate.fitCount > 0)
    .sort((one, two) => two.score - one.score);
  const candidates = ranked.map(({ format, fitCount, stampCount, score }) => ({
    format: format.name,
    fitCount,
    stampCount,
    score: Math.min(1, score),
  }));
  const best = ranked[0];
  if (best === undefined || best.fitCount / lineCount < SHARE_MIN) {
    return {
      format: PLAIN,
      confidence: 0,
      lineCount,
      candidates,
      framing: 'free',
      isNamed: false,
      formats,
    };
  }
  return {
    format: best.format.name,
    confidence: best.fitCount / lineCount,
    lineCount,
    candidates,
    framing: framingOf(best.format.name, best.fitCount / lineCount),
    isNamed: false,
    formats: [best.format, ...formats.filter((format) => format !== best.format)],
  };
}

/** Formats whose messages run over several lines: a line that fits nothing is the rest of the one before. */
const OPEN_ENDED =
  /^(?:text|android|jvm|syslog|klog|tornado|ray|chromium|erlang|java|dotnet|redis|cluster|weblogic)/;

/** Whether messages of this format run over several lines. */
export function isOpenEnded({ name }: Format): boolean {
  return OPEN_ENDED.test(name);
}

function framingOf(name: string, share: number): Framing {
  return OPEN_ENDED.test(name) && share >= JOINED_SHARE_MIN ? 'joined' : 'free';
}

function weightOf(name: string): number {
  // Where a text and an object alternate, the object is what the text speaks of.
  if (name === PRETTY) return 0.7;
  if (name === 'text') return 1;
  if (name.startsWith(TEXT_PREFIX)) return name === 'text:level' ? 0.9 : 0.8;
  return 1.2;
}

/** Numbers of the formats' names. */
export function formatIdsOf(names: ColumnNames, formats: readonly Format[]): number[] {
  return formats.map((format) => names.formats.idOf(format.name));
}
