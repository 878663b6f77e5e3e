/** What began and ended in quiet hours is told in the morning: once, to whom its rule tells, also across a restart. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { silentLog } from '../../../src/base/log.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import type { DigestNotice } from '../../../src/model/notification.ts';
import { subjectOfEvent } from '../../../src/notify/event-text.ts';
import type { OutboxRow } from '../../../src/notify/outbox.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const RULES = `
[alert:slow]
when = slow
severity = low
resolve_after = 1m
notify = email

[alert:failed]
when = failed
severity = medium
resolve_after = 1m
notify = email

[alert:down]
when = down
severity = high
resolve_after = 1m
notify = email

[email]
host = 127.0.0.1
from = logstead@example.org
to = ops@example.org

[route:failures]
rules = fail*
notify = email
to = night@example.org

[notify]
quiet_hours = 22:00-07:00
timezone = UTC
`;

/** A clock that stands still until it is moved. */
class Night implements AsyncDisposable {
  readonly folder = TempFolder.make();
  settings: Settings;
  nowMs = Date.UTC(2026, 10, 20, 21);
  ingest!: Ingest;

  constructor() {
    this.settings = this.settingsWith('22:00-07:00');
    prepareFolders(this.settings);
  }

  settingsWith(quietHours: string | null): Settings {
    const line = quietHours === null ? '' : `quiet_hours = ${quietHours}`;
    const rules = RULES.replace('quiet_hours = 22:00-07:00', line);
    return settingsFromText(`${minimalConfig()}${rules}`, { projectFolder: this.folder.path });
  }

  async open(): Promise<void> {
    const clock = { ...systemClock, nowMs: () => this.nowMs };
    const { settings } = this;
    this.ingest = await Ingest.open({ disk: systemDisk, clock, log: silentLog, settings });
  }

  async change(how: (typeof HOWS)[number], settings: Settings): Promise<void> {
    this.settings = settings;
    if (how === 'a reload') return this.ingest.reconfigure(settings);
    await this.ingest[Symbol.asyncDispose]();
    await this.open();
  }

  /** Let it be so late, write a line, and read it. */
  async at(clock: string, text?: string): Promise<void> {
    const day = clock < '12' ? 21 : 20;
    this.nowMs = Date.parse(`2026-11-${day}T${clock}:00Z`);
    if (text !== undefined) {
      this.folder.append('logs/app.log', `${new Date(this.nowMs).toISOString()} ERROR ${text}\n`);
    }
    await this.ingest.drain();
  }

  async mails(): Promise<OutboxRow[]> {
    const request = { fileCount: 10, hookCount: 0, mailCount: 10, underWay: [] };
    return this.ingest.service().dueDeliveries(request);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

test('what was over when quiet hours ended comes as one digest to each', async () => {
  await using night = new Night();
  await night.open();
  await night.at('21:30');
  await night.at('23:00', 'disk slow');
  await night.at('23:30', 'backup failed');
  await night.at('23:40', 'disk slow');
  await night.at('23:50', 'everything down');
  await night.at('06:59', 'disk slow');
  expect((await night.mails()).map(({ event }) => subjectOfEvent(event))).toEqual([
    // Its reply waits for it.
    'down: 1 match, high',
  ]);
  await night.ingest[Symbol.asyncDispose]();
  await night.open();
  // The last one is still open when the night ends, and is told by itself.
  await night.at('07:00');
  const morning = (await night.mails()).slice(1);
  expect(morning.map(({ recipient, event }) => [recipient, subjectOfEvent(event)]).sort()).toEqual([
    ['night@example.org', '1 incident in quiet hours'],
    ['ops@example.org', '2 incidents in quiet hours'],
    ['ops@example.org', 'slow: 1 match, low'],
  ]);
  const digest = morning.find(
    ({ recipient, event }) => recipient.startsWith('ops') && event.kind === 'digest',
  )!.event as DigestNotice;
  expect(digest.items.map(({ subject }) => subject)).toEqual(['slow: 1 match', 'slow: 1 match']);
  await night.at('07:05');
  await night.ingest[Symbol.asyncDispose]();
  await night.open();
  await night.at('08:00');
  const digests = (await night.mails()).filter(({ event }) => event.kind === 'digest');
  expect(digests).toHaveLength(2);
});

const HOWS = ['a reload', 'a restart'] as const;

test.each(HOWS)(
  '%s that ends quiet hours tells of what they held back, as their end would have',
  async (how) => {
    await using night = new Night();
    await night.open();
    await night.at('21:30');
    await night.at('22:10', 'backup failed');
    await night.at('22:30', 'disk slow');
    await night.at('22:50', 'disk slow');
    // As they were: it goes on.
    await night.change(how, night.settingsWith('22:00-07:00'));
    expect(await night.mails()).toEqual([]);
    await night.change(how, night.settingsWith('01:00-02:00'));
    const mails = await night.mails();
    expect(mails.map(({ recipient, event }) => [recipient, subjectOfEvent(event)]).sort()).toEqual([
      ['night@example.org', '1 incident in quiet hours'],
      ['ops@example.org', '1 incident in quiet hours'],
      ['ops@example.org', 'slow: 1 match, low'],
    ]);
    await night.at('23:30', 'backup failed');
    expect((await night.mails()).map(({ event }) => subjectOfEvent(event))).toContain(
      'failed: 1 match, medium',
    );
    await night.at('02:30');
    const digests = (await night.mails()).filter(({ event }) => event.kind === 'digest');
    expect(digests).toHaveLength(2);
  },
);

test.each(HOWS)(
  '%s to none ends quiet hours too, and one to longer ones holds back until their end',
  async (how) => {
    await using night = new Night();
    await night.open();
    await night.at('21:30');
    await night.at('22:30', 'disk slow');
    await night.at('22:50', 'disk slow');
    await night.change(how, night.settingsWith('22:00-09:00'));
    expect(await night.mails()).toEqual([]);
    const [open] = night.ingest.incidents.list({ state: 'open' });
    expect(open).toMatchObject({ heldBy: 'quiet', heldUntilMs: Date.UTC(2026, 10, 21, 9) });
    await night.change(how, night.settingsWith(null));
    expect((await night.mails()).map(({ event }) => subjectOfEvent(event)).sort()).toEqual([
      '1 incident in quiet hours',
      'slow: 1 match, low',
    ]);
  },
);
