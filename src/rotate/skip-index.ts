/**
 * The skip index of an archived file: enough to leave it unopened where it cannot match, and to give its entries the
 * very times and numbers that the index gave them.
 *
 *     state/archive-index/ID.skip = "LSKIP01\n" · headLength u32 · head (JSON, zstd) · word filter · crc32 u32 of all before it
 *
 * What reading the archive anew cannot know is kept as differences: arrival numbers as runs, times of lines without
 * a stamp, and offsets at which an entry was ended because its file was quiet. A file without a skip index is
 * opened, so a lost or damaged one costs time and no result.
 */
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { zstdCompressSync, zstdDecompressSync } from '../base/compression.ts';
import type { Disk } from '../base/disk.ts';
import { levelCodeOf, severityOf } from '../model/level.ts';
import type { FormatDeclaration } from '../parse/declared/declared-format.ts';
import type { Encoding } from '../parse/line-text.ts';
import { compileNamePattern } from '../query/name-pattern.ts';
import type { Filter } from '../query/query-tree.ts';
import { timeBounds, type WordPlan, wordPlan } from '../query/word-plan.ts';
import { foldText } from '../query/words.ts';
import { bytesAt } from './archive-codec.ts';
import { removeName } from './archive-file.ts';
import { mayHold } from './skip-words.ts';

export const SKIP_FOLDER = 'archive-index';

/** How the entries were made of the bytes; the settings may be others by now. */
export type ParserFacts = Readonly<{
  source: string;
  path: string;
  tags: readonly string[];
  format: string | null;
  /** What the config said of that format; absent in the indexes of older versions. */
  declared?: FormatDeclaration | null;
  timezone: string;
  encoding: Encoding;
  multiline: 'auto' | 'off';
  fileTimeMs: number;
}>;

/** Bytes before `end` were read as those of another generation, which was copied or compressed. */
export type CopiedFrom = Readonly<{ generation: number; end: number }>;

/** `count` rows from `row` on, in the order of the file. */
export type TimeRun = Readonly<{ row: number; count: number; timestampUs: number; flags: number }>;

export type SkipIndex = Readonly<{
  entryCount: number;
  /** NaN without entries. */
  firstUs: number;
  lastUs: number;
  /** Entries by level code; bits of severities (severity / 10). */
  levels: readonly number[];
  severities: number;
  parser: ParserFacts;
  /** Absent in those of the first releases. */
  copied?: CopiedFrom | null;
  /** Arrival numbers: first and count of each run; -1 for an entry that the index did not have any more. */
  sequences: readonly (readonly [first: number, count: number])[];
  times: readonly TimeRun[];
  breaks: readonly number[];
  /** Holes in front of lines are no rows; absent in those of the first releases, where they are. */
  leavesHolesOut?: boolean;
  /** Reading it anew gives exactly the entries that were indexed. */
  isExact: boolean;
  words: Uint8Array;
}>;

const MAGIC = Buffer.from('LSKIP01\n');
/** A damaged length must not ask for memory: times of a file in which every line has another one. */
const HEAD_BYTES_MAX = 256 * 1024 * 1024;

export function skipPath(stateDir: string, id: number): string {
  return join(stateDir, SKIP_FOLDER, `${id}.skip`);
}

export function writeSkipIndex(disk: Disk, path: string, skip: SkipIndex): void {
  const { words, ...head } = skip;
  const packed = zstdCompressSync(Buffer.from(JSON.stringify(head)));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(packed.length, 0);
  const content = Buffer.concat([MAGIC, length, packed, words]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(content), 0);
  const temporary = `${path}.part`;
  disk.makeFolder(dirname(path));
  removeName(disk, temporary);
  {
    using file = disk.open(temporary, 'create', { noFollow: true });
    file.write(content);
    file.write(sum);
    file.sync();
  }
  disk.rename(temporary, path);
  disk.syncFolder(dirname(path));
}

/** Null: it is not there, or damaged. */
export function readSkipIndex(disk: Disk, path: string): SkipIndex | null {
  if (disk.linkStat(path) === undefined) return null;
  try {
    using file = disk.open(path, 'read', { noFollow: true });
    const content = bytesAt(file, 0, file.stat().size);
    const end = content.length - 4;
    if (end < MAGIC.length + 4 || !content.subarray(0, MAGIC.length).equals(MAGIC)) return null;
    if (crc32(content.subarray(0, end)) !== content.readUInt32LE(end)) return null;
    const headStart = MAGIC.length + 4;
    const headEnd = headStart + content.readUInt32LE(MAGIC.length);
    const json = zstdDecompressSync(content.subarray(headStart, headEnd), {
      maxOutputLength: HEAD_BYTES_MAX,
    });
    const head = JSON.parse(json.toString()) as Omit<SkipIndex, 'words'>;
    return { ...head, words: content.subarray(headEnd, end) };
  } catch {
    return null;
  }
}

export type SkipTest = (skip: SkipIndex) => boolean;

/** False where no entry of the file can match. */
export function compileSkipTest(filter: Filter): SkipTest {
  const { fromUs, untilUs } = timeBounds(filter);
  const words = wordPlan(filter);
  const names = namesTest(filter);
  return (skip) =>
    skip.entryCount > 0 &&
    skip.lastUs >= fromUs &&
    skip.firstUs < untilUs &&
    names(skip) &&
    wordsMay(words, skip.words);
}

function wordsMay(plan: WordPlan, words: Uint8Array): boolean {
  switch (plan.kind) {
    case 'any':
      return true;
    case 'word':
      return mayHold(words, plan.hash);
    case 'and':
      return plan.parts.every((part) => wordsMay(part, words));
    case 'or':
      return plan.parts.some((part) => wordsMay(part, words));
  }
}

/** Level, source and tag; what it cannot tell it lets pass. */
function namesTest(filter: Filter): SkipTest {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.parts.map(namesTest);
      return (skip) => tests.every((test) => test(skip));
    }
    case 'or': {
      const tests = filter.parts.map(namesTest);
      return (skip) => tests.some((test) => test(skip));
    }
    case 'level':
      return (skip) => levelMay(filter, skip);
    case 'source': {
      const matches = compileNamePattern(filter.pattern);
      return ({ parser }) => matches(foldText(parser.source));
    }
    case 'tag': {
      const matches = compileNamePattern(filter.pattern);
      return ({ parser }) => parser.tags.some((tag) => matches(foldText(tag)));
    }
    default:
      return () => true;
  }
}

function levelMay(filter: Extract<Filter, { kind: 'level' }>, skip: SkipIndex): boolean {
  const code = levelCodeOf(filter.level);
  if (filter.comparison === '=') return (skip.levels[code] ?? 0) > 0;
  const bit = 1 << (severityOf(code) / 10);
  const above = ~(bit - 1);
  switch (filter.comparison) {
    case '<':
      return (skip.severities & ~above) !== 0;
    case '<=':
      return (skip.severities & (~above | bit)) !== 0;
    case '>':
      return (skip.severities & above & ~bit) !== 0;
    case '>=':
      return (skip.severities & above) !== 0;
  }
}
