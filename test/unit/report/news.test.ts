/**
 * New, stopped, risen and fallen patterns in a generated fortnight: everything planted is found, and among 150
 * rare templates and a busy, wavering machine nothing is called what it is not.
 */
import { beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { PatternHistory } from '../../../src/ingest/pattern-history.ts';
import type { News } from '../../../src/report/news.ts';
import { otherRecords, patternRecords } from '../../../src/report/pattern-records.ts';
import { buildReport, type Report } from '../../../src/report/report.ts';
import type { ReportTally } from '../../../src/report/report-tally.ts';
import { tallyStore } from '../../../src/report/store-tally.ts';
import { TestStore } from '../../support/engine-store.ts';
import { CALM, CONTEXT, type ReportLine, tallyOf } from '../../support/report-scene.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 10, 6);
const DAY_COUNT = 14;
const LAST = DAY_COUNT - 1;

/** A generator of its own: the same fortnight on every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const USERS = Array.from(
  { length: 40 },
  (_, index) => `user${'abcdefghijklmnopqrstuvwxyz'[index % 26]}${'xyz'[index % 3]}`,
);

/** Rare messages: each comes on some days only, at least once in the first ten. */
function rareLines(day: number, random: () => number): Line[] {
  const lines: Line[] = [];
  for (let index = 0; index < 150; index += 1) {
    const word = `${'bcdfghjklm'[index % 10]}${'aeiou'[index % 5]}${'npqrstvwxz'[Math.floor(index / 15)]}${'aeiou'[index % 3]}`;
    const comes = day === index % 10 || random() < 0.15;
    if (comes)
      lines.push([
        'WARN',
        `module${index % 7}`,
        `${word} handler met an odd ${word}${word} of ${Math.floor(random() * 1000)}`,
      ]);
  }
  return lines;
}

type Line = readonly [level: ReportLine['level'], source: string, message: string];

function times(count: number, line: (index: number) => Line): Line[] {
  return Array.from({ length: count }, (_, index) => line(index));
}

/** The usual day, which wavers by a fifth and is quieter at weekends. */
function usualLines(day: number, random: () => number): Line[] {
  const weekend = [0, 6].includes(new Date(FIRST_DAY_MS + day * DAY_MS).getUTCDay()) ? 0.5 : 1;
  const about = (count: number): number => Math.round(count * weekend * (0.9 + random() * 0.2));
  const pick = (names: readonly string[]): string => names[Math.floor(random() * names.length)]!;
  return [
    ...times(about(600), (index) => [
      'INFO',
      'web',
      `GET /item/${index} served in ${index % 90} ms`,
    ]),
    ...times(about(120), () => [
      'INFO',
      'auth',
      `session of ${pick(USERS)} opened from 10.0.0.${Math.floor(random() * 250)}`,
    ]),
    ...times(about(60), (index) => ['WARN', 'db', `slow query took ${index} ms on table orders`]),
    ...times(about(30), (index) => [
      'ERROR',
      'api',
      `upstream answered ${500 + (index % 5)} to request ${index}`,
    ]),
    ...rareLines(day, random),
  ];
}

/** Planted on the last day: two new, one stopped, one risen, one fallen. */
function plantedLines(day: number): Line[] {
  const isLast = day === LAST;
  return [
    ...(isLast
      ? times(
          7,
          (index): Line => [
            'ERROR',
            'payments',
            `ledger refused transfer ${index} of account A${index}`,
          ],
        )
      : []),
    ...(isLast
      ? times(1, (): Line => ['INFO', 'deploy', 'feature switch darkmode was turned on'])
      : []),
    ...(isLast
      ? []
      : times(
          1,
          (): Line => ['INFO', 'cron/backup', `backup finished, ${day + 40}.2 GB in 00:38:07`],
        )),
    ...times(
      isLast ? 200 : 60,
      (index): Line => ['WARN', 'sshd', `login failed for invalid user from 10.1.1.${index}`],
    ),
    ...times(
      isLast ? 20 : 90,
      (index): Line => ['WARN', 'cache', `evicted ${index} keys under pressure`],
    ),
  ];
}

function linesOf(day: number, random: () => number): ReportLine[] {
  const lines = [...usualLines(day, random), ...plantedLines(day)];
  return lines.map(([level, source, message], index) => ({
    atMs: FIRST_DAY_MS + day * DAY_MS + Math.floor((index / lines.length) * DAY_MS),
    level,
    source,
    message,
  }));
}

/** What is counted of each day: the lines themselves, or what the segments of a store have counted of them. */
type Counter = (lines: readonly ReportLine[]) => ReportTally;

function storeCounter(store: TestStore): Counter {
  let afterSequence = 0;
  return (lines) => {
    store.add(
      lines.map(({ atMs, level, source, message }) => ({
        timestampUs: atMs * 1000,
        level,
        source,
        message,
      })),
    );
    using reader = store.openReader();
    const tally = tallyStore(reader, { timezone: 'UTC', afterSequence });
    afterSequence = tally.lastSequence;
    return tally;
  };
}

/** One report a night, five minutes after midnight, each with the history of those before. */
function reports(count: Counter): Report[] {
  using database = Database.open(':memory:');
  const history = PatternHistory.open(database);
  const random = randomOf(7);
  let comparedDay: number | null = null;
  return Array.from({ length: DAY_COUNT }, (_, day) => {
    const report: Report = buildReport(count(linesOf(day, random)), {
      ...CONTEXT,
      timezone: 'UTC',
      incidents: [],
      coverage: CALM,
      writtenAtMs: FIRST_DAY_MS + (day + 1) * DAY_MS + 300_000,
      history: history.patterns(),
      otherHistory: history.others(),
      comparedDay,
    });
    history.add({ patterns: patternRecords(report), others: otherRecords(report) }, report.today);
    comparedDay = report.news?.comparison?.day ?? comparedDay;
    return report;
  });
}

function reportsOfLines(): Report[] {
  return reports((lines) => tallyOf(lines, 'UTC'));
}

function reportsOfStore(): Report[] {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  return reports(storeCounter(store));
}

describe.each([
  ['of the lines', reportsOfLines],
  ['of what segments have counted', reportsOfStore],
])('a fortnight of reports %s', (_name, made) => {
  let all: Report[];
  let last: News;

  beforeAll(() => {
    all = made();
    last = all[LAST]!.news!;
  });

  test('the first report has nothing to compare with and says so', () => {
    expect(all[0]!.news).toBeNull();
    expect(all[1]!.news?.comparison).not.toBeNull();
  });

  test('new patterns are found, worst first, and nothing rare is called new', () => {
    expect(last.fresh.map(({ template, count }) => [template, count])).toEqual([
      ['ledger refused transfer <n> of account A<n>', 7],
      ['feature switch darkmode was turned on', 1],
    ]);
    expect(last.fresh[0]!.example).toBe('ledger refused transfer 0 of account A0');
    for (const report of all.slice(10, LAST)) expect(report.news?.fresh).toEqual([]);
  });

  test('a job that did not come is found, and nothing else is missed', () => {
    expect(
      last.comparison?.stopped.map(({ pattern, perDay }) => [pattern.template, perDay]),
    ).toEqual([['backup finished, <size> in <time>', 1]]);
    for (const report of all.slice(0, LAST))
      expect(report.news?.comparison?.stopped ?? []).toEqual([]);
  });

  test('what rose and what fell is found, against the day before and the week before', () => {
    expect(
      last.comparison?.moved.map(({ pattern, count, previousCount, weekBeforeCount, rose }) => [
        pattern.source,
        count,
        previousCount,
        weekBeforeCount,
        rose,
      ]),
    ).toEqual([
      ['sshd', 200, 60, 60, true],
      ['cache', 20, 90, 90, false],
    ]);
    const midweek = all.slice(8, LAST).flatMap((report) => report.news?.comparison?.moved ?? []);
    expect(midweek.map(({ pattern }) => pattern.template)).toEqual([]);
  });

  test('the verdict names what is new before everything else', () => {
    expect(all[LAST]!.verdict.title).toBe('Worse than usual: 1 new error pattern, from payments');
    expect(all[LAST - 1]!.verdict.title).toBe('Nothing unusual');
  });

  test('each day is compared once', () => {
    const days = all.flatMap((report) => report.news?.comparison?.day ?? []);
    expect(new Set(days).size).toBe(days.length);
    expect(days).toHaveLength(DAY_COUNT - 1);
  });
});
