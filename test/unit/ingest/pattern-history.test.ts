/** What patterns came on which day: added up, bounded, and not pushed out by stamps from the future. */
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import {
  HISTORY_DAYS,
  HISTORY_SCHEMA,
  PatternHistory,
  type PatternRecord,
} from '../../../src/ingest/pattern-history.ts';

const TODAY = 20_777;

function record(template: string, days: PatternRecord['days']): PatternRecord {
  const firstUs = days[0]![0] * 86_400_000_000;
  return {
    source: 'api',
    levelCode: 4,
    template,
    firstUs,
    lastUs: firstUs + 1,
    example: template,
    exampleUs: firstUs,
    days,
  };
}

test('PatternHistory adds up what comes again, and remembers when it began', () => {
  using database = Database.open(':memory:');
  const history = PatternHistory.open(database);
  history.add({ patterns: [record('a', [[TODAY - 1, 3]])], others: [] }, TODAY);
  history.add(
    {
      patterns: [
        record('a', [
          [TODAY - 1, 2],
          [TODAY, 5],
        ]),
        record('b', [[TODAY, 1]]),
      ],
      others: [],
    },
    TODAY,
  );
  expect(
    history.patterns().map(({ template, days, firstUs }) => [template, days, firstUs]),
  ).toEqual([
    [
      'a',
      [
        [TODAY - 1, 5],
        [TODAY, 5],
      ],
      (TODAY - 1) * 86_400_000_000,
    ],
    ['b', [[TODAY, 1]], TODAY * 86_400_000_000],
  ]);
});

test('PatternHistory forgets what is older than its days, counted from the newest day it knows', () => {
  using database = Database.open(':memory:');
  const history = PatternHistory.open(database);
  history.add(
    {
      patterns: [record('old', [[TODAY - HISTORY_DAYS, 1]]), record('long ago', [[100, 1]])],
      others: [],
    },
    TODAY,
  );
  expect(history.patterns().map(({ template }) => template)).toEqual(['old']);
  history.add({ patterns: [record('now', [[TODAY, 1]])], others: [] }, TODAY);
  expect(history.patterns().map(({ template }) => template)).toEqual(['now']);
  history.add(
    {
      patterns: [record('future', [[TODAY + 400, 1]]), record('wild', [[2 ** 31, 1]])],
      others: [],
    },
    TODAY,
  );
  expect(history.patterns().map(({ template }) => template)).toEqual(['now']);
});

test('PatternHistory takes any time that fits a column', () => {
  using database = Database.open(':memory:');
  const history = PatternHistory.open(database);
  history.add(
    {
      patterns: [
        { ...record('a', [[TODAY, 1]]), firstUs: -8.64e18, lastUs: 8.64e18, exampleUs: 1.5 },
      ],
      others: [],
    },
    TODAY,
  );
  expect(history.patterns()[0]).toMatchObject({
    firstUs: Number.MIN_SAFE_INTEGER,
    lastUs: Number.MAX_SAFE_INTEGER,
  });
});

test('PatternHistory keeps of what it has no room for that it was there', () => {
  using database = Database.open(':memory:');
  const history = PatternHistory.open(database);
  const many = Array.from({ length: 20_003 }, (_, index) => record(`p${index}`, [[TODAY - 1, 2]]));
  const others = [
    { source: 'api', levelCode: 4, days: [[TODAY - 1, 5]] as const },
    { source: 'web', levelCode: 2, days: [[TODAY + 400, 1]] as const },
  ];
  history.add({ patterns: many, others }, TODAY);
  expect(history.patterns()).toHaveLength(20_000);
  expect(history.others()).toEqual([{ source: 'api', levelCode: 4, days: [[TODAY - 1, 11]] }]);
  history.add({ patterns: [record('p3', [[TODAY + 40, 1]])], others: [] }, TODAY + 40);
  expect(history.others()).toEqual([]);
});

test('PatternHistory is read where an earlier version has written it', () => {
  using database = Database.open(':memory:');
  database.migrate({ ...HISTORY_SCHEMA, steps: HISTORY_SCHEMA.steps.slice(0, 1) });
  expect(PatternHistory.read(database).others()).toEqual([]);
  expect(PatternHistory.open(database).others()).toEqual([]);
});
