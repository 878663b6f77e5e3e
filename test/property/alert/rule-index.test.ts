/** Whatever the rules and rows: a rule that matches a row is among its candidates, once. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RuleIndex } from '../../../src/alert/rule-index.ts';
import { ColumnNames } from '../../../src/model/entry-columns.ts';
import { LEVELS } from '../../../src/model/level.ts';
import { compileFilter } from '../../../src/query/compile-filter.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { columnsOf } from '../../support/alert-rows.ts';

const WORDS = ['timeout', 'Disk', 'full', 'größe', 'a1', 'x-y', '42'] as const;

const term = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.constantFrom('level:error', 'level>=warn', 'level<info', 'level:none', '*'),
  fc.constantFrom('source:api', 'source:a*', 'source:db', 'tag:x', 'has:code'),
  fc.constantFrom('code:42', 'code>10', 'code:4*', '"disk full"', 'time*', '/o.t/', 'note:timeout'),
  fc.constantFrom(
    'code>=42',
    'code<10',
    'code<=4',
    'code:4..42',
    'has:note',
    'message:disk',
    'host:a*',
    'has:host',
  ),
  fc.constantFrom(
    '*meou*',
    '*out',
    '/disk (full|größe)/',
    '/TIMEOUT/i',
    'note:*imeo*',
    '/(time)?out/',
  ),
);

const query = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    term,
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a} ${b})`),
    fc.tuple(tie('node'), tie('node')).map(([a, b]) => `(${a} OR ${b})`),
    tie('node').map((a) => `NOT ${a}`),
  ),
})).node;

const row = fc.record({
  etUs: fc.constant(1_000_000),
  level: fc.constantFrom(...LEVELS, null),
  source: fc.constantFrom('api', 'db', 'app'),
  message: fc
    .array(fc.constantFrom(...WORDS, 'hello', 'TIMEOUT'), { maxLength: 4 })
    .map((words) => words.join(' ')),
  fields: fc.oneof(
    fc.constant({}),
    fc.record({ code: fc.constantFrom(42, 4, 'x'), note: fc.constantFrom('timeout', 'full') }),
  ),
});

/** Texts that are long enough to be gates, and alike. */
const PIECES = [
  'disk',
  'disks',
  'isk 1 f',
  'full',
  '1',
  '12',
  'timeout',
  'Timeouts',
  'ü',
  '-',
] as const;

const longText = fc
  .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 4 })
  .chain((pieces) => fc.constantFrom(pieces.join(' '), pieces.join('')));

const longQuery = fc
  .tuple(
    longText.filter((text) => text.length > 3),
    fc.constantFrom('"', '*', ':'),
    fc.constantFrom('', 'level:error ', 'source:api '),
  )
  .map(([text, kind, prefix]) => {
    if (kind === '"') return `${prefix}"${text}"`;
    return kind === '*'
      ? `${prefix}*${text.replaceAll(' ', '')}*`
      : `${prefix}note:*${text.replaceAll(' ', '*')}`;
  });

const longRow = fc.record({
  etUs: fc.constant(1_000_000),
  level: fc.constantFrom('ERROR' as const, null),
  source: fc.constantFrom('api', 'db'),
  message: fc
    .tuple(fc.constantFrom('', 'a', 'ab', 'abc', 'DISK '), longText)
    .map((two) => two.join('')),
  fields: fc.oneof(fc.constant({}), fc.record({ note: longText })),
});

test.each([
  { about: 'of any kind', asked: query, seen: row, rulesMax: 8, numRuns: 1_000 },
  { about: 'that are looked for', asked: longQuery, seen: longRow, rulesMax: 30, numRuns: 2_000 },
])(
  'RuleIndex leaves out no rule that matches, with texts $about',
  ({ asked, seen, rulesMax, numRuns }) => {
    fc.assert(
      fc.property(
        fc.array(asked, { minLength: 1, maxLength: rulesMax }),
        fc.array<Rows[number]>(seen, { minLength: 1, maxLength: 12 }),
        expectCandidates,
      ),
      { numRuns },
    );
  },
);

type Rows = Parameters<typeof columnsOf>[0];

/** Every rule that matches a row is among its candidates, once. */
function expectCandidates(texts: readonly string[], rows: Rows): void {
  const names = new ColumnNames();
  const context = { nowMs: Date.UTC(2026, 0), timezone: 'UTC' };
  const filters = texts.map((text) => parseQuery(text, context).filter);
  const index = new RuleIndex(
    filters.map((filter, value) => ({ value, filter })),
    names,
  );
  const columns = columnsOf(rows, { names });
  for (let at = 0; at < columns.count; at += 1) {
    const candidates = [...index.candidates(columns, at)];
    expect(new Set(candidates).size).toBe(candidates.length);
    for (const [position, filter] of filters.entries()) {
      if (!compileFilter(filter, names)(columns, at)) continue;
      expect(candidates, `${texts[position]} on ${JSON.stringify(rows[at])}`).toContain(position);
    }
  }
}

test('RuleIndex asks only the rules whose rarest text is in the row', () => {
  const names = new ColumnNames();
  const context = { nowMs: Date.UTC(2026, 0), timezone: 'UTC' };
  const rules = Array.from({ length: 1_000 }, (_, value) => ({
    value,
    filter: parseQuery(`level>=warn failed service${value}`, context).filter,
  }));
  const index = new RuleIndex(rules, names);
  const columns = columnsOf(
    [
      { etUs: 1, level: 'ERROR', message: 'service7 has failed' },
      { etUs: 1, level: 'INFO', message: 'service7 failed' },
      { etUs: 1, level: 'ERROR', message: 'service has failed' },
    ],
    { names },
  );
  expect(index.candidates(columns, 0)).toEqual([7]);
  expect(index.candidates(columns, 1)).toEqual([]);
  expect(index.candidates(columns, 2)).toEqual([]);
});

test('RuleIndex asks only the rules all of whose words are in the row where words are too short to be looked for', () => {
  const names = new ColumnNames();
  const context = { nowMs: Date.UTC(2026, 0), timezone: 'UTC' };
  const rules = Array.from({ length: 100 }, (_, value) => ({
    value,
    filter: parseQuery(`oom s${value}`, context).filter,
  }));
  const index = new RuleIndex(rules, names);
  const columns = columnsOf(
    [
      { etUs: 1, message: 's7 oom' },
      { etUs: 1, message: 's7 is gone' },
    ],
    { names },
  );
  expect(index.candidates(columns, 0)).toEqual([7]);
  expect(index.candidates(columns, 1)).toEqual([]);
});
