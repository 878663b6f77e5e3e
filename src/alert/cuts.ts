/** A few bytes of a text in one number: by those a text is found in a row that may hold it. */

/** What texts are told apart by; a shorter one is not looked for. */
export const FOUR_BYTES = 4;
export const PAIR_BYTES = 2;

/** Looks further apart would need longer texts than most rules have. */
const STRIDE_MAX = 4;

/** Set the bit that tells lower-case letters from upper-case ones; other bytes that it makes equal are told apart by the comparison. */
export const FOUR_CASE_BITS = 0x20202020;
export const PAIR_CASE_BITS = 0x2020;

/** Bytes of a cut. */
export type CutBytes = typeof PAIR_BYTES | typeof FOUR_BYTES;

/** A text, and the rarest of its fours with its place in it. */
export type GateText = Readonly<{ number: number; bytes: Buffer; rareAt: number; rare: number }>;

/**
 * How far apart looks may be so that none of these texts is missed: of so many cuts of a text that follow each other one stands
 * where somebody looks. 0: there are no texts, or one is too short.
 */
export function strideFor(
  texts: readonly Readonly<{ length: number }>[],
  cutBytes: CutBytes = FOUR_BYTES,
): number {
  const shortest = Math.min(...texts.map(({ length }) => length));
  if (texts.length === 0 || shortest < FOUR_BYTES) return 0;
  return Math.min(shortest - cutBytes + 1, STRIDE_MAX);
}

/** Each text with its number, and the rarest of its fours. */
export function gateTexts(numbers: ReadonlyMap<string, number>): GateText[] {
  const texts = [...numbers].map(([text, number]) => ({ number, bytes: Buffer.from(text) }));
  const counts = countCuts(texts, FOUR_BYTES);
  return texts.map((text) => {
    const fours = cutsOf(text.bytes, FOUR_BYTES);
    const shared = fours.map((four) => counts.get(four)!);
    const rareAt = shared.indexOf(Math.min(...shared));
    return { ...text, rareAt, rare: fours[rareAt]! };
  });
}

/** By which cuts each text is found, as many as its stride: those that the fewest other texts have. */
export function placedCuts(
  texts: readonly GateText[],
  cutBytes: CutBytes,
): Readonly<{ text: GateText; at: number; cut: number }>[] {
  const counts = countCuts(texts, cutBytes);
  return texts.flatMap((text) => {
    const cuts = cutsOf(text.bytes, cutBytes);
    const stride = strideFor([text.bytes], cutBytes);
    const sumFrom = (first: number): number =>
      cuts.slice(first, first + stride).reduce((sum, cut) => sum + counts.get(cut)!, 0);
    let first = 0;
    for (let at = 1; at + stride <= cuts.length; at += 1) {
      if (sumFrom(at) < sumFrom(first)) first = at;
    }
    return cuts
      .slice(first, first + stride)
      .map((cut, index) => ({ text, at: first + index, cut }));
  });
}

function cutsOf(text: Buffer, cutBytes: CutBytes): number[] {
  const count = text.length - cutBytes + 1;
  return Array.from({ length: count }, (_, at) =>
    cutBytes === PAIR_BYTES
      ? text.readUInt16LE(at) | PAIR_CASE_BITS
      : text.readInt32LE(at) | FOUR_CASE_BITS,
  );
}

/** How many texts have each cut; twice where a text has it twice. */
function countCuts(
  texts: readonly Pick<GateText, 'bytes'>[],
  cutBytes: CutBytes,
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const cut of texts.flatMap(({ bytes }) => cutsOf(bytes, cutBytes))) {
    counts.set(cut, (counts.get(cut) ?? 0) + 1);
  }
  return counts;
}
