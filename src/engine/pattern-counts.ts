/**
 * How often each pattern occurs: by template, level and source, with its first and last time and an example.
 *
 * Where a whole segment is asked for and the filter looks at level, source and tags only, its counts are taken as they
 * are stored: a millisecond for a million entries. Otherwise rows are; no text is read for that but where the filter
 * needs it or the segment is older than stored templates.
 */
import { EntryColumns } from '../model/entry-columns.ts';
import { OTHERS } from '../pattern/templates.ts';
import { compileFilter } from '../query/compile-filter.ts';
import { type BatchPlan, batchesOf } from './batches.ts';
import type { CatalogRow } from './catalog.ts';
import { levelOfClass, severityOfClass } from './entry-class.ts';
import { PatternBook } from './pattern-book.ts';
import { isWhole } from './segment-counts.ts';
import { NEED } from './segment-format.ts';
import { templatesOf } from './segment-parts.ts';
import type { TemplatePart } from './template-part.ts';
import { exampleOf } from './template-writer.ts';

export type PatternCount = Readonly<{
  template: string;
  levelCode: number;
  /** The highest, should entries of one level differ in it. */
  severity: number;
  source: string;
  count: number;
  firstUs: number;
  lastUs: number;
  /** The first line of one of its messages; of one that matches, where the query asks for texts. */
  example: string;
}>;

export type PatternCounts = Readonly<{
  /** Most frequent first. */
  patterns: readonly PatternCount[];
  /** Entries of patterns that found no room. */
  otherCount: number;
}>;

/** Patterns told apart in one answer. */
export const PATTERNS_MAX = 20_000;

export function countPatterns(plan: Omit<BatchPlan, 'look'>): PatternCounts {
  const book = new PatternBook(PATTERNS_MAX);
  const tally = new PatternTally(book);
  const stored: CatalogRow[] = [];
  const read: CatalogRow[] = [];
  for (const row of plan.catalog) (isWhole(row, plan) ? stored : read).push(row);
  const series = new SeriesFilter(plan);
  for (const row of stored) {
    plan.stop.check();
    const segment = plan.segments.open(row);
    if (segment === null) continue;
    const part = plan.segments.guard(row, () => templatesOf(segment));
    if (part === null) read.push(row);
    else series.addTo(tally, part, book.numbersOf(part));
  }
  const withText = plan.parts.needsText;
  const look = { need: LOOKED_AT, withText, cellsSuffice: false, patterns: book };
  for (const { columns, rows, count, patterns } of batchesOf({ ...plan, catalog: read, look })) {
    for (let index = 0; index < count; index += 1) {
      const row = rows[index]!;
      const us = columns.timestampUs[row]!;
      const seen = { row, count: 1, firstUs: us, lastUs: us };
      const counted = tally.add(patterns![row]!, columns, seen);
      if (withText && counted !== null) counted.example ??= exampleOf(columns, row);
    }
  }
  return tally.result(plan.segments.names.sources);
}

const LOOKED_AT = NEED.TIMESTAMP | NEED.CLASS | NEED.SOURCE;

/** Series of a segment as rows: the same matcher decides about them. */
class SeriesFilter {
  readonly #columns: EntryColumns;
  readonly #test: (columns: EntryColumns, row: number) => boolean;

  constructor(plan: Omit<BatchPlan, 'look'>) {
    const { names } = plan.segments;
    this.#columns = new EntryColumns(names);
    this.#test = compileFilter(plan.parts.cellFilter ?? { kind: 'everything' }, names);
  }

  addTo(tally: PatternTally, { series }: TemplatePart, numbers: Int32Array): void {
    const columns = this.#columns;
    columns.clear();
    columns.reserveRows(series.count);
    columns.count = series.count;
    for (let row = 0; row < series.count; row += 1) {
      columns.source[row] = series.source[row]!;
      columns.tagSet[row] = series.tagSet[row]!;
      columns.level[row] = levelOfClass(series.entryClass[row]!);
      columns.severity[row] = severityOfClass(series.entryClass[row]!);
      if (!this.#test(columns, row)) continue;
      const number = numbers[series.template[row]!] ?? OTHERS;
      const count = series.counts[row]!;
      const times = { firstUs: series.firstUs[row]!, lastUs: series.lastUs[row]! };
      tally.add(number, columns, { row, count, ...times });
    }
  }
}

type Counted = {
  readonly number: number;
  readonly levelCode: number;
  readonly source: number;
  severity: number;
  count: number;
  firstUs: number;
  lastUs: number;
  /** Null: that of the pattern will do. */
  example: string | null;
};

class PatternTally {
  readonly #book: PatternBook;
  /** By pattern number, few of each: levels and sources. */
  readonly #counted: Counted[][] = [];
  #otherCount = 0;

  constructor(book: PatternBook) {
    this.#book = book;
  }

  add(
    number: number,
    columns: EntryColumns,
    added: Readonly<{ row: number; count: number; firstUs: number; lastUs: number }>,
  ): Counted | null {
    if (number === OTHERS) {
      this.#otherCount += added.count;
      return null;
    }
    const { row, ...times } = added;
    const severity = columns.severity[row]!;
    const levelCode = columns.level[row]!;
    const source = columns.source[row]!;
    this.#counted[number] ??= [];
    const one = { number, levelCode, source, severity, ...times, example: null };
    return addTo(this.#counted[number], one);
  }

  result(sources: Readonly<{ valueOf(id: number): string }>): PatternCounts {
    const merged = new Map<number, Counted[]>();
    for (const counted of this.#counted) {
      for (const one of counted ?? []) {
        const root = this.#book.merged(one.number);
        const there = merged.get(root) ?? [];
        merged.set(root, there);
        addTo(there, one);
      }
    }
    const patterns = [...merged].flatMap(([root, counted]) =>
      counted.map(({ number, source, example, ...rest }) => ({
        ...rest,
        template: this.#book.textOf(root),
        source: sources.valueOf(source),
        example: example ?? this.#book.exampleOf(number),
      })),
    );
    patterns.sort(
      (one, other) =>
        other.count - one.count ||
        compareTexts(one.template, other.template) ||
        compareTexts(one.source, other.source) ||
        one.levelCode - other.levelCode,
    );
    return { patterns, otherCount: this.#otherCount };
  }
}

/** Add to what has the same level and source, or behind all. What comes often wanders to the front. */
function addTo(all: Counted[], added: Readonly<Counted>): Counted {
  for (let index = 0; index < all.length; index += 1) {
    const known = all[index]!;
    if (known.levelCode !== added.levelCode || known.source !== added.source) continue;
    known.count += added.count;
    known.severity = Math.max(known.severity, added.severity);
    known.firstUs = Math.min(known.firstUs, added.firstUs);
    known.lastUs = Math.max(known.lastUs, added.lastUs);
    if (index > 0) {
      all[index] = all[index - 1]!;
      all[index - 1] = known;
    }
    return known;
  }
  const opened = { ...added };
  all.push(opened);
  return opened;
}

function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
