/**
 * The shapes of the lines of one file: what stands between the values, learned from lines that were read in full.
 *
 * Most lines of a file have the same keys in the same order, so what lies between two values (`,"pid":`) is compared four
 * bytes at a time instead of being read again: a tree of such texts, in which each path from the root is a line's shape.
 * A line of an unknown shape is left to the general reader and learned from it, while there is room.
 *
 *     root ─ {"level": ─ ,"time": ─┬─ ,"pid": ─ … ─ ,"msg": ─ }⏎
 *                                  └─ ,"err":{"type": ─ …
 *
 * What a value is, and so where its text ends, is the business of each format: `json-shapes.ts`, `logfmt-shapes.ts`.
 */
import { NEWLINE } from '../bytes.ts';
import type { Draft } from '../draft.ts';

/** Texts of one file. A service has a few dozen shapes that share most of theirs. */
const NODES_MAX = 1024;
const NODES_INITIAL = 32;
/** All texts of one file, in words of four bytes. */
const WORDS_MAX = 8192;
const WORDS_INITIAL = 256;
/** Longest text between two values; nested objects make them longer than a key. */
const TEXT_BYTES_MAX = 256;
/** Lines learned from. A file whose keys are data would teach something new with every line. */
const LESSONS_MAX = 2048;
/** Values of one line that has a shape. */
const VALUES_MAX = 64;

export const ROOT = 0;
/** Instead of a key: the line ends here. */
export const LINE_END = -1;

/** Where the values of the line scanned last lie, in order, for `learn`. Objects are not values, arrays are. */
export const values = {
  isKept: false,
  count: 0,
  start: new Int32Array(VALUES_MAX),
  end: new Int32Array(VALUES_MAX),
  key: new Int32Array(VALUES_MAX),
  role: new Int32Array(VALUES_MAX),
};

/** Remember the values of the line that is scanned next. */
export function keepValues(): void {
  values.isKept = true;
  values.count = 0;
}

/** Remember a value, quotes included. */
export function keepValue(start: number, end: number, key: number, role: number): void {
  const { count } = values;
  values.count = count + 1;
  if (count >= VALUES_MAX) return;
  values.start[count] = start;
  values.end[count] = end;
  values.key[count] = key;
  values.role[count] = role;
}

/** Nothing can be learned from the line being scanned. */
export function keepNoValue(): void {
  values.isKept = false;
  values.count = VALUES_MAX + 1;
}

export class LineShapes {
  /** The texts one behind the other, each padded to whole words; the root's place is not used. */
  #words = new Int32Array(WORDS_INITIAL);
  #wordCount = 0;
  /** By node: its text, the value behind it, the first of the texts that may follow that, and the next of its own rank. */
  #from = new Int32Array(NODES_INITIAL);
  #child = new Int32Array(NODES_INITIAL);
  #sibling = new Int32Array(NODES_INITIAL);
  /** Bytes of its text, number of the key (`LINE_END` at the end of a line), and what the key means. */
  length = new Int32Array(NODES_INITIAL);
  key = new Int32Array(NODES_INITIAL);
  role = new Int32Array(NODES_INITIAL);
  #count = 1;
  #lessons = 0;

  get takesLessons(): boolean {
    return this.#lessons < LESSONS_MAX;
  }

  /** The node behind `node` whose text stands at `position`; the root where there is none. */
  next(node: number, view: DataView, position: number, end: number): number {
    const words = this.#words;
    for (let child = this.#child[node]!; child !== ROOT; child = this.#sibling[child]!) {
      const length = this.length[child]!;
      if (position + length > end) continue;
      let word = this.#from[child]!;
      let at = position;
      const last = position + length - 4;
      while (at <= last && view.getInt32(at, true) === words[word]) {
        at += 4;
        word += 1;
      }
      if (at <= last) continue;
      const rest = position + length - at;
      if (rest === 0 || ((view.getInt32(at, true) ^ words[word]!) & restMask(rest)) === 0)
        return child;
    }
    return ROOT;
  }

  /** Learn the shape of the line [start, lineEnd), whose values are in `values`; its newline is part of it. */
  learn(draft: Draft, start: number, lineEnd: number): void {
    this.#lessons += 1;
    const { count } = values;
    if (count > VALUES_MAX || draft.bytes[lineEnd - 1] !== NEWLINE) return;
    let node = ROOT;
    let from = start;
    for (let index = 0; index < count; index += 1) {
      const to = values.start[index]!;
      node = this.#step(node, draft, { from, to }, values.key[index]!, values.role[index]!);
      if (node === ROOT) return;
      from = values.end[index]!;
    }
    this.#step(node, draft, { from, to: lineEnd }, LINE_END, 0);
  }

  /** The node behind `node` with the text [from, to), made if there is room; the root where there is none. */
  #step(
    node: number,
    draft: Draft,
    text: Readonly<{ from: number; to: number }>,
    key: number,
    role: number,
  ): number {
    const { from, to } = text;
    const length = to - from;
    const known = this.next(node, draft.view, from, to);
    if (known !== ROOT && this.length[known] === length && this.key[known] === key) return known;
    const wordCount = (length + 3) >> 2;
    if (length > TEXT_BYTES_MAX || length === 0 || known !== ROOT) return ROOT;
    if (this.#count === NODES_MAX || this.#wordCount + wordCount > WORDS_MAX) return ROOT;
    this.#grow(wordCount);
    const made = this.#count;
    this.#count = made + 1;
    this.#from[made] = this.#wordCount;
    for (let index = 0; index < wordCount; index += 1) {
      const word = draft.view.getInt32(from + index * 4, true);
      const rest = length - index * 4;
      this.#words[this.#wordCount + index] = rest >= 4 ? word : word & restMask(rest);
    }
    this.#wordCount += wordCount;
    this.length[made] = length;
    this.key[made] = key;
    this.role[made] = role;
    this.#sibling[made] = this.#child[node]!;
    this.#child[node] = made;
    return made;
  }

  #grow(wordCount: number): void {
    if (this.#wordCount + wordCount > this.#words.length) {
      this.#words = larger(this.#words, WORDS_MAX);
    }
    if (this.#count < this.#from.length) return;
    this.#from = larger(this.#from, NODES_MAX);
    this.length = larger(this.length, NODES_MAX);
    this.key = larger(this.key, NODES_MAX);
    this.role = larger(this.role, NODES_MAX);
    this.#child = larger(this.#child, NODES_MAX);
    this.#sibling = larger(this.#sibling, NODES_MAX);
  }
}

function larger(numbers: Int32Array<ArrayBuffer>, lengthMax: number): Int32Array<ArrayBuffer> {
  const copy = new Int32Array(Math.min(lengthMax, numbers.length * 4));
  copy.set(numbers);
  return copy;
}

/** Of a word, the first `count` bytes: 1 to 3. */
function restMask(count: number): number {
  return 0xffffff >>> ((3 - count) << 3);
}
