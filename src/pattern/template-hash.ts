/**
 * The hash of a message's template, without making it: what tells in a hundred or two nanoseconds that the template is known.
 *
 * Goes through a message as `TemplateMasker` does and mixes into 64 bits what that would write: messages of one hash have
 * one template. `test/property/template-hash.test.ts` holds the two against each other: change both or none.
 * What a word with digits becomes depends on where its digits stand, not on which they are; so it is remembered by that.
 */
import { BYTE, BYTE_CLASS, WORD_BITS } from './byte-class.ts';
import {
  dotInside,
  endOfQuery,
  isMethod,
  QUOTED_BYTES_MAX,
  SCAN_BYTES_MAX,
  TEMPLATE_BYTES_MAX,
  threeDigits,
} from './template.ts';
import { isPieceId, isSizeUnit, WORD, wordKind } from './word-kind.ts';

const NEWLINE = 0x0a;
const SPACE = 0x20;
const DOT = 0x2e;
const ZERO = 0x30;
const SLASH = 0x2f;
const COLON = 0x3a;
const AT = 0x40;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;
const NAME_BITS = BYTE.LETTER | BYTE.HEX_LETTER | BYTE.DIGIT;

/** Marks of placeholders besides the kinds of `WORD`. */
const ROUTE_MARK = 0x1000;
const TEXT_MARK = 0x1001;
/** Shortest placeholder: `<n>`. */
const PLACEHOLDER_BYTES_MIN = 3;

