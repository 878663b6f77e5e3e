/** A state database that is damaged: whoever opens or asks it is told so, and what brings the entries back. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Database } from '../../../src/base/database.ts';
import { register as registerCheck } from '../../../src/cli/check.ts';
import { register as registerSearch } from '../../../src/cli/search.ts';
import { checkState } from '../../../src/doctor/check-state.ts';
import { runCommand } from '../../support/command-line.ts';
import { IngestScene } from '../../support/ingest-scene.ts';
import { needsRoot } from '../../support/needs.ts';

const DAMAGED = /^The state database is damaged: .*\n {2}.*"logstead check --rebuild"$/;

test.each([
  ['at its head', 0],
  ['in its first page', 100],
])('commands and daemon say that the database is damaged %s, and what to do', async (_, at) => {
  await using scene = await IngestScene.make('', systemClock, { inlineBytesMax: 1 });
  await scene.take('2026-11-20 12:00:00 INFO one\n');
  await scene.stop();
  scene.folder.write('config/config.ini', scene.configText);
  overwrite(scene.folder.join('state/logstead.db'), at);
  const options = { workingFolder: scene.folder.path };
  const searched = await runCommand(registerSearch, ['search', 'one'], options);
  expect(searched).toMatchObject({ code: 4, stderr: expect.stringMatching(DAMAGED) });
  const checked = await runCommand(registerCheck, ['check', '--deep'], options);
  expect(checked).toMatchObject({ code: 4, stderr: expect.stringMatching(DAMAGED) });
  const [worst] = checkState(scene.folder.join('state/logstead.db'));
  expect(worst).toMatchObject({
    ...{ check: 'state', verdict: 'fail', harm: 'lines' },
    text: expect.stringContaining('The state database is damaged: '),
    fix: expect.stringContaining('check --rebuild'),
  });
  await expect(scene.start()).rejects.toMatchObject({
    code: 'STATE_UNREADABLE',
    message: expect.stringContaining('The state database is damaged'),
    hint: expect.stringContaining('check --rebuild'),
  });
  await runCommand(registerCheck, ['check', '--rebuild'], options);
  await scene.start();
  expect(scene.texts()).toHaveLength(1);
  expect(checkState(scene.folder.join('state/logstead.db'))).toMatchObject([{ verdict: 'ok' }]);
});

describe('on a full disk "check --rebuild"', () => {
  test('says so, and takes no whole database for a damaged one', async (context) => {
    await using disk = await FullDisk.make(context);
    const full = await disk.rebuild();
    const workingFolder = disk.scene.folder.path;
    const searched = await runCommand(registerSearch, ['search', 'one'], { workingFolder });
    expect(searched).toMatchObject({ code: 4, stderr: expect.stringContaining('make room there') });
    expect(full).toMatchObject({ code: 4, stderr: expect.stringContaining('disk') });
    expect(disk.names).toEqual([]);
    disk.free();
    expect(await disk.rebuild()).toMatchObject({ code: 0, stderr: '' });
    await disk.scene.start();
    expect(disk.scene.texts()).toHaveLength(1);
  });

  test('leaves a damaged one in its place, so that the next reads out of it what it can', async (context) => {
    await using disk = await FullDisk.make(context);
    disk.free();
    const path = disk.scene.folder.join('state/logstead.db');
    overwrite(path, statSync(path).size - 4096);
    expect(Database.isWhole(path)).toBe(false);
    // Enough to look at the damaged one, and too little for a new one.
    disk.fill({ leavingBytes: 48 * 1024 });
    expect(await disk.rebuild()).toMatchObject({ code: 4 });
    expect(disk.names).toEqual([]);
    disk.free();
    expect((await disk.rebuild()).stdout).toContain('Listed again: 1 segment, 1 entry');
    expect(disk.names).toContain('logstead.db.damaged');
    await disk.scene.start();
    expect(disk.scene.texts()).toHaveLength(1);
  });
});

/** A state folder with one entry, which lies in the database, on a disk of its own. */
class FullDisk implements AsyncDisposable {
  readonly scene: IngestScene;
  readonly #folder: string;

  private constructor(scene: IngestScene) {
    this.scene = scene;
    this.#folder = scene.folder.join('state');
  }

  static async make(context: TestContext): Promise<FullDisk> {
    needsRoot(context);
    const scene = await IngestScene.make('', systemClock);
    await scene.take('2026-11-20 12:00:00 INFO one\n');
    await scene.stop();
    scene.folder.write('config/config.ini', scene.configText);
    const [state, kept] = [scene.folder.join('state'), scene.folder.join('kept')];
    cpSync(state, kept, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', state]);
    cpSync(kept, state, { recursive: true });
    const disk = new FullDisk(scene);
    for (const end of ['-wal', '-shm']) rmSync(join(state, `logstead.db${end}`), { force: true });
    disk.fill();
    return disk;
  }

  fill({ leavingBytes = 0 } = {}): void {
    const path = join(this.#folder, 'fill');
    expect(() => writeFileSync(path, Buffer.alloc(2 ** 21))).toThrow('ENOSPC');
    truncateSync(path, statSync(path).size - leavingBytes);
  }

  free(): void {
    rmSync(join(this.#folder, 'fill'));
  }

  rebuild(): ReturnType<typeof runCommand> {
    const workingFolder = this.scene.folder.path;
    return runCommand(registerCheck, ['check', '--rebuild'], { workingFolder });
  }

  /** Of databases that were moved aside. */
  get names(): string[] {
    return readdirSync(this.#folder).filter((name) => name.includes('damaged'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scene.stop();
    execFileSync('umount', ['--lazy', this.#folder]);
    await this.scene[Symbol.asyncDispose]();
  }
}

function overwrite(path: string, at: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(60, 0x5a), 0, 60, at);
  closeSync(file);
}
