/** A wall clock that is set back, by an hour or by years, holds up nothing: what was read is committed as on any day. */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { silentLog } from '../../../src/base/log.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fillableDisk } from '../../support/fillable-disk.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** So often the size of each file is looked at. */
const LOOK_MS = 1_000;
const HOUR_MS = 3_600_000;
/** Longer than a record stays open, a head waits, and a commit that failed rests. */
const MOMENT_MS = 1_500;

class Machine implements AsyncDisposable {
  readonly folder = TempFolder.make();
  readonly clock = new FakeClock();
  readonly disk = fillableDisk();
  ingest!: Ingest;

  async start(): Promise<void> {
    const settings = settingsFromText(minimalConfig(), { projectFolder: this.folder.path });
    prepareFolders(settings);
    const { clock, disk } = this;
    this.write('zero');
    this.ingest = await Ingest.open({ disk, clock, log: silentLog, settings });
    await this.ingest.drain();
  }

  write(text: string): void {
    const time = new Date(this.clock.nowMs()).toISOString();
    this.folder.append('logs/app.log', `${time} ERROR ${text}\n`);
  }

  setBack(ms: number): void {
    this.clock.setWallClock(this.clock.nowMs() - ms);
  }

  /** Look at all files, and read what is new; nothing of it is committed yet. */
  async read(): Promise<void> {
    await this.clock.advance(LOOK_MS);
    await this.ingest.turn();
  }

  /** Time goes on, and the loop has its turns. */
  async pass(ms: number): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) {
      await this.clock.advance(ms / 3);
      while (await this.ingest.turn());
    }
  }

  get entryCount(): number {
    using reader = this.ingest.openReader();
    return reader.count({ query: { kind: 'everything' } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

test('Ingest commits what was read just before the clock was set back, and what comes after it', async () => {
  await using machine = new Machine();
  await machine.start();
  machine.write('one');
  machine.write('two');
  await machine.read();
  machine.setBack(HOUR_MS);
  await machine.pass(MOMENT_MS);
  expect(machine.entryCount).toBe(3);
  machine.write('three');
  await machine.pass(2 * MOMENT_MS);
  expect(machine.entryCount).toBe(4);
});

test('Ingest tries a commit again that failed before the clock was set back', async () => {
  await using machine = new Machine();
  await machine.start();
  machine.disk.isFull = true;
  // A head of some size is a file; small ones are rows of the database.
  for (let line = 0; line < 3_000; line += 1) machine.write(randomBytes(150).toString('hex'));
  await machine.read();
  await machine.pass(MOMENT_MS);
  expect((await machine.ingest.service().status()).trouble).not.toBeNull();
  machine.setBack(HOUR_MS);
  machine.disk.isFull = false;
  await machine.pass(MOMENT_MS);
  expect((await machine.ingest.service().status()).trouble).toBeNull();
  expect(machine.entryCount).toBe(3_001);
});
