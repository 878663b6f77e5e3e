/** Foreign text made safe: what each destination must never receive, for every hostile text there is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  escapeCsvField,
  escapeFileNamePart,
  escapeHtml,
  escapeLine,
  escapeMailHeader,
  escapeTerminal,
  escapeText,
  jsonLine,
} from '../../../src/base/escape.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';

/** Unicode's own classes, not the table under test: controls, format characters, separators, fillers. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|[\u115f\u1160\u3164\uffa0]|[\u{e0100}-\u{e01ef}]/u;
/** Format characters that do show: Arabic, Syriac and Kaithi number signs, hieroglyph joiners. */
const VISIBLE_FORMATS =
  /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}\u{13430}-\u{1345f}]/gu;
const LONE_SURROGATE = /\p{Cs}/u;

function showsAll(text: string): boolean {
  const rest = text.replace(VISIBLE_FORMATS, '');
  return !INVISIBLE.test(rest) && !LONE_SURROGATE.test(rest);
}

type Guard = Readonly<{
  name: string;
  escape: (text: string) => string;
  holds: (escaped: string) => boolean;
}>;

const GUARDS: readonly Guard[] = [
  { name: 'escapeLine()', escape: escapeLine, holds: showsAll },
  { name: 'escapeTerminal()', escape: escapeTerminal, holds: showsAll },
  { name: 'escapeText()', escape: escapeText, holds: (out) => showsAll(out.replaceAll('\n', '')) },
  {
    name: 'escapeHtml()',
    escape: escapeHtml,
    holds: (out) =>
      showsAll(out.replaceAll('\n', '')) && !/[<>"'`]|&(?!(amp|lt|gt|quot|#39|#96);)/.test(out),
  },
  {
    name: 'escapeMailHeader()',
    escape: escapeMailHeader,
    holds: (out) => showsAll(out) && Array.from(out).length <= 500,
  },
  {
    name: 'escapeCsvField()',
    escape: escapeCsvField,
    holds: (out) => showsAll(out.replaceAll(/[\n\t]/g, '')) && isOneInertField(out),
  },
  {
    name: 'escapeFileNamePart()',
    escape: escapeFileNamePart,
    holds: (out) => /^[^.\-/][^/]*$/.test(out) && showsAll(out) && Buffer.byteLength(out) <= 120,
  },
  { name: 'jsonLine()', escape: jsonLine, holds: showsAll },
];

function isOneInertField(field: string): boolean {
  const isQuoted = field.startsWith('"');
  const whole = isQuoted ? /^"([^"]|"")*"$/.test(field) : !/[",;\n\t]/.test(field);
  const content = isQuoted ? field.slice(1, -1) : field;
  return whole && (!/^\s*[=+\-@|%\uff1d]/.test(content) || /^[+-]?\d+(\.\d+)?$/.test(content));
}

describe.each(GUARDS)('$name', ({ escape: escaped, holds }) => {
  test.each(HOSTILE_TEXTS)('takes the sting from a text that $what', ({ text }) => {
    expect(escaped(text)).toSatisfy(holds);
  });

  test('holds for any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => holds(escaped(text))));
  });
});

test('escapeLine() shows what was hidden instead of dropping it', () => {
  expect(escapeLine('a\x1b[31m\tb\n\u202ec\u{e0041}\ud800')).toBe(
    'a\\x1b[31m\\tb\\n\\u202ec\\u{e0041}\ufffd',
  );
});

test('escapeLine() leaves readable text of any language alone', () => {
  const texts = ['naïve Grüße', '日本語 ログ', 'עברית', '한국어', 'हिन्दी', '⚠️ 🔥 é'];
  for (const text of texts) expect(escapeLine(text)).toBe(text);
});

test.each(HOSTILE_TEXTS)('jsonLine() means the same text: $what', ({ text }) => {
  expect(JSON.parse(jsonLine({ [text]: text }))).toEqual({ [text]: text });
});

test('escapeText() keeps the lines of a stack trace', () => {
  expect(escapeText('Error: x\n\tat f\r\n')).toBe('Error: x\n    at f\\r\n');
});

test('escapeHtml() keeps the text readable', () => {
  expect(escapeHtml('<a href="x">it\'s</a> & more')).toBe(
    '&lt;a href=&quot;x&quot;&gt;it&#39;s&lt;/a&gt; &amp; more',
  );
});

test('escapeMailHeader() makes one line and cuts it between characters', () => {
  expect(escapeMailHeader('errors\r\nBcc: a@b.example')).toBe('errors Bcc: a@b.example');
  expect(escapeMailHeader('😀'.repeat(600))).toBe(`${'😀'.repeat(499)}…`);
});

test('escapeCsvField() quotes only what needs it, and leaves numbers numbers', () => {
  expect(escapeCsvField('plain')).toBe('plain');
  expect(escapeCsvField('-12.5')).toBe('-12.5');
  expect(escapeCsvField('say "x", y')).toBe('"say ""x"", y"');
  expect(escapeCsvField('=1+1')).toBe('"\'=1+1"');
  expect(escapeCsvField('\t=1+1')).toBe('"\'\t=1+1"');
});

test('escapeCsvField() keeps a tab, in quotes: some programs take one for the end of a field', () => {
  expect(escapeCsvField('at\tx.y')).toBe('"at\tx.y"');
});

test.each([
  ['payments timeout', 'payments_timeout'],
  ['übung/日本', 'übung_日本'],
  ['..', '_'],
  ['../../etc', '_etc'],
  ['', '_'],
])('escapeFileNamePart() makes of %j %j', (text, part) => {
  expect(escapeFileNamePart(text)).toBe(part);
});
