/**
 * Which rules can match a row at all, so that a thousand rules cost little more than a few.
 *
 * 1. Rows of one source, level and severity are a class. What a rule says of those is decided once per class; a rule
 *    that cannot match there is never asked again. Most rows end here, with one array lookup.
 * 2. Where all rules of a class that are about texts have a gate (`gates.ts`), the texts found in a row say which it may concern: mostly
 *    none. Where one is found behind which many rules wait, all are looked for in the next way.
 * 3. A rule that needs something that can be looked up (`anchors.ts`) hangs on it. The words of a row are hashed once, its text is
 *    gone through once in fours of bytes, its fields once, whatever the number of rules.
 * 4. Only what is left is asked whole.
 *
 * Candidates are a superset of what matches. Price of rows in classes with such rules: about half a nanosecond a byte, 3 ns where
 * a gate is open or a rule has none.
 */
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { LEVEL_CODE_COUNT } from '../model/level.ts';
import type { Filter } from '../query/query-tree.ts';
import { collectWordHashes } from '../query/words.ts';
import { AnchorTable } from './anchor-table.ts';
import { type Anchor, type Anchored, anchorsOf } from './anchors.ts';
import { type ClassTest, compileClassTest } from './class-test.ts';
import { FieldAnchors } from './field-anchors.ts';
import { GATE } from './gate-search.ts';
import { Gates, type GateWish } from './gates.ts';
import { RowWords } from './row-words.ts';

/** A rule in the index. */
export type Indexed<T> = {
  readonly value: T;
  readonly classTest: ClassTest;
  /** Null: it hangs on nothing. */
  readonly anchors: readonly Anchor[] | null;
  /** Hashes of words all of which a match has. */
  readonly words: readonly number[];
  /** Texts, one of which a match holds; null: none are known. */
  readonly gate: readonly string[] | null;
  /** Row for which it was found last, so that two of its anchors find it once. */
  foundAt: number;
};

/** Rules that can match rows of one class. */
type RowClass<T> = Readonly<{
  always: readonly T[];
  /** Of those that hang on something: whether they can match here, by position. */
  hanging: Uint8Array;
  /** On what they hang. */
  hasWords: boolean;
  hasGrams: boolean;
  hasFields: boolean;
  /** Of those that hang on words or grams; null: one of them has no gate. */
  gates: GateWish | null;
}>;

const SEVERITY_COUNT = 256;
/** Rules behind a gate that are asked whole without a look at the row's words. */
const RULES_OF_GATE_MAX = 8;
/** Pairs of level and severity that occur; more than these are not told apart by a table but asked anew. */
const PAIRS_MAX = 64;
/** Row classes that differ; rows of more than these are asked anew. */
const CLASSES_MAX = 0xffff;

