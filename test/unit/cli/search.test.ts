import { describe, expect, test } from 'vitest';
import { register } from '../../../src/cli/search.ts';
import type { EntryRecord } from '../../../src/model/entry.ts';
import { CONFIG_TEXT, CommandScene, runCommand } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** The fake clock starts at 2026-11-20T12:00:00Z. */
const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

const ENTRIES: readonly TestEntry[] = [
  {
    timestampUs: NOON_US - 7_200e6,
    level: 'INFO',
    source: 'api',
    message: 'started',
    tags: ['web'],
  },
  {
    timestampUs: NOON_US - 120e6,
    level: 'WARN',
    source: 'api',
    message: 'slow answer, timeout near',
  },
  {
    timestampUs: NOON_US - 60e6 + 250,
    level: 'ERROR',
    source: 'payments/worker',
    message: 'upstream timeout\n    at acquire (pool.js:1)\n    at charge',
    tags: ['web', 'prod'],
    fields: [{ key: 'status', value: '504' }],
  },
  { timestampUs: NOON_US - 30e6, level: null, source: 'cron', message: '\x1b[2Jhello' },
];

test('search says of a level that is no word of the text how it is asked for', async () => {
  using scene = new CommandScene(register, ENTRIES);
  const { stderr } = await scene.run(['search', 'trace']);
  expect(stderr).toContain('for entries of that level write level:trace');
});

describe('search', () => {
  test('prints matches newest first, with the number of matches on the error output', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { code, stdout, stderr } = await scene.run(['search', 'timeout', '--utc']);
    expect(code).toBe(0);
    expect(stdout).toBe(
      'Fri 20 Nov 2026, UTC\n' +
        '11:59:00.000 ERROR payments/worker upstream timeout status=504 tags=web,prod\n' +
        '                                    at acquire (pool.js:1), 1 more line: -x shows all\n' +
        '11:58:00.000 WARN  api             slow answer, timeout near\n',
    );
    expect(stderr).toMatch(/^2 matches in 4 entries, \d+(\.\d+)? ms\n$/);
  });

  test('prints the contract of an entry as JSON lines', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout } = await scene.run(['search', 'level>=error', '--json']);
    expect(JSON.parse(stdout)).toEqual({
      timestamp: '2026-11-20T11:59:00.000250Z',
      level: 'ERROR',
      severity: 40,
      source: 'payments/worker',
      message: 'upstream timeout\n    at acquire (pool.js:1)\n    at charge',
      tags: ['web', 'prod'],
      metadata: { status: '504' },
      file: '/var/log/payments/worker.log',
      offset: 300,
    } satisfies EntryRecord);
    expect(stdout.endsWith('\n')).toBe(true);
  });

  test('ends with 1 where nothing matches, and says in how many entries', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { code, stdout, stderr } = await scene.run(['search', 'nowhere']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^No match in 4 entries/);
    expect(await scene.run(['search', 'nowhere', '--json'])).toEqual({
      code: 1,
      stdout: '',
      stderr: '',
    });
  });

  test('ends with 2 on a query, a time or an option it cannot read', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const query = await scene.run(['search', 'level>=eror source:payments']);
    expect(query.code).toBe(2);
    expect(query.stderr).toBe(
      'error column 8: expected a level (trace, debug, info, warn, error, fatal)\n' +
        '  level>=eror source:payments\n' +
        '         ^^^^ did you mean error?',
    );
    expect((await scene.run(['search', '*', '--since', 'soonish'])).stderr).toContain(
      'Cannot read --since "soonish"',
    );
    for (const args of [
      ['*', '-S', 'x'],
      ['*', '-n', '-1'],
      ['*', '-o', 'xml'],
      ['*', '-p', 'loud'],
      ['*', '-p', '8'],
      ['*', '-p', 'length'],
      ['*', '-g', '('],
      ['*', '--what'],
    ]) {
      expect({ args, code: (await scene.run(['search', ...args])).code }).toEqual({
        args,
        code: 2,
      });
    }
  });

  test('says so where nothing was ever stored', async () => {
    using folder = TempFolder.make();
    folder.write('config/config.ini', CONFIG_TEXT);
    const { code, stderr } = await runCommand(register, ['search', '*'], {
      workingFolder: folder.path,
    });
    expect(code).toBe(1);
    expect(stderr).toContain('Nothing is stored yet');
  });
});

