/** `remind_every` is another behind a reload or a start: people are reminded by it from then on, and not of the time before. */
import { expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

const ruleOf = (every: string): string =>
  `[alert:silent]\nwhen = beat\nkind = absence\nsilence = 1m\nlateness = 1s\nremind_every = ${every}\nnotify = file\n`;

async function pass(scene: IngestScene, clock: FakeClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    await clock.advance(1_000);
    await scene.ingest.turn();
  }
}

/** When something was said, in seconds since the opening. */
function said({ events }: IngestScene): string[] {
  return events.map(({ name, dueUs, incident }) => {
    return `${name} ${(dueUs / 1_000 - incident.openedAtMs) / 1_000}`;
  });
}

test.each([
  ['reload', '10m', '1m', [300, 360]],
  ['crash', '10m', '1m', [300, 360]],
  ['reload', 'never', '1m', [300, 360]],
  ['crash', 'never', '1m', [300, 360]],
  ['reload', '1m', '10m', [60, 120, 180, 240, 600]],
  ['crash', '1m', '10m', [60, 120, 180, 240, 600]],
  ['reload', '1m', 'never', [60, 120, 180, 240]],
] as const)(
  'People are reminded by what the rule says behind a %s: every %s, then %s',
  async (way, before, after, reminded) => {
    const clock = new FakeClock();
    await using scene = await IngestScene.make(ruleOf(before), clock);
    await scene.take(`${new Date(clock.nowMs()).toISOString()} INFO beat\n`);
    await pass(scene, clock, 60 + 275);
    await scene.take('INFO another\n');
    await scene[way](ruleOf(after));
    await pass(scene, clock, after === '1m' ? 100 : 400);
    // And whoever comes after it knows that.
    await scene.crash();
    await pass(scene, clock, 10);
    expect(said(scene)).toEqual(['opened 0', ...reminded.map((second) => `reminded ${second}`)]);
  },
);
