/**
 * The shapes of the JSON lines of one file: what stands between the values, learned from lines that were read in full.
 *
 * Most lines of a file have the same keys in the same order, so what lies between two values (`,"pid":`) is compared four
 * bytes at a time instead of being read again: a tree of such texts, in which each path from the root is a line's shape.
 * A line of an unknown shape is left to the general reader and learned from it, while there is room.
 *
 *     root ─ {"level": ─ ,"time": ─┬─ ,"pid": ─ … ─ ,"msg": ─ }⏎
 *                                  └─ ,"err":{"type": ─ …
 */
import { FIELD } from '../../model/entry-columns.ts';
import {
  BACKSLASH,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COMMA,
  DASH,
  isDigit,
  NEWLINE,
  QUOTE,
  ZERO,
} from '../bytes.ts';
import type { Draft } from '../draft.ts';
import type { RoleTaker } from '../role-taker.ts';
import { stringStopInLine } from '../words.ts';
import { numberEnd, wordEnd } from './json-literal.ts';
import { unescapeJson } from './json-text.ts';

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

const ROOT = 0;
/** Instead of a key: the line ends here. */
const LINE_END = -1;

/** Where the values of the object scanned last lie, in order, for `learn`. Objects are not values, arrays are. */
export const values = {
  isKept: false,
  count: 0,
  start: new Int32Array(VALUES_MAX),
  end: new Int32Array(VALUES_MAX),
  key: new Int32Array(VALUES_MAX),
  role: new Int32Array(VALUES_MAX),
};

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

export class JsonShapes {
  readonly #roles: RoleTaker;
  /** The texts one behind the other, each padded to whole words; the root's place is not used. */
  #words = new Int32Array(WORDS_INITIAL);
  #wordCount = 0;
  /** By node: its text, the value behind it, the first of the texts that may follow that, and the next of its own rank. */
  #from = new Int32Array(NODES_INITIAL);
  #length = new Int32Array(NODES_INITIAL);
  #key = new Int32Array(NODES_INITIAL);
  #role = new Int32Array(NODES_INITIAL);
  #child = new Int32Array(NODES_INITIAL);
  #sibling = new Int32Array(NODES_INITIAL);
  #count = 1;
  #lessons = 0;
  /** Whether the line read last has an unknown shape and may be learned. */
  wantsLesson = true;

  constructor(roles: RoleTaker) {
    this.#roles = roles;
  }

  /** Read a line of a known shape, up to and with its newline, into the draft. Returns the position behind it, or -1. */
  read(draft: Draft, start: number, end: number): number {
    const roles = this.#roles;
    const keys = this.#key;
    const rolesOf = this.#role;
    const lengths = this.#length;
    let { bytes, view } = draft;
    let position = start;
    let node = ROOT;
    roles.begin();
    for (;;) {
      node = this.#next(node, view, position, end);
      if (node === ROOT) {
        this.wantsLesson = this.#lessons < LESSONS_MAX;
        return -1;
      }
      position += lengths[node]!;
      const key = keys[node]!;
      if (key === LINE_END) return position;
      const first = bytes[position]!;
      let from = position;
      let to: number;
      let kind: number = FIELD.STRING;
      if (first === QUOTE) {
        from = position + 1;
        to = stringStopInLine(view, from, end);
        position = to + 1;
        if (bytes[to] !== QUOTE) {
          to = closingQuote(bytes, view, to, end);
          if (to < 0) return -1;
          position = to + 1;
          from = unescapeJson(draft, from, to);
          to = draft.columns.bytesLength;
          bytes = draft.bytes;
          view = draft.view;
        }
      } else if (isDigit(first) || first === DASH) {
        to = position + 1;
        while (isDigit(bytes[to]!)) to += 1;
        // Nearly all numbers are whole ones; the rest is read by the letter of the grammar.
        if (bytes[to] !== COMMA || first === ZERO || first === DASH)
          to = numberEnd(bytes, position);
        if (to < 0) return -1;
        kind = FIELD.NUMBER;
        position = to;
      } else {
        to = otherEnd(bytes, view, position, end);
        if (to < 0) return -1;
        kind = first === BRACKET_OPEN ? FIELD.JSON : first === 110 ? FIELD.NULL : FIELD.BOOLEAN;
        position = to;
      }
      const role = rolesOf[node]!;
      if (role === 0 || !roles.take(draft, role, key, from, to, kind)) {
        draft.field(key, from, to, kind);
      }
    }
  }

  /** The node behind `node` whose text stands at `position`; the root where there is none. */
  #next(node: number, view: DataView, position: number, end: number): number {
    const words = this.#words;
    for (let child = this.#child[node]!; child !== ROOT; child = this.#sibling[child]!) {
      const length = this.#length[child]!;
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
    this.wantsLesson = false;
    this.#lessons += 1;
    const { count } = values;
    if (count > VALUES_MAX || draft.bytes[lineEnd - 1] !== NEWLINE) return;
    let node = ROOT;
    let from = start;
    for (let index = 0; index < count; index += 1) {
      const to = values.start[index]!;
      if (draft.bytes[to] === BRACE_OPEN) return;
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
    const known = this.#next(node, draft.view, from, to);
    if (known !== ROOT && this.#length[known] === length && this.#key[known] === key) return known;
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
    this.#length[made] = length;
    this.#key[made] = key;
    this.#role[made] = role;
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
    this.#length = larger(this.#length, NODES_MAX);
    this.#key = larger(this.#key, NODES_MAX);
    this.#role = larger(this.#role, NODES_MAX);
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

/** The quote that closes a string with escapes, from the first backslash on; -1 where it does not close in the line. */
function closingQuote(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  let position = at;
  while (position < end && bytes[position] === BACKSLASH && bytes[position + 1] !== NEWLINE) {
    position = stringStopInLine(view, position + 2, end);
  }
  return position < end && bytes[position] === QUOTE ? position : -1;
}

/** End of true, false, null or of an array without arrays or objects in it; -1 for anything else. */
function otherEnd(bytes: Uint8Array, view: DataView, at: number, end: number): number {
  const first = bytes[at]!;
  let position = at;
  if (first === 116 || first === 102 || first === 110) {
    return wordEnd(view, at);
  }
  if (first !== BRACKET_OPEN) return -1;
  for (position += 1; position < end; position += 1) {
    const byte = bytes[position]!;
    if (byte === BRACKET_CLOSE) return position + 1;
    if (byte === QUOTE) {
      position = stringStopInLine(view, position + 1, end);
      if (bytes[position] !== QUOTE) return -1;
    } else if (byte === BRACKET_OPEN || byte === BRACE_OPEN || byte === NEWLINE) return -1;
  }
  return -1;
}
