/** Suggested rules on twelve days with habits: a backup at two, a steady source, errors now and then and one night of many. */
import { expect, test } from 'vitest';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { habitOf } from '../../../src/rehearsal/daily-lines.ts';
import { rehearsalSettingsOf } from '../../../src/rehearsal/rehearsal-settings.ts';
import { type Suggested, suggest } from '../../../src/rehearsal/suggest.ts';
import { sectionText } from '../../../src/rehearsal/suggestion.ts';
import { CONFIG_TEXT } from '../../support/command-line.ts';
import { TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 1);
const DAYS = 12;
/** On this night the backup did not come. */
const MISSED_DAY = 7;

function entriesOfDay(day: number): TestEntry[] {
  const dayMs = START_MS + day * DAY_MS;
  const entries: TestEntry[] = [];
  const put = (atMs: number, source: string, message: string, level: 'INFO' | 'ERROR'): void => {
    entries.push({ timestampUs: atMs * 1_000, level, source, message });
  };
  for (let minute = 0; minute < 1_440; minute += 5) {
    put(dayMs + minute * MINUTE_MS, 'api', `request ${minute} done`, 'INFO');
    // A few errors all day long; on the night of the fourth day many.
    const isBad = day === 4 && minute === 180;
    for (let index = 0; index < (isBad ? 60 : minute % 15 === 0 ? 1 : 0); index += 1) {
      put(dayMs + minute * MINUTE_MS + index * 100, 'api', `failed at ${index}`, 'ERROR');
    }
  }
  if (day !== MISSED_DAY) {
    const atMs = dayMs + 120 * MINUTE_MS + day * 20_000;
    put(atMs, 'backup', `backup finished, ${day * 7} files in ${day} s`, 'INFO');
  }
  return entries;
}

type Asked = { sections?: string; entriesOf?: (day: number) => TestEntry[]; timezone?: string };

function suggested({
  sections = '',
  entriesOf = entriesOfDay,
  timezone = 'UTC',
}: Asked = {}): Suggested[] {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  for (let day = 0; day < DAYS; day += 1) store.add(entriesOf(day));
  using reader = store.openReader();
  const settings = settingsFromText(`${CONFIG_TEXT}${sections}`, { projectFolder: folder.path });
  return [
    ...suggest(
      { reader, database: null, host: null },
      {
        settings: rehearsalSettingsOf(settings),
        sinceUs: START_MS * 1_000,
        nowUs: (START_MS + DAYS * DAY_MS) * 1_000,
        timezone,
      },
    ),
  ];
}

test('suggest() finds the line that always comes, the source that is never silent, and the errors', () => {
  const found = suggested();
  expect(found.map(sectionText)).toEqual([
    '[alert:backup finished, files in is missing]\nkind = absence\n' +
      'when = source:"backup" "backup finished," "files in"\n' +
      'schedule = 01:50-02:15\ntimezone = UTC\nsilence = 25m\nseverity = high\n',
    '[alert:api is silent]\nkind = absence\nwhen = source:"api"\nsilence = 10m\nseverity = high\n',
    '[alert:api has many errors]\nkind = spike\nwhen = source:"api" level>=error\n' +
      'window = 10m\nratio = 3\nminimum = 10\nseverity = high\n',
  ]);
  expect(found[2]!.reason).toBe(
    'api usually has at most 1 error in 10 minutes in which it has any.',
  );
  const [backup, silent, errors] = found.map(({ rehearsal }) => rehearsal);
  expect(backup!.incidents.map(({ openedAtMs }) => new Date(openedAtMs).toISOString())).toEqual([
    '2026-11-08T02:15:00.000Z',
  ]);
  expect(silent!.incidents).toEqual([]);
  expect(errors!.incidents).toHaveLength(1);
  expect(errors!.incidents[0]!.openedAtMs - Date.UTC(2026, 10, 5, 3)).toBeLessThan(10 * MINUTE_MS);
});

test('suggest() leaves out what the config has already', () => {
  const sections = '[alert:api is silent]\nwhen = *\n';
  expect(suggested({ sections }).map(({ name }) => name)).not.toContain('api is silent');
});

test.each([
  ['UTC', '23:10-23:30'],
  ['Asia/Kolkata', '04:40-05:00'],
])(
  'suggest() gives the line that always comes its part of the day in %s, also the first of the store',
  (timezone, schedule) => {
    const entriesOf = (day: number): TestEntry[] => {
      const atMs = START_MS + day * DAY_MS + 1_400 * MINUTE_MS;
      return [
        { timestampUs: atMs * 1_000, level: 'INFO', source: 'jobs', message: 'mails are sent' },
      ];
    };
    const [found] = suggested({ entriesOf, timezone });
    expect(found).toMatchObject({ keys: { schedule, timezone }, rehearsal: { incidents: [] } });
  },
);

test('habitOf() asks for most days and a narrow part of the clock', () => {
  const at = (day: number, minute: number): number => START_MS + day * DAY_MS + minute * MINUTE_MS;
  const days = [0, 1, 2, 3, 4, 5];
  expect(
    habitOf(
      days.map((day) => at(day, 120)),
      'UTC',
    ),
  ).toMatchObject({
    from: '01:50',
    until: '02:10',
    dayCount: 6,
    daySpan: 6,
  });
  expect(
    habitOf(
      days.map((day) => at(day, 120)),
      'Europe/Berlin',
    ),
  ).toMatchObject({ from: '02:50' });
  expect(
    habitOf(
      days.map((day) => at(day, 120 + day * 60)),
      'UTC',
    ),
  ).toBeNull();
  expect(
    habitOf(
      days.slice(0, 4).map((day) => at(day, 120)),
      'UTC',
    ),
  ).toBeNull();
  expect(
    habitOf(
      days.map((day) => at(day * 2, 120)),
      'UTC',
    ),
  ).toBeNull();
  expect(
    habitOf(
      days.map((day) => at(day, 1_435)),
      'UTC',
    ),
  ).toBeNull();
});
