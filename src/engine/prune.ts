/**
 * Which chunks of a segment may hold a match: by time, level, names and words, before any text is read.
 *
 * The answer is a superset: a chunk that is left out holds no match, one that stays in may hold none.
 */
import { levelCodeOf, severityOf } from '../model/level.ts';
import { passesName } from '../query/compile-filter.ts';
import { compileNamePattern, partsOf } from '../query/name-pattern.ts';
import {
  type FieldTest,
  type Filter,
  HOST_KEY,
  MESSAGE_KEY,
  type TextTest,
} from '../query/query-tree.ts';
import { foldedRegexLiterals } from '../query/regex-literals.ts';
import { type BytesTest, compileFieldTest } from '../query/text-matcher.ts';
import { foldText, forEachWord } from '../query/words.ts';
import type { CatalogRow } from './catalog.ts';
import { ChunkSet } from './chunk-set.ts';
import type { FilterParts } from './filter-parts.ts';
import { GramPieces, type GramQuery } from './gram-filter.ts';
import { type ChunkPlace, severityBit } from './segment-format.ts';
import type { SegmentReader } from './segment-reader.ts';
import { fieldKeyHash, UUID_REST_HASH } from './word-index-format.ts';
import type { WordIndexReader } from './word-index-reader.ts';

/** Decided by the catalog row alone. */
export function segmentMayMatch(row: CatalogRow, { bounds }: FilterParts): boolean {
  return row.maxUs >= bounds.fromUs && row.minUs < bounds.untilUs;
}

/** Chunks of a segment that may hold a match. */
export type Pruner = (segment: SegmentReader) => ChunkSet;

/** What depends on the filter alone is done once; the result is asked for each segment. */
export function compilePruner({ filter, bounds }: FilterParts): Pruner {
  const { fromUs, untilUs } = bounds;
  const prune = prunerOf(filter);
  return (segment) => {
    const found = prune(segment);
    const { minUs, maxUs } = segment.footer;
    if (found.isEmpty || (minUs >= fromUs && maxUs < untilUs)) return found;
    for (const [index, chunk] of segment.footer.chunks.entries()) {
      if (chunk.maxUs < fromUs || chunk.minUs >= untilUs) found.remove(index);
    }
    return found;
  };
}

/** False: the words of a segment say that nothing of it can match. Throws `Malformed`. */
export type WordScreen = (index: WordIndexReader) => boolean;

/**
 * What the word index alone decides: asked of a segment that is not open yet, most of which need not be opened then.
 * Null: words decide nothing.
 */
export function compileWordScreen({ filter }: FilterParts): WordScreen | null {
  const find = wordFinderOf(filter);
  return find === null ? null : (index) => !find(index).isEmpty;
}

/** Chunks that may hold a match, by their words. */
type WordFinder = (index: WordIndexReader) => ChunkSet;

function wordFinderOf(filter: Filter): WordFinder | null {
  switch (filter.kind) {
    case 'and': {
      const finders = filter.parts.map(wordFinderOf).filter((find) => find !== null);
      return finders.length === 0 ? null : allFinders(finders);
    }
    case 'or':
      return anyFinder(filter.parts.map(wordFinderOf));
    case 'text':
      return anyFinder(wantedOf(filter.test).map(({ words }) => wordsFinder(words)));
    case 'field': {
      // The name of a machine is in no line.
      if (filter.key === HOST_KEY) return null;
      return anyFinder(wantedOf(filter.test).map(({ words }) => wordsFinder(words)));
    }
    default:
      return null;
  }
}

/** Null: one of them says nothing, so neither do all. */
function anyFinder(finders: readonly (WordFinder | null)[]): WordFinder | null {
  const known = finders.filter((find) => find !== null);
  const [only, ...others] = known;
  if (only === undefined || known.length < finders.length) return null;
  return (index) => {
    const found = only(index);
    for (const find of others) found.unite(find(index));
    return found;
  };
}

function allFinders(finders: readonly WordFinder[]): WordFinder {
  return (index) => {
    const found = ChunkSet.all(index.chunkCount);
    for (const find of finders) {
      if (found.isEmpty) break;
      found.intersect(find(index));
    }
    return found;
  };
}

function wordsFinder(words: readonly WholeWord[]): WordFinder | null {
  if (words.length === 0) return null;
  return allFinders(
    words.map((word) => (index) => {
      const holding = ChunkSet.none(index.chunkCount);
      index.lookUp(word.hash, holding);
      if (word.mayEndUuid) index.lookUp(UUID_REST_HASH, holding);
      return holding;
    }),
  );
}

function prunerOf(filter: Filter): Pruner {
  switch (filter.kind) {
    case 'and': {
      const prunes = filter.parts.map(prunerOf);
      return (segment) => {
        const found = allOf(segment);
        for (const prune of prunes) {
          if (found.isEmpty) break;
          found.intersect(prune(segment));
        }
        return found;
      };
    }
    case 'or': {
      const prunes = filter.parts.map(prunerOf);
      return (segment) => {
        const found = noneOf(segment);
        for (const prune of prunes) found.unite(prune(segment));
        return found;
      };
    }
    case 'text':
      return textPruner(wantedOf(filter.test));
    case 'level':
      return (segment) => chunksWhere(segment, (chunk) => levelMayMatch(filter, chunk));
    case 'source': {
      const matches = compileNamePattern(filter.pattern);
      return (segment) => chunksOfSource(segment, (source) => matches(foldText(source)));
    }
    case 'tag': {
      const matches = compileNamePattern(filter.pattern);
      const holdsTag = (tags: string): boolean =>
        tags.split('\n').some((tag) => tag !== '' && matches(foldText(tag)));
      return (segment) =>
        segment.footer.names.tagSets.some(holdsTag) ? allOf(segment) : noneOf(segment);
    }
    case 'field': {
      const byField = keyPruner(filter.key, textPruner(wantedOf(filter.test)));
      return filter.key === HOST_KEY
        ? machinePruner(compileFieldTest(filter.test), byField)
        : byField;
    }
    case 'has': {
      const byField = keyPruner(filter.key, allOf);
      return filter.key === HOST_KEY ? machinePruner(() => true, byField) : byField;
    }
    case 'everything':
    case 'not':
    case 'file':
    case 'time':
      return allOf;
  }
}

