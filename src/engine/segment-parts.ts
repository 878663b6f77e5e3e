/**
 * What a segment has counted of itself, so that questions about all of its entries read none of them: by minute, template,
 * file and route. Names become ids of the reader's `names`.
 */
import { Malformed } from './byte-reader.ts';
import { type FilePart, readFilePart } from './file-part.ts';
import { type RouteCounts, readRequestPart } from './request-part.ts';
import { type Rollup, readRollup } from './rollup.ts';
import { nameAt } from './segment-columns.ts';
import { PART } from './segment-format.ts';
import type { SegmentReader } from './segment-reader.ts';
import { readTemplatePart, type TemplatePart } from './template-part.ts';

/** Asked for by each histogram, and small: kept as long as the reader. */
const rollups = new WeakMap<SegmentReader, Rollup>();

/** Counts by minute, level, source and tags. Throws `Malformed`. */
export function rollupOf(segment: SegmentReader): Rollup {
  const kept = rollups.get(segment);
  if (kept !== undefined) return kept;
  const input = segment.part(PART.ROLLUP);
  if (input === null) throw new Malformed('it lacks its rollup');
  const rollup = readRollup(input, cellNamesOf(segment));
  rollups.set(segment, rollup);
  return rollup;
}

/** The templates of the messages and their counts, read anew each time; null where the segment is older than they are. */
export function templatesOf(segment: SegmentReader): TemplatePart | null {
  const input = segment.part(PART.TEMPLATES);
  return input === null ? null : readTemplatePart(input, cellNamesOf(segment));
}

/** Counts by file, read anew each time; null where the segment is older than they are. */
export function filesOf(segment: SegmentReader): FilePart | null {
  const input = segment.part(PART.FILES);
  if (input === null) return null;
  const { paths } = segment.footer.names;
  return readFilePart(input, { path: (local) => segment.names.paths.idOf(nameAt(paths, local)) });
}

/** Requests by route, read anew each time; null where the segment is older than they are. */
export function requestsOf(segment: SegmentReader): RouteCounts[] | null {
  const input = segment.part(PART.REQUESTS);
  if (input === null) return null;
  const { sources } = segment.footer.names;
  return readRequestPart(input, (local) => nameAt(sources, local));
}

function cellNamesOf({ footer, names }: SegmentReader): Readonly<{
  source: (local: number) => number;
  tagSet: (local: number) => number;
}> {
  const { sources, tagSets } = footer.names;
  return {
    source: (local) => names.sources.idOf(nameAt(sources, local)),
    tagSet: (local) => names.tagSets.idOf(nameAt(tagSets, local)),
  };
}
