import { expect, test } from 'vitest';
import { IncidentStore } from '../../../src/alert/incident-store.ts';
import { Database } from '../../../src/base/database.ts';
import { pressed, register } from '../../../src/cli/top.ts';
import { TopActivity } from '../../../src/cli/top-activity.ts';
import { type TopView, topScreen } from '../../../src/cli/top-screen.ts';
import { CommandScene } from '../../support/command-line.ts';
import { TestStore } from '../../support/engine-store.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 12);

function entries(source: string, count: number, level: string | null = null): TestEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    timestampUs: (NOW_MS - 60_000 + index) * 1_000,
    level,
    source,
    message: `line ${index}`,
  })) as TestEntry[];
}

const VIEW: TopView = {
  host: 'web-01',
  clock: '12:00:00',
  nowMs: NOW_MS,
  status: null,
  sources: [],
  incidents: [],
  sort: 'lines',
  filter: '',
  isTyping: false,
  isPaused: false,
  showsHelp: false,
  width: 80,
  height: 24,
  colour: false,
};

test('TopActivity begins with the last ten minutes and goes on with what arrives', () => {
  using folder = TempFolder.make();
  using store = new TestStore(folder.path);
  store.add([...entries('api', 30), ...entries('payments', 3, 'ERROR')]);
  using reader = store.openReader();
  const activity = new TopActivity(reader, NOW_MS);
  const before = activity.sources(NOW_MS);
  expect(before.map(({ source, steps }) => [source, steps.reduce((a, b) => a + b)])).toEqual([
    ['api', 30],
    ['payments', 3],
  ]);
  store.add([
    ...entries('api', 50),
    ...entries('new', 5, 'WARN'),
    ...entries('payments', 2, 'FATAL'),
  ]);
  activity.look(NOW_MS + 1_000);
  const after = new Map(activity.sources(NOW_MS + 1_000).map((one) => [one.source, one]));
  expect(after.get('api')).toMatchObject({ linesPerSecond: 10, errorsPerMinute: 0 });
  expect(after.get('new')).toMatchObject({ linesPerSecond: 1, warningsPerMinute: 5 });
  expect(after.get('payments')?.errorsPerMinute).toBe(2);
  expect(after.get('api')?.steps.at(-1)).toBe(50);
  activity.look(NOW_MS + 25_000);
  const later = activity.sources(NOW_MS + 25_000).find(({ source }) => source === 'api');
  expect(later?.linesPerSecond).toBe(0);
  expect(later?.steps.at(-3)).toBe(50);
});

test('topScreen() keeps to its window, sorts, filters, and lets nothing foreign through', () => {
  const sources = HOSTILE_TEXTS.map(({ text }, index) => ({
    source: text,
    linesPerSecond: index,
    warningsPerMinute: 0,
    errorsPerMinute: index === 3 ? 9 : 0,
    steps: new Array<number>(60).fill(index),
    errorSteps: new Array<number>(60).fill(0),
  }));
  const screen = topScreen({ ...VIEW, host: '\x1b[2Jhost', sources });
  const lines = screen.split('\n');
  expect(lines).toHaveLength(24);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there.
  for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u200b]/);
  const byErrors = topScreen({ ...VIEW, sources, sort: 'errors' }).split('\n');
  expect(byErrors[7]).toContain(' 9 ');
  const filtered = topScreen({ ...VIEW, sources, filter: 'DROP TABLE' });
  expect(filtered).toContain('DROP TABLE');
  expect(filtered).not.toContain('script');
});

test('keys change what is shown', () => {
  expect(pressed(VIEW, ' ')).toEqual({ isPaused: true });
  expect(pressed(VIEW, 's')).toEqual({ sort: 'errors' });
  expect(pressed(VIEW, '/')).toEqual({ isTyping: true, filter: '' });
  expect(topScreen({ ...VIEW, ...pressed(VIEW, '?') })).toContain('sort by lines');
  expect(pressed(VIEW, 'x')).toEqual({});
});

test('top prints one picture on a pipe', async () => {
  using scene = new CommandScene(register, entries('api', 3));
  using database = Database.open(scene.store.databasePath);
  IncidentStore.open(database);
  const { code, stdout } = await scene.run(['top', '--utc']);
  expect(code).toBe(0);
  expect(stdout).toContain('no daemon runs');
  expect(stdout).toContain('source ');
});
