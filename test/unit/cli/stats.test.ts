import { describe, expect, test } from 'vitest';
import { register } from '../../../src/cli/stats.ts';
import { CommandScene } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';

/** 2026-11-20T12:00:00Z, where the fake clock starts. */
const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

const ENTRIES: readonly TestEntry[] = [
  ...Array.from(
    { length: 12 },
    (_, hour): TestEntry => ({
      timestampUs: NOON_US - (hour + 1) * 3_600e6,
      level: 'INFO',
      source: 'nginx/access',
      message: 'ok',
      tags: ['web'],
    }),
  ),
  {
    timestampUs: NOON_US - 1_800e6,
    level: 'ERROR',
    source: 'api',
    message: 'failed',
    tags: ['web', 'prod'],
  },
  { timestampUs: NOON_US - 1_700e6, level: 'WARN', source: 'api', message: 'slow' },
  { timestampUs: NOON_US - 1_600e6, level: null, source: '\x1b[31m', message: 'no level' },
];

describe('stats', () => {
  test('--json holds the total and the counts by level, source and tag', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { code, stdout } = await scene.run(['stats', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      total: 15,
      levels: { INFO: 12, ERROR: 1, WARN: 1, none: 1 },
      sources: { 'nginx/access': 12, api: 2, '\x1b[31m': 1 },
      tags: { web: 13, prod: 1 },
      first: '2026-11-20T00:00:00.000Z',
      last: expect.stringMatching(/^2026-11-20T11:3/),
    });
    expect(stdout).not.toContain('\x1b');
  });

  test('prints tables: worst level first, bars over time, sources with their warnings and errors', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout } = await scene.run(['stats', '--utc']);
    const lines = stdout.split('\n');
    expect(lines.slice(0, 6)).toEqual([
      'level                entries    share  per hour',
      'ERROR                      1   6.67 %  ...........█',
      'WARN                       1   6.67 %  ...........█',
      'INFO                      12  80.00 %  ████████████',
      'none                       1   6.67 %  ...........█',
      'total                     15',
    ]);
    expect(lines.slice(7, 11)).toEqual([
      'source               entries     warn   error+   of all',
      `nginx/access              12        0        0  80.00 %  ${'█'.repeat(40)}`,
      `api                        2        1        1  13.33 %  ${'█'.repeat(7)}`,
      `\\x1b[31m                   1        0        0   6.67 %  ${'█'.repeat(4)}`,
    ]);
    expect(stdout).toContain('web                       13  86.67 %');
    expect(lines.at(-2)).toBe('3 sources, from 00:00 to 11:33 (UTC)');
  });

  test('counts only what the query and the options leave', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout } = await scene.run(['stats', 'level>=warn', '--json', '-S', '1h']);
    expect(JSON.parse(stdout)).toMatchObject({
      total: 2,
      levels: { ERROR: 1, WARN: 1 },
      sources: { api: 2 },
    });
  });

  test('ends with 1 where nothing matches', async () => {
    using scene = new CommandScene(register, ENTRIES);
    expect(await scene.run(['stats', 'nowhere'])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'No entry matches\n',
    });
    const json = await scene.run(['stats', 'nowhere', '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({
      total: 0,
      levels: {},
      sources: {},
      tags: {},
      first: null,
      last: null,
    });
  });

  test('leaves the bars of the sources out where the terminal is narrow', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout } = await scene.run(['stats'], { columns: 80, environment: { NO_COLOR: '1' } });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});
