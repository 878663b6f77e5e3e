import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { register as registerCheck } from '../../../src/cli/check.ts';
import { register } from '../../../src/cli/segments.ts';
import { importGenerationOf } from '../../../src/model/generation-numbers.ts';
import { Ledger } from '../../../src/watch/ledger.ts';
import { CommandScene } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';

const ENTRIES: readonly TestEntry[] = Array.from({ length: 40_000 }, (_, index) => ({
  timestampUs: 1_700_000_000_000_000 + index * 1_000_000,
  level: index % 10 === 0 ? 'ERROR' : 'INFO',
  source: index % 2 === 0 ? 'api' : '\x1b[31m',
  message: `request ${(index * 2_654_435_761) % 4_294_967_296} took ${(index * 40_503) % 65_536} ms`,
}));

describe('segments', () => {
  test('lists the segments, and says what is inside one', async () => {
    using scene = new CommandScene(register, ENTRIES);
    const { code, stdout } = await scene.run(['segments']);
    expect(code).toBe(0);
    const [head, first, ...rest] = stdout.trimEnd().split('\n');
    expect(head).toMatch(/number +entries +size/);
    expect(first).toMatch(/^ +1 +40[, ]?000 .*2023-11-14T22:13:20.000Z/);
    expect(rest).toEqual([]);
    const one = await scene.run(['segments', '1']);
    expect(one.stdout).toContain('word index');
    expect(one.stdout).toContain('chunk   0');
    expect(one.stdout).not.toContain('\x1b');
    const json = await scene.run(['segments', '1', '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ number: 1, rowCount: 40_000 });
  });

  test('says what is wrong with a number that is none', async () => {
    using scene = new CommandScene(register, ENTRIES.slice(0, 10));
    const { code, stderr } = await scene.run(['segments', '7']);
    expect(code).toBe(2);
    expect(stderr).toContain('Cannot show segment "7"');
  });
});

describe('check', () => {
  test('--deep names damage and ends with its exit code', async () => {
    using scene = new CommandScene(registerCheck, ENTRIES);
    expect(await scene.run(['check', '--deep'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Whole: 1 segment, 40[, ]?000 entries/),
    });
    const path = segmentPath(scene.store.folder);
    const bytes = readFileSync(path);
    bytes[1000]! ^= 1;
    writeFileSync(path, bytes);
    expect(await scene.run(['check', '--deep'])).toMatchObject({
      code: 7,
      stdout: expect.stringMatching(/Damaged: 2023-11-15.*checksum/),
    });
  });

  test('--rebuild lists segments again whose database was lost, and says what is lost with it', async () => {
    const imported = importGenerationOf(3);
    const entries = ENTRIES.map((entry, at) => ({ ...entry, generation: at === 0 ? imported : 7 }));
    using scene = new CommandScene(registerCheck, entries);
    scene.store[Symbol.dispose]();
    for (const suffix of ['', '-wal', '-shm']) {
      rmSync(join(scene.store.folder, `logstead.db${suffix}`), { force: true });
    }
    expect(await scene.run(['check', '--rebuild', '--deep'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /what was imported and archived.*Listed again: 1 segment.*\nWhole: 1 segment/s,
      ),
    });
    using database = Database.open(join(scene.store.folder, 'logstead.db'));
    expect(new Ledger(database).nextNumber()).toBe(8);
    expect(database.prepare('SELECT max(id) AS id FROM imported_file').get()).toEqual({ id: 3 });
    const again = await scene.run(['check', '--rebuild']);
    expect(again.stdout).not.toContain('Lost');
  });

  test.each([
    ['a bit of it', 1_000, /Set aside: number 1, 40[, ]?000 entries: .*checksum/],
    ['its end', -1, /Set aside: number 1, of how many entries nobody knows: /],
  ])('--rebuild notes a segment as damage where %s has changed', async (_, at, told) => {
    using scene = new CommandScene(registerCheck, ENTRIES);
    scene.store[Symbol.dispose]();
    const path = segmentPath(scene.store.folder);
    const bytes = readFileSync(path);
    bytes[(bytes.length + at) % bytes.length]! ^= 1;
    writeFileSync(path, bytes);
    for (const suffix of ['', '-wal', '-shm']) {
      rmSync(join(scene.store.folder, `logstead.db${suffix}`), { force: true });
    }
    const rebuilt = await scene.run(['check', '--rebuild']);
    expect(rebuilt).toMatchObject({ code: 7, stdout: expect.stringContaining('Set aside: 2023-') });
    const deep = await scene.run(['check', '--deep']);
    expect(deep).toMatchObject({ code: 7, stdout: expect.stringMatching(told) });
  });

  test('--rebuild takes a database without a byte for one that was lost', async () => {
    using scene = new CommandScene(registerCheck, ENTRIES);
    scene.store[Symbol.dispose]();
    writeFileSync(join(scene.store.folder, 'logstead.db'), '');
    expect(await scene.run(['check', '--rebuild'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/what was imported and archived.*Listed again: 1 segment/s),
    });
  });
});

test('check --deep --json has what was found of the store in the object, and --json says what it cannot be taken with', async () => {
  using scene = new CommandScene(registerCheck, ENTRIES);
  const whole = await scene.run(['check', '--deep', '--json']);
  expect(whole.code).toBe(0);
  expect(JSON.parse(whole.stdout)).toMatchObject({
    mistakes: [],
    store: { segmentCount: 1, entryCount: 40_000, damaged: [], setAside: [] },
  });
  const path = segmentPath(scene.store.folder);
  const bytes = readFileSync(path);
  bytes[1000]! ^= 1;
  writeFileSync(path, bytes);
  const damaged = await scene.run(['check', '--deep', '--json']);
  expect(damaged.code).toBe(7);
  expect(JSON.parse(damaged.stdout).store).toMatchObject({
    segmentCount: 0,
    damaged: [
      {
        number: 1,
        file: expect.stringMatching(/^2023-11-15/),
        entryCount: 40_000,
        reason: expect.stringContaining('checksum'),
      },
    ],
  });
  for (const other of ['--rebuild', '--settings']) {
    expect(await scene.run(['check', other, '--json'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(`Cannot take --json with ${other}`),
    });
  }
});

function segmentPath(stateDir: string): string {
  const folder = join(stateDir, 'segments');
  const [name] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.segment'),
  );
  return join(folder, name!);
}
