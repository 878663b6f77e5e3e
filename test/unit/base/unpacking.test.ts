/** Compressed files as whatever may have made them: in one part or in several, read in pieces of any length. */
import { Readable } from 'node:stream';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { packingOf, unpacked } from '../../../src/base/unpacking.ts';

const TEXT = Array.from({ length: 2_000 }, (_, line) => `line ${line} of ${line % 7}\n`).join('');
const HALVES = [TEXT.slice(0, 20_000), TEXT.slice(20_000)].map((half) => Buffer.from(half));
const WITH_CHECKSUM = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
/** As the tools of the seekable format write it: four bytes that are no content. */
const SKIPPABLE = Buffer.from([0x5e, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]);
/** A run of one character becomes a block of another kind. */
const RUN = Buffer.alloc(300_000, 'x');

const FILES: readonly (readonly [name: string, packed: readonly Buffer[], content: string])[] = [
  ['one frame of zstd', [zstdCompressSync(TEXT)], TEXT],
  ['several frames of zstd', HALVES.map((half) => zstdCompressSync(half)), TEXT],
  ['frames with checksums', HALVES.map((half) => zstdCompressSync(half, WITH_CHECKSUM)), TEXT],
  [
    'frames with others between them that are passed over',
    [SKIPPABLE, ...HALVES.flatMap((half) => [zstdCompressSync(half), SKIPPABLE])],
    TEXT,
  ],
  ['frames without content', [zstdCompressSync(''), zstdCompressSync(TEXT)], TEXT],
  ['frames of runs', [zstdCompressSync(RUN), zstdCompressSync(TEXT)], `${RUN}${TEXT}`],
  ['several members of gzip', HALVES.map((half) => gzipSync(half)), TEXT],
];

test.each(FILES)('unpacked() gives all of %s', async (_name, packed, content) => {
  const file = Buffer.concat(packed);
  for (const pieceBytes of [1, 1_000, file.length]) {
    expect(await textOf(file, pieceBytes)).toBe(content);
  }
});

test.each([
  ['is cut off', zstdCompressSync(HALVES[1]!).subarray(0, -10)],
  ['is none', Buffer.from('no frame at all')],
])('unpacked() fails where the second frame %s', async (_name, second) => {
  const file = Buffer.concat([zstdCompressSync(HALVES[0]!), second]);
  await expect(textOf(file, 100)).rejects.toThrow(/unexpected end|unknown frame/i);
});

/** `linesOf(5)` of a log, made with bzip2 and xz. */
test.each([
  [
    'bzip2',
    'QlpoOTFBWSZTWY4LOFMAACrfgAAQQAN+EAEhhBAGAJAAIABwUDTQyMmIIlKNponpqP1Rpja++O0pPiZS6ROcpxlJylktSTSSJLwZpLKWgyDdInSaSk2SkpN031bGKT6nCfk7T+LuSKcKEhHBZwpg',
  ],
  [
    'xz',
    '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AC9AD1dABkMApKbFMHbeTN3SpAXq1uO5B55DL0OFoCKuErWTrbYwhiwlxnYvhR39u8qoRgkcW9iT5XaFbm7vw4+QAAAAAAAfWk6vqpRyYcAAVm+AQAAAPJcn/+xxGf7AgAAAAAEWVo=',
  ],
])('unpacked() says of half of %s what is wrong', async (packing, base64) => {
  const file = Buffer.from(base64, 'base64');
  await expect(textOf(file.subarray(0, file.length / 2), 50)).rejects.toThrow(
    `its ${packing} data is damaged, or ends too early`,
  );
});

async function textOf(file: Buffer, pieceBytes: number): Promise<string> {
  const pieces = Array.from({ length: Math.ceil(file.length / pieceBytes) }, (_, index) =>
    file.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  const content = await unpacked(Readable.from(pieces), packingOf(file) ?? 'zstd');
  return Buffer.concat(await content.toArray()).toString();
}
