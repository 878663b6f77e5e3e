/**
 * Which rules can match a row at all, so that a thousand rules cost little more than a few.
 *
 * 1. Rows of one source, level and severity are a class. What a rule says of those is decided once per class; a rule
 *    that cannot match there is never asked again. Most rows end here, with one array lookup.
 * 2. A rule that needs a word hangs on it. The words of a row are hashed once, whatever the number of rules, and
 *    looked up in a bit filter, then in a table.
 * 3. Only what is left is asked whole.
 *
 * Candidates are a superset of what matches. Price: hashing, about 2 ns a byte, of rows in classes with such rules.
 */
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { LEVEL_CODE_COUNT } from '../model/level.ts';
import { compileFilter } from '../query/compile-filter.ts';
import type { Filter } from '../query/query-tree.ts';
import { type WordPlan, wordPlan } from '../query/word-plan.ts';
import { collectWordHashes } from '../query/words.ts';

/** A rule in the index. */
export type Indexed<T> = {
  readonly value: T;
  /** Null: nothing is known of it, it is asked for every row. */
  readonly filter: Filter | null;
  /** Row for which it was found last, so that two of its words find it once. */
  foundAt: number;
};

/** Rules that can match rows of one class. */
type RowClass<T> = Readonly<{
  always: readonly T[];
  /** Of those that hang on words: whether they can match here, by position. */
  hanging: Uint8Array;
  hasHanging: boolean;
}>;

/** Bits of the word filter: with a thousand words one bit in 64 is set. */
const FILTER_BITS = 1 << 16;

const SEVERITY_COUNT = 256;
/** Pairs of level and severity that occur; more than these are not told apart by a table but asked anew. */
const PAIRS_MAX = 64;

export class RuleIndex<T> {
  readonly #names: ColumnNames;
  readonly #rules: readonly Indexed<T>[];
  /** Positions of the rules that hang on a word, by its hash. */
  readonly #byWord = new Map<number, number[]>();
  readonly #wordFilter = new Uint8Array(FILTER_BITS / 8);
  /** Positions of rules that hang on words. */
  readonly #isHanging: Uint8Array;
  readonly #pairIds = new Uint8Array(LEVEL_CODE_COUNT * SEVERITY_COUNT);
  #pairCount = 0;
  readonly #classes: (RowClass<T> | undefined)[] = [];
  #rowNumber = 0;
  #hashes = new Int32Array(1024);
  readonly #found: T[] = [];

  constructor(rules: readonly Readonly<{ value: T; filter: Filter | null }>[], names: ColumnNames) {
    this.#names = names;
    this.#rules = rules.map((rule) => ({ ...rule, foundAt: 0 }));
    this.#isHanging = new Uint8Array(rules.length);
    const plans = rules.map(({ filter }) => (filter === null ? null : wordPlan(filter)));
    const ruleCounts = countWords(plans);
    for (const [position, plan] of plans.entries()) {
      const words = plan === null ? null : wordsOf(plan, ruleCounts);
      if (words === null) continue;
      this.#isHanging[position] = 1;
      for (const hash of words) this.#hang(position, hash);
    }
  }

  /** Rules that may match the row. The array is the same one every time. */
  candidates(columns: EntryColumns, row: number): readonly T[] {
    const rowClass = this.#classOf(columns, row);
    if (!rowClass.hasHanging) return rowClass.always;
    const count = this.#hashRow(columns, row);
    const found = this.#found;
    const filter = this.#wordFilter;
    const hashes = this.#hashes;
    this.#rowNumber += 1;
    found.length = 0;
    for (let index = 0; index < count; index += 1) {
      const hash = hashes[index]!;
      const bit = hash & (FILTER_BITS - 1);
      if ((filter[bit >>> 3]! & (1 << (bit & 7))) === 0) continue;
      this.#takeHanging(hash, rowClass);
    }
    if (found.length === 0) return rowClass.always;
    for (const value of rowClass.always) found.push(value);
    return found;
  }

  #takeHanging(hash: number, rowClass: RowClass<T>): void {
    for (const position of this.#byWord.get(hash) ?? []) {
      if (rowClass.hanging[position] === 0) continue;
      const rule = this.#rules[position]!;
      if (rule.foundAt === this.#rowNumber) continue;
      rule.foundAt = this.#rowNumber;
      this.#found.push(rule.value);
    }
  }

