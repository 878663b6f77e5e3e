import { describe, expect, test } from 'vitest';
import { register } from '../../../src/cli/fields.ts';
import { register as registerPatterns } from '../../../src/cli/patterns.ts';
import { CommandScene } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';

const ENTRIES: readonly TestEntry[] = Array.from({ length: 10 }, (_, index) => ({
  timestampUs: 1_700_000_000_000_000 + index,
  level: 'INFO',
  source: 'api',
  message: `took ${index} ms`,
  fields: [
    { key: 'id', value: String(index) },
    ...(index < 6 ? [{ key: 'status', value: index < 4 ? '200' : '\x1b[31m' }] : []),
  ],
}));

describe('fields', () => {
  test('lists fields with their most frequent values', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { code, stdout, stderr } = await scene.run(['fields']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'field                entries   of all   values  most frequent\n' +
        'id                        10    100 %       10  0, 1, 2, 3, 4, 5, 6, 7\n' +
        'status                     6  60.00 %        2  200, \\x1b[31m\n',
    );
    expect(stderr).toBe('2 fields in the newest 10 entries\n');
  });

  test('--json, a query and a limit', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout } = await scene.run(['fields', 'has:status', '-n', '2', '--json']);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        field: 'id',
        entries: 2,
        distinct: 2,
        values: [
          { value: '4', count: 1 },
          { value: '5', count: 1 },
        ],
      },
      { field: 'status', entries: 2, distinct: 1, values: [{ value: '\x1b[31m', count: 2 }] },
    ]);
    expect((await scene.run(['fields', 'nothing'])).code).toBe(1);
  });

  test('tell long values apart by their ends, and whole: a piece of one is none', async () => {
    const values = ['ü', 'u'].map((end) => `SELECT ${'ü, '.repeat(200)} ${end}`);
    const entries = [...values, 'x'.repeat(5_000)].map((value, index) => ({
      ...ENTRIES[0]!,
      fields: [{ key: index < 2 ? 'statement' : 'document', value }],
    }));
    using scene = new CommandScene(register, entries);
    const { stdout } = await scene.run(['fields', '--json']);
    const fields = stdout.trim().split('\n');
    expect(fields.map((line) => JSON.parse(line))).toEqual([
      {
        ...{ field: 'statement', entries: 2, distinct: 2 },
        values: values.toSorted().map((value) => ({ value, count: 1 })),
      },
      { field: 'document', entries: 1, distinct: null, values: [] },
    ]);
  });

  test('count an entry once where it has a field twice, with the value that questions see', async () => {
    const fields = ['1', '2'].map((value) => ({ key: 'id', value }));
    using scene = new CommandScene(register, [{ ...ENTRIES[0]!, fields }]);
    const { stdout } = await scene.run(['fields', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      ...{ field: 'id', entries: 1, distinct: 1 },
      values: [{ value: '2', count: 1 }],
    });
  });
});

describe('patterns', () => {
  test('counts messages of one shape', async () => {
    using scene = new CommandScene(registerPatterns, ENTRIES);
    const { code, stdout } = await scene.run(['patterns']);
    expect(code).toBe(0);
    // Which message is shown is the store's choice.
    expect(stdout).toMatch(
      /^count {2}share {2}level {2}pattern {6}example\n {3}10 {2}100 % {2}INFO {3}took <n> ms {2}took \d ms\n$/,
    );
    const json = await scene.run(['patterns', '--json', 'level:info']);
    expect(JSON.parse(json.stdout)).toMatchObject({ count: 10, pattern: 'took <n> ms' });
    expect((await scene.run(['patterns', 'nothing'])).code).toBe(1);
  });
});
