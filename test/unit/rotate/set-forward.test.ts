/** A wall clock that goes years ahead for a moment: retention lets go of nothing by it, in the index as in the archive. */
import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { silentLog } from '../../../src/base/log.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { BELIEVED_AFTER_MS } from '../../../src/ingest/age-clock.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { rotate } from '../../../src/rotate/rotation-job.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const DAY_MS = 86_400_000;
const YEARS_MS = 10 * 365 * DAY_MS;
/** Retention looks again after an hour at the latest. */
const LOOKED_AGAIN_MS = BELIEVED_AFTER_MS + 3_600_000;
const KEPT_FOR_30_DAYS = `
[retention]
age = 30d
archive_age = 30d
archive_last_copy = delete
[rotation]
idle = 0s
`;

class Machine implements AsyncDisposable {
  readonly folder = TempFolder.make();
  readonly settings: Settings;
  /** How far the wall clock is ahead, and how much time has passed. */
  aheadMs = 0;
  passedMs = 0;
  readonly clock: Clock = {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + this.passedMs + this.aheadMs,
    monotonicMs: () => systemClock.monotonicMs() + this.passedMs,
  };
  ingest!: Ingest;

  constructor() {
    const text = `${minimalConfig()}${KEPT_FOR_30_DAYS}`;
    this.settings = settingsFromText(text, { projectFolder: this.folder.path });
    prepareFolders(this.settings);
  }

  async start(): Promise<void> {
    const { clock, settings } = this;
    this.ingest = await Ingest.open({ disk: systemDisk, clock, log: silentLog, settings });
    await this.look();
  }

  async stop(): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
  }

  write(name: string): void {
    const time = new Date(systemClock.nowMs()).toISOString();
    this.folder.append(`logs/${name}.log`, `${time} ERROR ${name}\n`);
  }

  /** What the daemon does by itself: it reads, and retention has its turn; then a run. */
  async look(): Promise<void> {
    await this.ingest.drain();
    this.ingest.maintenance.step(false);
    await this.ingest.maintenance.settled();
    const parts = { clock: this.clock, disk: systemDisk, ingest: this.ingest.service() };
    expect(await rotate(parts, this.settings, { run: 'rotate' })).toMatchObject({ failure: null });
  }

  get entryCount(): number {
    using reader = this.ingest.openReader();
    return reader.count({ query: { kind: 'everything' } });
  }

  get archivedCount(): number {
    return globSync(this.folder.join('archives/**/*.log')).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.folder[Symbol.dispose]();
  }
}

test('retention keeps what is too old only by a clock that has just gone years ahead', async () => {
  await using machine = new Machine();
  await machine.start();
  machine.write('a');
  await machine.look();
  expect(machine.archivedCount).toBe(1);
  machine.aheadMs = YEARS_MS;
  await machine.look();
  expect(machine.entryCount).toBe(1);
  expect(machine.archivedCount).toBe(1);

  // A machine that comes up with it is no other.
  machine.aheadMs = 0;
  await machine.look();
  await machine.stop();
  machine.aheadMs = YEARS_MS;
  await machine.start();
  await machine.look();
  expect(machine.entryCount).toBe(1);
  expect(machine.archivedCount).toBe(1);

  // It stays so: that is the time.
  machine.passedMs += LOOKED_AGAIN_MS;
  await machine.look();
  expect(machine.entryCount).toBe(0);
  expect(machine.archivedCount).toBe(0);
});
