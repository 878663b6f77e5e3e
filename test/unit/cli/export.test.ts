import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, lstatSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { register } from '../../../src/cli/export.ts';
import { progressLine } from '../../../src/cli/progress.ts';
import { CommandScene } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { needsRoot } from '../../support/needs.ts';

const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

const ENTRIES: readonly TestEntry[] = Array.from({ length: 2_500 }, (_, index) => ({
  timestampUs: NOON_US + index * 1_000_001,
  level: index % 5 === 0 ? 'ERROR' : null,
  source: index % 2 === 0 ? 'api' : 'größe',
  message: index === 7 ? '=cmd() \u202e "x",\nend' : `request ${index}`,
  tags: index % 3 === 0 ? ['web', 'prod'] : [],
  fields: [{ key: 'status', value: String(200 + (index % 3)) }],
}));

describe('export', () => {
  test('writes NDJSON, oldest first, as search --json prints entries', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { code, stdout } = await scene.run(['export', 'level:error', '-n', '3']);
    expect(code).toBe(0);
    const records = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(records.map(({ message }) => message)).toEqual(['request 0', 'request 5', 'request 10']);
    expect(records[1]).toMatchObject({ level: 'ERROR', tags: [], metadata: { status: '202' } });
  });

  test('writes CSV in which nothing runs', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { stdout } = await scene.run(['export', 'cmd', '--format', 'csv']);
    expect(stdout).toBe(
      'timestamp,level,severity,source,message,tags,metadata,file,offset\n' +
        `2026-11-20T12:00:07.000007Z,,20,größe,"'=cmd() \\u202e ""x"",\nend",,"{""status"":""201""}",/var/log/größe.log,800\n`,
    );
  });

  test('writes a Parquet file that another reader reads, every value as it was', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const path = join(scene.folder.path, 'all.parquet');
    const { code, stderr } = await scene.run(['export', '--format', 'parquet', '--to', path]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `2,500 entries in ${path}\n` });
    const bytes = readFileSync(path);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    expect(parquetMetadata(file).num_rows).toBe(2_500n);
    const rows = await parquetReadObjects({
      file,
      compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    });
    expect(rows).toHaveLength(2_500);
    expect(rows[7]).toMatchObject({
      timestamp: new Date((NOON_US + 7_000_007) / 1_000),
      level: null,
      severity: 20,
      source: 'größe',
      message: ENTRIES[7]!.message,
      tags: [],
      metadata: { status: '201' },
      offset: 800n,
    });
    expect(rows[0]).toMatchObject({ level: 'ERROR', tags: ['web', 'prod'] });
  });

  test('holds no more of entries with large fields than of those with large messages', async () => {
    const stack = 'at deep.in(it)\n'.repeat(70_000);
    const traced = Array.from({ length: 36 }, (_, index) => ({
      ...ENTRIES[index]!,
      fields: [{ key: 'stack', value: `${index} ${stack}` }],
    }));
    using scene = new CommandScene(register, traced);
    const path = join(scene.folder.path, 'traced.parquet');
    expect((await scene.run(['export', '--format', 'parquet', '--to', path])).code).toBe(0);
    const bytes = readFileSync(path);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const { row_groups: groups } = parquetMetadata(file);
    expect(groups.map((group) => Number(group.num_rows))).toEqual([32, 4]);
  });

  test('writes the tables of stages, and says what it cannot write', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const counted = await scene.run(['export', '| count by level', '--format', 'csv']);
    expect(counted.stdout).toBe('level,count\nnone,2000\nERROR,500\n');
    const parquet = await scene.run(['export', '| count', '--format', 'parquet']);
    expect(parquet.code).toBe(2);
    expect((await scene.run(['export', '--format', 'parquet'], { columns: 80 })).stderr).toContain(
      'Cannot show Parquet on a terminal',
    );
    expect((await scene.run(['export', 'nowhere'])).code).toBe(1);
  });
});

describe('export --to FILE', () => {
  test('leaves a file alone that is there, and nothing behind where it fails', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const path = scene.folder.write('taken.ndjson', 'mine');
    const refused = await scene.run(['export', '-n', '1', '--to', path]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('write over it with --force');
    expect(readFileSync(path, 'utf8')).toBe('mine');
    const stop = new AbortController();
    stop.abort();
    const broken = join(scene.folder.path, 'broken.csv');
    const stopped = await scene.run(['export', '--format', 'csv', '--to', broken], {
      stop: stop.signal,
    });
    expect(stopped.code).not.toBe(0);
    expect(existsSync(broken)).toBe(false);
    expect(readdirSync(scene.folder.path).filter((name) => name.endsWith('.part'))).toEqual([]);
    expect((await scene.run(['export', '-n', '1', '--to', path, '--force'])).code).toBe(0);
    expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(1);
  });

  test('writes what the name says, unless told otherwise', async () => {
    using scene = new CommandScene(register, ENTRIES);
    for (const [name, options, beginning] of [
      ['a.csv', [], 'timestamp,level'],
      ['A.CSV', [], 'timestamp,level'],
      ['a.parquet', [], 'PAR1'],
      ['a.ndjson', [], '{"timestamp"'],
      ['a.txt', [], '{"timestamp"'],
      ['b.csv', ['--format', 'ndjson'], '{"timestamp"'],
    ] as const) {
      const path = join(scene.folder.path, name);
      expect((await scene.run(['export', '-n', '1', '--to', path, ...options])).code).toBe(0);
      expect(readFileSync(path, 'utf8').slice(0, beginning.length)).toBe(beginning);
    }
  });

  test('says in a word that the disk is full, and leaves nothing behind', async (context) => {
    needsRoot(context);
    using scene = new CommandScene(register, ENTRIES);
    const disk = scene.folder.makeFolder('disk');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk]);
    try {
      const path = join(disk, 'all.ndjson');
      const { code, stderr } = await scene.run(['export', '--to', path]);
      expect(code).toBe(4);
      expect(stderr).toContain(`Cannot write "${path}": ENOSPC`);
      expect(stderr).toContain('Make room');
      expect(stderr).not.toMatch(/^ +at /m);
      expect(readdirSync(disk)).toEqual([]);
    } finally {
      execFileSync('umount', [disk]);
    }
  });

  test('writes over what a link leads to, with its permissions, and over nothing but files', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const target = scene.folder.write('real.ndjson', 'old');
    chmodSync(target, 0o640);
    const link = join(scene.folder.path, 'link.ndjson');
    symlinkSync(target, link);
    expect((await scene.run(['export', '-n', '1', '--to', link, '--force'])).code).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, 'utf8')).toContain('request 0');
    expect(lstatSync(target).mode & 0o777).toBe(0o640);
    const pipe = join(scene.folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [path, reason] of [
      [pipe, 'it is no regular file'],
      [scene.folder.path, 'it is a folder'],
    ] as const) {
      const refused = await scene.run(['export', '-n', '1', '--to', path, '--force']);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(`Cannot write "${path}": ${reason}`);
    }
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});

test('progressLine() says how much, how fast, and how long still', () => {
  const line = { name: 'export', unit: 'entries', total: 10_000_000, columns: 20 } as const;
  expect(progressLine({ ...line, done: 6_200_000, elapsedMs: 15_000 })).toBe(
    'export  [############--------]  62 %  6,200,000 of 10,000,000 entries  413,333/s  9.19 s left',
  );
  expect(progressLine({ ...line, unit: 'bytes', total: 2e9, done: 0, elapsedMs: 0 })).toBe(
    'export  [--------------------]   0 %  0 B of 2 GB  0 B/s',
  );
});
