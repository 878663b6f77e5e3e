/** What rules make of clocks that jump, of a machine that was off, and of a daemon that did not run. */
import { utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bootId } from '../../../src/base/boot-id.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { silentLog } from '../../../src/base/log.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { ClockWatch } from '../../../src/ingest/clock-watch.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { Presence } from '../../../src/ingest/presence.ts';
import type { AlertNotice } from '../../../src/model/notification.ts';
import { documentOf } from '../../../src/notify/document.ts';
import { noticeText } from '../../../src/notify/mail-text.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 20, 12);

/** A wall clock and a monotonic one, each set by hand. */
class Clocks implements Clock {
  wallMs = START_MS;
  upMs = 0;

  pass(ms: number): void {
    this.wallMs += ms;
    this.upMs += ms;
  }

  nowMs(): number {
    return this.wallMs;
  }

  monotonicMs(): number {
    return this.upMs;
  }

  sleep: Clock['sleep'] = (ms, options) => systemClock.sleep(ms, options);
}

class Machine implements AsyncDisposable {
  readonly folder = TempFolder.make();
  readonly clocks = new Clocks();
  readonly settings: Settings;
  ingest!: Ingest;

  constructor(rules: string) {
    this.settings = settingsFromText(`${minimalConfig()}${rules}`, {
      projectFolder: this.folder.path,
    });
    prepareFolders(this.settings);
  }

  async start(): Promise<void> {
    const { clocks: clock, settings } = this;
    this.ingest = await Ingest.open({ disk: systemDisk, clock, log: silentLog, settings });
    await this.ingest.drain();
  }

  async write(text: string): Promise<void> {
    this.log(text);
    await this.ingest.drain();
  }

  log(text: string): void {
    const time = new Date(this.clocks.wallMs).toISOString();
    this.folder.append('logs/app.log', `${time} ERROR ${text}\n`);
  }

  async pass(ms: number): Promise<void> {
    this.clocks.pass(ms);
    await this.ingest.drain();
  }

