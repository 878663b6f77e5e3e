/**
 * Room that a writer made ahead: NULs up to the end of the file, which it fills from their beginning. Programs that map
 * their log into memory do so, and those that reserve disk for it.
 *
 * Nothing tells of what is written there, neither the size nor an event, so it must not be passed: where it begins is looked at again.
 * NULs in front of text are another matter: a hole, which a writer left that kept its position behind a truncation.
 */
import { endOfNuls, HOLE_BYTES_MIN } from '../base/nul-holes.ts';
import type { ByteSource } from './byte-source.ts';
import type { GenerationRecord } from './generation.ts';
import { READ_BYTES } from './limits.ts';
import { startOfLastNuls } from './line-ends.ts';

/** What was read: `bytes[0]` lies at `from` of the generation, and `[seen, end)` is new. */
export type NewBytes = Readonly<{ bytes: Buffer; from: number; seen: number; end: number }>;

/** `end`: of what may be taken. `later`: whether text follows is not known yet, and is looked for from where this came to. */
export type TextEnd = Readonly<{ end: number; later: boolean }>;

let scratch: Buffer | null = null;

/**
 * Where what may be taken ends; `seen` where the rest is room. `generation.roomEnd` is set to what is known of it. Looks at
 * `lookBytesMax` behind the new bytes at most.
 */
export function endOfText(
  generation: GenerationRecord,
  source: ByteSource,
  { bytes, from, seen, end }: NewBytes,
  limits: Readonly<{ sizeBytes: number; lookBytesMax: number }>,
): TextEnd {
  const known = Math.min(generation.roomEnd, limits.sizeBytes);
  generation.roomEnd = 0;
  const textEnd = startOfLastNuls(bytes, seen, end);
  // In what may be UTF-16 a NUL or two are a part of a letter.
  const nulsMin = generation.probed ? 1 : HOLE_BYTES_MIN;
  if (end - textEnd < nulsMin) return { end, later: false };
  if (textEnd > seen) return { end: textEnd, later: false };
  scratch ??= Buffer.allocUnsafeSlow(READ_BYTES);
  let at = Math.max(from + end, known);
  for (let looked = 0; ; ) {
    const readBytes = source.read(scratch, 0, scratch.length, at);
    generation.roomEnd = at;
    if (readBytes === 0) return { end: seen, later: false };
    if (endOfNuls(scratch, 0, readBytes) < readBytes) return { end, later: false };
    at += readBytes;
    looked += readBytes;
    if (looked >= limits.lookBytesMax) {
      generation.roomEnd = at;
      return { end: seen, later: true };
    }
  }
}
