/** The hash of a template against the template itself: messages of one hash have one template, whatever they are made of. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TemplateMasker } from '../../src/pattern/template.ts';
import { TemplateCache } from '../../src/pattern/template-cache.ts';
import { TemplateHasher } from '../../src/pattern/template-hash.ts';

const piece = fc.oneof(
  fc.constantFrom(
    ...[
      'GET',
      'POST',
      'error',
      'took',
      'ms',
      'GB',
      'kib',
      'd',
      'user',
      'über',
      '日本',
      'x',
      'T',
      'Z',
      '0x',
      '0X',
    ],
    ...[
      '.',
      ':',
      '-',
      '/',
      '@',
      '+',
      '%',
      '~',
      ',',
      ' ',
      '  ',
      '"',
      "'",
      '`',
      '=',
      '?',
      '#',
      '\\',
      '\n',
      '\t',
      '://',
      './',
      '../',
    ],
    ...[
      '1,234',
      '2026-11-20',
      '13:56:04',
      '10.0.0.1',
      'a1b2c3',
      'deadbeef',
      'req8f3a2bXk9',
      'fe80::1',
      '00:1b:44:11:3a:b7',
    ],
    ...[
      '1b8dc10c-a689-40c1-ad1e-a783f1c93056',
      'https://example.org/a?b=1',
      '/var/log/x.log',
      'ops@example.org',
      '<n>',
      '30ms',
      '1h5m',
    ],
  ),
  fc.nat(2_000_000).map(String),
  fc.integer({ min: 0, max: 0xffffff }).map((number) => number.toString(16)),
  fc.string({ maxLength: 6 }),
);
const message = fc.array(piece, { maxLength: 24 }).map((pieces) => Buffer.from(pieces.join('')));

/** Between other bytes, as it stands in a buffer. */
function within(text: Buffer): { bytes: Buffer; start: number; end: number } {
  const bytes = Buffer.concat([Buffer.from('7a"'), text, Buffer.from('9"z                ')]);
  return { bytes, start: 3, end: 3 + text.length };
}

/** The message with other digits in the same places: most often of the same template. */
function withOtherDigits(text: Buffer, shift: number): Buffer {
  return Buffer.from(
    text.map((code) => (code >= 0x31 && code <= 0x39 ? 0x31 + ((code - 0x31 + shift) % 9) : code)),
  );
}

test('TemplateHasher gives messages of different templates different hashes, in any order', () => {
  const hasher = new TemplateHasher();
  const masker = new TemplateMasker();
  const templates = new Map<string, string>();
  fc.assert(
    fc.property(message, fc.nat(8), (text, shift) => {
      for (const one of [text, withOtherDigits(text, shift)]) {
        const { bytes, start, end } = within(one);
        masker.mask(bytes, start, end);
        hasher.hash(bytes, start, end);
        const key = `${hasher.low},${hasher.high}`;
        const template = masker.text();
        expect(templates.get(key) ?? template).toBe(template);
        templates.set(key, template);
      }
    }),
    { numRuns: Number(process.env['LOGSTEAD_CASES'] ?? 4_000) },
  );
});

test('TemplateHasher gives usual messages of one template one hash', () => {
  const hasher = new TemplateHasher();
  const hashOf = (text: string): string => {
    const { bytes, start, end } = within(Buffer.from(text));
    hasher.hash(bytes, start, end);
    return `${hasher.low},${hasher.high}`;
  };
  const alike = [
    ['took 5 ms', 'took 1234567 ms'],
    ['took 5.5ms.', 'took 12ms.'],
    ['from 10.0.0.1: closed', 'from 192.168.100.200: closed'],
    ['GET /a/1?x=2 HTTP/1.1', 'GET /b/c/d HTTP/2.0'],
    ['id 1b8dc10c-a689-40c1-ad1e-a783f1c93056', 'id a5f0c1f2-8f3a-4c1d-9b2e-0123456789ab'],
    ['span=02aa71', 'span=c0ffee01'],
    ['say "hello" now', 'say "good \\" bye" now'],
    ['at 2026-11-20T13:56:04.118Z', 'at 2025-01-02'],
    ['read 512 GB', 'read 1,234 kB'],
    ['worker-3 x', 'worker-77 x'],
  ] as const;
  for (const [one, other] of alike) expect(hashOf(one), one).toBe(hashOf(other));
});

test('TemplateCache numbers messages by their templates, and goes on when it has forgotten them', () => {
  const cache = new TemplateCache();
  const masker = new TemplateMasker();
  const check = (text: string): void => {
    const { bytes, start, end } = within(Buffer.from(text));
    masker.mask(bytes, start, end);
    expect(cache.textOf(cache.idOf(bytes, start, end))).toBe(masker.text());
  };
  for (let round = 0; round < 2; round += 1) {
    for (let index = 0; index < 40_000; index += 1) {
      // Letters only, so that each is a template of its own.
      const word = index.toString(10).replaceAll(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!);
      check(`${word} took ${index}`);
    }
    cache.trim();
    expect(cache.size).toBe(0);
  }
});
