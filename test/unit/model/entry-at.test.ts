import { expect, test } from 'vitest';
import { parseText } from '../../support/parse.ts';

test('entryAt() gives no half of a surrogate pair, as JSON itself may not hold one', () => {
  const check = (value: string, want: unknown): void => {
    const [entry] = parseText(`{"time":"2026-11-29T09:00:00Z","msg":"arr","k":${value}}\n`);
    expect({ value, k: entry!.metadata.k }).toEqual({ value, k: want });
  };
  check('"v \\ud800 w"', 'v \ufffd w');
  check('["v \\ud800 w"]', ['v \ufffd w']);
  check('[[["\\uDC00\\ud83d\\ude00\\uD83D"]]]', [[['\ufffd\u{1f600}\ufffd']]]);
  check('["\\ud800\\ud83d\\ude00", "\\ud800\\n", "\\ud800"]', [
    '\ufffd\u{1f600}',
    '\ufffd\n',
    '\ufffd',
  ]);
  check('["\\\\ud800", "\\\\\\ud800"]', ['\\ud800', '\\\ufffd']);
  check('[{"\\udfff":1}]', [{ '\ufffd': 1 }]);
  check('["\\ud7ff\\ue000"]', ['\ud7ff\ue000']);
});

test('entryAt() leaves JSON as the text it was where it is nested too deep to be written again', () => {
  const fieldOf = (json: string): unknown =>
    parseText(`{"time":"2026-11-29T09:00:00Z","msg":"deep","k":${json}}\n`)[0]!.metadata.k;
  const nested = (levels: number, inner = ''): string =>
    '['.repeat(levels) + inner + ']'.repeat(levels);
  for (const levels of [201, 3_000, 400_000]) expect(fieldOf(nested(levels))).toBe(nested(levels));
  const objects = `[${'{"a":'.repeat(300)}1${'}'.repeat(300)}]`;
  expect(fieldOf(objects)).toBe(objects);
  expect(fieldOf(nested(200, '1'))).toEqual(JSON.parse(nested(200, '1')));
  // Neither what stands in a string nor what stands side by side is deep.
  const flat = `[${'[],{},'.repeat(300)}"${'[\\"{'.repeat(300)}"]`;
  expect(fieldOf(flat)).toEqual(JSON.parse(flat));
});
