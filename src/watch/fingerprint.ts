/**
 * Is this file still (or again) that generation? The first bytes, and the bytes before the position reading
 * had reached, are compared as they are: no hash, so a head that was short when it was taken can still be
 * compared when the file has grown.
 *
 * Checked after every read, so that what was read is known to belong to the generation.
 */
import { keptCopy } from '../base/thread-memory.ts';
import type { ByteSource } from './byte-source.ts';
import type { FileLook } from './file-look.ts';
import { type GenerationRecord, NO_BYTES } from './generation.ts';
import { HEAD_BYTES, MILESTONE_BYTES_MIN, TAIL_BYTES } from './limits.ts';
import { startOfLastNuls } from './line-ends.ts';

/** Places in two files that are compared before one is believed to be the copy of the other. */
const SAMPLES_COUNT = 16;
const SAMPLE_BYTES = 4 * 1024;

/**
 * A copy made while its original was written lacks little of it. A much shorter file that begins alike is another
 * generation under the same banner.
 */
const COPY_SHARE_MIN = 1 / 2;

const scratch = Buffer.allocUnsafeSlow(HEAD_BYTES);

/** Whether the head is still there. A head shorter than `HEAD_BYTES` grows with the file. */
export function headIsIntact(generation: GenerationRecord, source: ByteSource): boolean {
  const { head, headOffset } = generation;
  if (headOffset < source.baseOffset) return true;
  const readBytes = source.read(scratch, 0, HEAD_BYTES, headOffset);
  if (readBytes < head.length) return false;
  if (scratch.compare(head, 0, head.length, 0, head.length) !== 0) {
    return hasText(generation.tail) && isPunched(head);
  }
  // NULs at its end may be room that is filled later.
  const textEnd = startOfLastNuls(scratch, head.length, readBytes);
  if (textEnd > head.length) {
    generation.head = keptCopy(scratch.subarray(0, textEnd));
    generation.changed = true;
  }
  return true;
}

/** By what a generation is told from another. */
export type SeenContent = Pick<
  GenerationRecord,
  'head' | 'headOffset' | 'milestones' | 'seenOffset' | 'tail'
>;

type Milestone = SeenContent['milestones'][number];

/** Whether the bytes before `seenOffset` are still there. */
export function tailIsIntact(generation: SeenContent, source: ByteSource): boolean {
  const { tail, seenOffset } = generation;
  return isAt(source, tail, seenOffset - tail.length);
}

/** Whether a file that was found is this generation, going by birth time and content. */
export function isSameFile(
  generation: GenerationRecord,
  source: ByteSource,
  look: FileLook,
): boolean {
  const birthKnown = generation.birthMs !== 0 && look.birthMs !== 0;
  if (birthKnown && generation.birthMs !== look.birthMs) return false;
  return holdsContent(generation, source, look);
}

/** Whether a file begins with all that was seen of the generation: the file itself, or a copy of it. */
export function holdsContent(generation: SeenContent, source: ByteSource, look: FileLook): boolean {
  const { head, headOffset, milestones, seenOffset } = generation;
  if (look.sizeBytes < seenOffset || !isAtOrPunched(generation, source, head, headOffset)) {
    return false;
  }
  const isThere = ({ offset, tail }: Milestone): boolean =>
    isAtOrPunched(generation, source, tail, offset - tail.length);
  return milestones.every(isThere) && tailIsIntact(generation, source);
}

/** Whether a file holds a beginning of what was seen of the generation, and nothing else. */
function holdsBeginning(generation: GenerationRecord, source: ByteSource, look: FileLook): boolean {
  const { head, headOffset, milestones } = generation;
  const sizeBytes = look.sizeBytes - headOffset;
  const headBytes = Math.min(head.length, sizeBytes);
  if (headBytes <= 0 || !isAt(source, head.subarray(0, headBytes), headOffset)) return false;
  return milestones.every(
    ({ offset, tail }) => offset > look.sizeBytes || isAt(source, tail, offset - tail.length),
  );
}

/** Whether a file is a copy of all that was read, or of a beginning of it, made before the last of it was written. */
export function isCopyOfRead(
  generation: GenerationRecord,
  source: ByteSource,
  look: FileLook,
): boolean {
  if (generation.head.length === 0) return false;
  if (look.sizeBytes < generation.seenOffset * COPY_SHARE_MIN) return false;
  if (look.sizeBytes < generation.seenOffset) return holdsBeginning(generation, source, look);
  return holdsContent(generation, source, look);
}

