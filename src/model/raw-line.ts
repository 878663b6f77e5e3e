/** The original bytes of an entry as they are written one behind the other: as they are, and at the end of a line. */

const NEWLINE = 0x0a;

/** A last line may have no newline. One in UTF-16 is two bytes, and what follows would be shifted by a third. */
export function rawLine(bytes: Buffer): Buffer {
  const isWideEnd = bytes.at(-1) === 0 && bytes.at(-2) === NEWLINE;
  if (bytes.at(-1) === NEWLINE || isWideEnd) return bytes;
  return Buffer.concat([bytes, Buffer.of(NEWLINE)]);
}
