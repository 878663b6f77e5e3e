/**
 * Which rows of a dense chunk may hold a literal, from shapes and values: no text is put together to find out.
 *
 * A token is a whole run of ASCII letters and digits with a digit in it. So a run of them that is part of the literal lies
 * in one value, or, where it has no digit, in one piece of a shape: a row that has it nowhere cannot match.
 * The answer is a superset; the idea is CLP's, see `dense-text.ts`.
 */
import { compileLiteral, type LiteralFinder } from '../query/literal-finder.ts';
import type { DenseColumns } from './dense-columns.ts';
import { KIND, NEWLINE, stepOf } from './dense-text-format.ts';

/** A shorter run is in too many rows. */
const RUN_BYTES_MIN = 3;

/** Kinds of columns whose values have as many bytes as their width says: a bit for each. */
const FIXED = (1 << KIND.FIXED_TEXT) | (1 << KIND.FIXED_DIGITS) | (1 << KIND.FIXED_HEX);

type Run = Readonly<{
  /** Lower case. */
  bytes: Buffer;
  find: LiteralFinder;
  areDigits: boolean;
  areHex: boolean;
}>;

/** What each match has one of. */
export type DenseScreen = readonly Run[];

/** `literals` are lower case, and each match holds one of them; null: they rule nothing out. */
export function compileDenseScreen(literals: readonly Buffer[]): DenseScreen | null {
  const runs = literals.map(runOf);
  return runs.length === 0 || runs.some(({ length }) => length < RUN_BYTES_MIN)
    ? null
    : runs.map(compileRun);
}

/** Set `mayMatch` of the rows that have one of the runs. */
export function markRows(screen: DenseScreen, chunk: DenseColumns, mayMatch: Uint8Array): void {
  for (const run of screen) new RowMarker(run, chunk, mayMatch).mark();
}

/** The longest run with a digit, which only values have; else the longest. */
function runOf(literal: Buffer): Buffer {
  const runs = literal.toString('latin1').match(/[0-9a-z]+/g) ?? [];
  const withDigit = runs.filter((run) => run.length >= RUN_BYTES_MIN && /[0-9]/.test(run));
  const longest = (withDigit.length > 0 ? withDigit : runs).reduce(
    (best, run) => (run.length > best.length ? run : best),
    '',
  );
  return Buffer.from(longest, 'latin1');
}

function compileRun(bytes: Buffer): Run {
  const text = bytes.toString('latin1');
  return {
    bytes,
    find: compileLiteral(bytes),
    areDigits: /^[0-9]*$/.test(text),
    areHex: /^[0-9a-f]*$/.test(text),
  };
}

/** Looks for one run in one chunk. */
class RowMarker {
  readonly #run: Run;
  readonly #chunk: DenseColumns;
  readonly #mayMatch: Uint8Array;
  /** Where the run is in the letters, ascending. Found once: those are the pieces, and the values of most columns. */
  readonly #places: number[] = [];
  readonly #firstPlace: number;
  readonly #lastPlace: number;
  /** The rows of the shape whose turn it is: `rows[rowsAt, rowsAt + rowCount)` of the chunk. */
  #rowsAt = 0;
  #rowCount = 0;

  constructor(run: Run, chunk: DenseColumns, mayMatch: Uint8Array) {
    this.#run = run;
    this.#chunk = chunk;
    this.#mayMatch = mayMatch;
    const { letters } = chunk.streams;
    const { length } = letters;
    for (let at = run.find(letters, 0, length); at >= 0; at = run.find(letters, at + 1, length)) {
      this.#places.push(at);
    }
    this.#firstPlace = this.#places[0] ?? Number.POSITIVE_INFINITY;
    this.#lastPlace = this.#places.at(-1) ?? -1;
  }

  mark(): void {
    const { columnsFrom, kind, rowsFrom, shapeCount, shapeEnd, shapeStart, width } = this.#chunk;
    const kinds = this.#kinds();
    const { length } = this.#run.bytes;
    for (let shape = 0; shape < shapeCount; shape += 1) {
      this.#rowsAt = rowsFrom[shape]!;
      this.#rowCount = rowsFrom[shape + 1]! - this.#rowsAt;
      if (this.#rowCount === 0) continue;
      if (this.#placeIn(shapeStart[shape]!, shapeEnd[shape]!) >= 0) {
        this.#markAll();
        continue;
      }
      const columnsEnd = columnsFrom[shape + 1]!;
      for (let column = columnsFrom[shape]!; column < columnsEnd; column += 1) {
        const bit = 1 << kind[column]!;
        if ((kinds & bit) === 0 || ((bit & FIXED) !== 0 && width[column]! < length)) continue;
        this.#markColumn(column);
      }
    }
  }

  /** The kinds of columns that can have the run: a bit for each. There are thousands of columns, and most cannot. */
  #kinds(): number {
    const { areDigits, areHex } = this.#run;
    const inLetters = this.#places.length > 0 ? (1 << KIND.CONSTANT) | (1 << KIND.TEXT) : 0;
    const inDigits = areDigits
      ? (1 << KIND.DIGITS) | (1 << KIND.FIXED_DIGITS) | (1 << KIND.STEPS)
      : 0;
    return inLetters | inDigits | (areHex ? 1 << KIND.FIXED_HEX : 0) | (1 << KIND.FIXED_TEXT);
  }

