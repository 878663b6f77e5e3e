/** What is inside one segment, for `logstead segments`: facts of its header and footer, no text is read. */
import { LEVEL_CODE_COUNT, levelNameOf } from '../model/level.ts';
import { COLUMN, PART } from './segment-format.ts';
import type { SegmentReader } from './segment-reader.ts';

export type SegmentDescription = Readonly<{
  number: number;
  storeId: string;
  createdAtMs: number;
  rowCount: number;
  /** Original bytes of the entries. */
  rawBytes: number;
  minUs: number;
  maxUs: number;
  minSequence: number;
  maxSequence: number;
  sources: readonly Readonly<{ name: string; rowCount: number }>[];
  paths: readonly string[];
  fields: readonly string[];
  formats: readonly string[];
  chunks: readonly ChunkDescription[];
  /** Bytes by what they are for: texts, details, columns, indexes. */
  sizes: readonly Readonly<{ part: string; bytes: number }>[];
}>;

export type ChunkDescription = Readonly<{
  rowCount: number;
  textBytes: number;
  storedBytes: number;
  minUs: number;
  maxUs: number;
  levels: readonly string[];
}>;

export function describeSegment({ header, footer }: SegmentReader): SegmentDescription {
  const { rowCount, rawBytes, minUs, maxUs, minSequence, maxSequence, names } = footer;
  return {
    ...header,
    ...{ rowCount, rawBytes, minUs, maxUs, minSequence, maxSequence },
    sources: footer.sourceRuns.map((run) => ({
      name: names.sources[run.source] ?? '',
      rowCount: run.rowCount,
    })),
    paths: names.paths,
    fields: names.keys,
    formats: names.formats,
    chunks: footer.chunks.map((chunk) => ({
      rowCount: chunk.rowCount,
      textBytes: chunk.textLength,
      storedBytes: chunk.detailsStored + chunk.textStored,
      minUs: chunk.minUs,
      maxUs: chunk.maxUs,
      levels: levelNames(chunk.levels),
    })),
    sizes: sizesOf(footer),
  };
}

const PART_NAMES: Readonly<Record<number, string>> = {
  [PART.SPAN_CLASSES]: 'span classes',
  [PART.WORD_INDEX]: 'word index',
  [PART.GRAM_FILTER]: 'gram filter',
  [PART.GRAMS]: 'gram filter',
  [PART.ROLLUP]: 'rollup',
  [PART.TEMPLATES]: 'templates',
  [PART.FILES]: 'files',
  [PART.REQUESTS]: 'requests',
};

const COLUMN_NAMES: Readonly<Record<number, string>> = Object.fromEntries(
  Object.entries(COLUMN).map(([name, id]) => [id, name.toLowerCase().replace('_', ' ')]),
);

function sizesOf({ chunks, columns, parts }: SegmentReader['footer']): SegmentDescription['sizes'] {
  return [
    { part: 'texts', bytes: chunks.reduce((sum, { textStored }) => sum + textStored, 0) },
    { part: 'details', bytes: chunks.reduce((sum, { detailsStored }) => sum + detailsStored, 0) },
    ...columns.map(({ column, place }) => ({
      part: `column ${COLUMN_NAMES[column] ?? column}`,
      bytes: place.stored,
    })),
    ...[...parts].map(([kind, { stored }]) => ({
      part: PART_NAMES[kind] ?? `part ${kind}`,
      bytes: stored,
    })),
  ];
}

function levelNames(levels: number): string[] {
  return Array.from({ length: LEVEL_CODE_COUNT }, (_, code) => code)
    .filter((code) => (levels & (1 << code)) !== 0)
    .map(levelNameOf);
}