/** Whether the first `sizeBytes` of `original` are what `copy` holds, going by samples and the end. */
export function isBeginningOf(original: ByteSource, copy: ByteSource, sizeBytes: number): boolean {
  if (sizeBytes === 0 || original.look().sizeBytes < sizeBytes) return false;
  const ours = Buffer.allocUnsafe(SAMPLE_BYTES);
  const theirs = Buffer.allocUnsafe(SAMPLE_BYTES);
  const lastAt = Math.max(0, sizeBytes - SAMPLE_BYTES);
  for (let sample = 0; sample <= SAMPLES_COUNT; sample += 1) {
    const at = Math.floor((lastAt * sample) / SAMPLES_COUNT);
    const length = Math.min(SAMPLE_BYTES, sizeBytes - at);
    const readBytes = original.read(ours, 0, length, at);
    if (copy.read(theirs, 0, length, at) !== readBytes) return false;
    if (ours.compare(theirs, 0, readBytes, 0, readBytes) !== 0) return false;
  }
  return true;
}

function isAt(source: ByteSource, bytes: Buffer, position: number): boolean {
  if (position < source.baseOffset) return true;
  const readBytes = source.read(scratch, 0, bytes.length, position);
  return readBytes === bytes.length && scratch.compare(bytes, 0, readBytes, 0, readBytes) === 0;
}

/**
 * The same, or a hole is there that reaches into the bytes or beyond them: of a log that its program never lets go of, room is
 * given back so (`fallocate --punch-hole`). Told from one that was emptied, whose writer kept its position and left NULs as
 * well, by the text in the tail, which has to be intact besides.
 */
function isAtOrPunched(
  seen: SeenContent,
  source: ByteSource,
  bytes: Buffer,
  position: number,
): boolean {
  if (isAt(source, bytes, position)) return true;
  if (!hasText(seen.tail)) return false;
  return source.read(scratch, 0, bytes.length, position) === bytes.length && isPunched(bytes);
}

/** Whether what was just read into `scratch` is what is left of `bytes` behind NULs. */
function isPunched(bytes: Buffer): boolean {
  let at = 0;
  while (at < bytes.length && scratch[at] === 0) at += 1;
  return at > 0 && scratch.compare(bytes, at, bytes.length, at, bytes.length) === 0;
}

function hasText(tail: Buffer): boolean {
  return tail.some((byte) => byte !== 0);
}

/** The bytes before `offset`, to compare with later; undefined where the file does not hold them any more. */
export function tailBefore(
  generation: GenerationRecord,
  source: ByteSource,
  offset: number,
): Buffer | undefined {
  if (offset === generation.seenOffset) return generation.tail;
  const length = Math.min(TAIL_BYTES, offset);
  const tail = Buffer.allocUnsafeSlow(length);
  if (source.read(tail, 0, length, offset - length) < length) return undefined;
  // Read first, checked second: had the file been truncated before the read, the check would show it.
  const { head, headOffset } = generation;
  return tailIsIntact(generation, source) && isAtOrPunched(generation, source, head, headOffset)
    ? tail
    : undefined;
}

/** Begin reading at `offset` of a file that is known to be the generation. */
export function startReadingAt(
  generation: GenerationRecord,
  source: ByteSource,
  offset: number,
): void {
  generation.readOffset = offset;
  generation.seenOffset = offset;
  generation.insideHole = false;
  const length = Math.min(TAIL_BYTES, offset - source.baseOffset);
  const tail = length === 0 ? NO_BYTES : Buffer.allocUnsafeSlow(length);
  const readBytes = source.read(tail, 0, length, offset - length);
  generation.tail = readBytes === length ? tail : NO_BYTES;
}

/**
 * What the ledger did not hear of a generation before the process was killed: its head and milestones, as far as `bytes`,
 * which begin at `start` of it, have them. Call it for piece after piece.
 */
export function learnBeginning(generation: GenerationRecord, bytes: Buffer, start: number): void {
  const { head, headOffset } = generation;
  // Nothing, or NULs, were all that the file had when it was first looked at: the head is what follows a hole.
  if (head.every((byte) => byte === 0) && start >= headOffset) {
    generation.headOffset = start;
    generation.head = keptCopy(bytes.subarray(0, HEAD_BYTES));
  } else if (start === headOffset + head.length) {
    const missing = bytes.subarray(0, HEAD_BYTES - head.length);
    generation.head = keptCopy(Buffer.concat([head, missing]));
  }
  passMilestones(generation, { bytes, start }, start + bytes.length);
  generation.changed = true;
}

/** All before `offset` was seen, the last of it in `bytes`, which begin at `start` of the generation. */
export function passMilestones(
  { milestones, startOffset }: GenerationRecord,
  { bytes, start }: Readonly<{ bytes: Buffer; start: number }>,
  offset: number,
): void {
  let next = milestoneAfter(milestones.at(-1)?.offset ?? startOffset);
  while (next <= offset) {
    // One that lies before the bytes was passed without being read, by a hole or a skip.
    if (next - TAIL_BYTES >= start) {
      const at = next - start;
      milestones.push({ offset: next, tail: keptCopy(bytes.subarray(at - TAIL_BYTES, at)) });
    }
    next *= 2;
  }
}

function milestoneAfter(offset: number): number {
  return Math.max(MILESTONE_BYTES_MIN, 2 ** (Math.floor(Math.log2(Math.max(1, offset))) + 1));
}
