/** What is text and what is not, by the first bytes. */
import { describe, expect, test } from 'vitest';
import { probeText } from '../../../src/watch/text-probe.ts';

const BINARY = { encoding: null, skipReason: 'not text: binary' };
const TEXT = { encoding: null, skipReason: null };

/** Bytes as even as random ones, the same each time. */
function mixedBytes(count: number): Buffer {
  return Buffer.from(
    Array.from({ length: count }, (_, index) => (index * 151 + (index >> 3) * 37) % 256),
  );
}

describe('probeText', () => {
  test('refuses bytes that are no text', () => {
    expect(probeText(mixedBytes(1024))).toEqual(BINARY);
    expect(probeText(Buffer.alloc(64, 'ab\0c'))).toEqual(BINARY);
    expect(probeText(Buffer.from([0x1f, 0x8b, 8, 0])).skipReason).toBe('not text: gzip');
  });

  test('takes text with colours, other encodings, stray bytes and few of them', () => {
    expect(probeText(Buffer.from('\x1b[31mERROR\x1b[0m \x07 done\n'.repeat(40)))).toEqual(TEXT);
    expect(probeText(Buffer.from('caf\xe9 \xfc \xdf line\n'.repeat(40), 'latin1'))).toEqual(TEXT);
    expect(probeText(Buffer.from(`${'INFO a line of text\n'.repeat(40)}\x01\x02\x03`))).toEqual(
      TEXT,
    );
    expect(probeText(mixedBytes(20))).toEqual(TEXT);
    expect(probeText(Buffer.alloc(0))).toEqual(TEXT);
  });
});
