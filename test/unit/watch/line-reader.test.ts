/** Bytes to lines: any chunking, long lines, unfinished lines, holes, encodings, and bytes that went away. */
import { truncateSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LINE_BYTES_MAX } from '../../../src/watch/limits.ts';
import { ReaderScene } from '../../support/reader-scene.ts';

const SMALL = { readBytes: 32, rereadBytesMax: 16, lineBytesMax: 64 };

describe('LineReader chunking', () => {
  test('LineReader gives the same lines however the bytes arrive', { timeout: 120_000 }, () => {
    const piece = fc.array(
      fc.oneof(
        fc.constantFrom('a', '\n', '\r\n', 'ü', '€', '😀', '\0', '\t', 'word '),
        fc.string({ maxLength: 12 }),
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        using scene = new ReaderScene(SMALL);
        // Few bytes with many NULs would be taken for a binary file.
        scene.generation.probed = true;
        const all = Buffer.from(pieces.map((parts) => parts.join('')).join(''));
        let at = 0;
        for (const parts of pieces) {
          // Cut in the middle of whatever is there: characters are split as writers split them.
          const end = Math.min(all.length, at + Math.max(1, parts.length * 3));
          scene.append(all.subarray(at, end));
          at = end;
          expect(scene.read(40)).toBe('end');
        }
        scene.append(all.subarray(at));
        expect(scene.read()).toBe('end');
        const finished = all.subarray(0, all.lastIndexOf(10) + 1);
        expectAllBytes(scene, finished);
      }),
      { numRuns: 300 },
    );
  });

  test('LineReader reads on where the sink stopped it', () => {
    using scene = new ReaderScene(SMALL);
    scene.append('one\ntwo\nthree\nfour is a longer line that fills the buffer\nfive\nsix\n');
    scene.collector.chunksUntilStop = 1;
    expect(scene.read()).toBe('stopped');
    expect(scene.texts.length).toBeLessThan(6);
    scene.collector.chunksUntilStop = Number.POSITIVE_INFINITY;
    expect(scene.read()).toBe('end');
    expect(scene.texts.at(-1)).toBe('six');
    expect(scene.texts).toHaveLength(6);
  });
});

/** Handed over, skipped and cut bytes together are the bytes of the file, each once, in order. */
function expectAllBytes(scene: ReaderScene, bytes: Buffer): void {
  let at = 0;
  const skips = [...scene.skips];
  for (const line of scene.collector.pending) {
    while (skips[0]?.start === at) at = skips.shift()?.end ?? at;
    expect(line.offsetBytes).toBe(at);
    expect(line.bytes.equals(bytes.subarray(at, at + line.bytes.length))).toBe(true);
    at += line.bytes.length;
    if (line.kind === 'long') {
      expect(skips[0]).toEqual({
        start: at,
        end: line.offsetBytes + line.lineBytes,
        reason: 'rest of a long line',
      });
    }
  }
  while (skips[0]?.start === at) at = skips.shift()?.end ?? at;
  expect(at).toBeGreaterThanOrEqual(bytes.length);
}

describe('LineReader long lines', () => {
  test('LineReader hands over a long line up to the limit and goes on behind it', () => {
    using scene = new ReaderScene();
    const long = 'x'.repeat(LINE_BYTES_MAX * 3);
    scene.append(`before\n${long}\nafter\n`);
    expect(scene.read()).toBe('end');
    const [before, cut, after] = scene.collector.pending;
    expect(before?.text).toBe('before');
    expect(cut?.kind).toBe('long');
    expect(cut?.lineBytes).toBe(long.length + 1);
    expect(cut?.bytes.length).toBe(LINE_BYTES_MAX - 1);
    expect(after?.text).toBe('after');
    expect(scene.skips).toEqual([
      { start: 7 + LINE_BYTES_MAX - 1, end: 7 + long.length + 1, reason: 'rest of a long line' },
    ]);
  });

  test('LineReader keeps lines up to the limit whole, and cuts no character', () => {
    using scene = new ReaderScene(SMALL);
    const whole = 'w'.repeat(SMALL.lineBytesMax - 1);
    const cut = `${'ä'.repeat(SMALL.lineBytesMax)}`;
    scene.append(`${whole}\n${cut}\n`);
    expect(scene.read()).toBe('end');
    expect(scene.texts[0]).toBe(whole);
    expect(scene.collector.pending[0]?.kind).toBe('line');
    expect(scene.texts[1]).toBe('ä'.repeat(31));
  });

  test('LineReader needs little memory for a line without end', () => {
    using scene = new ReaderScene();
    const piece = Buffer.alloc(1_000_000, 'y');
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 40; count += 1) {
      scene.append(piece);
      expect(scene.read()).toBe('end');
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5_000_000);
    expect(scene.texts).toEqual([]);
    expect(scene.offerPartial()).toBe(true);
    const [line] = scene.collector.pending;
    expect(line?.lineBytes).toBe(40_000_000);
    expect(scene.generation.readOffset).toBe(40_000_000);
  });
});

