/**
 * Lines that prove themselves: each carries its number, a content that follows from the number, and a checksum.
 * Whoever reads one knows whether it is whole, and which one it is.
 */
import { crc32 } from 'node:zlib';

/** Characters of one to four bytes, so that a cut anywhere meets all of them. */
const LETTERS = [...'abcdefghijklmnopqrstuvwxyzäöüß€😀 '];
const PAYLOAD_LENGTH_MIN = 40;
const LENGTHS_COUNT = 80;
const STARTS_COUNT = 300;
/** After so many lines the payloads come again: the least common multiple of both. */
const PAYLOADS_COUNT = 1_200;

const PAYLOADS = Array.from({ length: PAYLOADS_COUNT }, (_, sequence) => payloadOf(sequence));

/** The line with its newline. `bytesMin`: make it at least so long. */
export function provingLine(sequence: number, bytesMin = 0): string {
  let payload = PAYLOADS[sequence % PAYLOADS_COUNT]!;
  if (bytesMin > payload.length) payload = payload.padEnd(bytesMin, 'long ');
  const body = `${sequence} INFO ${payload}`;
  return `${body} ${checksum(body)}\n`;
}

/** The number of a whole line (without its newline); null: it is not one. */
export function readProvingLine(text: string): number | null {
  const space = text.lastIndexOf(' ');
  const body = text.slice(0, space);
  if (space < 0 || text.slice(space + 1) !== checksum(body)) return null;
  const sequence = Number(body.slice(0, body.indexOf(' ')));
  return Number.isSafeInteger(sequence) && sequence >= 0 ? sequence : null;
}

function payloadOf(sequence: number): string {
  const length = PAYLOAD_LENGTH_MIN + ((sequence * 7919) % LENGTHS_COUNT);
  const start = (sequence * 31) % STARTS_COUNT;
  let payload = '';
  for (let index = start; index < start + length; index += 1) {
    payload += LETTERS[index % LETTERS.length];
  }
  return payload;
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}
