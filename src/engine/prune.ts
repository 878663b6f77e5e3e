/**
 * Which chunks of a segment may hold a match: by time, level, names and words, before any text is read.
 *
 * The answer is a superset: a chunk that is left out holds no match, one that stays in may hold none.
 */
import { levelCodeOf, severityOf } from '../model/level.ts';
import { compileNamePattern } from '../query/name-pattern.ts';
import { type FieldTest, type Filter, MESSAGE_KEY, type TextTest } from '../query/query-tree.ts';
import { foldText, forEachWord } from '../query/words.ts';
import type { CatalogRow } from './catalog.ts';
import { ChunkSet } from './chunk-set.ts';
import type { FilterParts } from './filter-parts.ts';
import { type GramQuery, gramQueryOf } from './gram-filter.ts';
import { GramSet } from './gram-set.ts';
import { type ChunkPlace, severityBit } from './segment-format.ts';
import type { SegmentReader } from './segment-reader.ts';
import { UUID_REST_HASH } from './word-index-format.ts';

/** Decided by the catalog row alone. */
export function segmentMayMatch(row: CatalogRow, { bounds }: FilterParts): boolean {
  return row.maxUs >= bounds.fromUs && row.minUs < bounds.untilUs;
}

export function chunksThatMayMatch(segment: SegmentReader, parts: FilterParts): ChunkSet {
  const { chunks } = segment.footer;
  const { fromUs, untilUs } = parts.bounds;
  const found = chunksFor(parts.filter, segment);
  for (const [index, chunk] of chunks.entries()) {
    if (chunk.maxUs < fromUs || chunk.minUs >= untilUs) found.remove(index);
  }
  return found;
}

function chunksFor(filter: Filter, segment: SegmentReader): ChunkSet {
  const { chunks } = segment.footer;
  const all = (): ChunkSet => ChunkSet.all(chunks.length);
  switch (filter.kind) {
    case 'and': {
      const found = all();
      for (const part of filter.parts) {
        if (found.isEmpty) break;
        found.intersect(chunksFor(part, segment));
      }
      return found;
    }
    case 'or': {
      const found = ChunkSet.none(chunks.length);
      for (const part of filter.parts) found.unite(chunksFor(part, segment));
      return found;
    }
    case 'text':
      return chunksWithText(filter.test, segment);
    case 'level':
      return chunksWhere(segment, (chunk) => levelMayMatch(filter, chunk));
    case 'source':
      return chunksOfSource(segment, filter.pattern);
    case 'tag': {
      const matches = compileNamePattern(filter.pattern);
      const isThere = segment.footer.names.tagSets.some((tags) =>
        tags.split('\n').some((tag) => tag !== '' && matches(foldText(tag))),
      );
      return isThere ? all() : ChunkSet.none(chunks.length);
    }
    case 'field':
      if (!hasKey(segment, filter.key)) return ChunkSet.none(chunks.length);
      return chunksWithText(filter.test, segment);
    case 'has':
      return hasKey(segment, filter.key) ? all() : ChunkSet.none(chunks.length);
    case 'everything':
    case 'not':
    case 'file':
    case 'time':
      return all();
  }
}

function chunksWhere(segment: SegmentReader, holds: (chunk: ChunkPlace) => boolean): ChunkSet {
  const { chunks } = segment.footer;
  const found = ChunkSet.none(chunks.length);
  for (const [index, chunk] of chunks.entries()) if (holds(chunk)) found.add(index);
  return found;
}

function levelMayMatch(filter: Extract<Filter, { kind: 'level' }>, chunk: ChunkPlace): boolean {
  const code = levelCodeOf(filter.level);
  if (filter.comparison === '=') return (chunk.levels & (1 << code)) !== 0;
  const bit = severityBit(severityOf(code));
  const above = ~(bit - 1) & 0xff;
  switch (filter.comparison) {
    case '<':
      return (chunk.severities & ~above) !== 0;
    case '<=':
      return (chunk.severities & (~above | bit)) !== 0;
    case '>':
      return (chunk.severities & above & ~bit) !== 0;
    case '>=':
      return (chunk.severities & above) !== 0;
  }
}

