/**
 * The route of a request: its path without query and host, ids in it left out. `/users/42/orders?page=2` is
 * `/users/<id>/orders`. Works on bytes and into one reused buffer, so that counting requests makes no string per entry.
 */
import { METHODS } from '../pattern/template.ts';

const PATH_BYTES_MAX = 300;
/** What lies deeper is the same route. */
const PARTS_MAX = 8;
/** A longer part is data. */
const PART_BYTES_MAX = 40;
const HEX_ID_BYTES_MIN = 8;
/** Letters and digits mixed: `app-7c9d` is a name, a part of this length is none. */
const MIXED_ID_BYTES_MIN = 16;
const UUID_DASHES_AT = [8, 13] as const;

const DIGIT = 1;
const HEX = 2;
const LETTER = 4;
const DASH = 8;
const ENCODED = 16;
const OTHER = 32;
/** Behind a part: the next one, or what is no longer the path. */
const END = 64;
const CLASS = new Uint8Array(256).fill(OTHER);
for (const [text, kind] of [
  ['0123456789', DIGIT],
  ['abcdefABCDEF', HEX],
  ['ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ', LETTER],
  ['-_', DASH],
  // An address, or what could not stand in a path as it is.
  ['@%', ENCODED],
  ['/?#;', OTHER | END],
] as const) {
  for (const code of Buffer.from(text)) CLASS[code] = kind;
}

const PRIME = 0x01000193;
const OTHER_PRIME = 0x85ebca6b;
const HASH_START = 0x811c9dc5 | 0;

const SLASH = 0x2f;
const STAR = 0x2a;
const COLON = 0x3a;
const ID = Buffer.from('<id>');

export class RouteMasker {
  /** The route made last is `bytes[0, length)`. */
  readonly bytes = Buffer.alloc(PATH_BYTES_MAX + (PARTS_MAX + 1) * ID.length);
  length = 0;
  /** Of the route made last, in two halves. */
  #hash = 0;
  #otherHash = 0;

  /** Make the route of the path `from[start, end)`; false: that is no path. */
  mask(from: Uint8Array, start: number, end: number): boolean {
    this.length = 0;
    this.#hash = HASH_START;
    this.#otherHash = 0;
    let at = pathStart(from, start, end);
    const limit = Math.min(end, at + PATH_BYTES_MAX);
    if (from[at] === STAR && at + 1 === end) {
      this.bytes[0] = STAR;
      this.length = 1;
      return true;
    }
    if (at >= limit || from[at] !== SLASH) return false;
    for (let parts = 0; parts < PARTS_MAX && at < limit && from[at] === SLASH; parts += 1) {
      at = this.#part(from, at + 1, limit);
    }
    return true;
  }

  /** 53 bits of source, method and the route made last: two with the same are counted as one, which takes more luck than there are routes. */
  hashWith(source: number, from: Uint8Array, methodStart: number, methodEnd: number): number {
    let one = Math.imul(this.#hash ^ source, PRIME);
    for (let at = methodStart; at < methodEnd; at += 1) one = Math.imul(one ^ from[at]!, PRIME);
    const other = Math.imul(this.#otherHash ^ source, OTHER_PRIME);
    return (one >>> 0) * 2 ** 21 + (other >>> 11);
  }

  text(): string {
    return this.bytes.toString('utf8', 0, this.length);
  }

  /** One part, behind its slash; returns where it ends. */
  #part(from: Uint8Array, start: number, limit: number): number {
    const { bytes } = this;
    bytes[this.length] = SLASH;
    const to = this.length + 1 - start;
    let hash = this.#hash;
    let otherHash = this.#otherHash;
    let classes = 0;
    let end = start;
    for (; end < limit; end += 1) {
      const byte = from[end]!;
      const kind = CLASS[byte]!;
      if ((kind & END) !== 0) break;
      classes |= kind;
      bytes[to + end] = byte;
      hash = Math.imul(hash ^ byte, PRIME);
      otherHash = Math.imul((otherHash << 5) ^ (otherHash >>> 27) ^ byte, OTHER_PRIME);
    }
    if (isId(from, start, { length: end - start, classes })) {
      bytes.set(ID, to + start);
      this.length = to + start + ID.length;
      hash = this.#hash;
      otherHash = this.#otherHash;
      classes = ENCODED;
    } else {
      this.length = to + end;
    }
    // The slash, and whether an id stood behind it.
    this.#hash = Math.imul(hash ^ (SLASH + (classes & ENCODED)), PRIME);
    this.#otherHash = Math.imul(otherHash ^ (SLASH + (classes & ENCODED)), OTHER_PRIME);
    return end;
  }
}

/** Behind `https://host`, where that is written. */
function pathStart(from: Uint8Array, start: number, end: number): number {
  if (from[start] === SLASH) return start;
  let at = start;
  while (at < end && (CLASS[from[at]!]! & (HEX | LETTER)) !== 0) at += 1;
  if (from[at] !== COLON || from[at + 1] !== SLASH || from[at + 2] !== SLASH) return start;
  at += 3;
  while (at < end && from[at] !== SLASH) at += 1;
  return at;
}

function isId(
  from: Uint8Array,
  start: number,
  { length, classes }: Readonly<{ length: number; classes: number }>,
): boolean {
  if (length > PART_BYTES_MAX || (classes & ENCODED) !== 0) return true;
  if ((classes & DIGIT) === 0) return false;
  if (classes === DIGIT) return true;
  if ((classes & ~(DIGIT | HEX)) === 0) return length >= HEX_ID_BYTES_MIN;
  const isUuid =
    (classes & ~(DIGIT | HEX | DASH)) === 0 &&
    UUID_DASHES_AT.every((at) => CLASS[from[start + at]!] === DASH && at < length);
  return isUuid || ((classes & OTHER) === 0 && length >= MIXED_ID_BYTES_MIN);
}

/** `GET /users/<id>`, for a method and a path as they were written; null: that is no request. */
export function routeOf(method: string, path: string): string | null {
  const masker = new RouteMasker();
  const bytes = Buffer.from(path);
  if (!METHODS.has(method) || !masker.mask(bytes, 0, bytes.length)) return null;
  return `${method} ${masker.text()}`;
}
