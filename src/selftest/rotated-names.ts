/** The names that rotation gives, and the compression of what has one. */
import { existsSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from '../base/compression.ts';

export type NamingStyle = 'shift' | 'rename-increasing' | 'rename-dated';
export type Compression = 'gzip' | 'zstd';

/** The time in the first dated name, in s since the epoch: each further one is a second later. */
const DATE_S = 1_763_600_000;

const SUFFIXES = ['', '.gz', '.zst'];

/** Make room for the file that is rotated now, the `number`th; returns its name. */
export function shiftNames(
  path: string,
  options: Readonly<{ naming: NamingStyle; number: number; keepCount: number }>,
): string {
  const { naming, number, keepCount } = options;
  if (naming !== 'shift') {
    const name = (n: number): string =>
      naming === 'rename-dated' ? `${path}-20261120-${DATE_S + n}` : `${path}.${n}`;
    for (const suffix of SUFFIXES) rmSync(name(number - keepCount) + suffix, { force: true });
    return name(number);
  }
  for (const suffix of SUFFIXES) {
    rmSync(`${path}.${keepCount}${suffix}`, { force: true });
    // Only as far up as there are files: a look at each of thousands of names would be all the writer does.
    for (let index = Math.min(keepCount, number) - 1; index >= 1; index -= 1) {
      const from = `${path}.${index}${suffix}`;
      if (existsSync(from)) renameSync(from, `${path}.${index + 1}${suffix}`);
    }
  }
  return `${path}.1`;
}

/** Compress as gzip and logrotate do: the original stays until the compressed file is whole. */
export async function compressRotated(
  path: string,
  compression: Compression,
  hesitate: () => Promise<void>,
): Promise<void> {
  const bytes = readFileSync(path);
  const packed = compression === 'gzip' ? gzipSync(bytes) : zstdCompressSync(bytes);
  const name = `${path}${compression === 'gzip' ? '.gz' : '.zst'}`;
  const half = Math.floor(packed.length / 2);
  writeFileSync(name, packed.subarray(0, half));
  await hesitate();
  writeFileSync(name, packed.subarray(half), { flag: 'a' });
  unlinkSync(path);
}
