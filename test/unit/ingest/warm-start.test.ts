/** A rule that is changed, by a reload or while nothing runs, goes on with what the store knows, and with its incident where that is still true. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { silentLog } from '../../../src/base/log.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { settingsFromText } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import type { Settings } from '../../../src/config/settings.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import type {
  AlertNotice,
  DigestNotice,
  NotificationEvent,
} from '../../../src/model/notification.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const HOWS = ['a reload', 'a restart'] as const;
type FailedLine = readonly [secondsAgo: number, user: string];
type How = (typeof HOWS)[number];

class Changed implements AsyncDisposable {
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

  async change(how: How, rule: string): Promise<void> {
    if (how === 'a reload') return this.ingest.reconfigure(this.settingsOf(rule));
    await this.ingest[Symbol.asyncDispose]();
    await this.open(rule);
  }

  /** Failed lines of users, so many seconds ago, in this order. */
  async failed(...lines: readonly FailedLine[]): Promise<void> {
    this.write(...lines);
    await this.ingest.drain();
  }

  write(...lines: readonly FailedLine[]): void {
    const nowMs = systemClock.nowMs();
    const text = lines.map(([secondsAgo, user]) => {
      const time = new Date(nowMs - secondsAgo * 1_000).toISOString();
      return `${JSON.stringify({ time, level: 'error', msg: 'sign-in failed', user })}\n`;
    });
    this.folder.append('logs/app.log', text.join(''));
  }

  async digests(): Promise<DigestNotice[]> {
    return (await this.#events()).filter((event) => event.kind === 'digest');
  }

  /** Of incidents that open, and of what is closed. */
  async told(): Promise<string[]> {
    return (await this.#events()).flatMap((event) => {
      if (event.kind === 'digest') return [event.reason ?? ''];
      return event.kind === 'alert' ? [event.what] : [];
    });
  }

  async notices(): Promise<AlertNotice[]> {
    return (await this.#events()).filter((event) => event.kind === 'alert');
  }

  async #events(): Promise<NotificationEvent[]> {
    const request = { fileCount: 100, hookCount: 0, mailCount: 0, underWay: [] };
    return (await this.ingest.service().dueDeliveries(request)).map(({ event }) => event);
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

test.each(HOWS)(
  'a rule that becomes stricter in %s finds at once what is true by then',
  async (how) => {
    await using daemon = new Changed();
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
    await daemon.change(how, 'threshold = 3\nwindow = 10m\n');
    // What was over an hour ago is no news.
    expect(daemon.incidents()).toEqual(['ann x3 open: opened']);
    const [incident] = daemon.ingest.incidents.list();
    const [opened] = daemon.ingest.incidents.history(incident!.id);
    expect(opened).toMatchObject({ note: 'found when the rule was switched on', heldBy: null });
    // It goes on with the lines it was told.
    await daemon.failed([1, 'bob'], [1, 'bob']);
    expect(daemon.incidents()).toEqual(['ann x3 open: opened', 'bob x3 open: opened']);
  },
);

test.each(HOWS)(
  'an incident goes on where its trouble is still true under the rule as it is behind %s, and is closed where it is not',
  async (how) => {
    await using daemon = new Changed();
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
    await daemon.change(how, 'threshold = 4\nwindow = 20m\n');
    expect(daemon.incidents()).toEqual(['ann x4 open: opened', 'bob x3 over: opened,closed']);
    expect(daemon.ingest.incidents.list().map(({ id }) => id)).toEqual(before);
    // Also for the process that comes after it.
    await daemon.ingest[Symbol.asyncDispose]();
    await daemon.open('threshold = 4\nwindow = 20m\n');
    await daemon.failed([1, 'ann']);
    expect(daemon.incidents()).toEqual(['ann x5 open: opened', 'bob x3 over: opened,closed']);
  },
);

test.each(HOWS)(
  'a rule that is the same but for its severity behind %s keeps its incidents',
  async (how) => {
    await using daemon = new Changed();
    await daemon.open('threshold = 3\nwindow = 10m\n');
    await daemon.failed([30, 'ann'], [20, 'ann'], [10, 'ann']);
    await daemon.change(how, 'threshold = 3\nwindow = 10m\nseverity = critical\n');
    expect(daemon.incidents()).toEqual(['ann x3 open: opened']);
  },
);

test('a rule that is new behind a restart looks back too, and lines of the time between count once', async () => {
  await using daemon = new Changed();
  await daemon.open('threshold = 99\nwindow = 10m\n');
  await daemon.failed([30, 'ann'], [20, 'ann']);
  await daemon.ingest[Symbol.asyncDispose]();
  daemon.write([10, 'ann'], [9, 'bob']);
  await daemon.open('threshold = 3\nwindow = 10m\n');
  expect(daemon.incidents()).toEqual([]);
  await daemon.ingest.drain();
  expect(daemon.incidents()).toEqual(['ann x3 open: opened']);
  const [incident] = daemon.ingest.incidents.list();
  expect(daemon.ingest.incidents.history(incident!.id)).toMatchObject([{ note: null }]);
  // It is not asked for again.
  await daemon.change('a restart', 'threshold = 3\nwindow = 10m\n');
  await daemon.failed([1, 'bob']);
  expect(daemon.incidents()).toEqual(['ann x3 open: opened']);
});

test.each(HOWS)(
  'a rule that is switched off by %s says so once, to whom it had told of what it closes',
  async (how) => {
    await using daemon = new Changed();
    await daemon.open('threshold = 2\nwindow = 10m\n');
    await daemon.failed([30, 'ann'], [20, 'ann'], [10, 'bob'], [9, 'bob'], [8, 'cid']);
    // At once, though no line comes.
    await daemon.change(how, 'threshold = 2\nwindow = 10m\nenabled = no\n');
    expect(daemon.incidents()).toEqual([
      'ann x2 over: opened,closed',
      'bob x2 over: opened,closed',
    ]);
    const digests = await daemon.digests();
    expect(digests).toMatchObject([{ reason: 'closed', count: 2 }]);
    expect(digests[0]!.items.map(({ subject }) => subject)).toEqual([
      'failures (ann): 2 matches',
      'failures (bob): 2 matches',
    ]);
    await daemon.change(how, 'threshold = 2\nwindow = 10m\nenabled = no\n');
    expect(await daemon.digests()).toHaveLength(1);
  },
);

test.each(HOWS)(
  'a rule that is switched on again by %s tells of what is still true, also where no line came meanwhile',
  async (how) => {
    await using daemon = new Changed();
    await daemon.open('threshold = 2\nwindow = 10m\n');
    await daemon.failed([30, 'ann'], [20, 'ann']);
    await daemon.change(how, 'threshold = 2\nwindow = 10m\nenabled = no\n');
    await daemon.change(how, 'threshold = 2\nwindow = 10m\n');
    expect(daemon.incidents()).toEqual(['ann x2 open: opened', 'ann x2 over: opened,closed']);
    expect(await daemon.told()).toEqual(['opened', 'closed', 'opened']);
  },
);

test.each(['reload', 'crash'] as const)(
  'silence that is still going on when a %s closes it ends at that moment',
  async (how) => {
    const clock = new FakeClock();
    const rule = '[alert:silent]\nwhen = beat\nkind = absence\nsilence = 1m\nnotify = file\n';
    await using scene = await IngestScene.make(rule, clock);
    await scene.take(`${new Date(clock.nowMs()).toISOString()} INFO beat\n`);
    for (let minute = 0; minute < 3; minute += 1) {
      await clock.advance(60_000);
      await scene.ingest.turn();
    }
    await scene.ingest.flush();
    const ends = (): (number | null)[] =>
      scene.ingest.incidents.list().map(({ resolvedAtMs }) => resolvedAtMs);
    expect(ends()).toEqual([null]);
    await scene[how]('');
    expect(ends()).toEqual([clock.nowMs()]);
  },
);

test.each(HOWS)(
  'an incident that one of a rule kept quiet is told when %s takes that rule away',
  async (how) => {
    await using daemon = new Changed();
    const child = 'inhibited_by = parent\n';
    const parent = '[alert:parent]\nwhen = level:error\nnotify = file\n';
    await daemon.open(`${child}${parent}`);
    await daemon.failed([3, 'ann']);
    const heldBy = (): (string | null)[] =>
      daemon.ingest.incidents.list({ rule: 'failures' }).map((incident) => incident.heldBy);
    expect(heldBy()).toEqual(['inhibited']);
    await daemon.change(how, `${child}${parent}enabled = no\n`);
    expect(heldBy()).toEqual([null]);
  },
);

test.each(HOWS)('An open incident has the severity that its rule has behind %s', async (how) => {
  await using changed = new Changed();
  await changed.open('threshold = 2\nwindow = 1m\nseverity = low\n');
  await changed.failed([2, 'a'], [1, 'a']);
  const severities = (): string[] =>
    changed.ingest.incidents.list().map(({ severity }) => severity);
  expect(severities()).toEqual(['low']);
  await changed.change(how, 'threshold = 2\nwindow = 1m\nseverity = high\n');
  await changed.failed([0, 'b']);
  expect(severities()).toEqual(['high']);
});

test.each(HOWS)(
  'An incident that is over keeps the severity it ended with behind %s',
  async (how) => {
    await using changed = new Changed();
    await changed.open('resolve_after = 0s\nseverity = low\n');
    await changed.failed([9, 'a']);
    expect(changed.incidents()).toEqual(['a x1 over: opened,resolved']);
    await changed.change(how, 'resolve_after = 0s\nseverity = high\n');
    await changed.failed([0, 'b']);
    const said = changed.ingest.incidents.list().map(({ group, severity }) => [group, severity]);
    expect(said).toEqual([
      [{ user: 'b' }, 'high'],
      [{ user: 'a' }, 'low'],
    ]);
  },
);

test.each(HOWS)('a digest of what %s closes has groups of one moment in one order', async (how) => {
  await using daemon = new Changed();
  await daemon.open('threshold = 2\nwindow = 10m\n');
  const users = ['dan', 'ann', 'cid', 'bob'];
  const lines = users.flatMap((user): FailedLine[] => [
    [30, user],
    [30, user],
  ]);
  await daemon.failed(...lines);
  await daemon.change(how, 'threshold = 2\nwindow = 10m\nenabled = no\n');
  const [digest] = await daemon.digests();
  const named = digest!.items.map(({ subject }) => subject.slice(10, 13));
  expect(named).toEqual(users.toSorted());
});

test.each([
  ['a reload', 'silence = 10m'],
  ['a reload', 'silence = 3m\nschedule = 00:00-23:59\ntimezone = UTC'],
  ['a restart', 'lateness = 5s\nsilence = 3m'],
] as const)('What is missed goes on to be missed behind %s: %s', async (how, changed) => {
  const clock = new FakeClock();
  const rule = (bounds: string): string =>
    `[alert:gone]\nwhen = beat\nkind = absence\nresolve_after = 0s\n${bounds}\n`;
  await using scene = await IngestScene.make(rule('silence = 3m'), clock);
  const pass = async (seconds: number): Promise<void> => {
    for (let left = seconds; left > 0; left -= 10) {
      await clock.advance(10_000);
      await scene.ingest.turn();
    }
  };
  const beat = (): string => `time=${new Date(clock.nowMs()).toISOString()} level=info msg=beat\n`;
  await scene.take(beat());
  await pass(20);
  await scene.take(beat());
  const lastBeatMs = clock.nowMs();
  await pass(3_600);
  const [before] = scene.ingest.incidents.list();
  expect(before).toMatchObject({ openedAtMs: lastBeatMs + 180_000, resolvedAtMs: null });
  if (how === 'a reload') await scene.reload(rule(changed));
  else await scene.crash(rule(changed));
  await pass(60);
  const { id, openedAtMs } = before!;
  expect(scene.ingest.incidents.list()).toMatchObject([{ id, openedAtMs, resolvedAtMs: null }]);
  await scene.take(beat());
  await pass(120);
  expect(scene.ingest.incidents.list()).toMatchObject([
    { id, resolvedAtMs: lastBeatMs + 3_660_000 },
  ]);
});

test.each(HOWS)('a spike that is new in %s is judged against what is stored', async (how) => {
  await using daemon = new Changed();
  await daemon.open('threshold = 500\n');
  const usual = [300, 250, 190, 130, 100].map((secondsAgo): FailedLine => [secondsAgo, 'ann']);
  const many = Array.from({ length: 20 }, (): FailedLine => [40, 'ann']);
  await daemon.failed(...usual, ...many, ...many.map(([ago]): FailedLine => [ago, 'bob']));
  await daemon.change(how, 'kind = spike\nratio = 5\nminimum = 5\nwindow = 1m\nbaseline = 3\n');
  await daemon.ingest.drain();
  expect(daemon.incidents()).toEqual(['ann x20 open: opened', 'bob x20 open: opened']);
});

test('a spike without a whole baseline in the store waits for it', async () => {
  await using daemon = new Changed();
  await daemon.open('threshold = 500\n');
  const many = Array.from({ length: 20 }, (): FailedLine => [40, 'ann']);
  await daemon.failed([200, 'ann'], ...many);
  await daemon.change(
    'a reload',
    'kind = spike\nratio = 5\nminimum = 5\nwindow = 1m\nbaseline = 3\n',
  );
  await daemon.ingest.drain();
  expect(daemon.incidents()).toEqual([]);
});

test.each(HOWS)(
  'silence that is new in %s is missed since the last line that is stored',
  async (how) => {
    await using daemon = new Changed();
    await daemon.open('threshold = 500\n');
    await daemon.failed([3_000, 'ann'], [60, 'bob']);
    await daemon.change(how, 'kind = absence\nsilence = 10m\n');
    await daemon.ingest.drain();
    expect(daemon.incidents()).toEqual(['ann x0 open: opened']);
    expect(await daemon.notices()).toMatchObject([{ what: 'opened', wasThere: true }]);
  },
);

test.each(HOWS)('a rule for what is new knows behind %s whatever is stored', async (how) => {
  await using daemon = new Changed();
  await daemon.open('threshold = 500\n');
  const week = 7 * 86_400;
  await daemon.failed([week, 'ann'], [3_000, 'bob'], [2_000, 'bob']);
  await daemon.change(how, 'kind = new\nfield = user\nlearn = 0s\n');
  await daemon.failed([3, 'ann'], [2, 'bob'], [1, 'cid']);
  expect(daemon.incidents()).toEqual(['cid x1 open: opened']);
});
