/**
 * Which chunks may hold a piece of a word: for substrings, prefixes and suffixes, which the word index cannot find.
 *
 *     part = for each chunk: log2 of the bits of its text filter u8, of its hex filter u8 · then the filters of each chunk
 *
 * Two Bloom filters with one hash function for each chunk, made of its distinct words only (repeated words cost nothing):
 * - text: every 3 bytes in a row of which at least one is no hex digit, and of words that have such a byte also every 3
 *   letters from a to f in a row ("ace" of "traceback"): 216 at most, so ids cannot fill the filter with them. They repeat a lot:
 *   cheap, few false answers. The filters of before (`PART.GRAM_FILTER`) lack those of a to f;
 * - hex: every 5 hex digits in a row (numbers, ids). They hardly repeat, so they get little more than a bit each: a piece of
 *   eight digits makes four grams, and passes one chunk in seven in vain.
 * A piece is looked for by all its grams; one without any (up to four hex digits) says nothing. Words are folded as in
 * `words.ts`. A gram's hash has `GRAM_BITS` bits; a filter is made that large and then folded (its upper half is or-ed onto
 * the lower) while it stays emptier than its limit, so the low bits of a hash are its place in a filter of any size.
 */

export const GRAM_BITS = 16;

/** The fullest a filter may be: what a gram that is not there has as chance to seem so. */
export const TEXT_FILL_MAX = 0.2;
export const HEX_FILL_MAX = 0.72;

/** Of a filter of one byte: small enough to stop folding. */
export const FILTER_BITS_MIN = 3;

export function textGramHash(first: number, second: number, third: number): number {
  const key = first | (second << 8) | (third << 16);
  return Math.imul(key + 1, 0x9e3779b1) >>> (32 - GRAM_BITS);
}

/** Of five hex digits, the first in the highest bits. */
export function hexGramHash(digits: number): number {
  return Math.imul(digits + 1, 0x85ebca6b) >>> (32 - GRAM_BITS);
}
