/** A rule that is changed by a reload goes on with what the store knows, and with its incident where that is still true. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { silentLog } from '../../../src/base/log.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { TempFolder } from '../../support/temp-folder.ts';

class Reloaded implements AsyncDisposable {
  readonly folder = TempFolder.make();
  ingest!: Ingest;

  async open(rule: string): Promise<void> {
    const settings = this.settingsOf(rule);
    prepareFolders(settings);
    this.ingest = await Ingest.open({
      disk: systemDisk,
      clock: systemClock,
      log: silentLog,
      settings,
    });
  }

  settingsOf(rule: string): Settings {
    const text = `${minimalConfig()}\n[alert:failures]\nwhen = level:error failed\nnotify = file\ngroup_by = user\n${rule}`;
    return settingsFromText(text, { projectFolder: this.folder.path });
  }

  reload(rule: string): Promise<void> {
    return this.ingest.reconfigure(this.settingsOf(rule));
  }

  /** Failed lines of users, so many seconds ago, in this order. */
  async failed(...lines: readonly (readonly [secondsAgo: number, user: string])[]): Promise<void> {
    const text = lines.map(([secondsAgo, user]) => {
      const time = new Date(systemClock.nowMs() - secondsAgo * 1_000).toISOString();
      return `${JSON.stringify({ time, level: 'error', msg: 'sign-in failed', user })}\n`;
    });
    this.folder.append('logs/app.log', text.join(''));
    await this.ingest.drain();
  }

  incidents(): string[] {
    return this.ingest.incidents
      .list()
      .map(({ id, group, count, resolvedAtMs }) => {
        const events = this.ingest.incidents.history(id).map(({ name }) => name);
        return `${group['user']} x${count} ${resolvedAtMs === null ? 'open' : 'over'}: ${events}`;
      })
      .sort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

test('a rule that becomes stricter finds at once what is true by then', async () => {
  await using daemon = new Reloaded();
  await daemon.open('threshold = 5\nwindow = 10m\n');
  await daemon.failed(
    [300, 'ann'],
    [200, 'ann'],
    [100, 'ann'],
    [50, 'bob'],
    [3_000, 'cid'],
    [2_990, 'cid'],
    [2_980, 'cid'],
  );
  expect(daemon.incidents()).toEqual([]);
  await daemon.reload('threshold = 3\nwindow = 10m\n');
  // What was over an hour ago is no news.
  expect(daemon.incidents()).toEqual(['ann x3 open: opened']);
  const [incident] = daemon.ingest.incidents.list();
  const [opened] = daemon.ingest.incidents.history(incident!.id);
  expect(opened).toMatchObject({ note: 'found when the rule was switched on', heldBy: null });
  // It goes on with the lines it was told.
  await daemon.failed([1, 'bob'], [1, 'bob']);
  expect(daemon.incidents()).toEqual(['ann x3 open: opened', 'bob x3 open: opened']);
});

test('an incident goes on where its trouble is still true under the changed rule, and is closed where it is not', async () => {
  await using daemon = new Reloaded();
  await daemon.open('threshold = 3\nwindow = 10m\n');
  await daemon.failed(
    [30, 'ann'],
    [20, 'ann'],
    [10, 'ann'],
    [9, 'ann'],
    [8, 'bob'],
    [7, 'bob'],
    [6, 'bob'],
  );
  const before = daemon.ingest.incidents.list().map(({ id }) => id);
  expect(daemon.incidents()).toEqual(['ann x4 open: opened', 'bob x3 open: opened']);
  await daemon.reload('threshold = 4\nwindow = 20m\n');
  expect(daemon.incidents()).toEqual(['ann x4 open: opened', 'bob x3 over: opened,closed']);
  expect(daemon.ingest.incidents.list().map(({ id }) => id)).toEqual(before);
  // Also for the process that comes after it.
  await daemon.ingest[Symbol.asyncDispose]();
  await daemon.open('threshold = 4\nwindow = 20m\n');
  await daemon.failed([1, 'ann']);
  expect(daemon.incidents()).toEqual(['ann x5 open: opened', 'bob x3 over: opened,closed']);
});

test('a rule that is the same but for its name keeps its incidents and asks the store for nothing', async () => {
  await using daemon = new Reloaded();
  await daemon.open('threshold = 3\nwindow = 10m\n');
  await daemon.failed([30, 'ann'], [20, 'ann'], [10, 'ann']);
  await daemon.reload('threshold = 3\nwindow = 10m\nseverity = critical\n');
  expect(daemon.incidents()).toEqual(['ann x3 open: opened']);
});