  #markColumn(column: number): void {
    const chunk = this.#chunk;
    switch (chunk.kind[column]) {
      case KIND.CONSTANT:
        if (this.#placeIn(chunk.at[column]!, chunk.end[column]!) >= 0) this.#markAll();
        break;
      case KIND.TEXT:
        if (this.#placeIn(chunk.at[column]!, chunk.end[column]!) >= 0) this.#markEnded(column);
        break;
      case KIND.DIGITS:
        this.#markEnded(column);
        break;
      case KIND.FIXED_TEXT:
      case KIND.FIXED_DIGITS:
        this.#markPlanes(column);
        break;
      case KIND.FIXED_HEX:
        this.#markHex(column);
        break;
      default:
        this.#markSteps(column);
    }
  }

  #markAll(): void {
    for (let index = 0; index < this.#rowCount; index += 1) this.#markRow(index);
  }

  /** `index` counts the rows of the shape. */
  #markRow(index: number): void {
    this.#mayMatch[this.#chunk.rows[this.#rowsAt + index]!] = 1;
  }

  /** The first place in `letters[start, end)`; negative: none. */
  #placeIn(start: number, end: number): number {
    const places = this.#places;
    if (end <= this.#firstPlace || start > this.#lastPlace) return -1;
    let from = 0;
    let until = places.length;
    while (from < until) {
      const middle = (from + until) >> 1;
      if (places[middle]! < start) from = middle + 1;
      else until = middle;
    }
    return from < places.length && places[from]! < end ? places[from]! : -1;
  }

  #markEnded(column: number): void {
    const { find } = this.#run;
    const bytes = this.#chunk.streamOf(column);
    const end = this.#chunk.end[column]!;
    let index = 0;
    let passed = this.#chunk.at[column]!;
    for (let hit = find(bytes, passed, end); hit >= 0; hit = find(bytes, passed, end)) {
      for (; passed < hit; passed += 1) if (bytes[passed] === NEWLINE) index += 1;
      this.#markRow(index);
      // On to the next value.
      passed = bytes.indexOf(NEWLINE, hit) + 1;
      index += 1;
    }
  }

  #markPlanes(column: number): void {
    const { bytes: wanted } = this.#run;
    const bytes = this.#chunk.streamOf(column);
    const count = this.#rowCount;
    const lastPlane = this.#chunk.width[column]! - wanted.length;
    for (let plane = 0; plane <= lastPlane; plane += 1) {
      const from = this.#chunk.at[column]! + plane * count;
      for (let index = 0; index < count; index += 1) {
        let length = 0;
        let at = from + index;
        while (length < wanted.length && isSame(bytes[at]!, wanted[length]!)) {
          length += 1;
          at += count;
        }
        if (length === wanted.length) this.#markRow(index);
      }
    }
  }

  #markHex(column: number): void {
    const { bytes: wanted, find } = this.#run;
    const { at, end, width: widths } = this.#chunk;
    const width = widths[column]!;
    // Node writes the upper half of a byte first, the column has the lower half first.
    const text = this.#chunk.streamOf(column).toString('hex', at[column]!, end[column]!);
    const digits = Buffer.from(text, 'latin1').swap16();
    const last = width * this.#rowCount;
    for (let hit = find(digits, 0, last); hit >= 0; hit = find(digits, hit + 1, last)) {
      if ((hit % width) + wanted.length <= width) this.#markRow(Math.floor(hit / width));
    }
  }

  #markSteps(column: number): void {
    const digits = this.#run.bytes.toString('latin1');
    const bytes = this.#chunk.streamOf(column);
    const at = this.#chunk.at[column]!;
    let value = this.#chunk.first[column]!;
    for (let index = 0; index < this.#rowCount; index += 1) {
      if (index > 0) value += stepOf(bytes[at + index - 1]!);
      if (String(value).includes(digits)) this.#markRow(index);
    }
  }
}

/** In either case. */
function isSame(byte: number, lower: number): boolean {
  return byte === lower || (lower >= 0x61 && byte === lower - 0x20);
}
