/** Rules over stored history against what the same rules said while it happened, and what other rules change. */
import { expect, test } from 'vitest';
import { differenceOf } from '../../../src/rehearsal/difference.ts';
import { RehearsalScene, recordsOf } from '../../support/rehearsal-scene.ts';

const MINUTE_MS = 60_000;

const RULES = `
[alert:bursts]
when = level>=error
threshold = 3
window = 30s
resolve_after = 20s
cooldown = 5m
group_by = shop
notify = file, email

[alert:backup]
kind = absence
when = "backup finished"
silence = 2m
lateness = 5s
resolve_after = 0s

[alert:failures]
kind = rate
when = level>=error
percent = 25
minimum = 5
window = 50s
lateness = 5s
resolve_after = 10s
inhibited_by = bursts

[email]
host = mail.example.org
from = logstead@example.org
to = ann@example.org, ben@example.org
`;

/** Six minutes: bursts of two shops, a backup that stays away, a restart, a silence, an acknowledgement, also taken back. */
async function sixMinutes(scene: RehearsalScene, takesBack = false): Promise<void> {
  for (let second = 0; second < 360; second += 1) {
    if (second % 3 === 0) scene.write({});
    if (second < 100 && second % 40 === 0) scene.write({ message: 'backup finished' });
    const isBurst = [60, 140, 200, 300].some((start) => second >= start && second < start + 8);
    if (isBurst)
      scene.write({ level: 'error', fields: `shop=${second < 180 ? 'north' : 'south'}` });
    await scene.pass(1_000);
    if (second === 100) await scene.restart();
    if (second === 205) {
      const [open] = scene.live('bursts').slice(-1) as { id: string }[];
      await scene.ingest.actOnAlerts({
        kind: 'acknowledge',
        incident: open!.id,
        who: 'ann',
        why: '',
      });
    }
    if (takesBack && second === 210) {
      const [open] = scene.live('bursts').slice(-1) as { id: string }[];
      await scene.ingest.actOnAlerts({
        kind: 'unacknowledge',
        incident: open!.id,
        who: 'ann',
        why: '',
      });
    }
    if (second === 290) {
      await scene.ingest.actOnAlerts({
        kind: 'silence',
        query: 'rule:bursts',
        untilMs: scene.clock.nowMs() + MINUTE_MS,
        who: 'ann',
        why: 'moving it',
      });
    }
  }
  await scene.pass(60_000);
}

test('rehearse() says of recorded history what was said live, to the id', async () => {
  await using scene = await RehearsalScene.open(RULES);
  await sixMinutes(scene);
  const live = scene.live();
  expect(live.length).toBeGreaterThanOrEqual(6);
  expect(recordsOf(await scene.rehearse())).toEqual(live);
  for (const rule of ['bursts', 'backup', 'failures']) {
    expect(recordsOf(await scene.rehearse({ rule }))).toEqual(scene.live(rule));
  }
});

test('rehearse() says what would have been sent, to whom, and why the rest was not', async () => {
  await using scene = await RehearsalScene.open(RULES);
  await sixMinutes(scene);
  const { delivered, held, notificationCount } = await scene.rehearse({ rule: 'bursts' });
  expect(delivered.map(({ channel, recipient }) => `${channel} ${recipient}`)).toEqual([
    'file ',
    'email ann@example.org',
    'email ben@example.org',
  ]);
  expect(delivered.every(({ count }) => count === notificationCount)).toBe(true);
  expect(held.map(({ by }) => by).sort()).toEqual(['cooldown', 'silence']);
});

test('rehearse() shows what another version of a rule no longer notices', async () => {
  await using scene = await RehearsalScene.open(RULES);
  await sixMinutes(scene);
  const before = await scene.rehearse({ rule: 'bursts' });
  const sections = RULES.replace('threshold = 3', 'threshold = 9');
  const after = await scene.rehearse({ rule: 'bursts', sections });
  expect(after.incidents).toEqual([]);
  const rows = differenceOf(before.incidents, after.incidents, 20_000);
  expect(rows.map(({ kind }) => kind)).toEqual(before.incidents.map(() => 'gone'));
  const same = await scene.rehearse({
    rule: 'bursts',
    sections: RULES.replace('cooldown = 5m', 'cooldown = 0s'),
  });
  expect(differenceOf(before.incidents, same.incidents, 20_000).map(({ kind }) => kind)).toEqual(
    before.incidents.map(() => 'same'),
  );
  expect(same.notificationCount).toBeGreaterThan(before.notificationCount);
});

test('rehearse() gives an acknowledgement to the incident of the other rule that is open then', async () => {
  await using scene = await RehearsalScene.open(RULES);
  await sixMinutes(scene);
  // Never over, so that reminders would come.
  const sections = RULES.replace('threshold = 3', 'threshold = 2')
    .replace('resolve_after = 20s', 'resolve_after = 1h')
    .replace('cooldown = 5m', 'cooldown = 0s\nworse = 100\nremind_every = 1m');
  const { incidents, held } = await scene.rehearse({ rule: 'bursts', sections });
  expect(incidents.find(({ group }) => group.shop === 'south')?.acknowledgedAtMs).not.toBeNull();
  expect(held.some(({ by }) => by === 'acknowledged')).toBe(true);
});

