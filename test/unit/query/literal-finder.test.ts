import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compileLiteral } from '../../../src/query/literal-finder.ts';

test('compileLiteral() finds what a search in a lower-case text finds, wherever the bytes lie', () => {
  const unit = fc.constantFrom('a', 'b', 'A', 'B', '-', '!', '\u0001', '\u00e1', '\u00c1');
  const text = fc.string({ unit, maxLength: 40 });
  const literal = fc.string({
    unit: fc.constantFrom('a', 'b', '-', '!'),
    minLength: 1,
    maxLength: 7,
  });
  const small = fc.nat(9);
  fc.assert(
    fc.property(
      literal,
      fc.array(text, { minLength: 1, maxLength: 3 }),
      small,
      small,
      small,
      small,
      (wanted, texts, ...[before, behind, start, cut]) => {
        // One finder for several memories, which begin and end anywhere.
        const find = compileLiteral(Buffer.from(wanted));
        for (const one of texts) {
          const memory = new ArrayBuffer(before + one.length + behind);
          Buffer.from(memory).fill(wanted);
          const bytes = Buffer.from(memory, before, one.length);
          bytes.write(one, 'latin1');
          const end = Math.max(start, one.length - cut);
          const lower = one.slice(0, end).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
          const found = lower.indexOf(wanted, start);
          const answer = start > one.length ? -1 : find(bytes, start, end);
          expect(Math.max(answer, -1)).toBe(start > one.length ? -1 : found);
        }
      },
    ),
    { numRuns: 20_000 },
  );
});
