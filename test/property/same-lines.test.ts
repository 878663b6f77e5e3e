/**
 * Logs that hold the very same lines, each rotated in a way of its own, followed by a watcher that reads in pieces, commits
 * now and then, crashes, is down for a while, and whose files are archived: each log has each of its lines once.
 *
 * Programs do write one line to two logs. Going by content alone, the files of one are copies of those of the other.
 */
import { renameSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import { randomOf } from '../../src/selftest/random.ts';
import { HandRotatedLog, type HandRotatedLogOptions } from '../support/hand-rotated-log.ts';
import { numbers, WatchScene } from '../support/watch-scene.ts';

/** `SAME_LINES_CASES` and `SAME_LINES_SEED`: more of them, or others. */
const CASES = Number(process.env.SAME_LINES_CASES ?? 60);
const SEED = Number(process.env.SAME_LINES_SEED ?? 1);
const STEPS = 60;
const LINES_PER_WRITE_MAX = 30;
/** Rounds in which nothing is read until all was looked at that can be. */
const LOOKS_MAX = 20;
/** Rescans until everything that waits for a while had its turn. */
const RESCANS = 6;
/** The logs alone, all that rotation makes of them, or what is compressed: an operator may name any. */
const PATTERNS = [['**/*.log'], ['**/*.log*'], ['**/*.log', '**/*.log*.gz']];
/** What each generation may begin with; a longer one than the head that is kept of it would make them all alike. */
const BANNERS = ['', '=== started ===\n', `${'='.repeat(500)}\n`];
/** Renamed, copied, or now the one and now the other, as by an operator who does by hand what a timer does as well. */
const STYLES: readonly ((random: () => number) => () => boolean)[] = [
  () => () => false,
  () => () => true,
  (random) => () => random() < 0.5,
];
/** Files that may be open at a time: enough, or so few that they are closed and opened again. */
const HANDLES_MAX = [100, 3];
/** Where everything is archived to, as the daemon does: no watch looks there, whatever the names in it. */
const ARCHIVE = 'archive';
/** Numbers of rotated logs do not reach those of archived ones. */
const ARCHIVE_NUMBERS_FROM = 1_000;
const OLD = 'old';

describe.each([
  ['the same lines', () => 'line'],
  ['lines of their own', (name: string) => name],
])('Watcher, logs with %s', (_, prefixOf) => {
  test('Watcher takes each line of each log once', { timeout: 1_200_000 }, async () => {
    for (let seed = SEED; seed < SEED + CASES; seed += 1) {
      const outcome = await follow(seed, prefixOf);
      expect({ seed, ...outcome }).toEqual({ seed, wrong: [], losses: [] });
    }
  });
});

async function follow(seed: number, prefixOf: (name: string) => string) {
  const random = randomOf(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  await using scene = new WatchScene({
    watches: [{ paths: pick(PATTERNS) }],
    excludedFolders: [ARCHIVE],
    handlesMax: pick(HANDLES_MAX),
  });
  const banner = pick(BANNERS);
  scene.folder.makeFolder(ARCHIVE);
  scene.folder.makeFolder(OLD);
  const logs = ['a', 'b', 'c'].map((name) => {
    const options: HandRotatedLogOptions = {
      prefix: prefixOf(name),
      banner,
      copies: pick(STYLES)(random),
      packs: random() < 0.5,
      shifts: random() < 0.5,
      folder: scene.folder.join(random() < 0.3 ? OLD : ''),
    };
    return new HandRotatedLog(scene.folder.join(`${name}.log`), options);
  });
  // What was rotated before a log was first seen is not its concern.
  for (const log of logs) log.write(1);
  await scene.settle();
  scene.commit();
  let isDown = false;
  for (let step = 0; step < STEPS; step += 1) {
    const choice = random();
    const log = pick(logs);
    if (choice < 0.35) {
      log.write(1 + Math.floor(random() * LINES_PER_WRITE_MAX));
    } else if (choice < 0.6) {
      log.step();
    } else if (choice < 0.65) {
      if (isDown) scene.start();
      else await scene.stop();
      isDown = !isDown;
    } else if (!isDown) {
      await watch(scene, random);
    }
  }
  for (const log of logs) log.finish();
  if (isDown) scene.start();
  for (let rescan = 0; rescan < RESCANS; rescan += 1) await scene.settle();
  return {
    wrong: logs.flatMap((log) => wrongOf(log, scene)),
    losses: scene.watcher.losses(),
  };
}

async function watch(scene: WatchScene, random: () => number): Promise<void> {
  const choice = random();
  if (choice < 0.4) await scene.settle({ rescan: random() < 0.7 });
  else if (choice < 0.5) await lookAround(scene);
  else if (choice < 0.65) scene.commit();
  else if (choice < 0.85) scene.watcher.round(scene.collector, { budgetBytes: 200 });
  else archive(scene);
}

/** Nobody can take lines, as while a disk is full: what rotation leaves behind is looked at all the same. */
async function lookAround(scene: WatchScene): Promise<void> {
  scene.watcher.rescan();
  for (let round = 0; round < LOOKS_MAX; round += 1) {
    scene.watcher.round(scene.collector, { budgetBytes: 0 });
    await scene.clock.advance(0);
  }
}

/** What is committed of whole files is moved away; never a log that is still written. */
function archive(scene: WatchScene): void {
  for (const file of scene.watcher.archivable()) {
    if (file.committedBytes !== file.sizeBytes || file.path.endsWith('.log')) continue;
    const name = basename(file.path).replace(/\d+/, `${ARCHIVE_NUMBERS_FROM + file.generation}`);
    renameSync(file.path, scene.folder.join(ARCHIVE, name));
    scene.database.transaction(() => scene.watcher.archived(file.generation));
  }
}

/** The lines of a log that were not taken exactly once. */
function wrongOf({ path, options, written }: HandRotatedLog, scene: WatchScene): string[] {
  const counts = new Map(numbers(1, written, options.prefix).map((line) => [line, 0]));
  for (const { source, text } of [...scene.collector.committed, ...scene.collector.pending]) {
    const count = counts.get(text);
    if (`${basename(source)}.log` === basename(path) && count !== undefined)
      counts.set(text, count + 1);
  }
  return [...counts].flatMap(([text, count]) =>
    count === 1 ? [] : [`${basename(path)} ${text}: ${count} times`],
  );
}
