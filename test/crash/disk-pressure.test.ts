/**
 * The ladder of disk pressure on a real small file system: it fills up, reading rests, files stay, room comes back, nothing is lost.
 * Mounting is root's: without it the same ladder is tested with numbers in `test/unit/ingest/pressure.test.ts`.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { openLog } from '../../src/base/log.ts';
import { settingsFromText } from '../../src/config/load-settings.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { PRESSURE_STEPS } from '../../src/ingest/pressure.ts';
import type { Filter } from '../../src/query/query-tree.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';

const MIB = 2 ** 20;
const DAY_MS = 86_400_000;

function mounted(folder: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    expect(process.getuid?.()).not.toBe(0);
    return false;
  }
}

function settingsIn(folder: TempFolder) {
  const text = `[paths]
log_dir = logs
report_dir = reports
archive_dir = archives
notify_dir = notifications
state_dir = state
[retention]
free_space = 5MiB
[notify]
failure = file
`;
  const settings = settingsFromText(text, { projectFolder: folder.path });
  prepareFolders(settings);
  return settings;
}

/** Lines of a level, stamped two days ago. */
function linesOf(level: string, count: number, from = 0): string {
  const at = Date.now() - 2 * DAY_MS;
  return Array.from(
    { length: count },
    (_, index) =>
      `${new Date(at + from + index).toISOString()} ${level} message number ${from + index}\n`,
  ).join('');
}

test('a disk that fills up step by step: everything is announced, nothing is lost, and it goes on by itself', {
  timeout: 120_000,
}, async () => {
  using folder = TempFolder.make();
  const stateFolder = folder.makeFolder('state');
  if (!mounted(stateFolder)) return;
  try {
    const settings = settingsIn(folder);
    const log = openLog({ level: 'fatal', style: 'json' });
    await using ingest = await Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
    const count = (query: Filter): number => {
      using reader = ingest.openReader();
      return reader.count({ query });
    };
    const level = (name: 'DEBUG' | 'ERROR'): Filter => ({
      kind: 'level',
      comparison: '=',
      level: name,
    });
    const step = async (): Promise<string> => (await ingest.service().status()).diskPressure;
    /** Leave so many MiB free. */
    const leave = (freeMib: number): void => {
      const ballast = `${stateFolder}/ballast`;
      rmSync(ballast, { force: true });
      const { bavail, bsize } = statfsSync(stateFolder);
      const size = bavail * bsize - freeMib * MIB;
      if (size > 0) writeFileSync(ballast, Buffer.alloc(size));
    };
    const turnUntil = async (wanted: string): Promise<void> => {
      await waitFor(
        async () => {
          await ingest.turn();
          return (await step()) === wanted;
        },
        { what: `step "${wanted}"` },
      );
    };

    appendFileSync(folder.join('logs/app.log'), linesOf('DEBUG', 500) + linesOf('ERROR', 500, 500));
    await ingest.drain();
    expect(count(level('DEBUG'))).toBe(500);
    expect(await step()).toBe('calm');
    leave(18);
    await turnUntil('warn');
    leave(13);
    await turnUntil('compact');
    leave(8);
    await turnUntil('shorten');
    // The file is not archived: its entries stay, however cheap.
    for (let turn = 0; turn < 20; turn += 1) await ingest.turn();
    await ingest.maintenance.settled();
    expect(count(level('DEBUG'))).toBe(500);

    leave(3);
    await turnUntil('rest');
    appendFileSync(folder.join('logs/app.log'), linesOf('ERROR', 100, 1000));
    for (let turn = 0; turn < 20; turn += 1) await ingest.turn();
    await ingest.flush();
    expect(count(level('ERROR'))).toBe(500);
    await expect(ingest.drain()).rejects.toThrow(/free on the disk/);

    leave(30);
    await turnUntil('calm');
    await ingest.drain();
    expect(count(level('ERROR'))).toBe(600);
    const due = { fileCount: 20, hookCount: 0, mailCount: 0, underWay: [] };
    const told = (await ingest.service().dueDeliveries(due)).map(({ event }) =>
      JSON.stringify(event),
    );
    for (const name of PRESSURE_STEPS.slice(1)) {
      expect(
        told.some((text) => text.includes(`\\"${name}\\"`)),
        name,
      ).toBe(true);
    }
    expect(told.some((text) => text.includes('room again'))).toBe(true);
  } finally {
    execFileSync('umount', ['-l', stateFolder]);
  }
});
