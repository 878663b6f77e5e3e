/**
 * Tests of one text given as bytes: `(bytes, start, end) => boolean`, without a string where that can be avoided.
 *
 * A text of ASCII characters is looked for in the bytes (Horspool, letters of either case): `words.ts` promises
 * that words with other bytes cannot fold to it. Only where the open end of a prefix or infix meets a byte from 0x80
 * on (a combining accent may follow) and for non-ASCII texts is the span decoded and folded.
 */
import { assert } from '../base/assert.ts';
import { compileLiteral } from './literal-finder.ts';
import { compileNamePattern } from './name-pattern.ts';
import type { FieldTest, TextTest } from './query-tree.ts';
import { compileRegex } from './regex.ts';
import { regexLiterals } from './regex-literals.ts';
import { foldText, hasNonAscii, isWordByte, isWordUnit } from './words.ts';

export type BytesTest = (bytes: Buffer, start: number, end: number) => boolean;

export function compileTextTest(test: TextTest): BytesTest {
  switch (test.kind) {
    case 'phrase':
      return compileSearch(test.text, { leftEdge: true, rightEdge: true });
    case 'prefix':
      return compileSearch(test.text, { leftEdge: true, rightEdge: false });
    case 'suffix':
      return compileSearch(test.text, { leftEdge: false, rightEdge: true });
    case 'infix':
      return compileSearch(test.text, { leftEdge: false, rightEdge: false });
    case 'regex': {
      const compiled = compileRegex(test.source, test);
      assert('regex' in compiled, 'a regular expression in a tree has been checked');
      const { regex } = compiled;
      const mayMatch = literalScreen(test.source);
      return (bytes, start, end) =>
        mayMatch(bytes, start, end) && regex.test(bytes.toString('utf8', start, end));
    }
  }
}

/** With more alternatives the expression itself is as fast. */
const SCREEN_LITERALS_MAX = 4;

/** Whether a text holds what each match of an expression must hold: most have no string made of them then. */
function literalScreen(source: string): BytesTest {
  const literals = regexLiterals(source).map((all) =>
    all.reduce((longest, text) => (text.length > longest.length ? text : longest), ''),
  );
  const finders = literals.map((literal) => compileLiteral(Buffer.from(literal.toLowerCase())));
  const [only] = finders;
  if (only === undefined || finders.length > SCREEN_LITERALS_MAX) return () => true;
  if (finders.length === 1) return (bytes, start, end) => only(bytes, start, end) >= 0;
  return (bytes, start, end) => finders.some((find) => find(bytes, start, end) >= 0);
}

export function compileFieldTest(test: FieldTest): BytesTest {
  switch (test.kind) {
    case 'equals': {
      const wanted = foldText(test.value);
      const wantedBytes = Buffer.byteLength(wanted);
      const ascii = wantedBytes === wanted.length;
      return (bytes, start, end) => {
        if (ascii && end - start !== wantedBytes) return false;
        return foldText(bytes.toString('utf8', start, end)) === wanted;
      };
    }
    case 'pattern': {
      const matches = compileNamePattern(test.pattern);
      return (bytes, start, end) => matches(foldText(bytes.toString('utf8', start, end)));
    }
    case 'compare': {
      const { comparison, value: limit } = test;
      switch (comparison) {
        case '<':
          return (bytes, start, end) => numberIn(bytes, start, end) < limit;
        case '<=':
          return (bytes, start, end) => numberIn(bytes, start, end) <= limit;
        case '>':
          return (bytes, start, end) => numberIn(bytes, start, end) > limit;
        default:
          return (bytes, start, end) => numberIn(bytes, start, end) >= limit;
      }
    }
    case 'range': {
      const { from, until, includesUntil } = test;
      return (bytes, start, end) => {
        const value = numberIn(bytes, start, end);
        return value >= from && (includesUntil ? value <= until : value < until);
      };
    }
    default:
      return compileTextTest(test);
  }
}

