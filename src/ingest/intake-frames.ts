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

/** What of a frame lies behind `readEnd`; null: nothing, or not adjacent (then the file itself is read). */
export function missingPartOf(frame: IntakeFrame, readEnd: number): ParsedChunk | null {
  const { bytes, offset, coveredBytes, continues } = frame;
  const known = readEnd - offset;
  if (known < 0 || known >= coveredBytes) return null;
  const chunk = { bytes, start: known, end: bytes.length, offsetBytes: readEnd, continues };
  if (coveredBytes === bytes.length) return chunk;
  return known === 0 ? { ...chunk, lineBytes: coveredBytes } : null;
}
