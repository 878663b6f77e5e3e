/** What stands in JSON where no string, object or array does: numbers, true, false, null; by the letter of its grammar. */
import { DASH, DOT, isDigit, PLUS, ZERO } from '../bytes.ts';

const LETTER_E = 101;
const WORD_TRUE = 0x65757274;
const WORD_NULL = 0x6c6c756e;
/** `false` behind its first letter. */
const WORD_ALSE = 0x65736c61;

/** End of the number at `at`, which begins with a digit or a dash; -1 where it is none (`01`, `1.`, `--5`). */
export function numberEnd(bytes: Uint8Array, at: number): number {
  const first = bytes[at] === DASH ? at + 1 : at;
  let position = digitsFrom(bytes, first);
  if (position === first || (bytes[first] === ZERO && position > first + 1)) return -1;
  if (bytes[position] === DOT) {
    const fraction = position + 1;
    position = digitsFrom(bytes, fraction);
    if (position === fraction) return -1;
  }
  if ((bytes[position]! | 32) === LETTER_E) {
    const sign = bytes[position + 1]!;
    const exponent = sign === DASH || sign === PLUS ? position + 2 : position + 1;
    position = digitsFrom(bytes, exponent);
    if (position === exponent) return -1;
  }
  return position;
}

/** End of `true`, `false` or `null` at `at`; -1 where another word stands there. */
export function wordEnd(view: DataView, at: number): number {
  const word = view.getInt32(at, true);
  if (word === WORD_TRUE || word === WORD_NULL) return at + 4;
  return view.getInt32(at + 1, true) === WORD_ALSE ? at + 5 : -1;
}

function digitsFrom(bytes: Uint8Array, at: number): number {
  let position = at;
  while (isDigit(bytes[position]!)) position += 1;
  return position;
}