/** In `SCAN_CLASS` only: a slash or an @, which make a word worth a look as digits do. */
const SPECIAL = 64;
/** In `SCAN_CLASS` only: a stop or a colon, which may end a sentence and not be of the word. */
const STOP = 128;
const SCAN_CLASS = Uint8Array.from(BYTE_CLASS, (bits, code) => {
  if (code === SLASH || code === AT) return bits | SPECIAL;
  return code === DOT || code === COLON ? bits | STOP : bits;
});
const MASKED_BITS = BYTE.DIGIT | SPECIAL;
/** A number for each byte, one for all digits; sums of them spread over all bits. */
const BYTE_NUMBER = Int32Array.from({ length: 256 }, (_, code) => {
  const mixed = Math.imul((BYTE_CLASS[code] === BYTE.DIGIT ? ZERO : code) + 1, 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
});
const MULTIPLIER_LOW = 0x85ebca6b;
const MULTIPLIER_HIGH = 0xc2b2ae35;

/** Words remembered, each in the one place its hash gives it. */
const MEMO_SLOTS = 2048;
/** What is remembered of a word: its two sums, what to mix in, and how long its template is at least (0: free). */
const MEMO_FIELDS = 5;

export class TemplateHasher {
  /** Of the message hashed last. */
  low = 0;
  high = 0;
  #length = 0;
  #wordStart = 0;
  #wordEnd = 0;
  #messageStart = 0;
  /** Where what is looked at of the message ends. */
  #limit = 0;
  #sum = 0;
  #total = 0;
  readonly #memo = new Int32Array(MEMO_SLOTS * MEMO_FIELDS);

  /** Hash the template of the message `from[start, end)`. One byte behind it must be readable. */
  hash(from: Uint8Array, start: number, end: number): void {
    const classes = SCAN_CLASS;
    const numbers = BYTE_NUMBER;
    this.low = 0x51ed270b;
    this.high = 0x2127599b;
    this.#length = 0;
    this.#messageStart = this.#wordStart = this.#wordEnd = start;
    const limit = Math.min(end, start + SCAN_BYTES_MAX);
    this.#limit = limit;
    let at = start;
    while (at < limit && this.#length <= TEMPLATE_BYTES_MAX) {
      const wordStart = at;
      let bits = 0;
      let sum = 0;
      let total = 0;
      let code = from[at]!;
      let kind = classes[code]!;
      while ((kind & WORD_BITS) !== 0) {
        bits |= kind;
        sum = ((sum << 5) | (sum >>> 27)) ^ numbers[code]!;
        total = (((total << 7) | (total >>> 25)) + numbers[code]!) | 0;
        at += 1;
        if (at === limit) break;
        code = from[at]!;
        kind = classes[code]!;
      }
      if (at > wordStart) {
        if ((bits & (MASKED_BITS | STOP)) === 0) {
          this.#mix(sum, total, at - wordStart);
          this.#wordStart = wordStart;
          this.#wordEnd = at;
        } else {
          this.#sum = sum;
          this.#total = total;
          at = this.#word(from, wordStart, at, bits);
        }
      } else if (kind === BYTE.SPACE) at = this.#space(from, at);
      else if (kind === BYTE.QUOTE) at = this.#quote(from, at);
      else if (code === NEWLINE) break;
      else {
        this.#mix(code, code, 1);
        at += 1;
      }
    }
  }

  /** A word with digits, a slash, an @, or a stop in it. Returns where it ends. */
  #word(from: Uint8Array, start: number, until: number, bits: number): number {
    let end = until;
    while (end > start + 1 && (SCAN_CLASS[from[end - 1]!]! & STOP) !== 0) end -= 1;
    if (end !== until) this.#sumUp(from, start, end);
    let after = end;
    if ((bits & MASKED_BITS) === 0) this.#mix(this.#sum, this.#total, end - start);
    else if (from[start] === SLASH && end > start + 1) after = this.#path(from, start, end);
    else if ((bits & ~(BYTE.DIGIT | STOP | BYTE.JOIN)) === 0 && isPlainNumber(from, start, end))
      after = this.#number(from, end);
    else after = this.#maskWord(from, start, end, bits);
    this.#wordStart = start;
    this.#wordEnd = after;
    return after;
  }

  #path(from: Uint8Array, start: number, end: number): number {
    const isRoute = start === this.#wordEnd + 1 && isMethod(from, this.#wordStart, this.#wordEnd);
    this.#put(isRoute ? ROUTE_MARK : WORD.PATH);
    return endOfQuery(from, end, this.#limit);
  }

  #maskWord(from: Uint8Array, start: number, end: number, bits: number): number {
    const memo = this.#memo;
    const sum = this.#sum;
    const total = this.#total;
    const at = ((sum ^ (sum >>> 11)) & (MEMO_SLOTS - 1)) * MEMO_FIELDS;
    // Words of hex digits come but once, and in `0x1f` the value of a digit counts.
    const isHex = (bits & BYTE.LETTER) === 0 && (bits & BYTE.HEX_LETTER) !== 0;
    const isKept = !isHex && !(from[start] === ZERO && (from[start + 1]! | 0x20) === LETTER_X);
    if (isKept && memo[at] === sum && memo[at + 1] === total && memo[at + 4] !== 0) {
      this.#mix(memo[at + 2]!, memo[at + 3]!, memo[at + 4]!);
      return end;
    }
    const kind = wordKind(from, start, end);
    if (kind === WORD.NUMBER) return this.#number(from, end);
    if (kind === WORD.PATH) return this.#path(from, start, end);
    if (kind === WORD.URL) {
      this.#put(kind);
      return endOfQuery(from, end, this.#limit);
    }
    const made =
      kind === WORD.OTHER
        ? this.#pieces(from, start, end)
        : { low: markLow(kind), high: markHigh(kind), length: PLACEHOLDER_BYTES_MIN };
    this.#mix(made.low, made.high, made.length);
    if (isKept) {
      memo[at] = sum;
      memo[at + 1] = total;
      memo[at + 2] = made.low;
      memo[at + 3] = made.high;
      memo[at + 4] = made.length;
    }
    return end;
  }

  #number(from: Uint8Array, wordEnd: number): number {
    const limit = this.#limit;
    let end = wordEnd;
    while (end + 3 < limit && from[end] === COMMA && threeDigits(from, end + 1)) end += 4;
    if (from[end] === SPACE && end + 1 < limit) {
      let unitEnd = end + 1;
      while (unitEnd < limit && (BYTE_CLASS[from[unitEnd]!]! & WORD_BITS) !== 0) unitEnd += 1;
      if (isSizeUnit(from, end + 1, unitEnd)) {
        this.#put(WORD.SIZE);
        return unitEnd;
      }
    }
    this.#put(WORD.NUMBER);
    return end;
  }

  /** The hash of a word of several pieces by itself. */
  #pieces(from: Uint8Array, start: number, end: number): MadeHash {
    const { low, high } = this;
    const length = this.#length;
    this.low = this.high = this.#length = 0;
    let at = start;
    while (at < end) {
      const pieceStart = at;
      while (at < end && BYTE_CLASS[from[at]!] !== BYTE.JOIN) at += 1;
      if (isPieceId(from, pieceStart, at)) this.#put(WORD.ID);
      else at = this.#digitRuns(from, pieceStart, { pieceEnd: at, wordEnd: end });
      const joinStart = at;
      while (at < end && BYTE_CLASS[from[at]!] === BYTE.JOIN) at += 1;
      this.#copy(from, joinStart, at);
    }
    const made = { low: this.low, high: this.high, length: this.#length };
    this.low = low;
    this.high = high;
    this.#length = length;
    return made;
  }

  #digitRuns(
    from: Uint8Array,
    start: number,
    ends: Readonly<{ pieceEnd: number; wordEnd: number }>,
  ): number {
    let at = start;
    while (at < ends.pieceEnd) {
      const runStart = at;
      while (at < ends.pieceEnd && BYTE_CLASS[from[at]!] !== BYTE.DIGIT) at += 1;
      this.#copy(from, runStart, at);
      if (at === ends.pieceEnd) break;
      while (
        at < ends.wordEnd &&
        (BYTE_CLASS[from[at]!] === BYTE.DIGIT || dotInside(from, at, ends.wordEnd))
      ) {
        at += 1;
      }
      this.#put(WORD.NUMBER);
    }
    return at;
  }

  /** A run of spaces is one; none at the start, none at the end. */
  #space(from: Uint8Array, start: number): number {
    const limit = this.#limit;
    let at = start + 1;
    while (at < limit && BYTE_CLASS[from[at]!] === BYTE.SPACE) at += 1;
    if (this.#length > 0 && at < limit && from[at] !== NEWLINE) this.#mix(SPACE, SPACE, 1);
    return at;
  }

  #quote(from: Uint8Array, start: number): number {
    const limit = this.#limit;
    const quote = from[start]!;
    this.#mix(quote, quote, 1);
    const opens = start === this.#messageStart || (BYTE_CLASS[from[start - 1]!]! & NAME_BITS) === 0;
    if (!opens) return start + 1;
    const reach = Math.min(limit, start + QUOTED_BYTES_MAX);
    let close = start + 1;
    while (close < reach) {
      const code = from[close]!;
      if (code === quote || code === NEWLINE) break;
      close += code === BACKSLASH ? 2 : 1;
    }
    const isKey = from[close + 1] === COLON && close + 1 < limit;
    if (close >= reach || from[close] !== quote || isKey || close === start + 1) return start + 1;
    this.#put(TEXT_MARK);
    this.#mix(quote, quote, 1);
    return close + 1;
  }

  #put(mark: number): void {
    this.#mix(markLow(mark), markHigh(mark), PLACEHOLDER_BYTES_MIN);
  }

  /** Mix a stretch that is kept. */
  #copy(from: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    this.#sumUp(from, start, end);
    this.#mix(this.#sum, this.#total, end - start);
  }

  #sumUp(from: Uint8Array, start: number, end: number): void {
    let sum = 0;
    let total = 0;
    for (let at = start; at < end; at += 1) {
      const number = BYTE_NUMBER[from[at]!]!;
      sum = ((sum << 5) | (sum >>> 27)) ^ number;
      total = (((total << 7) | (total >>> 25)) + number) | 0;
    }
    this.#sum = sum;
    this.#total = total;
  }

  #mix(low: number, high: number, length: number): void {
    const mixedLow = Math.imul(this.low ^ low, MULTIPLIER_LOW);
    this.low = mixedLow ^ (mixedLow >>> 13);
    const mixedHigh = Math.imul(this.high ^ high, MULTIPLIER_HIGH);
    this.high = mixedHigh ^ (mixedHigh >>> 16);
    this.#length += length;
  }
}

type MadeHash = Readonly<{ low: number; high: number; length: number }>;

function markLow(mark: number): number {
  return Math.imul(mark, 0x2c1b3c6d);
}

function markHigh(mark: number): number {
  return mark + 0x10000;
}

/** Digits with at most one dot: by far the most usual word that varies. */
function isPlainNumber(from: Uint8Array, start: number, end: number): boolean {
  let dots = 0;
  for (let at = start; at < end; at += 1) {
    const code = from[at]!;
    if (BYTE_CLASS[code] === BYTE.DIGIT) continue;
    if (code !== DOT) return false;
    dots += 1;
  }
  return dots <= 1;
}
