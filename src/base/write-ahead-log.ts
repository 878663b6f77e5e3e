/**
 * The log beside the database (`-wal`) as a process left it that was killed: whether commits lie in it that SQLite will not find.
 *
 * SQLite takes such a log up to the first frame that does not match its checksum, without a word, because that is where a write was
 * torn. But a commit is durable before the next one is written: where two of them follow each other behind that frame, no write was
 * torn there; the disk has changed what was committed.
 *
 *     u32 magic · u32 version · u32 bytes of a page · u32 · u64 salt · checksum
 *     frames: u32 page · u32 (0: no end of a commit) · u64 salt of this life of the log · checksum · the page
 *
 * A checksum (two u32) goes on from that of the frame before, so frames behind a damaged one can still be told whole.
 */
import type { Disk, DiskFile } from './disk.ts';

const LOG_HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;
/** Its last bit: words of checksums are big-endian. */
const MAGIC = 0x377f0682;
/** What SQLite gives a database; for a log that does not say it any more. */
const PAGE_BYTES = 4096;
const PAGE_BYTES_MAX = 65_536;
/** One may be that of a write that was torn. */
const COMMITS_MIN = 2;

export type LogDamage = Readonly<{
  atByte: number;
  /** Commits found behind it. */
  commitCount: number;
}>;

type Checksum = readonly [number, number];

type LogStart = Readonly<{
  pageBytes: number;
  isLittle: boolean;
  /** Null: the start itself is damaged. */
  known: Readonly<{ salt: bigint; sum: Checksum }> | null;
}>;

/** Null where the log is whole up to its end, or there is none. Nobody may write to it meanwhile. */
export function damageOfLog(disk: Disk, databasePath: string): LogDamage | null {
  const path = `${databasePath}-wal`;
  if ((disk.stat(path)?.size ?? 0) === 0) return null;
  using file = disk.open(path, 'read');
  const start = readStart(file);
  const frame = viewOf(FRAME_HEADER_BYTES + start.pageBytes);
  let sum = start.known?.sum ?? null;
  let atByte = start.known === null ? 0 : null;
  let commitCount = 0;
  let inARow = 0;
  let inARowMax = 0;
  for (let at = LOG_HEADER_BYTES; isRead(file, frame, at); at += frame.byteLength) {
    // Frames of an earlier life of the log lie behind its end: what they say is in the database.
    const isOurs = start.known === null || frame.getBigUint64(8) === start.known.salt;
    if (!isOurs || sum === null || !isWhole(frame, sum, start.isLittle)) {
      atByte ??= at;
      inARow = 0;
    } else if (atByte !== null && frame.getUint32(4) !== 0) {
      commitCount += 1;
      inARow += 1;
      inARowMax = Math.max(inARowMax, inARow);
    }
    sum = isOurs ? [frame.getUint32(16), frame.getUint32(20)] : null;
  }
  return atByte === null || inARowMax < COMMITS_MIN ? null : { atByte, commitCount };
}

function readStart(file: DiskFile): LogStart {
  const header = viewOf(LOG_HEADER_BYTES);
  isRead(file, header, 0);
  const isLittle = (header.getUint32(0) & 1) === 0;
  const sum = checksum([0, 0], header, { from: 0, until: 24, isLittle });
  const [s0, s1] = sum;
  const pageBytes = header.getUint32(8);
  const isKnown =
    (header.getUint32(0) & ~1) === MAGIC &&
    pageBytes <= PAGE_BYTES_MAX &&
    header.getUint32(24) === s0 &&
    header.getUint32(28) === s1;
  if (!isKnown) return { pageBytes: PAGE_BYTES, isLittle: true, known: null };
  return { pageBytes, isLittle, known: { salt: header.getBigUint64(16), sum } };
}

function isWhole(frame: DataView, before: Checksum, isLittle: boolean): boolean {
  const header = checksum(before, frame, { from: 0, until: 8, isLittle });
  const [s0, s1] = checksum(header, frame, {
    from: FRAME_HEADER_BYTES,
    until: frame.byteLength,
    isLittle,
  });
  return frame.getUint32(16) === s0 && frame.getUint32(20) === s1;
}

function checksum(
  [s0, s1]: Checksum,
  view: DataView,
  { from, until, isLittle }: Readonly<{ from: number; until: number; isLittle: boolean }>,
): Checksum {
  let [a, b] = [s0, s1];
  for (let at = from; at < until; at += 8) {
    a = (a + view.getUint32(at, isLittle) + b) >>> 0;
    b = (b + view.getUint32(at + 4, isLittle) + a) >>> 0;
  }
  return [a, b];
}

function viewOf(byteLength: number): DataView {
  return new DataView(new ArrayBuffer(byteLength));
}

/** False where the file ends before. */
function isRead(file: DiskFile, into: DataView, position: number): boolean {
  return file.read(new Uint8Array(into.buffer), position) === into.byteLength;
}
