import { describe, expect, test } from 'vitest';
import { register } from '../../../src/cli/search.ts';
import { GROUPS_MAX } from '../../../src/query/stage-limits.ts';
import { CommandScene } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';

/** The fake clock starts at 2026-11-20T12:00:00Z. */
const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

const ENTRIES: readonly TestEntry[] = Array.from({ length: 8 }, (_, index) => ({
  timestampUs: NOON_US + index * 60e6,
  level: index === 4 ? 'ERROR' : 'INFO',
  source: index % 2 === 0 ? 'payments' : 'api',
  message: index === 4 ? 'POST /charge failed' : `step ${index}`,
  fields: [{ key: 'route', value: index === 4 ? '\x1b[31m/charge' : '/health' }],
}));

describe('search with stages', () => {
  test('prints a table: numbers at the right, foreign text escaped', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { code, stdout, stderr } = await scene.run(['search', '* | top 5 route']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toBe(
      'route            count    share\n' +
        '/health              7  87.50 %\n' +
        '\\x1b[31m/charge      1  12.50 %\n',
    );
  });

  test('refuses a step that is too short for the range, and says what is allowed', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { code, stdout, stderr } = await scene.run(['search', '* | timechart 1ms by level']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(
      'Cannot chart 2026-11-20T12:00:00.000Z to 2026-11-20T12:07:00.000Z in steps of 1ms: that is 420,001 steps, at most 100,000 are allowed\n' +
        '  Ask for `timechart 1s`, for a shorter time range, or leave the step out',
    );
    expect((await scene.run(['search', '* | timechart 1s'])).code).toBe(0);
  });

  test.each(['', ' by level', ' by route'])(
    'refuses it as well where the entries have more steps than can be counted: timechart 1ms%s',
    async (by) => {
      const message = 'x';
      const entries = Array.from({ length: GROUPS_MAX + 1 }, (_, index): TestEntry => {
        return { timestampUs: NOON_US + index * 1_000, level: 'INFO', source: 'api', message };
      });
      using scene = new CommandScene(register, entries);
      const { code, stderr } = await scene.run(['search', `* | timechart 1ms${by}`]);
      expect(stderr).toMatch(
        /^Cannot chart .* that is 200,00\d steps, at most 100,000 are allowed\n/,
      );
      expect(code).toBe(2);
    },
  );

  test('prints a table as JSON lines, with the names of its columns', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout } = await scene.run(['search', '* | count by level, source', '--json']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { level: 'INFO', source: 'api', count: 4 },
      { level: 'INFO', source: 'payments', count: 3 },
      { level: 'ERROR', source: 'payments', count: 1 },
    ]);
    expect((await scene.run(['search', 'nothing | top route'])).code).toBe(1);
  });

  test('prints local times in a chart', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout } = await scene.run(['search', '* | timechart 4m by level', '--utc']);
    expect(stdout).toBe(
      'time                     ERROR  INFO\n' +
        '2026-11-20 12:00:00.000      0     4\n' +
        '2026-11-20 12:04:00.000      1     3\n',
    );
  });

  test('takes no text for a time that is none', async () => {
    const entry = { ...ENTRIES[0]!, fields: [{ key: 'time', value: 'run 5' }] };
    using scene = new CommandScene(register, [entry]);
    expect((await scene.run(['search', '* | count by time'])).stdout).toContain('run 5');
  });
});

describe('search -n with stages', () => {
  test('is how many rows are printed, not how many entries are counted', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout } = await scene.run(['search', '* | count by route', '-n', '1', '--json']);
    expect(stdout).toBe('{"route":"/health","count":7}\n');
    const sorted = await scene.run(['search', '* | sort timestamp', '-n', '1', '-o', 'message']);
    expect(sorted.stdout).toBe('step 0\n');
  });

  test.each([
    ['* | dedup route', '1', 'step 7\n'],
    ['* | dedup route', '2', 'step 7\nPOST /charge failed\n'],
    ['* | dedup source, route', '3', 'step 7\nstep 6\nPOST /charge failed\n'],
    ['* | dedup route | context 0 1', '1', 'step 7\n'],
  ])('counts what dedup has left: %s, -n %s', async (query, limit, left) => {
    using scene = new CommandScene(register, ENTRIES);
    const args = ['search', query, '-n', limit, '-o', 'message'];
    expect((await scene.run(args)).stdout).toContain(left);
    expect((await scene.run([...args, '--json'])).stdout.split('\n')).toHaveLength(
      Number(limit) + 1,
    );
  });
});

test.each([
  ['* | sort -route', /^First 2 behind the stages, of 8 matches in 8 entries, \d/],
  ['* | dedup timestamp', /^First 2 behind the stages, of 8 matches in 8 entries, \d/],
  ['* | context 1', /^Newest 2 of 8 matches in 8 entries, .*\. Older: --cursor \S+\n$/],
])(
  'search calls nothing the newest that is not, nor names a place to go on from: %s',
  async (query, said) => {
    using scene = new CommandScene(register, ENTRIES);
    const { stderr } = await scene.run(['search', query, '-n', '2']);
    expect(stderr).toMatch(said);
    expect(stderr.includes('--cursor')).toBe(query.includes('context'));
  },
);

describe('search with context', () => {
  test('-C shows the entries around each match under its source', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout, stderr } = await scene.run(['search', 'charge failed', '-C', '1', '--utc']);
    expect(stdout).toBe(
      'Fri 20 Nov 2026, UTC\n' +
        'payments /var/log/payments.log\n' +
        '  12:02:00.000 INFO  step 2 route=/health\n' +
        '> 12:04:00.000 ERROR POST /charge failed route=\\x1b[31m/charge\n' +
        '  12:06:00.000 INFO  step 6 route=/health\n',
    );
    expect(stderr).toMatch(/^1 match in 8 entries/);
  });

  test('-A and -B are the halves; JSON says which is the match', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const after = await scene.run(['search', 'charge', '-A', '1', '--json']);
    expect(
      after.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).match),
    ).toEqual([true, false]);
    const before = await scene.run(['search', 'charge', '-B', '5', '-o', 'message']);
    expect(before.stdout).toBe('step 0\nstep 2\nPOST /charge failed\n');
    expect((await scene.run(['search', '* | count', '-C', '1'])).code).toBe(2);
    expect((await scene.run(['search', '*', '-C', '1000'])).code).toBe(2);
  });
});
