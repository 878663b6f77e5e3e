/**
 * Logs whose lines are written in pieces, with pauses long enough that the pieces are taken as last lines, and that are rotated,
 * followed by a daemon that commits now and then, is given another config, is killed and started again: every line is one entry,
 * whole, and counted once.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { randomOf } from '../../src/selftest/random.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { IngestScene } from '../support/ingest-scene.ts';
import { PieceWriter } from '../support/piece-writer.ts';

/** `FOLLOWED_LINES_CASES` and `FOLLOWED_LINES_SEED`: more of them, or others. */
const CASES = Number(process.env.FOLLOWED_LINES_CASES ?? 12);
const SEED = Number(process.env.FOLLOWED_LINES_SEED ?? 1);
const STEPS = 50;
/** None; what is read is committed; what is not finished is taken. */
const PAUSES_MS = [0, 500, 1_100];
/** The kernel tells of what was written. */
const NEWS_MS = 2;

const RULE = `[alert:lines]
when = line
threshold = 100000
window = 1h
notify = file
`;
/** The same logs, by the folder alone or by a watch of another name or with rotated names, read in one way or another. */
const CONFIGS = [
  '',
  '[watch:more]\npath = logs/a*.log\ntags = tagged\n',
  '[watch:rotated]\npath = logs/**/*.log*\n',
  '[watch:lines]\npath = logs/**/*.log\nmultiline = off\n',
  '[watch:named]\npath = logs/**/*.log\nsource = named\n',
].map((watch) => RULE + watch);

test('Ingest makes one entry of each line that is written in pieces', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const outcome = await follow(seed);
    expect({ seed, ...outcome }).toEqual({
      seed,
      entries: outcome.lines,
      matched: outcome.lines.length,
      lines: outcome.lines,
    });
  }
});

/** What was written, what is in the index, both in one order, and how many the rule counted. */
async function follow(
  seed: number,
): Promise<Readonly<{ lines: string[]; entries: string[]; matched: number | undefined }>> {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const clock = new FakeClock();
  await using scene = await IngestScene.make(pick(CONFIGS), clock);
  const logs = (random() < 0.7 ? ['a'] : ['a', 'b']).map(
    (name) => new PieceWriter(name, scene.folder, random),
  );
  for (const log of logs) log.finish();
  await scene.ingest.drain();
  for (let step = 0; step < STEPS; step += 1) {
    const log = pick(logs);
    if (random() < 0.1) log.pack();
    if (random() < 0.12) log.rotate();
    else log.write();
    // Else more comes before anybody looks.
    if (random() < 0.8) await turn(scene, clock, pick(PAUSES_MS));
    const choice = random();
    if (choice < 0.08) await scene.reload(pick(CONFIGS));
    else if (choice < 0.25) await scene.crash(random() < 0.3 ? pick(CONFIGS) : undefined);
    else if (choice < 0.28) await scene.restart();
    else if (choice < 0.3) await scene.ingest.drain();
  }
  for (const log of logs) log.finish();
  for (let last = 0; last < 3; last += 1) {
    await turn(scene, clock, 11_000);
    await scene.ingest.drain();
  }
  const { rules } = await scene.ingest.service().status();
  const entries = scene.texts().map((text) => text.slice(text.indexOf(':') + 1));
  return {
    lines: logs.flatMap(({ lines }) => lines).toSorted(),
    entries: entries.toSorted(),
    matched: rules[0]?.counters.matchedCount,
  };
}

async function turn(scene: IngestScene, clock: FakeClock, ms: number): Promise<void> {
  await pause(NEWS_MS);
  await scene.ingest.turn();
  await clock.advance(ms);
  await scene.ingest.turn();
}
