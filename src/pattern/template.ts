/**
 * A message with everything that varies masked: `POST <route> failed after <n> ms`.
 *
 * - The same bytes give the same template, always: no state, no clock, no dictionary.
 * - Only the first line counts (a stack trace is one pattern with its first line), and the result is bounded.
 * - Works on bytes and into one reused buffer, so counting patterns makes no string per entry.
 * Price: words without digit, slash or quote are kept, also where they vary (user names); `Templates` merges those.
 */
import { BYTE, BYTE_CLASS, WORD_BITS } from './byte-class.ts';
import { isPieceId, isSizeUnit, WORD, wordKind } from './word-kind.ts';

/** Longest template: two lines of a report. What is cut ends with an ellipsis. */
export const TEMPLATE_BYTES_MAX = 200;
/** How far a message is looked at; behind it nothing can reach the template any more but by long ids. */
export const SCAN_BYTES_MAX = 1024;
/** Longest quoted text that is taken for one; beyond it the quote is an ordinary character. */
export const QUOTED_BYTES_MAX = 256;

const PLACEHOLDERS: readonly Uint8Array[] = [];
const PLACEHOLDER_NAMES: ReadonlyArray<readonly [number, string]> = [
  [WORD.NUMBER, '<n>'],
  [WORD.ID, '<id>'],
  [WORD.IP, '<ip>'],
  [WORD.TIME, '<time>'],
  [WORD.DURATION, '<duration>'],
  [WORD.SIZE, '<size>'],
  [WORD.URL, '<url>'],
  [WORD.PATH, '<path>'],
  [WORD.EMAIL, '<email>'],
];
for (const [kind, name] of PLACEHOLDER_NAMES) {
  (PLACEHOLDERS as Uint8Array[])[kind] = Buffer.from(name);
}
const ROUTE = Buffer.from('<route>');
const TEXT = Buffer.from('<text>');
const ELLIPSIS = Buffer.from('…');

/** Everything a template can hold in a placeholder, for those who draw it: `<n>` and its kin. */
export const PLACEHOLDER_PATTERN = /<(n|id|ip|time|duration|size|url|path|email|route|text|name)>/g;

/** HTTP methods: a path behind one is a route, and they are never variables. */
export const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'POST',
  'PUT',
  'HEAD',
  'DELETE',
  'PATCH',
  'OPTIONS',
]);
const METHOD_BYTES_MAX = 7;
const METHOD_BYTES: readonly Uint8Array[] = [...METHODS].map((method) => Buffer.from(method));

export class TemplateMasker {
  /** The template made last is `bytes[0, length)`. */
  readonly bytes: Buffer = Buffer.alloc(TEMPLATE_BYTES_MAX + ELLIPSIS.length);
  length = 0;
  #full = false;
  #messageStart = 0;
  #wordStart = 0;
  #wordEnd = 0;

  /** Make the template of the message `from[start, end)`. */
  mask(from: Uint8Array, start: number, end: number): void {
    this.length = 0;
    this.#full = false;
    this.#messageStart = this.#wordStart = this.#wordEnd = start;
    const limit = Math.min(end, start + SCAN_BYTES_MAX);
    let at = start;
    while (at < limit && !this.#full) {
      const code = from[at]!;
      const kind = BYTE_CLASS[code]!;
      if ((kind & WORD_BITS) !== 0) at = this.#word(from, at, limit);
      else if (code === NEWLINE) break;
      else if (kind === BYTE.SPACE) at = this.#space(from, at, limit);
      else if (kind === BYTE.QUOTE) at = this.#quote(from, at, limit);
      else {
        this.#copy(from, at, at + 1);
        at += 1;
      }
    }
    while (this.length > 0 && this.bytes[this.length - 1] === SPACE) this.length -= 1;
    if (this.#full) this.#cut();
  }

  text(): string {
    return this.bytes.toString('utf8', 0, this.length);
  }

  #word(from: Uint8Array, start: number, limit: number): number {
    let classes = 0;
    let special = 0;
    let end = start;
    for (; end < limit; end += 1) {
      const code = from[end]!;
      const kind = BYTE_CLASS[code]!;
      if ((kind & WORD_BITS) === 0) break;
      classes |= kind;
      if (code === SLASH || code === AT) special = 1;
    }
    // A final stop or colon ends the sentence, not the word.
    while (end > start + 1 && (from[end - 1] === DOT || from[end - 1] === COLON)) end -= 1;
    if ((classes & BYTE.DIGIT) === 0 && special === 0) this.#copy(from, start, end);
    else end = this.#maskWord(from, start, end, limit);
    this.#wordStart = start;
    this.#wordEnd = end;
    return end;
  }

