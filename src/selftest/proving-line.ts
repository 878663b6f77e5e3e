/**
 * Lines that prove themselves: each carries its number, a content that follows from the number, and a checksum.
 * Whoever reads one knows whether it is whole, and which one it is.
 */
import { crc32 } from 'node:zlib';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzäöüß€😀 ';
const PAD = LETTERS.repeat(20);

/** The line with its newline. `bytesMin`: make it at least so long. */
export function tortureLine(sequence: number, bytesMin = 0): string {
  const length = 40 + ((sequence * 7919) % 80);
  const start = (sequence * 31) % 300;
  let payload = [...PAD].slice(start, start + length).join('');
  if (bytesMin > payload.length) payload = payload.padEnd(bytesMin, 'long ');
  const body = `${sequence} INFO ${payload}`;
  return `${body} ${checksum(body)}\n`;
}

/** The number of a whole line (without its newline); null: it is not one. */
export function readTortureLine(text: string): number | null {
  const space = text.lastIndexOf(' ');
  const body = text.slice(0, space);
  if (space < 0 || text.slice(space + 1) !== checksum(body)) return null;
  const sequence = Number(body.slice(0, body.indexOf(' ')));
  return Number.isSafeInteger(sequence) ? sequence : null;
}

function checksum(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}
