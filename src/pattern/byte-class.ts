/** What a byte can be inside a message, as bits of one table: the first thing every masking decision looks at. */

export const BYTE = {
  DIGIT: 1,
  /** `a-f` and `A-F`. */
  HEX_LETTER: 2,
  /** The other letters, `_`, and every byte of a character beyond ASCII. */
  LETTER: 4,
  /** Joins the pieces of one word: `- . : / @ + % ~`. */
  JOIN: 8,
  SPACE: 16,
  QUOTE: 32,
} as const;

/** Bits a word is made of. */
export const WORD_BITS = BYTE.DIGIT | BYTE.HEX_LETTER | BYTE.LETTER | BYTE.JOIN;

export const BYTE_CLASS: Uint8Array = tableOf();

function tableOf(): Uint8Array {
  const table = new Uint8Array(256);
  for (let code = 0x80; code < 256; code += 1) table[code] = BYTE.LETTER;
  for (let code = 0x41; code <= 0x5a; code += 1) {
    const bit = code <= 0x46 ? BYTE.HEX_LETTER : BYTE.LETTER;
    table[code] = bit;
    table[code + 0x20] = bit;
  }
  for (let code = 0x30; code <= 0x39; code += 1) table[code] = BYTE.DIGIT;
  table[0x5f] = BYTE.LETTER;
  for (const joiner of '-.:/@+%~') table[joiner.charCodeAt(0)] = BYTE.JOIN;
  for (const quote of '"\'`') table[quote.charCodeAt(0)] = BYTE.QUOTE;
  for (const space of ' \t\v\f\r') table[space.charCodeAt(0)] = BYTE.SPACE;
  return table;
}
