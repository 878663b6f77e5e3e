/**
 * The same lines read at once, and read late, by daemons that crash: where none is later than the rules allow, the same incidents
 * are found, whoever was told of them.
 */
import { expect, test } from 'vitest';
import { randomOf } from '../../src/selftest/random.ts';
import { RehearsalScene } from '../support/rehearsal-scene.ts';
import { LEVELS, MESSAGES, shopFields } from '../support/shop-lines.ts';

/** `SAME_ALERTS_CASES` and `SAME_ALERTS_SEED`: more of them, or others. */
const CASES = Number(process.env.SAME_ALERTS_CASES ?? 4);
const SEED = Number(process.env.SAME_ALERTS_SEED ?? 1);
const STEPS = 60;
const SETTLED_MS = 600_000;

/** All but `new`, which is about the order of arrival. */
const KINDS = [
  'when = level:fatal',
  'when = level>=error\nthreshold = 3\nwindow = 20s',
  'when = beat\nkind = absence\nsilence = 40s',
  'when = beat\nkind = absence\nsilence = 30s\nexpect = north, west\ngroup_by = shop\nforget_after = 2m',
  'when = beat\nkind = absence\nsilence = 1m\nschedule = 12:04-12:24\ntimezone = UTC',
  'when = level>=error\nkind = rate\npercent = 40\nminimum = 4\nwindow = 50s',
  'when = *\nkind = metric\nfield = ms\naggregate = p95\nabove = 80\nminimum = 3\nwindow = 20s',
  'when = *\nkind = metric\nfield = ms\naggregate = sum\nbelow = 100\nminimum = 2\nwindow = 30s',
  'when = *\nkind = cardinality\nfield = user\nat_least = 4\nwindow = 30s',
  'when = *\nkind = cardinality\nfield = user\nbelow = 2\nwindow = 25s',
  'when = *\nkind = spike\nratio = 3\nminimum = 4\nwindow = 10s\nbaseline = 4',
  'when = *\nkind = drop\nratio = 2\nminimum = 3\nwindow = 10s\nbaseline = 4',
  'when = begun\nkind = sequence\nnext = done\nwithin = 15s\nhold = 2m\ngroup_by = user',
  'when = *\nkind = change\nfield = version\ngroup_by = user',
];
const FILES = ['app', 'other'];
/** Within the lateness of kinds that settle. */
const AGES_MS = [0, 0, 0, 900, 4_000];
const PAUSES_MS = [0, 300, 1_000, 7_000, 30_000, 180_000];

test('Lines that are read late by daemons that crash make the incidents that they make read at once', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const { prompt, late } = await live(seed);
    expect(prompt.length).toBeGreaterThan(0);
    const onlyPrompt = prompt.filter((text) => !late.includes(text));
    const onlyLate = late.filter((text) => !prompt.includes(text));
    expect({ seed, onlyPrompt, onlyLate }).toEqual({ seed, onlyPrompt: [], onlyLate: [] });
  }
});

async function live(seed: number): Promise<{ prompt: string[]; late: string[] }> {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const often = (part: number): boolean => random() < part;
  const rules = rulesOf(pick, often);
  await using prompt = await RehearsalScene.open(rules);
  await using late = await RehearsalScene.open(rules);
  const both = [prompt, late];
  // The first commit: from then on what is written while nobody reads is known to be new. The kernel's clock is not turned by hand:
  // files are there from the beginning.
  for (const scene of both) {
    for (const file of FILES) scene.write({}, 0, file);
    await scene.restart();
    await scene.pass(1_000);
    const untilMs = scene.clock.nowMs() + 1_000;
    const silence = { kind: 'silence', query: 'rule:none', untilMs, who: '', why: '' } as const;
    await scene.ingest.actOnAlerts(silence);
  }
  let writtenCount = 0;
  for (let step = 0; step < STEPS; step += 1) {
    const lineCount = Math.floor(random() * random() * 12);
    for (let line = 0; line < lineCount; line += 1) {
      const fields = shopFields(random);
      const written = { level: pick(LEVELS), message: pick(MESSAGES), fields };
      // Of equal stamps in two files the one comes first that was found first.
      writtenCount += 1;
      const ageMs = pick(AGES_MS) + (writtenCount % 300);
      const file = pick(FILES);
      for (const scene of both) scene.write(written, ageMs, file);
    }
    const pauseMs = pick(PAUSES_MS);
    await prompt.pass(pauseMs);
    if (often(0.3)) await late.pass(pauseMs);
    else await late.clock.advance(pauseMs);
    if (often(0.06)) await late.crash();
    if (often(0.04)) await late.restart();
  }
  for (const scene of both) await scene.pass(SETTLED_MS);
  return { prompt: foundBy(prompt), late: foundBy(late) };
}

type Found = Readonly<{
  rule: string;
  severity: string;
  group: unknown;
  openedAt: string;
  resolvedAt: string | null;
  count: number;
}>;

function foundBy(scene: RehearsalScene): string[] {
  return (scene.live() as Found[])
    .map(({ rule, severity, group, openedAt, resolvedAt, count }) =>
      JSON.stringify({ rule, severity, group, openedAt, resolvedAt, count }),
    )
    .toSorted();
}

function rulesOf(pick: <T>(items: readonly T[]) => T, often: (part: number) => boolean): string {
  return KINDS.map((kind, index) => {
    const more = [
      `resolve_after = ${pick(['0s', '10s', '1m'])}`,
      ...(often(0.2) && !kind.includes('group_by') ? ['group_by = shop'] : []),
    ];
    return `[alert:rule ${index}]\n${kind}\n${more.join('\n')}\nnotify = file\n`;
  }).join('\n');
}
