/**
 * What a retention policy gives up: pure.
 *
 * Entries go by level and source with their whole segment, or out of it: once a segment's newest entry is older than what
 * the policy keeps of a level or source, the segment is written anew without those (`thinning.ts`). So a rule is kept to
 * within the time that a segment spans, at most a day.
 */
import { compileNamePattern } from '../query/name-pattern.ts';
import { foldText } from '../query/words.ts';
import type { CatalogRow } from './catalog.ts';

export type RetentionPolicy = Readonly<{
  /** Entries that no rule names go when they are older; null: none for age. */
  beforeUs: number | null;
  /** Where several name an entry, the shortest time counts. */
  rules?: readonly RetentionRule[];
  /** The oldest segments go until the rest is no larger; null: none for size. */
  bytesMax: number | null;
}>;

/** Name in `meta`: entries up to this time may have left the index; later ones never have. */
export const EXPIRED_THROUGH_US = 'expired_through_us';

/** By level code or by name pattern of the source. */
export type RetentionRule = (Readonly<{ level: number }> | Readonly<{ source: string }>) &
  Readonly<{ beforeUs: number }>;

/** Entries of one level and source. */
export type EntryKind = Readonly<{ level: number; source: string }>;

/** Whether everything in a segment goes, nothing does, or its kinds of entries decide. */
export type Verdict = 'keep' | 'remove' | 'look';

/** By what the catalog says alone. */
export function verdictOf(row: CatalogRow, policy: RetentionPolicy): Verdict {
  const { beforeUs, rules = [] } = policy;
  const general = beforeUs ?? Number.NEGATIVE_INFINITY;
  const named = rules.map((rule) => rule.beforeUs);
  if (row.maxUs >= Math.max(general, ...named)) return 'keep';
  if (row.maxUs < Math.min(general, ...named)) return 'remove';
  if (rules.some((rule) => 'source' in rule)) return 'look';
  const expired = levelsIn(row.levels).map((level) => row.maxUs < levelCutoff(level, policy));
  if (!expired.includes(true)) return 'keep';
  return expired.includes(false) ? 'look' : 'remove';
}

/** A test for the kinds of entries of a segment that the policy gives up. */
export function expiredKinds(
  row: CatalogRow,
  policy: RetentionPolicy,
): (kind: EntryKind) => boolean {
  const { beforeUs, rules = [] } = policy;
  const tests = rules.map((rule) => ({ rule, matches: testOf(rule) }));
  return (kind) => {
    const cutoffs = tests.filter(({ matches }) => matches(kind)).map(({ rule }) => rule.beforeUs);
    const cutoff = cutoffs.length === 0 ? beforeUs : Math.max(...cutoffs);
    return cutoff !== null && row.maxUs < cutoff;
  };
}

/** Whole segments that go: for age, and the oldest while all are too large. */
export function segmentsToExpire(
  catalog: readonly CatalogRow[],
  policy: RetentionPolicy,
): CatalogRow[] {
  const { bytesMax } = policy;
  const oldestFirst = catalog.toSorted((a, b) => a.maxUs - b.maxUs || a.number - b.number);
  let bytesLeft = oldestFirst.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return oldestFirst.filter((row) => {
    const isTooMuch = bytesMax !== null && bytesLeft > bytesMax;
    if (!isTooMuch && verdictOf(row, policy) !== 'remove') return false;
    bytesLeft -= row.sizeBytes;
    return true;
  });
}

function testOf(rule: RetentionRule): (kind: EntryKind) => boolean {
  if ('level' in rule) return ({ level }) => level === rule.level;
  const matches = compileNamePattern(rule.source);
  return ({ source }) => matches(foldText(source));
}

function levelCutoff(level: number, { beforeUs, rules = [] }: RetentionPolicy): number {
  const cutoffs = rules.filter((rule) => 'level' in rule && rule.level === level);
  if (cutoffs.length === 0) return beforeUs ?? Number.NEGATIVE_INFINITY;
  return Math.max(...cutoffs.map((rule) => rule.beforeUs));
}

function levelsIn(bits: number): number[] {
  return Array.from({ length: 32 }, (_, level) => level).filter(
    (level) => (bits & (1 << level)) !== 0,
  );
}
