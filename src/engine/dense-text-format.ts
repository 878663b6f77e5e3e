/** What the bytes of a dense text mean, for who writes them (`dense-text.ts`) and who reads them (`dense-text-reader.ts`). */

/** Stands for a token in a shape; text that has this byte itself is left as it is. */
export const MARK = 1;
/** Ends a value where they differ in length. */
export const NEWLINE = 0x0a;
/** Shapes of a chunk; text with more has no shape worth the name. */
export const SHAPES_MAX = 65_535;
/** Decimal digits of a number that is exact as a double. */
export const EXACT_DIGITS_MAX = 15;

export const FORM = {
  /** A zstd frame of the text. */
  PLAIN: 0,
  /** Letters, digits, steps, packed. */
  SHAPED: 1,
} as const;

/** How the values of a column are stored. */
export const KIND = {
  /** One value for all rows. */
  CONSTANT: 0,
  TEXT: 1,
  /** Planes: the first byte of every value, then the second of every value, and so on. */
  FIXED_TEXT: 2,
  DIGITS: 3,
  FIXED_DIGITS: 4,
  /** Lower-case hexadecimal of one width, four bits a digit. */
  FIXED_HEX: 5,
  /** Decimal numbers: the first, then the difference of each to the one before. */
  STEPS: 6,
} as const;

/** The difference that a byte of steps stands for: its sign is in the lowest bit. */
export function stepOf(byte: number): number {
  return (byte & 1) === 0 ? byte >> 1 : -((byte + 1) >> 1);
}

/** Bytes of a shape's number. */
export function planesOf(shapeCount: number): number {
  return shapeCount > 256 ? 2 : 1;
}