test('rehearse() takes an acknowledgement back where that was done, also from the incident of another rule', async () => {
  await using scene = await RehearsalScene.open(RULES);
  await sixMinutes(scene, true);
  expect(recordsOf(await scene.rehearse())).toEqual(scene.live());
  const sections = RULES.replace('threshold = 3', 'threshold = 2')
    .replace('resolve_after = 20s', 'resolve_after = 1h')
    .replace('cooldown = 5m', 'cooldown = 0s\nworse = 100\nremind_every = 1m');
  const { incidents } = await scene.rehearse({ rule: 'bursts', sections });
  expect(incidents.map(({ acknowledgedAtMs }) => acknowledgedAtMs)).toEqual([null, null]);
});

test('rehearse() takes old entries as if they had been read when they were written, where asked to', async () => {
  await using scene = await RehearsalScene.open(RULES);
  const dayMs = 86_400_000;
  for (let index = 0; index < 5; index += 1) {
    scene.write({ level: 'error', fields: 'shop=north' }, 3 * dayMs - index * 1_000);
  }
  await scene.pass(5_000);
  const recorded = await scene.rehearse({ rule: 'bursts' });
  expect(recorded.incidents).toMatchObject([{ backfill: true, notified: 0 }]);
  expect(recorded.notes.join()).toContain('--as-if-live');
  const sinceMs = scene.clock.nowMs() - 5 * dayMs;
  const live = await scene.rehearse({ rule: 'bursts', mode: 'live', sinceMs });
  expect(live.incidents).toMatchObject([{ backfill: false, notified: 2, count: 5 }]);
  expect(live.notificationCount).toBe(2);
});

test('rehearse() has time pass for a rule that was not at work', async () => {
  await using scene = await RehearsalScene.open(RULES);
  scene.write({ message: 'heartbeat' });
  await scene.pass(2_000);
  // Nobody writes, and no rule has anything to say: the record has a gap of five minutes.
  await scene.clock.advance(300_000);
  scene.write({ message: 'heartbeat' });
  await scene.pass(20_000);
  const sections =
    '[alert:beat]\nkind = absence\nwhen = heartbeat\nsilence = 60s\nlateness = 5s\nresolve_after = 0s\nremind_every = 1m\n';
  const { incidents, notificationCount } = await scene.rehearse({ sections });
  expect(incidents).toMatchObject([{ rule: 'beat' }]);
  const lengthMs = incidents[0]!.resolvedAtMs! - incidents[0]!.openedAtMs;
  expect(lengthMs).toBe(242_000);
  // The opening, four reminders and the end.
  expect(notificationCount).toBeGreaterThanOrEqual(5);
});

test('rehearse() says the same of the time before a rule is at work and after it has begun on what is stored', async () => {
  await using scene = await RehearsalScene.open(RULES);
  scene.write({ message: 'heartbeat' });
  await scene.pass(2_000);
  await scene.clock.advance(300_000);
  scene.write({ message: 'heartbeat' });
  await scene.pass(20_000);
  const sections = `${RULES}[alert:beat]\nkind = absence\nwhen = heartbeat\nsilence = 60s\nresolve_after = 0s\nremind_every = 1m\n`;
  const request = { sections, rule: 'beat' };
  const before = await scene.rehearse(request);
  expect(before.notificationCount).toBeGreaterThanOrEqual(5);
  await scene.reload(sections);
  await scene.pass(2_000);
  const { notificationCount } = await scene.rehearse(request);
  expect(notificationCount).toBe(before.notificationCount);
});

test.each(['recorded', 'live'] as const)(
  'rehearse() knows of what is missing for days, as far back as the rule does: %s',
  async (mode) => {
    const beat =
      '[alert:beat]\nkind = absence\nwhen = heartbeat\nsilence = 60s\nlateness = 5s\nresolve_after = 0s\ngroup_by = shop\n';
    await using scene = await RehearsalScene.open(beat);
    for (const shop of ['north', 'south'])
      scene.write({ message: 'heartbeat', fields: `shop=${shop}` });
    await scene.pass(2_000);
    await scene.clock.advance(3 * 86_400_000);
    scene.write({ message: 'heartbeat', fields: 'shop=north' });
    await scene.pass(20_000);
    const sinceMs = scene.clock.nowMs() - 3_600_000;
    const { incidents } = await scene.rehearse({ mode, sinceMs });
    const open = incidents.filter(({ resolvedAtMs }) => resolvedAtMs === null);
    expect(open.map(({ group }) => group)).toEqual([{ shop: 'south' }]);
    expect(scene.live('beat')).toMatchObject([{ state: 'resolved' }, { state: 'open' }]);
  },
);

test('rehearse() says why a rule finds nothing, or all in one group, where that is hardly meant', async () => {
  const sections = `
[alert:by address]
when = level>=error
threshold = 2
group_by = address

[alert:new place]
when = level>=error
kind = new
field = place

[alert:failing]
when = level>=error
kind = rate
percent = 10
minimum = 2
`;
  await using scene = await RehearsalScene.open(sections);
  // Of a file that is new later the system may tell too late.
  scene.write({});
  await scene.pass(120_000);
  for (const _ of [1, 2, 3]) scene.write({ level: 'error' }, 60_000);
  await scene.pass(5_000);
  const { notes } = await scene.rehearse();
  expect(notes).toEqual([
    '"by address": no entry that it found has the field address, so all of them are one group; `logstead fields` shows which there are.',
    '"new place": of 3 entries that match, none has the field place; `logstead fields` shows which there are.',
    '"failing": 3 of 4 entries were read more than `lateness` (10 s) behind the rest, and do not count; --as-if-live takes them as if they had been read when they were written.',
  ]);
});
