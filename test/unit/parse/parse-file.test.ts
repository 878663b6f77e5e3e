/** Files that are not read to their end, because whoever asked wants no more: nothing of them stays open. */
import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { parseFile } from '../../../src/parse/parse-file.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const LINES = randomBytes(1_500_000)
  .toString('hex')
  .replace(/.{100}/g, '2025-01-02T03:04:05Z INFO $&\n');
/** Five lines, made with xz: as often as they are joined, so often are they there. */
const XZ =
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AC9AD1dABkMApKbFMHbeTN3SpAXq1uO5B55DL0OFoCKuErWTrbYwhiwlxnYvhR39u8qoRgkcW9iT5XaFbm7vw4+QAAAAAAAfWk6vqpRyYcAAVm+AQAAAPJcn/+xxGf7AgAAAAAEWVo=';

test.each([
  ['as it is', Buffer.from(LINES)],
  ['in gzip', gzipSync(LINES)],
  ['in zstd', zstdCompressSync(LINES)],
  ['in xz', Buffer.concat(new Array<Buffer>(2_000).fill(Buffer.from(XZ, 'base64')))],
])('parseFile() closes a file %s when it is to stop', async (_name, content) => {
  using folder = TempFolder.make();
  const path = folder.write('some.log', content);
  const onEntries = (): void => {
    throw new Error('enough');
  };
  await expect(parseFile(path, { onEntries })).rejects.toThrow('enough');
  const isOpen = (): boolean => openPaths().includes(path);
  for (let look = 0; look < 100 && isOpen(); look += 1) await setTimeout(20);
  expect(isOpen()).toBe(false);
});

function openPaths(): string[] {
  return readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // Closed since the listing.
    }
  });
}