test.each([
  ['started', /^1 match in 1 entry, /],
  ['nothing', /^No match in 1 entry, /],
])('says of a store of one entry, asked for %s: one entry', async (query, said) => {
  using scene = new CommandScene(register, ENTRIES.slice(0, 1));
  expect((await scene.run(['search', query])).stderr).toMatch(said);
});

test('says where a query stands that begins with a dash', async () => {
  using scene = new CommandScene(register, ENTRIES);
  const hint = 'A query that begins with - stands behind --';
  for (const query of ['-level:error', '-path:/health*', '-source:payments']) {
    const { code, stderr } = await scene.run(['search', query]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(hint) });
  }
  const { stdout } = await scene.run(['search', '--count', '--', '-level:error']);
  expect(stdout).toBe('3\n');
});

describe('search that finds nothing', () => {
  test.each([
    { asked: 'status=504', meant: 'status:=504', finds: 1 },
    { asked: 'upstream source=payments/worker', meant: 'source:payments/worker', finds: 1 },
    { asked: 'status>=504ms', meant: 'status>=504', finds: 1 },
    { asked: '"a=b c"', meant: null, finds: 0 },
    { asked: 'and nowhere or', meant: null, finds: 0 },
  ])('says of $asked, which it finds nowhere as text, how a field is asked for', async (row) => {
    using scene = new CommandScene(register, ENTRIES);
    const { stderr } = await scene.run(['search', row.asked]);
    const hint =
      /(?:for a field write|in the unit that it has:|the operator is) (.*)$/m.exec(stderr)?.[1] ??
      null;
    expect(hint).toBe(row.meant);
    const found = await scene.run(['search', hint ?? row.asked, '--json']);
    expect(found.stdout.split('\n').length - 1).toBe(row.finds);
  });
});

describe('search options', () => {
  test('narrow by time, level, severity, source, file, tag, keyword and expression', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const found = async (...args: string[]): Promise<string> => {
      const { stdout } = await scene.run(['search', '--json', ...args]);
      const letters = { started: 'a', slow: 'b', upstream: 'c' } as const;
      return stdout
        .split('\n')
        .filter((line) => line !== '')
        .map(
          (line) =>
            letters[/\w+/.exec((JSON.parse(line) as EntryRecord).message)![0] as 'slow'] ?? 'd',
        )
        .join('');
    };
    expect(await found()).toBe('dcba');
    expect(await found('-r')).toBe('abcd');
    expect(await found('-n', '2')).toBe('dc');
    expect(await found('-n0')).toBe('dcba');
    expect(await found('-S', '-90s')).toBe('dc');
    expect(await found('-S', '1h', '--until', '2026-11-20T11:59:00Z')).toBe('b');
    expect(await found('-l', 'warn,error')).toBe('cb');
    expect(await found('--level', 'none')).toBe('d');
    expect(await found('-p', 'warning')).toBe('cb');
    expect(await found('-p', '3')).toBe('c');
    expect(await found('-p', '4')).toBe('cb');
    expect(await found('-p', 'emerg')).toBe('');
    expect(await found('--source', 'pay*')).toBe('c');
    expect(await found('--source', 'api', '--source', 'cron')).toBe('dba');
    expect(await found('--file', 'worker.log')).toBe('c');
    expect(await found('--tag', 'web', '--tag', 'prod')).toBe('c');
    expect(await found('--keyword', 'TIMEOUT')).toBe('cb');
    expect(await found('-g', 'time(out)? near')).toBe('b');
    expect(await found('-g', 'TIME', '-i')).toBe('cb');
    expect(await found('timeout', '-v')).toBe('da');
    expect(await found('level:error', 'OR', 'started')).toBe('ca');
  });

  test('--cursor goes on where an earlier search stopped', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const first = await scene.run(['search', '*', '-n', '2', '--utc']);
    const cursor = /Older: --cursor (\S+)/.exec(first.stderr)?.[1];
    expect(first.stderr).toContain('Newest 2 of 4 matches in 4 entries');
    const next = await scene.run(['search', '*', '-n', '2', '--json', '--cursor', cursor!]);
    expect(next.stdout.match(/"message":"\w+/g)).toEqual(['"message":"slow', '"message":"started']);
    expect((await scene.run(['search', '*', '--cursor', 'nonsense'])).code).toBe(2);
  });

  test('-c prints the count, -o raw the original bytes, -o message the message', async () => {
    using scene = new CommandScene(register, ENTRIES);
    expect(await scene.run(['search', 'timeout', '-c'])).toMatchObject({ code: 0, stdout: '2\n' });
    expect(await scene.run(['search', 'nowhere', '-c'])).toMatchObject({ code: 1, stdout: '0\n' });
    expect((await scene.run(['search', '*hello', '--raw'])).stdout).toBe('- : \x1b[2Jhello\n');
    expect((await scene.run(['search', '*hello', '-o', 'message'])).stdout).toBe('\\x1b[2Jhello\n');
    expect((await scene.run(['search', '*hello', '--json'])).stdout).not.toContain('\x1b');
  });
});