/** ASCII letters lowered. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

export class RuleIndex<T> {
  readonly #rules: readonly Indexed<T>[];
  readonly #words = new AnchorTable();
  readonly #grams = new AnchorTable();
  readonly #fields: FieldAnchors;
  readonly #gates: Gates;
  /** Positions of the rules behind each gate, and the gates found in the row at hand. */
  readonly #behind: number[][] = [];
  readonly #opened: number[] = [];
  readonly #pairIds = new Uint8Array(LEVEL_CODE_COUNT * SEVERITY_COUNT);
  #pairCount = 0;
  /** By source and pair: 0, or one more than the place in `#classes`. A thousand sources share a few classes. */
  #classIds = new Uint16Array(16 * (PAIRS_MAX + 1));
  readonly #classes: RowClass<T>[] = [];
  /** By the positions of its rules. */
  readonly #classIdOf = new Map<string, number>();
  #rowNumber = 0;
  #hashes = new Int32Array(1024);
  #hashCount = 0;
  /** The words of the row at hand as bits, once a rule was found there. */
  readonly #rowWords = new RowWords();
  /** Positions of the rules that the row's fields speak for. */
  readonly #byFields: number[] = [];
  readonly #found: T[] = [];

  constructor(rules: readonly Readonly<{ value: T; filter: Filter | null }>[], names: ColumnNames) {
    const anchored = anchorsOf(rules.map(({ filter }) => filter));
    this.#rules = rules.map((rule, position) => {
      const classTest = rule.filter === null ? () => null : compileClassTest(rule.filter, names);
      return { value: rule.value, classTest, ...anchored[position]!, foundAt: 0 };
    });
    this.#fields = new FieldAnchors(names);
    for (const [position, rule] of this.#rules.entries()) {
      for (const anchor of rule.anchors ?? []) this.#hang(position, anchor);
    }
    this.#gates = new Gates(this.#rules.flatMap((rule) => textGateOf(rule) ?? []));
    for (const [position, rule] of this.#rules.entries()) {
      for (const number of this.#gateNumbers(rule)) {
        this.#behind[number] ??= [];
        this.#behind[number].push(position);
      }
    }
  }

  /** Rules that may match the row. The array is the same one every time. */
  candidates(columns: EntryColumns, row: number): readonly T[] {
    const rowClass = this.#classOf(columns, row);
    const { gates, hasFields } = rowClass;
    let { hasWords, hasGrams } = rowClass;
    if (!hasWords && !hasGrams && !hasFields) return rowClass.always;
    const found = this.#found;
    this.#rowNumber += 1;
    empty(found);
    this.#hashCount = -1;
    if (gates !== null && this.#passGates(columns, row, rowClass, gates)) {
      hasWords = false;
      hasGrams = false;
    }
    if (hasWords) this.#findWords(columns, row, rowClass);
    if (hasGrams) this.#findGrams(columns, row, rowClass);
    if (hasFields) {
      const positions = this.#byFields;
      empty(positions);
      this.#fields.find(columns, row, positions);
      for (const position of positions) this.#take(position, rowClass);
    }
    if (found.length === 0) return rowClass.always;
    for (const value of rowClass.always) found.push(value);
    return found;
  }

  /** Take the rules behind the gates that a row opens. False: look for all of them in another way. */
  #passGates(columns: EntryColumns, row: number, rowClass: RowClass<T>, gates: GateWish): boolean {
    const opened = this.#opened;
    empty(opened);
    if (!this.#gates.find(columns, row, gates, opened)) return false;
    for (const number of opened) {
      for (const position of this.#behind[number]!) this.#take(position, rowClass);
    }
    return true;
  }

  #take(position: number, { hanging }: RowClass<T>): void {
    if (hanging[position] === 0) return;
    const rule = this.#rules[position]!;
    if (rule.foundAt === this.#rowNumber) return;
    rule.foundAt = this.#rowNumber;
    if (this.#hasWords(rule.words)) this.#found.push(rule.value);
  }

  /** Whether the row may have all of these words; true where its words are not known. */
  #hasWords(words: readonly number[]): boolean {
    if (words.length === 0 || this.#hashCount < 0) return true;
    this.#rowWords.fill(this.#hashes, this.#hashCount);
    for (const hash of words) if (!this.#rowWords.mayHave(hash)) return false;
    return true;
  }

  #hang(position: number, anchor: Anchor): void {
    if (anchor.kind === 'word') this.#words.add(anchor.hash, position);
    else if (anchor.kind === 'gram') this.#grams.add(anchor.gram, position);
    else this.#fields.add(anchor, position);
  }

  #findWords(columns: EntryColumns, row: number, rowClass: RowClass<T>): void {
    this.#hashCount = this.#hashRow(columns, row);
    this.#rowWords.forget();
    const hashes = this.#hashes;
    const words = this.#words;
    for (let index = 0; index < this.#hashCount; index += 1) {
      const hash = hashes[index]!;
      if (!words.mayHave(hash)) continue;
      for (const position of words.positionsOf(hash)) this.#take(position, rowClass);
    }
  }

  #findGrams(columns: EntryColumns, row: number, rowClass: RowClass<T>): void {
    const { bytes, fieldStart, fieldLength } = columns;
    const start = columns.messageStart[row]!;
    this.#scan(bytes, { start, end: start + columns.messageLength[row]! }, rowClass);
    const fieldEnd = columns.fieldEnd[row]!;
    for (let field = columns.fieldFirst(row); field < fieldEnd; field += 1) {
      const from = fieldStart[field]!;
      this.#scan(bytes, { start: from, end: from + fieldLength[field]! }, rowClass);
    }
  }

  /** All fours of bytes of one text. */
  #scan(
    bytes: Buffer,
    { start, end }: Readonly<{ start: number; end: number }>,
    rowClass: RowClass<T>,
  ): void {
    const grams = this.#grams;
    const folded = FOLDED;
    let gram = 0;
    for (let at = start; at < end; at += 1) {
      gram = (gram << 8) | folded[bytes[at]!]!;
      if (at - start < 3 || !grams.mayHave(gram)) continue;
      for (const position of grams.positionsOf(gram)) this.#take(position, rowClass);
    }
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
    if (pairId === 0) return this.#makeClass(this.#positionsFor(columns, row));
    const at = columns.source[row]! * (PAIRS_MAX + 1) + pairId;
    const known = this.#classIds[at];
    if (known !== undefined && known > 0) return this.#classes[known - 1]!;
    return this.#learnClass(at, columns, row);
  }

  #learnClass(at: number, columns: EntryColumns, row: number): RowClass<T> {
    const positions = this.#positionsFor(columns, row);
    const key = positions.join(' ');
    let id = this.#classIdOf.get(key);
    if (id === undefined) {
      const made = this.#makeClass(positions);
      if (this.#classes.length === CLASSES_MAX) return made;
      id = this.#classes.push(made);
      this.#classIdOf.set(key, id);
    }
    if (at >= this.#classIds.length) {
      const larger = new Uint16Array(Math.max(at + 1, this.#classIds.length * 2));
      larger.set(this.#classIds);
      this.#classIds = larger;
    }
    this.#classIds[at] = id;
    return this.#classes[id - 1]!;
  }

  /** Of the rules that can match the row, as far as level, severity and source say. */
  #positionsFor(columns: EntryColumns, row: number): number[] {
    return [...this.#rules.keys()].filter(
      (position) => this.#rules[position]!.classTest(columns, row) !== false,
    );
  }

  #makeClass(positions: readonly number[]): RowClass<T> {
    const always: T[] = [];
    const hanging = new Uint8Array(this.#rules.length);
    const kinds = new Set<Anchor['kind']>();
    const inClass: Indexed<T>[] = [];
    for (const position of positions) {
      const rule = this.#rules[position]!;
      const { value, anchors } = rule;
      if (anchors === null) {
        always.push(value);
        continue;
      }
      hanging[position] = 1;
      inClass.push(rule);
      for (const { kind } of anchors) kinds.add(kind);
    }
    return {
      always,
      hanging,
      hasWords: kinds.has('word'),
      hasGrams: kinds.has('gram'),
      hasFields: kinds.has('key') || kinds.has('above') || kinds.has('below'),
      gates: this.#gatesOf(inClass),
    };
  }

  /** How to look for the gates of these rules. */
  #gatesOf(rules: readonly Indexed<T>[]): GateWish | null {
    const gates = rules.map(textGateOf).filter((gate) => gate !== null);
    const stride = Math.min(...gates.map((texts) => this.#gates.strideFor(texts)));
    if (gates.length === 0 || stride === 0) return null;
    const counts = new Uint32Array(this.#gates.count);
    for (const rule of rules) {
      for (const number of this.#gateNumbers(rule)) counts[number] = counts[number]! + 1;
    }
    const wish = Uint8Array.from(counts, (count) => {
      if (count === 0) return GATE.IGNORED;
      return count <= RULES_OF_GATE_MAX ? GATE.TOLD : GATE.NOTICED;
    });
    return { stride, wish };
  }

  #gateNumbers(rule: Indexed<T>): number[] {
    return (textGateOf(rule) ?? []).map((text) => this.#gates.numberOf(text));
  }
}

/** Most are empty already, and setting the length of an array is a call of some 15 ns even then. */
function empty(list: unknown[]): void {
  if (list.length > 0) list.length = 0;
}

/** The gate of a rule that hangs on words or grams, empty where none is known; null: it hangs on neither. */
function textGateOf({ anchors, gate }: Anchored): readonly string[] | null {
  const isText = anchors?.some(({ kind }) => kind === 'word' || kind === 'gram') ?? false;
  return isText ? (gate ?? []) : null;
}