  incidents(): string[] {
    return this.ingest.incidents
      .list()
      .reverse()
      .map(
        ({ rule, resolvedAtMs, count }) =>
          `${rule} x${count} ${resolvedAtMs === null ? 'open' : 'over'}`,
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

const SILENCE = `
[alert:silent]
kind = absence
when = beat
silence = 10m
lateness = 1s
resolve_after = 0s
notify = file
`;

const BURST = `
[alert:burst]
when = failed
threshold = 3
window = 1m
resolve_after = 0s
notify = file
`;

test('ClockWatch tells a clock that was set from a process that was stopped', () => {
  const clocks = new Clocks();
  const watch = new ClockWatch(clocks);
  clocks.pass(3_600_000);
  expect(watch.look()).toBeNull();
  clocks.wallMs += 50_000;
  expect(watch.look()).toBeNull();
  clocks.wallMs += 2 * MINUTE_MS;
  expect(watch.look()).toMatchObject({ kind: 'gap', toMs: clocks.wallMs });
  clocks.pass(5_000);
  clocks.wallMs -= 2 * MINUTE_MS;
  expect(watch.look()).toMatchObject({ kind: 'step', toMs: clocks.wallMs });
  expect(watch.look()).toBeNull();
});

test('a machine that sleeps is not silent; one that is awake and says nothing is', async () => {
  await using machine = new Machine(SILENCE);
  await machine.start();
  await machine.write('beat');
  // Asleep for an hour.
  machine.clocks.wallMs += 60 * MINUTE_MS;
  await machine.ingest.drain();
  await machine.pass(9 * MINUTE_MS);
  expect(machine.incidents()).toEqual([]);
  await machine.pass(2 * MINUTE_MS);
  expect(machine.incidents()).toEqual(['silent x0 open']);
});

test('a machine that was off is not silent; a daemon that was off is told what it missed', async () => {
  await using machine = new Machine(SILENCE + BURST);
  await machine.start();
  await machine.write('beat');
  const stop = async (): Promise<void> => {
    await machine.ingest[Symbol.asyncDispose]();
    const second = machine.clocks.wallMs / 1_000;
    utimesSync(machine.folder.join('state/alive'), second, second);
  };
  await stop();
  writeFileSync(machine.folder.join('state/alive'), 'another boot\n');
  const second = machine.clocks.wallMs / 1_000;
  utimesSync(machine.folder.join('state/alive'), second, second);
  machine.clocks.pass(180 * MINUTE_MS);
  await machine.start();
  await machine.pass(9 * MINUTE_MS);
  expect(machine.incidents()).toEqual([]);

  await machine.write('beat');
  await stop();
  const stoppedMs = machine.clocks.wallMs;
  machine.clocks.pass(1_000);
  for (let count = 0; count < 3; count += 1) machine.log('charge failed');
  machine.clocks.pass(180 * MINUTE_MS);
  await machine.start();
  // The same boot: the lines that did not come were missed, and the burst is told with its age.
  expect(machine.incidents()).toEqual(['silent x0 open', 'burst x3 over'].sort());
  const request = { fileCount: 10, hookCount: 0, mailCount: 0, underWay: [] };
  const rows = await machine.ingest.service().dueDeliveries(request);
  const notice = rows
    .map(({ event }) => event as AlertNotice)
    .find(({ rule }) => rule === 'burst')!;
  expect(notice.unwatched).toEqual({ fromMs: stoppedMs, toMs: machine.clocks.wallMs });
  const text = noticeText(
    documentOf(notice, { timezone: 'UTC', configName: 'config.ini', recipient: '' }),
    'UTC',
  ).replace(/\s+/g, ' ');
  expect(text).toContain('Noticed 3 h late, the daemon was not running from 15:09:00 to 18:09:01');
});

test('a clock set back begins time anew: what follows is not late, what was open ends', async () => {
  await using machine = new Machine(SILENCE + BURST);
  await machine.start();
  await machine.write('beat');
  await machine.pass(20 * MINUTE_MS);
  expect(machine.incidents()).toEqual(['silent x0 open']);
  machine.clocks.wallMs -= 120 * MINUTE_MS;
  await machine.ingest.drain();
  expect(machine.incidents()).toEqual(['silent x0 over']);
  for (let count = 0; count < 3; count += 1) await machine.write('charge failed');
  expect(machine.incidents()).toContain('burst x3 open');
  await machine.write('beat');
  await machine.pass(11 * MINUTE_MS);
  expect(machine.incidents().filter((text) => text.startsWith('silent'))).toEqual([
    'silent x0 open',
    'silent x0 over',
  ]);
  // Also where it was set back while nothing ran.
  await machine.ingest[Symbol.asyncDispose]();
  machine.clocks.wallMs -= 120 * MINUTE_MS;
  await machine.start();
  expect(machine.incidents().filter((text) => text === 'silent x0 over')).toHaveLength(2);
  for (let count = 0; count < 3; count += 1) await machine.write('charge failed');
  expect(machine.incidents().filter((text) => text.startsWith('burst'))).toHaveLength(2);
});

test('Presence knows a restart from an absence, and whether the machine was off', () => {
  using folder = TempFolder.make();
  const clocks = new Clocks();
  const path = folder.join('alive');
  expect(Presence.open(path, clocks).absence).toBeNull();
  clocks.pass(30_000);
  const presence = Presence.open(path, clocks);
  expect(presence.absence).toBeNull();
  clocks.pass(45_000);
  presence.touch();
  const fromMs = clocks.wallMs;
  clocks.pass(3_600_000);
  expect(Presence.open(path, clocks).absence).toEqual({
    fromMs,
    toMs: clocks.wallMs,
    isMachineOff: false,
  });
  const isMachineOffAfter = (boot: string): boolean | undefined => {
    writeFileSync(path, `${boot}\n`);
    utimesSync(path, fromMs / 1_000, fromMs / 1_000);
    return Presence.open(path, clocks).absence?.isMachineOff;
  };
  expect(isMachineOffAfter('another boot')).toBe(true);
  // As a service wrote it that was not told which boot it was in.
  expect(isMachineOffAfter('')).toBe(false);
});

test('Presence that is seldom touched says so: what lies in between is no absence', () => {
  using folder = TempFolder.make();
  const clocks = new Clocks();
  const path = folder.join('alive');
  const presence = Presence.open(path, clocks);
  presence.touch(300_000);
  clocks.pass(300_000);
  // Once in between, and at rest again.
  presence.touch();
  presence.touch(300_000);
  clocks.pass(310_000);
  expect(Presence.open(path, clocks).absence).toBeNull();

  const seldom = Presence.open(path, clocks);
  seldom.touch(300_000);
  clocks.pass(370_000);
  expect(Presence.open(path, clocks).absence).not.toBeNull();

  // Awake again it is touched often, and a shorter absence is one.
  const often = Presence.open(path, clocks);
  often.touch(300_000);
  for (const ms of [100_000, 20_000, 20_000]) {
    clocks.pass(ms);
    often.touch();
  }
  clocks.pass(130_000);
  expect(Presence.open(path, clocks).absence).not.toBeNull();

  // As it was written before: the boot alone.
  writeFileSync(path, `${bootId()}\n`);
  utimesSync(path, clocks.wallMs / 1_000, clocks.wallMs / 1_000);
  clocks.pass(119_000);
  expect(Presence.open(path, clocks).absence).toBeNull();
});
