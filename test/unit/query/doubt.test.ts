/** What a query may not mean is said of those that would find nothing, and of no other. */
import { expect, test } from 'vitest';
import { doubtOf, levelDoubtOf } from '../../../src/query/doubt.ts';
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
  [
    'status in (500,502)',
    '"in" is looked for as a word; for a field with one of these values write status:(500 OR 502)',
  ],
  [
    'level:error status IN (500, 502, 504)',
    '"IN" is looked for as a word; for a field with one of these values write status:(500 OR 502 OR 504)',
  ],
  [
    'user:anna,ben',
    '"anna,ben" is looked for as one text; for a field with one of these values write user:(anna OR ben)',
  ],
  [
    'path =~ api.*',
    '"=~" is looked for as text; for a field that a regular expression matches write path:/…/',
  ],
  ['{app=shop}', '"{app=shop}" is looked for as text; for a field write app:=shop'],
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
  'bytes:1,000,000',
  'bytes:12,345',
  'bytes:100,000',
  'user:"anna,ben"',
  'logged in (again)',
  'signed in twice',
  '*',
])('doubtOf() says nothing of %s', (text) => {
  expect(doubtAbout(text)).toBeNull();
});

test.each([
  ['error', 'error', 'error'],
  ['payment Warning', 'Warning', 'warn'],
  ['source:api (timeout OR FATAL)', 'FATAL', 'fatal'],
])('levelDoubtOf() says of %s that a level has another name', (text, word, level) => {
  const { filter } = parseQuery(text, { nowMs: 0, timezone: 'UTC' });
  expect(levelDoubtOf(filter)).toBe(
    `"${word}" is looked for as a word of the text; for entries of that level write level:${level}`,
  );
});

test.each(['errors', 'error*', '"error 7"', '-error', 'level:error', 'kind:error', 'constructor'])(
  'levelDoubtOf() says nothing of %s',
  (text) => {
    expect(levelDoubtOf(parseQuery(text, { nowMs: 0, timezone: 'UTC' }).filter)).toBeNull();
  },
);