function allOf(segment: SegmentReader): ChunkSet {
  return ChunkSet.all(segment.chunkCount);
}

function noneOf(segment: SegmentReader): ChunkSet {
  return ChunkSet.none(segment.chunkCount);
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

function chunksOfSource(segment: SegmentReader, matches: (source: string) => boolean): ChunkSet {
  const { names, sourceRuns, chunks } = segment.footer;
  const found = ChunkSet.none(chunks.length);
  let row = 0;
  for (const run of sourceRuns) {
    const until = row + run.rowCount;
    if (matches(names.sources[run.source] ?? '')) {
      for (let chunk = 0; chunk < chunks.length; chunk += 1) {
        const start = segment.footer.chunkStarts[chunk]!;
        if (start < until && start + chunks[chunk]!.rowCount > row) found.add(chunk);
      }
    }
    row = until;
  }
  return found;
}

/** An entry without a `host` of its own comes from this machine, which is written nowhere. */
function machinePruner(test: BytesTest, byField: Pruner): Pruner {
  return (segment) => {
    const { machine } = segment.names;
    return machine !== null && passesName(test, machine) ? allOf(segment) : byField(segment);
  };
}

/** Chunks that have the field; the message is in every one. */
function keyPruner(key: string, prune: Pruner): Pruner {
  if (key === MESSAGE_KEY) return prune;
  const hash = fieldKeyHash(key);
  return (segment) => {
    const found = noneOf(segment);
    if (!segment.footer.names.keys.includes(key)) return found;
    const index = segment.wordIndex();
    if (index === null) return prune(segment);
    index.lookUp(hash, found);
    if (!found.isEmpty) found.intersect(prune(segment));
    return found;
  };
}

/** Chunks that may hold one of the alternatives; none given: any chunk. */
function textPruner(alternatives: readonly Wanted[]): Pruner {
  const [only, ...others] = alternatives.map(wantedPruner);
  if (only === undefined) return allOf;
  if (others.length === 0) return only;
  return (segment) => {
    const found = only(segment);
    for (const prune of others) found.unite(prune(segment));
    return found;
  };
}

function wantedPruner({ words, grams }: Wanted): Pruner {
  const findWords = wordsFinder(words);
  return (segment) => {
    const index = findWords === null ? null : segment.wordIndex();
    const found = findWords === null || index === null ? allOf(segment) : findWords(index);
    if (found.isEmpty) return found;
    const filter = grams === null ? null : segment.gramFilter();
    if (grams !== null && filter !== null) {
      const holding = noneOf(segment);
      filter.lookUp(grams, holding);
      found.intersect(holding);
    }
    return found;
  };
}

/** What the texts that match have in common. */
type Wanted = Readonly<{ words: readonly WholeWord[]; grams: GramQuery | null }>;
type WholeWord = Readonly<{ hash: number; mayEndUuid: boolean }>;

/** Alternatives; none where nothing is known. */
function wantedOf(test: TextTest | FieldTest): Wanted[] {
  const whole = { firstIsWhole: true, lastIsWhole: true };
  switch (test.kind) {
    case 'phrase':
      return [wantedIn([test.text], whole)];
    case 'prefix':
      return [wantedIn([test.text], { ...whole, lastIsWhole: false })];
    case 'suffix':
      return [wantedIn([test.text], { ...whole, firstIsWhole: false })];
    case 'infix':
      return [wantedIn([test.text], PIECES)];
    case 'equals':
      return [wantedIn([test.value], whole)];
    case 'pattern':
      return [wantedIn(partsOf(test.pattern), PIECES)];
    case 'regex':
      return foldedRegexLiterals(test.source).map((literals) => wantedIn(literals, PIECES));
    case 'compare':
    case 'range':
      return [];
  }
}

const PIECES = { firstIsWhole: false, lastIsWhole: false };

/** The words of texts, which are in the index, and the pieces of words at their ends, which leave their grams. */
function wantedIn(
  texts: readonly string[],
  ends: Readonly<{ firstIsWhole: boolean; lastIsWhole: boolean }>,
): Wanted {
  const words: WholeWord[] = [];
  // Not made for whole words: it is larger than all else that a query needs.
  let pieces = null as GramPieces | null;
  for (const text of texts) {
    const bytes = Buffer.from(foldText(text));
    forEachWord(bytes, { start: 0, end: bytes.length }, (hash, from, until) => {
      const isPiece =
        (!ends.firstIsWhole && from === 0) || (!ends.lastIsWhole && until === bytes.length);
      if (isPiece) {
        pieces ??= new GramPieces();
        pieces.addWord(bytes, from, until);
      } else
        words.push({ hash, mayEndUuid: UUID_REST.test(bytes.toString('latin1', from, until)) });
    });
  }
  return { words, grams: pieces?.query() ?? null };
}

/** The groups of a UUID that are not words of the index. */
const UUID_REST = /^(?:[0-9a-f]{4}|[0-9a-f]{12})$/i;
