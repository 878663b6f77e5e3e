/**
 * A cheap look at a row's text before its spans are placed: a literal that every match must hold (or one of several), in either case.
 *
 * It looks at all the bytes of a row, not only at message and fields, so it may say yes where the matcher says no.
 */
import { partsOf } from '../query/name-pattern.ts';
import { type Filter, HOST_KEY } from '../query/query-tree.ts';
import { regexLiterals } from '../query/regex-literals.ts';
import { foldText, hasNonAscii } from '../query/words.ts';

/** Whether `bytes[start, end)` holds the literal. */
export type LiteralTest = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Where in `bytes[start, end)` the literal is first; negative: nowhere. */
export type LiteralFinder = (bytes: Uint8Array, start: number, end: number) => number;

/** A test for literals of which each match holds one (`literalsOf`); null where there are none. */
export function compileLiterals(literals: readonly Buffer[]): LiteralTest | null {
  const [only, ...others] = literals.map(compileLiteral);
  if (only === undefined) return null;
  if (others.length === 0) return (bytes, start, end) => only(bytes, start, end) >= 0;
  return (bytes, start, end) =>
    only(bytes, start, end) >= 0 || others.some((find) => find(bytes, start, end) >= 0);
}

/** A shorter one is in too many rows. */
const LITERAL_BYTES_MIN = 3;

/** The rarest-looking literals of a filter, lower case: each match holds one of these. Empty: there are none worth it. */
export function literalsOf(filter: Filter): Buffer[] {
  switch (filter.kind) {
    case 'and':
      return filter.parts.map(literalsOf).reduce(longer, []);
    case 'or': {
      const parts = filter.parts.map(literalsOf);
      return parts.some(({ length }) => length === 0) ? [] : parts.flat();
    }
    case 'text':
    case 'field': {
      // The name of a machine is in no line.
      if (filter.kind === 'field' && filter.key === HOST_KEY) return [];
      const literals = alternativesOf(filter.test).map(asciiOf);
      return literals.every(({ length }) => length >= LITERAL_BYTES_MIN) ? literals : [];
    }
    default:
      return [];
  }
}

function alternativesOf(test: Extract<Filter, { kind: 'field' }>['test']): string[] {
  switch (test.kind) {
    case 'phrase':
    case 'prefix':
    case 'suffix':
    case 'infix':
      return [test.text];
    case 'equals':
      return [test.value];
    case 'pattern':
      return [longestOf(partsOf(test.pattern))];
    case 'regex':
      return regexLiterals(test.source).map(longestOf);
    default:
      return [];
  }
}

function longestOf(texts: readonly string[]): string {
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

/** A word with other bytes is compared as something else than its bytes. */
function asciiOf(text: string): Buffer {
  const bytes = Buffer.from(foldText(text));
  return hasNonAscii(bytes, 0, bytes.length) ? Buffer.alloc(0) : bytes;
}

/** The list whose shortest literal is longer: it lets fewer rows through. */
function longer(one: Buffer[], other: Buffer[]): Buffer[] {
  return shortestIn(other) > shortestIn(one) ? other : one;
}

function shortestIn(literals: readonly Buffer[]): number {
  return literals.length === 0 ? 0 : Math.min(...literals.map(({ length }) => length));
}

/** Horspool's search; letters of the literal are lower case. */
export function compileLiteral(literal: Buffer): LiteralFinder {
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
        return at - last;
      at += shift[byte]!;
    }
    return -1;
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