  #hang(position: number, hash: number): void {
    const there = this.#byWord.get(hash);
    if (there === undefined) this.#byWord.set(hash, [position]);
    else there.push(position);
    const bit = hash & (FILTER_BITS - 1);
    this.#wordFilter[bit >>> 3] = this.#wordFilter[bit >>> 3]! | (1 << (bit & 7));
  }

  /** Hashes of all words of the row, in `#hashes`. */
  #hashRow(columns: EntryColumns, row: number): number {
    const { bytes, fieldStart, fieldLength } = columns;
    const start = columns.messageStart[row]!;
    const end = start + columns.messageLength[row]!;
    let count = this.#hashSpan(bytes, { start, end }, 0);
    const fieldEnd = columns.fieldEnd[row]!;
    for (let field = columns.fieldFirst(row); field < fieldEnd; field += 1) {
      const from = fieldStart[field]!;
      count = this.#hashSpan(bytes, { start: from, end: from + fieldLength[field]! }, count);
    }
    return count;
  }

  #hashSpan(bytes: Buffer, span: Readonly<{ start: number; end: number }>, count: number): number {
    const needed = count + ((span.end - span.start + 1) >>> 1);
    if (needed > this.#hashes.length) {
      const larger = new Int32Array(needed * 2);
      larger.set(this.#hashes.subarray(0, count));
      this.#hashes = larger;
    }
    return collectWordHashes(bytes, span, { out: this.#hashes, count });
  }

  #classOf(columns: EntryColumns, row: number): RowClass<T> {
    const pair = columns.level[row]! * SEVERITY_COUNT + columns.severity[row]!;
    let pairId = this.#pairIds[pair]!;
    if (pairId === 0 && this.#pairCount < PAIRS_MAX) {
      this.#pairCount += 1;
      pairId = this.#pairCount;
      this.#pairIds[pair] = pairId;
    }
    if (pairId === 0) return this.#makeClass(columns, row);
    const at = columns.source[row]! * (PAIRS_MAX + 1) + pairId;
    const known = this.#classes[at];
    if (known !== undefined) return known;
    const made = this.#makeClass(columns, row);
    this.#classes[at] = made;
    return made;
  }

  #makeClass(columns: EntryColumns, row: number): RowClass<T> {
    const decide = decider(columns, row, this.#names);
    const always: T[] = [];
    const hanging = new Uint8Array(this.#rules.length);
    let hasHanging = false;
    for (const [position, { value, filter }] of this.#rules.entries()) {
      if (filter !== null && decide(filter) === false) continue;
      if (this.#isHanging[position] === 0) {
        always.push(value);
      } else {
        hanging[position] = 1;
        hasHanging = true;
      }
    }
    return { always, hanging, hasHanging };
  }
}

/** What source, level and severity of the row alone say of a filter; null: nothing. */
function decider(
  columns: EntryColumns,
  row: number,
  names: ColumnNames,
): (filter: Filter) => boolean | null {
  const decide = (filter: Filter): boolean | null => {
    switch (filter.kind) {
      case 'everything':
        return true;
      case 'level':
      case 'source':
        return compileFilter(filter, names)(columns, row);
      case 'and': {
        const parts = filter.parts.map(decide);
        if (parts.includes(false)) return false;
        return parts.includes(null) ? null : true;
      }
      case 'or': {
        const parts = filter.parts.map(decide);
        if (parts.includes(true)) return true;
        return parts.includes(null) ? null : false;
      }
      case 'not': {
        const part = decide(filter.part);
        return part === null ? null : !part;
      }
      default:
        return null;
    }
  };
  return decide;
}

/** In how many rules each word stands. */
function countWords(plans: readonly (WordPlan | null)[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  const visit = (plan: WordPlan): void => {
    if (plan.kind === 'word') counts.set(plan.hash, (counts.get(plan.hash) ?? 0) + 1);
    else if (plan.kind !== 'any') plan.parts.forEach(visit);
  };
  for (const plan of plans) if (plan !== null) visit(plan);
  return counts;
}

/**
 * Words of which every match has at least one; null: no such words are known. Where there is a choice, those that the
 * fewest rules name: "failed" says little, the name of a service says much.
 */
function wordsOf(
  plan: WordPlan,
  ruleCounts: ReadonlyMap<number, number>,
): readonly number[] | null {
  switch (plan.kind) {
    case 'any':
      return null;
    case 'word':
      return [plan.hash];
    case 'or': {
      const parts = plan.parts.map((part) => wordsOf(part, ruleCounts));
      return parts.includes(null) ? null : parts.flatMap((words) => words ?? []);
    }
    case 'and': {
      const weightOf = (words: readonly number[]): number =>
        words.reduce((sum, hash) => sum + (ruleCounts.get(hash) ?? 0), 0);
      return plan.parts
        .map((part) => wordsOf(part, ruleCounts))
        .filter((words) => words !== null)
        .reduce<readonly number[] | null>(
          (best, words) => (best === null || weightOf(words) < weightOf(best) ? words : best),
          null,
        );
    }
  }
}