function chunksOfSource(segment: SegmentReader, pattern: string): ChunkSet {
  const matches = compileNamePattern(pattern);
  const { names, sourceRuns, chunks } = segment.footer;
  const found = ChunkSet.none(chunks.length);
  let row = 0;
  for (const run of sourceRuns) {
    const until = row + run.rowCount;
    if (matches(foldText(names.sources[run.source] ?? ''))) {
      for (let chunk = 0; chunk < chunks.length; chunk += 1) {
        const start = segment.chunkStarts[chunk]!;
        if (start < until && start + chunks[chunk]!.rowCount > row) found.add(chunk);
      }
    }
    row = until;
  }
  return found;
}

/** Keys compare exactly; the message is always there. */
function hasKey(segment: SegmentReader, key: string): boolean {
  return key === MESSAGE_KEY || segment.footer.names.keys.includes(key);
}

function chunksWithText(test: TextTest | FieldTest, segment: SegmentReader): ChunkSet {
  const chunkCount = segment.footer.chunks.length;
  const found = ChunkSet.all(chunkCount);
  const wanted = wantedOf(test);
  const index = wanted.words.length === 0 ? null : segment.wordIndex();
  for (const { hash, mayEndUuid } of index === null ? [] : wanted.words) {
    const holding = ChunkSet.none(chunkCount);
    index?.lookUp(hash, holding);
    if (mayEndUuid) index?.lookUp(UUID_REST_HASH, holding);
    found.intersect(holding);
    if (found.isEmpty) return found;
  }
  const { grams } = wanted;
  const filter = grams.text.length + grams.hex.length === 0 ? null : segment.gramFilter();
  if (filter !== null) {
    const holding = ChunkSet.none(chunkCount);
    filter.lookUp(grams, holding);
    found.intersect(holding);
  }
  return found;
}

/** What the texts that match have in common. */
type Wanted = Readonly<{ words: readonly WholeWord[]; grams: GramQuery }>;
type WholeWord = Readonly<{ hash: number; mayEndUuid: boolean }>;

function wantedOf(test: TextTest | FieldTest): Wanted {
  switch (test.kind) {
    case 'phrase':
      return wantedIn(test.text, { firstIsWhole: true, lastIsWhole: true });
    case 'prefix':
      return wantedIn(test.text, { firstIsWhole: true, lastIsWhole: false });
    case 'suffix':
      return wantedIn(test.text, { firstIsWhole: false, lastIsWhole: true });
    case 'infix':
      return wantedIn(test.text, { firstIsWhole: false, lastIsWhole: false });
    case 'equals':
      return wantedIn(test.value, { firstIsWhole: true, lastIsWhole: true });
    case 'regex':
    case 'pattern':
    case 'compare':
    case 'range':
      return { words: [], grams: { text: [], hex: [] } };
  }
}

/** The words of a text, which are in the index, and the pieces of words at its ends, which leave their grams. */
function wantedIn(
  text: string,
  ends: Readonly<{ firstIsWhole: boolean; lastIsWhole: boolean }>,
): Wanted {
  const bytes = Buffer.from(foldText(text));
  const words: WholeWord[] = [];
  const grams = new GramSet();
  forEachWord(bytes, { start: 0, end: bytes.length }, (hash, from, until) => {
    const isPiece =
      (!ends.firstIsWhole && from === 0) || (!ends.lastIsWhole && until === bytes.length);
    if (isPiece) grams.addWord(bytes, from, until);
    else words.push({ hash, mayEndUuid: UUID_REST.test(bytes.toString('latin1', from, until)) });
  });
  return { words, grams: gramQueryOf(grams) };
}

/** The groups of a UUID that are not words of the index. */
const UUID_REST = /^(?:[0-9a-f]{4}|[0-9a-f]{12})$/i;