  #maskWord(from: Uint8Array, start: number, end: number, limit: number): number {
    const kind = wordKind(from, start, end);
    if (kind === WORD.OTHER) {
      this.#pieces(from, start, end);
      return end;
    }
    if (kind === WORD.NUMBER) return this.#number(from, end, limit);
    const isRoute = kind === WORD.PATH && this.#afterMethod(from, start);
    this.#put(isRoute ? ROUTE : PLACEHOLDERS[kind]!);
    return kind === WORD.PATH || kind === WORD.URL ? endOfQuery(from, end, limit) : end;
  }

  /** A number, with `,234` groups; with a unit of size behind a space it is a size. */
  #number(from: Uint8Array, wordEnd: number, limit: number): number {
    let end = wordEnd;
    while (end + 3 < limit && from[end] === COMMA && threeDigits(from, end + 1)) end += 4;
    if (from[end] === SPACE && end + 1 < limit) {
      let unitEnd = end + 1;
      while (unitEnd < limit && (BYTE_CLASS[from[unitEnd]!]! & WORD_BITS) !== 0) unitEnd += 1;
      if (isSizeUnit(from, end + 1, unitEnd)) {
        this.#put(PLACEHOLDERS[WORD.SIZE]!);
        return unitEnd;
      }
    }
    this.#put(PLACEHOLDERS[WORD.NUMBER]!);
    return end;
  }

  /** A word of several pieces: numbers and ids are masked, the rest is kept (`worker-<n>`, `HTTP/<n>`). */
  #pieces(from: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const pieceStart = at;
      while (at < end && BYTE_CLASS[from[at]!] !== BYTE.JOIN) at += 1;
      if (isPieceId(from, pieceStart, at)) this.#put(PLACEHOLDERS[WORD.ID]!);
      else at = this.#digitRuns(from, pieceStart, { pieceEnd: at, wordEnd: end });
      const joinStart = at;
      while (at < end && BYTE_CLASS[from[at]!] === BYTE.JOIN) at += 1;
      this.#copy(from, joinStart, at);
    }
  }

  /** Digit runs of a piece as `<n>`, letters kept. A run goes on over dots: `1.18.0` is one number. Returns where it ended. */
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
      this.#put(PLACEHOLDERS[WORD.NUMBER]!);
    }
    return at;
  }

  #space(from: Uint8Array, start: number, limit: number): number {
    let at = start + 1;
    while (at < limit && BYTE_CLASS[from[at]!] === BYTE.SPACE) at += 1;
    if (this.length > 0) this.#copy(SPACES, 0, 1);
    return at;
  }

  /** Quoted text is a value, unless a colon behind the quote makes it a key. Apostrophes are not quotes. */
  #quote(from: Uint8Array, start: number, limit: number): number {
    const quote = from[start]!;
    const opens = start === this.#messageStart || (BYTE_CLASS[from[start - 1]!]! & NAME_BITS) === 0;
    const reach = Math.min(limit, start + QUOTED_BYTES_MAX);
    let close = start + 1;
    while (close < reach && from[close] !== quote && from[close] !== NEWLINE) {
      close += from[close] === BACKSLASH ? 2 : 1;
    }
    const isKey = from[close + 1] === COLON && close + 1 < limit;
    if (!opens || close >= reach || from[close] !== quote || isKey || close === start + 1) {
      this.#copy(from, start, start + 1);
      return start + 1;
    }
    this.#copy(from, start, start + 1);
    this.#put(TEXT);
    this.#copy(from, start, start + 1);
    return close + 1;
  }

  #afterMethod(from: Uint8Array, start: number): boolean {
    return start === this.#wordEnd + 1 && isMethod(from, this.#wordStart, this.#wordEnd);
  }

  #put(placeholder: Uint8Array): void {
    this.#copy(placeholder, 0, placeholder.length);
  }

  #copy(from: Uint8Array, start: number, end: number): void {
    const room = TEMPLATE_BYTES_MAX - this.length;
    let last = end;
    if (end - start > room) {
      last = start + room;
      this.#full = true;
    }
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < last; at += 1, to += 1) bytes[to] = from[at]!;
    this.length = to;
  }

  /** Cut at a character's end and mark the cut. */
  #cut(): void {
    let end = this.length;
    while (end > 0 && (this.bytes[end - 1]! & 0xc0) === 0x80) end -= 1;
    if (end > 0 && this.bytes[end - 1]! >= 0xc0) end -= 1;
    else end = this.length;
    this.bytes.set(ELLIPSIS, end);
    this.length = end + ELLIPSIS.length;
  }
}

const NAME_BITS = BYTE.LETTER | BYTE.HEX_LETTER | BYTE.DIGIT;
const NEWLINE = 0x0a;
const SPACE = 0x20;
const SLASH = 0x2f;
const AT = 0x40;
const DOT = 0x2e;
const COLON = 0x3a;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const QUESTION = 0x3f;
const HASH = 0x23;
const ENDS_QUERY = BYTE.SPACE | BYTE.QUOTE;
const SPACES = Buffer.from(' ');

/** The template of a text, for those who have a string. */
export function templateOf(text: string): string {
  const bytes = Buffer.from(text);
  const masker = new TemplateMasker();
  masker.mask(bytes, 0, bytes.length);
  return masker.text();
}

/** Whether `bytes[start, end)` is one of `METHODS`. */
export function isMethod(bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  if (length < 3 || length > METHOD_BYTES_MAX) return false;
  for (const method of METHOD_BYTES) {
    if (method.length !== length || method[0] !== bytes[start]) continue;
    let at = 1;
    while (at < length && method[at] === bytes[start + at]) at += 1;
    if (at === length) return true;
  }
  return false;
}

export function threeDigits(bytes: Uint8Array, at: number): boolean {
  return (
    BYTE_CLASS[bytes[at]!] === BYTE.DIGIT &&
    BYTE_CLASS[bytes[at + 1]!] === BYTE.DIGIT &&
    BYTE_CLASS[bytes[at + 2]!] === BYTE.DIGIT
  );
}

/** Behind a path or URL: its `?a=1&b=2` or `#part` varies with it. */
export function endOfQuery(bytes: Uint8Array, start: number, limit: number): number {
  const first = bytes[start]!;
  if (start >= limit || (first !== QUESTION && first !== HASH)) return start;
  let at = start;
  while (at < limit && (BYTE_CLASS[bytes[at]!]! & ENDS_QUERY) === 0 && bytes[at] !== NEWLINE)
    at += 1;
  return at;
}

/** A dot between digits. */
export function dotInside(bytes: Uint8Array, at: number, end: number): boolean {
  return bytes[at] === DOT && at + 1 < end && BYTE_CLASS[bytes[at + 1]!] === BYTE.DIGIT;
}
