import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { register } from '../../../src/cli/parse.ts';
import { CONFIG_TEXT, type CommandOutcome, runCommand } from '../../support/command-line.ts';
import { runCommand as runProgram } from '../../support/daemon-process.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const JSON_LINES =
  '{"time":"2026-11-20T10:00:00.000Z","level":"error","msg":"boom","user":"ann"}\n' +
  '{"time":"2026-11-20T10:00:01.000Z","level":"info","msg":"\\u202eok"}\n';

describe('parse', () => {
  test('--json prints a record an entry, and stores nothing', async () => {
    using folder = TempFolder.make();
    const path = folder.write('shop/app.log', JSON_LINES);
    const { code, stdout } = await parse(folder, ['--json', path]);
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        timestamp: '2026-11-20T10:00:00.000Z',
        level: 'ERROR',
        message: 'boom',
        source: 'shop/app',
        tags: [],
        metadata: { user: 'ann' },
        file: path,
        line: 1,
      },
      expect.objectContaining({ level: 'INFO', message: '\u202eok', line: 2 }),
    ]);
    expect(stdout).not.toContain('\u202e');
    expect(folder.exists('state')).toBe(false);
  });

  test('prints text for people, lines without a stamp too', async () => {
    using folder = TempFolder.make();
    folder.write('a.log', 'no stamp here\nERROR failed\n');
    const { stdout, stderr } = await parse(folder, ['--utc', 'a.log']);
    expect(stdout).toMatch(/^- {17}.*no stamp here$/m);
    expect(stdout).toMatch(/^- {12}ERROR .*failed$/m);
    expect(stderr).toMatch(/^2 entries in .*a\.log, format /);
  });

  test('reads a file as the watch of the config that names it', async () => {
    using folder = TempFolder.make();
    folder.write(
      'config/config.ini',
      `${CONFIG_TEXT}\n[watch:shop]\npath = shop/*.txt\nsource = shop\ntags = web, prod\n`,
    );
    folder.write('shop/a.txt', JSON_LINES);
    folder.write('logs/deep/b.log', JSON_LINES);
    const { stdout } = await parse(folder, ['--json', 'shop/a.txt', 'logs/deep/b.log']);
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records[0]).toMatchObject({ source: 'shop', tags: ['web', 'prod'] });
    expect(records[2]).toMatchObject({ source: 'deep/b', tags: [] });
  });

  test('- reads standard input, packed or not', async () => {
    const main = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
    using folder = TempFolder.make();
    for (const command of ['cat app.log', 'gzip -c app.log']) {
      folder.write('app.log', JSON_LINES);
      const { stdout, stderr } = await runProgram(
        'bash',
        ['-c', `${command} | "$0" "$1" parse - --json`, process.execPath, main],
        { cwd: folder.path },
      );
      expect(stderr).toBe('');
      expect(stdout.split('\n').length).toBe(3);
      expect(stdout).toContain('"message":"boom","source":"stdin"');
    }
  });
});

describe('parse with a declared format', () => {
  test('reads with a format that the config declares, and says how well it fits', async () => {
    using folder = TempFolder.make();
    folder.write(
      'config/config.ini',
      `${CONFIG_TEXT}
[format:shop]
pattern = (?<level>[A-Z])#%{INT:order}#%{HTTPDATE:time}# %{GREEDYDATA:message}
sample = W#12#19/Nov/2026:10:00:01 +0000# slow
[watch:shop]
path = shop/*.txt
format = shop
`,
    );
    folder.write('shop/a.txt', 'E#7#19/Nov/2026:10:00:01 +0000# it failed\n  at x\n');
    const { stdout } = await parse(folder, ['--json', 'shop/a.txt']);
    expect(JSON.parse(stdout)).toMatchObject({
      timestamp: '2026-11-19T10:00:01.000Z',
      level: 'ERROR',
      message: 'it failed\n  at x',
      metadata: { order: 7 },
    });
    const explained = await parse(folder, ['--explain', '--format', 'shop', 'shop/a.txt']);
    expect(explained.stdout).toContain('taken for shop, as it was told: it fits 100 %');
  });

  test('names the mistake in a declared format with its line and column', async () => {
    using folder = TempFolder.make();
    folder.write(
      'config/config.ini',
      `${CONFIG_TEXT}\n[format:shop]\npattern = %{WORD:a} (x\n[format:json]\npattern = %{WORD:a}\nsample = a b\n`,
    );
    folder.write('a.log', 'a\n');
    const { code, stderr } = await parse(folder, ['a.log']);
    expect(code).toBe(2);
    expect(stderr).toContain('column 11: this ( is never closed');
    expect(stderr).toContain('"json" is the name of a format that is built in');
    expect(stderr).toContain('the pattern does not fit this line');
  });
});

describe('parse, asked differently,', () => {
  test('--explain says what the file was taken for', async () => {
    using folder = TempFolder.make();
    folder.write('a.log', JSON_LINES);
    const text = await parse(folder, ['--explain', 'a.log']);
    expect(text.stdout).toMatch(
      /a\.log: 2 entries, taken for json\S*: it fits 100 % of the first 2 lines\n {2}format/,
    );
    const json = JSON.parse((await parse(folder, ['--explain', '--json', 'a.log'])).stdout);
    expect(json).toMatchObject({
      confidence: 1,
      lines: 2,
      entries: 2,
      candidates: expect.arrayContaining([expect.objectContaining({ fits: 2, stamps: 2 })]),
    });
  });

  test('reads compressed files, and goes on where one cannot be read', async () => {
    using folder = TempFolder.make();
    folder.write('a.log.gz', gzipSync(JSON_LINES));
    const outcome = await parse(folder, ['--json', 'missing.log', 'a.log.gz']);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('Cannot read');
    expect(outcome.stdout.trim().split('\n')).toHaveLength(2);
  });

  test('ends with 1 on an empty file and with 2 on a name it does not know', async () => {
    using folder = TempFolder.make();
    folder.write('empty.log', '');
    expect((await parse(folder, ['empty.log'])).code).toBe(1);
    const format = await parse(folder, ['--format', 'jsn', 'empty.log']);
    expect(format).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean json') });
    expect((await parse(folder, ['--timezone', 'Mars', 'empty.log'])).code).toBe(2);
    expect((await parse(folder, ['--encoding', 'ebcdic', 'empty.log'])).code).toBe(2);
    expect((await parse(folder, [])).code).toBe(2);
  });
});

/** Paths in `args` are below the folder. */
function parse(folder: TempFolder, args: readonly string[]): Promise<CommandOutcome> {
  const placed = args.map((arg) => (/^[a-z].*\./.test(arg) ? folder.join(arg) : arg));
  return runCommand(register, ['parse', ...placed], { workingFolder: folder.path });
}
