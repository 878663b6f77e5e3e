/** Looks for literals of ASCII characters in bytes, letters of either case: no string is made. */

/** Where the literal is first in `bytes[start, end)`; negative: nowhere. */
export type LiteralFinder = (bytes: Uint8Array, start: number, end: number) => number;

/** Horspool's search; letters of the literal are lower case. */
export function compileLiteral(literal: Uint8Array): LiteralFinder {
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

function isAt(literal: Uint8Array, bytes: Uint8Array, start: number): boolean {
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
