/** What the first bytes of a file say: text in which encoding, or not text at all. */
import type { Encoding } from './generation.ts';
import { findHole } from './line-ends.ts';

export type TextProbe = Readonly<{ encoding: Encoding | null; skipReason: string | null }>;

const MAGIC: readonly Readonly<{ bytes: readonly number[]; name: string }>[] = [
  { bytes: [0x1f, 0x8b], name: 'gzip' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], name: 'zstd' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], name: 'xz' },
  { bytes: [0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59], name: 'bzip2' },
  { bytes: [0x50, 0x4b, 0x03, 0x04], name: 'zip' },
];

/** More NULs than this share is not text. Lines with a few NULs are, and so are lines with a hole between them. */
const NUL_SHARE_MAX = 0.1;
const NULS_MIN = 4;

/** Control bytes that text has no use for (tab, line ends, form feed, escape and a few are not counted): random bytes have a tenth. */
const CONTROL_SHARE_MAX = 0.05;
/** Fewer bytes than this prove nothing. */
const CONTROL_HEAD_BYTES = 256;
const FIRST_PRINTABLE = 0x20;
const DELETE = 0x7f;
const TEXT_CONTROLS: ReadonlySet<number> = new Set([
  0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1b,
]);

/** `encoding` is null where the bytes do not say; `head` begins at the first byte that is not in a hole. */
export function probeText(head: Buffer): TextProbe {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', skipReason: null };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', skipReason: null };
  for (const { bytes, name } of MAGIC) {
    if (bytes.every((byte, index) => head[index] === byte)) {
      return { encoding: null, skipReason: `not text: ${name}` };
    }
  }
  let nulCount = 0;
  let controlCount = 0;
  let textCount = 0;
  let index = 0;
  while (index < head.length) {
    const hole = findHole(head, index, head.length);
    const end = hole?.start ?? head.length;
    for (let at = index; at < end; at += 1) {
      const byte = head[at]!;
      if (byte === 0) nulCount += 1;
      else if (isControl(byte)) controlCount += 1;
    }
    textCount += end - index;
    index = hole?.end ?? head.length;
  }
  const hasNuls = nulCount >= NULS_MIN && nulCount > textCount * NUL_SHARE_MAX;
  const hasControls =
    textCount >= CONTROL_HEAD_BYTES &&
    nulCount + controlCount > Math.max(NULS_MIN, textCount * CONTROL_SHARE_MAX) &&
    controlCount > 0;
  return { encoding: null, skipReason: hasNuls || hasControls ? 'not text: binary' : null };
}

function isControl(byte: number): boolean {
  return (byte < FIRST_PRINTABLE && !TEXT_CONTROLS.has(byte)) || byte === DELETE;
}
