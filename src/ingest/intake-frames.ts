/** Chunks of file generations as the intake keeps them, and back. */
import type { Generation } from '../watch/generation.ts';
import type { IntakeFrame } from './intake.ts';
import type { ParsedChunk } from './parser-pool.ts';

export function frameOf(
  generation: Generation,
  chunk: ParsedChunk,
  endsInsideLine: boolean,
): IntakeFrame {
  const { bytes, start, end, offsetBytes, continues } = chunk;
  return {
    generation: generation.number,
    offset: offsetBytes,
    coveredBytes: chunk.lineBytes ?? end - start,
    endsInsideLine,
    continues,
    bytes: bytes.subarray(start, end),
  };
}

/** The hole of NULs between what was read and a chunk, as a frame that stands for its bytes and has none; null: there is none. */
export function holeBefore(
  generation: Generation,
  readEnd: number,
  offsetBytes: number,
): IntakeFrame | null {
  const coveredBytes = offsetBytes - readEnd;
  if (coveredBytes <= 0) return null;
  const bytes = Buffer.alloc(0);
  const { number } = generation;
  const frame = { generation: number, offset: readEnd, coveredBytes, bytes };
  return { ...frame, endsInsideLine: false, continues: false };
}

/** Whether a frame stands for a hole. */
export function isHole({ bytes, coveredBytes }: IntakeFrame): boolean {
  return bytes.length === 0 && coveredBytes > 0;
}

/** What of a frame lies behind `readEnd`; null: nothing, or not adjacent (then the file itself is read). */
export function missingPartOf(frame: IntakeFrame, readEnd: number): ParsedChunk | null {
  const { bytes, offset, coveredBytes, continues } = frame;
  const known = readEnd - offset;
  if (known < 0 || known >= coveredBytes) return null;
  const chunk = { bytes, start: known, end: bytes.length, offsetBytes: readEnd, continues };
  if (coveredBytes === bytes.length) return chunk;
  return known === 0 ? { ...chunk, lineBytes: coveredBytes } : null;
}
