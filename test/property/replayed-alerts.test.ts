/**
 * Rules of every kind over lines that come in any order and age, while daemons crash and start again, clocks are set and people
 * silence and acknowledge: a rehearsal of what is stored says what was said then, to the id.
 */
import { expect, test } from 'vitest';
import type { AlertRequest } from '../../src/model/alert-request.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { RehearsalScene, recordsOf } from '../support/rehearsal-scene.ts';
import { LEVELS, MESSAGES, shopFields } from '../support/shop-lines.ts';

/** `REPLAYED_ALERTS_CASES` and `REPLAYED_ALERTS_SEED`: more of them, or others. */
const CASES = Number(process.env.REPLAYED_ALERTS_CASES ?? 8);
const SEED = Number(process.env.REPLAYED_ALERTS_SEED ?? 1);
const STEPS = 60;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const KINDS = [
  'when = level:fatal\nremind_every = 1m',
  'when = level>=error\nthreshold = 3\nwindow = 20s',
  'when = beat\nkind = absence\nsilence = 40s\nlateness = 5s',
  'when = beat\nkind = absence\nsilence = 30s\nexpect = north, west\ngroup_by = shop\nforget_after = 2m',
  'when = beat\nkind = absence\nsilence = 1m\nschedule = 12:04-12:24\ntimezone = UTC\nlateness = 4s',
  'when = level>=error\nkind = rate\npercent = 40\nminimum = 4\nwindow = 50s',
  'when = *\nkind = metric\nfield = ms\naggregate = p95\nabove = 80\nminimum = 3\nwindow = 20s',
  'when = *\nkind = metric\nfield = ms\naggregate = sum\nbelow = 100\nminimum = 2\nwindow = 30s\nlateness = 2s',
  'when = *\nkind = cardinality\nfield = user\nat_least = 4\nwindow = 30s',
  'when = *\nkind = cardinality\nfield = user\nbelow = 2\nwindow = 25s',
  'when = *\nkind = spike\nratio = 3\nminimum = 4\nwindow = 10s\nbaseline = 4',
  'when = *\nkind = drop\nratio = 2\nminimum = 3\nwindow = 10s\nbaseline = 4',
  'when = begun\nkind = sequence\nnext = done\nwithin = 15s\nhold = 2m\ngroup_by = user',
  'when = *\nkind = change\nfield = version',
  'when = level>=warn\nkind = new\nfield = pattern\nlearn = 20s',
];
const QUIET = '[notify]\nquiet_hours = 12:08-12:16\ntimezone = UTC\n';
/** In time; a little out of order; late for some; late for all; history. */
const AGES_MS = [0, 0, 0, 0, 900, 4_000, 20_000, 2 * MINUTE_MS, 90 * MINUTE_MS, 3 * DAY_MS];
/** One back by more than a minute would hide since when a rule watched, and so from when on an expected source is missed. */
const JUMPS_MS = [-20_000, 20_000, 10 * MINUTE_MS];
const PAUSES_MS = [0, 300, 1_000, 7_000, 30_000, 3 * MINUTE_MS];

test('A rehearsal says what was said of lines of any age, through crashes, clocks that are set, and what people do', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const { said, rehearsed, notified } = await live(seed);
    expect(said.length).toBeGreaterThan(0);
    const onlySaid = said.filter((text) => !rehearsed.includes(text));
    const onlyRehearsed = rehearsed.filter((text) => !said.includes(text));
    expect({ seed, onlySaid, onlyRehearsed, ...notified }).toEqual({
      ...{ seed, onlySaid: [], onlyRehearsed: [] },
      ...{ said: notified.rehearsed, queued: notified.rehearsed, rehearsed: notified.rehearsed },
    });
  }
});

type Outcome = Readonly<{
  /** Incidents. */
  said: string[];
  rehearsed: string[];
  notified: Readonly<{ said: number; queued: number; rehearsed: number }>;
}>;

async function live(seed: number): Promise<Outcome> {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const often = (part: number): boolean => random() < part;
  await using scene = await RehearsalScene.open(rulesOf(pick, often));
  const writeLine = (): void => {
    const line = { level: pick(LEVELS), message: pick(MESSAGES), fields: shopFields(random) };
    // Some are of the future.
    scene.write(line, often(0.03) ? -5 * MINUTE_MS : pick(AGES_MS), pick(['app', 'other']));
  };
  const act = async (): Promise<void> => {
    const open = scene.live() as { id: string; rule: string; resolvedAt: string | null }[];
    const by = { who: 'ann', why: 'known' };
    if (open.length === 0) return;
    const { id, rule } = pick(open);
    const until = { untilMs: scene.clock.nowMs() + pick([10_000, MINUTE_MS, 10 * MINUTE_MS]) };
    const request = pick<AlertRequest>([
      { kind: 'acknowledge', incident: id, ...by },
      { kind: 'unacknowledge', incident: id, ...by },
      { kind: 'silence', query: `rule:"${rule}"`, ...until, ...by },
      { kind: 'silence', query: 'severity:medium', ...until, ...by },
      { kind: 'unsilence', silence: scene.silences().at(-1) ?? '', ...by },
    ]);
    // Of an incident that is over, that nobody acknowledged, or a silence that is none, nothing can be wished.
    await scene.ingest.actOnAlerts(request).catch(() => {});
  };
  for (let step = 0; step < STEPS; step += 1) {
    const lineCount = Math.floor(random() * random() * 12);
    for (let line = 0; line < lineCount; line += 1) writeLine();
    const pauseMs = pick(PAUSES_MS);
    if (often(0.7)) await scene.pass(pauseMs);
    // The daemon did not get to look.
    else await scene.clock.advance(pauseMs);
    if (often(0.15)) await act();
    if (often(0.06)) await scene.crash();
    if (often(0.04)) await scene.restart();
    if (often(0.02)) {
      scene.clock.setWallClock(scene.clock.nowMs() + pick(JUMPS_MS));
    }
  }
  await scene.pass(2_000);
  const rehearsal = await scene.rehearse();
  return {
    said: scene.live().map((each) => JSON.stringify(each)),
    rehearsed: recordsOf(rehearsal).map((each) => JSON.stringify(each)),
    notified: { ...scene.notified(), rehearsed: rehearsal.notificationCount },
  };
}

function rulesOf(pick: <T>(items: readonly T[]) => T, often: (part: number) => boolean): string {
  const kinds = KINDS.filter(() => often(0.6));
  const names = kinds.map((_, index) => `rule ${index}`);
  const sections = kinds.map((kind, index) => {
    const others = names.slice(0, index);
    const more = [
      `resolve_after = ${pick(['0s', '10s', '1m'])}`,
      `cooldown = ${pick(['0s', '30s', '10m'])}`,
      `backfill = ${pick(['yes', 'no', 'no'])}`,
      `severity = ${pick(['low', 'medium', 'high'])}`,
      ...(often(0.3) && !kind.includes('remind')
        ? [`remind_every = ${pick(['1m', '3m', 'never'])}`]
        : []),
      ...(often(0.2) ? ['backfill_after = 80m'] : []),
      ...(often(0.2) && !kind.includes('group_by') ? ['group_by = shop'] : []),
      ...(often(0.1) && others.length > 0 ? [`inhibited_by = ${pick(others)}`] : []),
      ...(often(0.2) ? ['late = drop'] : []),
    ];
    return `[alert:${names[index]}]\n${kind}\n${more.join('\n')}\nnotify = file\n`;
  });
  return [...(often(0.4) ? [QUIET] : []), ...sections].join('\n');
}