describe('LineReader unfinished lines', () => {
  test('LineReader delivers a taken beginning once and the rest as its continuation', () => {
    using scene = new ReaderScene();
    scene.append('whole\nhalf');
    scene.read();
    expect(scene.texts).toEqual(['whole']);
    expect(scene.offerPartial()).toBe(true);
    scene.append(' and half\nnext\n');
    scene.read();
    const seen = scene.collector.pending.map(({ text, kind, continues }) => ({
      text,
      kind,
      continues,
    }));
    expect(seen).toEqual([
      { text: 'whole', kind: 'line', continues: false },
      { text: 'half', kind: 'partial', continues: false },
      { text: ' and half', kind: 'line', continues: true },
      { text: 'next', kind: 'line', continues: false },
    ]);
  });

  test('LineReader goes on in UTF-16 behind a first line that was taken unfinished', () => {
    using scene = new ReaderScene();
    scene.append(Buffer.from('\ufeffone', 'utf16le'));
    scene.read();
    expect(scene.offerPartial()).toBe(true);
    scene.append(Buffer.from('\r\ntwo\r\n', 'utf16le'));
    scene.read();
    expect(scene.generation.skipReason).toBe(null);
    expect(scene.bytes.toString('utf16le')).toBe('\ufeffone\r\ntwo\r\n');
  });

  test('LineReader delivers a kept beginning whole when it is finished', () => {
    using scene = new ReaderScene();
    scene.collector.partialAnswer = 'kept';
    scene.append('half');
    scene.read();
    expect(scene.offerPartial()).toBe(false);
    scene.append(' and half\n');
    scene.read();
    expect(scene.texts).toEqual(['half and half']);
  });
});

describe('LineReader replaced files', () => {
  test.each([
    ['truncated', (path: string) => truncateSync(path, 0)],
    ['cut shorter', (path: string) => truncateSync(path, 5)],
    ['rewritten to the same size', (path: string) => writeFileSync(path, 'uno\ndos\ntres\n')],
    ['rewritten longer', (path: string) => writeFileSync(path, 'uno\ndos\ntres\ncuatro\ncinco\n')],
    ['filled with a hole', (path: string) => writeFileSync(path, Buffer.alloc(40))],
  ])('LineReader notices a file that was %s', (_name, replace) => {
    using scene = new ReaderScene();
    scene.append('one\ntwo\nthree');
    expect(scene.read()).toBe('end');
    replace(scene.path);
    expect(scene.read()).toBe('replaced');
    expect(scene.texts).toEqual(['one', 'two']);
  });
});

describe('LineReader holes', () => {
  test('LineReader leaves out NULs at the beginning of lines and keeps others', () => {
    using scene = new ReaderScene(SMALL);
    scene.append('a\n');
    scene.append(Buffer.alloc(100));
    scene.append('b\0b\n');
    scene.append(Buffer.alloc(20));
    scene.append('c\n');
    expect(scene.read()).toBe('end');
    expect(scene.texts).toEqual(['a', 'b\0b', 'c']);
    const skipped = scene.skips.reduce((sum, skip) => sum + skip.end - skip.start, 0);
    expect(skipped).toBe(120);
  });

  test('LineReader knows a generation behind a hole by its text', () => {
    using scene = new ReaderScene();
    scene.append(Buffer.alloc(3_000));
    scene.read();
    scene.append('text\n');
    scene.read();
    scene.read();
    expect(scene.generation.headOffset).toBe(3_000);
    expect(scene.generation.head.toString()).toBe('text\n');
  });
});

describe('LineReader encodings', () => {
  test.each(['utf-16le', 'utf-16be'] as const)(
    'LineReader splits %s at its newlines',
    (encoding) => {
      // U+0A0D and U+0D0A hold the byte 10 without being newlines.
      const text = '\ufefföne\u0a0d\n\u0d0atwo\r\nthree\n';
      const bytes = Buffer.from(text, 'utf16le');
      if (encoding === 'utf-16be') bytes.swap16();
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 12 }), (cuts) => {
          using scene = new ReaderScene(SMALL);
          let at = 0;
          for (const cut of cuts) {
            scene.append(bytes.subarray(at, at + cut));
            at += cut;
            scene.read();
          }
          scene.append(bytes.subarray(at));
          scene.read();
          expect(scene.generation.encoding).toBe(encoding);
          expect(scene.bytes.equals(bytes)).toBe(true);
          for (const line of scene.collector.pending) {
            expect(line.offsetBytes % 2).toBe(0);
            expect(line.bytes.length % 2).toBe(0);
          }
        }),
        { numRuns: 50 },
      );
    },
  );

  test('LineReader keeps bytes that are not UTF-8 as they are', () => {
    using scene = new ReaderScene();
    const bytes = Buffer.from([0xe4, 0xf6, 0x0a, 0xff, 0x80, 0x0d, 0x0a]);
    scene.append(bytes);
    scene.read();
    expect(scene.bytes.equals(bytes)).toBe(true);
  });

  test.each([
    ['binary', Buffer.concat([Buffer.from('ELF'), Buffer.alloc(60), Buffer.from('\nx\n')])],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 10, 10, 10])],
  ])('LineReader skips %s content with a reason', (_name, bytes) => {
    using scene = new ReaderScene();
    scene.append(bytes);
    expect(scene.read()).toBe('end');
    expect(scene.texts).toEqual([]);
    expect(scene.generation.skipReason).toMatch(/^not text/);
    expect(scene.generation.readOffset).toBe(bytes.length);
  });
});
