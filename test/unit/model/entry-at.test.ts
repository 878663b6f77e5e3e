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
