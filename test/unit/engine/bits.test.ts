import { expect, test } from 'vitest';
import { BitReader, BitWriter } from '../../../src/engine/bits.ts';
import { randomOf } from '../../../src/selftest/random.ts';

/** One bit after the other. */
function passedSlowly(bits: BitReader, zeroCount: number): number {
  let ones = 0;
  for (let zeros = 0; zeros < zeroCount; ) {
    if (bits.take(1) === 1) ones += 1;
    else zeros += 1;
  }
  return ones;
}

test('BitReader.passZeros() counts as one does bit by bit, from anywhere, beyond the end too', () => {
  const random = randomOf(11);
  for (let round = 0; round < 500; round += 1) {
    const share = random();
    const writer = new BitWriter();
    for (let bit = 0; bit < 300; bit += 1) writer.put(random() < share ? 1 : 0, 1);
    const bytes = Uint8Array.from(writer.written());
    const [fast, slow] = [3, 3].map((at) => new BitReader(bytes, at + (round % 8)));
    for (const zeroCount of [0, 1, Math.floor(random() * 200), 1, 40]) {
      expect(fast!.passZeros(zeroCount)).toBe(passedSlowly(slow!, zeroCount));
      expect(fast!.position).toBe(slow!.position);
    }
  }
});
