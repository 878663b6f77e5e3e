/**
 * Sizes: as settings write them (`64MiB`), and as people read them (`4,096 B`, `1.9 GB`, decimal units).
 *
 * Settings take both the binary (KiB MiB GiB TiB) and the decimal units (kB MB GB TB); the notation is
 * exact in both directions.
 */
import { formatCount, formatMeasured } from './number-text.ts';

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** The units a setting may use. */
export const SIZE_UNITS: readonly string[] = Object.keys(UNIT_BYTES);

/** Up to here sizes are printed exactly: short enough to read, and where single blocks matter. */
const EXACT_BYTES_MAX = 9_999;

/** Bytes of `64MiB`, `10GB`, `512B`; null if it is no size. */
export function parseByteSize(text: string): number | null {
  const match = /^(\d{1,16}) ?([kMGTKi]*B)$/.exec(text);
  const unitBytes = match === null ? undefined : UNIT_BYTES[match[2]!];
  if (match === null || unitBytes === undefined) return null;
  const sizeBytes = Number(match[1]) * unitBytes;
  return Number.isSafeInteger(sizeBytes) ? sizeBytes : null;
}

/** A setting that means exactly `sizeBytes` (a whole number): `64MiB`, `10GB`, `1500B`. */
export function byteSizeSetting(sizeBytes: number): string {
  if (sizeBytes === 0) return '0B';
  for (const unit of ['TiB', 'TB', 'GiB', 'GB', 'MiB', 'MB', 'KiB', 'kB']) {
    const unitBytes = UNIT_BYTES[unit]!;
    if (sizeBytes % unitBytes === 0) return `${sizeBytes / unitBytes}${unit}`;
  }
  return `${sizeBytes}B`;
}

/** For people: exact to 9,999 B, then three significant digits: `4,096 B`, `1.9 GB`. */
export function formatBytes(sizeBytes: number): string {
  if (Math.abs(sizeBytes) <= EXACT_BYTES_MAX) return formatBytesExact(sizeBytes);
  // A value that would round up to 1,000 of a unit is shown in the next one.
  for (const unit of ['kB', 'MB', 'GB']) {
    const amount = sizeBytes / UNIT_BYTES[unit]!;
    if (Math.abs(amount) < 999.5) return `${formatMeasured(amount)} ${unit}`;
  }
  return `${formatMeasured(sizeBytes / UNIT_BYTES.TB!)} TB`;
}

/** `12,345,678 B`: for losses and checks, where the exact number is the message. */
export function formatBytesExact(sizeBytes: number): string {
  return `${formatCount(sizeBytes)} B`;
}
