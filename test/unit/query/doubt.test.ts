/** What a query may not mean is said of those that would find nothing, and of no other. */
import { expect, test } from 'vitest';
import { doubtOf } from '../../../src/query/doubt.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';

function doubtAbout(text: string): string | null {
  return doubtOf(parseQuery(text, { nowMs: 0, timezone: 'UTC' }).filter, text);
}

test.each([
  ['status=500', '"status=500" is looked for as text; for a field write status:=500'],
  [
    'level:error (a OR -user=anna)',
    '"user=anna" is looked for as text; for a field write user:=anna',
  ],
  [
    'took>500ms',
    '"took>500ms" is looked for as text; a field is compared with a number, in the unit that it has: took>500',
  ],
  [
    'level:error cpu>=99.5%',
    '"cpu>=99.5%" is looked for as text; a field is compared with a number, in the unit that it has: cpu>=99.5',
  ],
  [
    'level:error !timeout',
    '"!timeout" is looked for as text; for entries without it write -timeout',
  ],
  [
    'level:warn status >= 500',
    '">=" is looked for as text; for a field write status>=500, without blanks',
  ],
  ['status == 500', '"==" is looked for as text; for a field write status:=500, without blanks'],
  ['level = error', '"=" is looked for as text; for a field write level:error, without blanks'],
  ['error and timeout', '"and" is looked for as a word, beside the others; the operator is AND'],
  ['error or level:warn', '"or" is looked for as a word, beside the others; the operator is OR'],
])('doubtOf() says of %s that it is no field or no operator', (text, doubt) => {
  expect(doubtAbout(text)).toBe(doubt);
});

test.each([
  'status:500',
  'took>500',
  'took:>=0.5',
  'error AND timeout',
  'error timeout',
  '"status=500"',
  '"took>500ms"',
  String.raw`"user=\"anna\""`,
  '"error and timeout"',
  '"!timeout"',
  'Hello!',
  'error "and" timeout',
  'or',
  'error and',
  'a==b',
  'a -> b',
  '> 500',
  'status ">=" 500',
  'x->y',
  'user:and',
  '*',
])('doubtOf() says nothing of %s', (text) => {
  expect(doubtAbout(text)).toBeNull();
});
