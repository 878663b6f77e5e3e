/**
 * A cheap look at a row's text before its spans are placed: a literal that every match must hold, in either case.
 *
 * It looks at all the bytes of a row, not only at message and fields, so it may say yes where the matcher says no.
 */
import type { Filter } from '../query/query-tree.ts';
import { foldText, hasNonAscii } from '../query/words.ts';

/** Whether `bytes[start, end)` holds the literal. */
export type LiteralTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/** The test for the longest literal that a filter asks for; null where there is none worth it. */
export function literalTestOf(filter: Filter): LiteralTest | null {
  const literal = longestLiteral(filter);
  return literal.length < LITERAL_BYTES_MIN ? null : compileLiteral(literal);
}

/** A shorter one is in too many rows. */
const LITERAL_BYTES_MIN = 3;
const NONE = Buffer.alloc(0);

function longestLiteral(filter: Filter): Buffer {
  switch (filter.kind) {
    case 'and':
      return filter.parts.map(longestLiteral).reduce(longer, NONE);
    case 'text':
      return literalOf(filter.test);
    case 'field':
      return literalOf(filter.test);
    default:
      return NONE;
  }
}

function literalOf(test: Extract<Filter, { kind: 'field' }>['test']): Buffer {
  switch (test.kind) {
    case 'phrase':
    case 'prefix':
    case 'suffix':
    case 'infix':
      return asciiRunOf(test.text);
    case 'equals':
      return asciiRunOf(test.value);
    default:
      return NONE;
  }
}

/** A word with other bytes is compared as something else than its bytes. */
function asciiRunOf(text: string): Buffer {
  const bytes = Buffer.from(foldText(text));
  return hasNonAscii(bytes, 0, bytes.length) ? NONE : bytes;
}

function longer(one: Buffer, other: Buffer): Buffer {
  return other.length > one.length ? other : one;
}

/** Horspool's search; letters of the literal are lower case. */
function compileLiteral(literal: Buffer): LiteralTest {
  const last = literal.length - 1;
  const shift = new Int32Array(256).fill(literal.length);
  for (let at = 0; at < last; at += 1) {
    shift[literal[at]!] = last - at;
    shift[upperOf(literal[at]!)] = last - at;
  }
  const lastLower = literal[last]!;
  const lastUpper = upperOf(lastLower);
  return (bytes, start, end) => {
    let at = start + last;
    while (at < end) {
      const byte = bytes[at]!;
      if ((byte === lastLower || byte === lastUpper) && isAt(literal, bytes, at - last))
        return true;
      at += shift[byte]!;
    }
    return false;
  };
}

function isAt(literal: Buffer, bytes: Uint8Array, start: number): boolean {
  for (let index = literal.length - 2; index >= 0; index -= 1) {
    const byte = bytes[start + index]!;
    const wanted = literal[index]!;
    if (byte !== wanted && byte !== upperOf(wanted)) return false;
  }
  return true;
}

function upperOf(byte: number): number {
  return byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte;
}