test.each(['-c', '-C1', '-A1', '-B1', '--archives'])(
  'search --follow says that it does not take %s',
  async (option) => {
    using scene = new CommandScene(register, ENTRIES);
    const { code, stderr } = await scene.run(['search', '-f', option, '-U', '+1h']);
    expect({ code, stderr }).toMatchObject({ code: 2 });
    expect(stderr).toMatch(
      /^Cannot take --follow with --\S+: what arrives is shown entry by entry/,
    );
  },
);

test('-c says that it does not count what stages give', async () => {
  using scene = new CommandScene(register, ENTRIES);
  const { code, stdout, stderr } = await scene.run(['search', '-c', '* | dedup source']);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^Cannot take --count with stages: .*\n.*"\| count"/);
  // Those around a match are none.
  expect(await scene.run(['search', '-c', 'timeout | context 1'])).toMatchObject({ stdout: '2\n' });
});

describe('search output', () => {
  test('-o raw prints the bytes of each entry, also where they come from several segments', async () => {
    using scene = new CommandScene(register, []);
    const lines: string[] = [];
    for (let segment = 0; segment < 3; segment += 1) {
      const entries = Array.from({ length: 4 }, (_, index): TestEntry => {
        const timestampUs = NOON_US - (segment * 4 + index) * 1e6;
        return { timestampUs, level: 'INFO', source: 'api', message: `${segment}-${index}\n` };
      });
      scene.store.add(entries);
      lines.push(...entries.map(({ message }) => `INFO : ${message}`));
    }
    expect((await scene.run(['search', '*', '--raw'])).stdout).toBe(lines.join(''));
  });

  test('on a terminal a hundred rows are shown, in colour unless NO_COLOR says no', async () => {
    using scene = new CommandScene(register, ENTRIES);
    scene.store.add(
      Array.from({ length: 200 }, (_, index) => ({ ...ENTRIES[0]!, timestampUs: NOON_US - index })),
    );
    const coloured = await scene.run(['search', 'started'], { columns: 80 });
    expect(coloured.stdout.split('\n')).toHaveLength(102);
    expect(coloured.stdout).toContain('\x1b[36mapi\x1b[0m');
    expect(coloured.stderr).toContain('Newest 100 of 201 matches');
    const plain = await scene.run(['search', 'started'], {
      columns: 80,
      environment: { NO_COLOR: '1' },
    });
    expect(plain.stdout).not.toContain('\x1b');
    expect(
      (await scene.run(['search', 'started', '-o', 'message'])).stdout.split('\n'),
    ).toHaveLength(202);
  });
});