/** Longest text taken for a number; a longer one is an identifier. */
const NUMBER_LENGTH_MAX = 32;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** The number that the bytes spell, or NaN, which no comparison matches. */
export function numberIn(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length === 0 || length > NUMBER_LENGTH_MAX) return Number.NaN;
  if (length <= 15) {
    let value = 0;
    let at = start;
    for (; at < end; at += 1) {
      const digit = bytes[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === end) return value;
  }
  const text = bytes.toString('latin1', start, end);
  return NUMBER.test(text) ? Number(text) : Number.NaN;
}

type Edges = Readonly<{ leftEdge: boolean; rightEdge: boolean }>;

/** Look for `text`; an edge asks that no word goes on beyond that end of it. */
function compileSearch(text: string, edges: Edges): BytesTest {
  assert(text !== '', 'a text that is looked for has a character: no search gets past none');
  const folded = foldText(text);
  const needle = Buffer.from(folded);
  const inFolded = compileFoldedSearch(folded, edges);
  if (needle.length !== folded.length) {
    return (bytes, start, end) =>
      hasNonAscii(bytes, start, end) && inFolded(foldText(bytes.toString('utf8', start, end)));
  }
  return compileAsciiSearch(needle, edges, inFolded);
}

function compileFoldedSearch(needle: string, edges: Edges): (haystack: string) => boolean {
  const left = edges.leftEdge && isWordUnit(needle.charCodeAt(0));
  const right = edges.rightEdge && isWordUnit(needle.charCodeAt(needle.length - 1));
  return (haystack) => {
    for (let at = haystack.indexOf(needle); at >= 0; at = haystack.indexOf(needle, at + 1)) {
      const end = at + needle.length;
      const leftHolds = !left || at === 0 || !isWordUnit(haystack.charCodeAt(at - 1));
      const rightHolds = !right || end === haystack.length || !isWordUnit(haystack.charCodeAt(end));
      if (leftHolds && rightHolds) return true;
    }
    return false;
  };
}

function compileAsciiSearch(
  needle: Buffer,
  edges: Edges,
  inFolded: (haystack: string) => boolean,
): BytesTest {
  const last = needle.length - 1;
  const left = edges.leftEdge && isWordByte(needle[0]!);
  const right = edges.rightEdge && isWordByte(needle[last]!);
  const shift = shiftsOf(needle);
  const shiftAfterLast = shift[256]!;

  return (bytes, start, end) => {
    let at = start + last;
    while (at < end) {
      const skip = shift[bytes[at]!]!;
      if (skip !== 0) {
        at += skip;
        continue;
      }
      const first = at - last;
      if (
        equalsFolded(bytes, first, needle) &&
        !(left && first > start && isWordByte(bytes[first - 1]!))
      ) {
        const next = at + 1 < end ? bytes[at + 1]! : 0;
        if (right) {
          if (!isWordByte(next)) return true;
        } else if (next < 0x80) {
          return true;
        } else {
          // A combining accent may follow, and then the last letter is another one.
          return inFolded(foldText(bytes.toString('utf8', start, end)));
        }
      }
      at += shiftAfterLast;
    }
    return false;
  };
}

/**
 * How far the end of the window may move when it stands on a byte: 0 where the byte is the needle's last one,
 * and in `[256]` how far after that.
 */
function shiftsOf(needle: Buffer): Int32Array {
  const last = needle.length - 1;
  const shift = new Int32Array(257).fill(needle.length);
  for (let at = 0; at < last; at += 1) setBothCases(shift, needle[at]!, last - at);
  shift[256] = shift[needle[last]!]!;
  setBothCases(shift, needle[last]!, 0);
  return shift;
}

function setBothCases(shift: Int32Array, byte: number, value: number): void {
  shift[byte] = value;
  if (isLower(byte)) shift[byte - 0x20] = value;
}

function isLower(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a;
}

function equalsFolded(bytes: Buffer, start: number, needle: Buffer): boolean {
  for (let index = 0; index < needle.length; index += 1) {
    const wanted = needle[index]!;
    const found = bytes[start + index]!;
    if (found !== wanted && !(isLower(wanted) && found === wanted - 0x20)) return false;
  }
  return true;
}
