/** Sources with more patterns than are told apart: nothing is called new, stopped, risen or fallen that may not be. */
import { beforeAll, describe, expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { PatternHistory } from '../../../src/ingest/pattern-history.ts';
import { otherRecords, patternRecords } from '../../../src/report/pattern-records.ts';
import { buildReport, type Report } from '../../../src/report/report.ts';
import { reportText } from '../../../src/report/report-text.ts';
import { tallyStore } from '../../../src/report/store-tally.ts';
import { TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { CALM, CONTEXT } from '../../support/report-scene.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const DAY_MS = 86_400_000;
const FIRST_DAY_MS = Date.UTC(2026, 10, 6);
const DAY_COUNT = 6;
/** On which noise comes, more of it than a segment tells apart. */
const NOISY_DAY = 4;
const NOISE_COUNT = 6000;

/** A word of letters for each number, none like another. */
function word(number: number): string {
  return [...(number + 11_881_376).toString(26)]
    .map((digit) => 'bcdfghjklmnpqrstvwxzaeiouy'[Number.parseInt(digit, 26)])
    .join('');
}

function noise(index: number): string {
  return [1, 3, 5, 7].map((factor) => word(index * factor)).join(' ');
}

function linesOf(day: number): TestEntry[] {
  const count = day === NOISY_DAY ? NOISE_COUNT : 50;
  const messages = [
    ...Array.from({ length: count }, (_, index) => noise(day < NOISY_DAY ? index : 5999 - index)),
    ...Array.from({ length: 30 }, () => 'nightly backup of a volume finished'),
  ];
  const line = (message: string, source: string, index: number): TestEntry => ({
    timestampUs: (FIRST_DAY_MS + day * DAY_MS + index * 1000) * 1000,
    ...{ level: 'INFO', source, message },
  });
  return [
    ...messages.map((message, index) => line(message, 'app', index)),
    ...(day === NOISY_DAY ? [] : [line('a calm one', 'calm', 1)]),
    ...(day === NOISY_DAY + 1 ? [line('switched over', 'calm', 2)] : []),
  ];
}

function reports(): Report[] {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  using database = Database.open(':memory:');
  const history = PatternHistory.open(database);
  let afterSequence = 0;
  return Array.from({ length: DAY_COUNT }, (_, day) => {
    store.add(linesOf(day));
    using reader = store.openReader();
    const tally = tallyStore(reader, { timezone: 'UTC', afterSequence });
    afterSequence = tally.lastSequence;
    const report = buildReport(tally, {
      ...{ ...CONTEXT, timezone: 'UTC', incidents: [], coverage: CALM },
      writtenAtMs: FIRST_DAY_MS + (day + 1) * DAY_MS + 300_000,
      history: history.patterns(),
      otherHistory: history.others(),
    });
    history.add({ patterns: patternRecords(report), others: otherRecords(report) }, report.today);
    return report;
  });
}

describe('a source with more patterns than are told apart', () => {
  let all: Report[];

  beforeAll(() => {
    all = reports();
  });

  test('is said to have them, and to be known in part', () => {
    const { verdict, otherPatternCount } = all[NOISY_DAY]!;
    expect(otherPatternCount).toBeGreaterThan(1000);
    expect(reportText(all[NOISY_DAY]!).replaceAll('\n', ' ')).toContain(
      'More patterns came from app at INFO than are told apart: ',
    );
    expect(verdict.lead.at(-1)?.text).toBe('What is new or stopped is not known of app at INFO.');
    for (const report of all.slice(0, NOISY_DAY))
      expect(report.verdict.lead.at(-1)?.text).toBe('Nothing lost.');
  });

  test('has no job called stopped that came among them', () => {
    const { stopped, moved } = all[NOISY_DAY]!.news!.comparison!;
    expect(stopped.map(({ pattern }) => pattern.source)).toEqual([]);
    expect(moved).toEqual([]);
  });

  test('has nothing called new, risen or fallen on the day after, and the others have', () => {
    const { fresh, comparison } = all[NOISY_DAY + 1]!.news!;
    expect(fresh.map(({ template }) => template)).toEqual(['switched over']);
    expect(comparison!.moved).toEqual([]);
  });
});
