/** An operator gives a watch another name, or a log to another watch: what is not committed of it is read on all the same. */
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

/** The kernel tells of what was written. */
const NEWS_MS = 50;

const line = (number: number): string => `2026-11-20 12:00:00 INFO line ${number}\n`;
const watchNamed = (name: string): string => `[watch:${name}]\npath = logs/*.log\ntags = ${name}\n`;

test.each(['while the daemon runs', 'while it is down'])(
  'Ingest reads the rest of a renamed log whose watch was given another name %s',
  async (when) => {
    await using scene = await IngestScene.make(watchNamed('before'), new FakeClock());
    await scene.take(line(1) + line(2));
    scene.folder.append('logs/a.log', line(3) + line(4));
    renameSync(scene.folder.join('logs/a.log'), scene.folder.join('logs/a.log.1'));
    scene.folder.append('logs/a.log', line(5));
    // Both files are read, and what follows the last line of the first may belong to it: no more than before it is committed.
    await pause(NEWS_MS);
    await scene.ingest.turn();
    await scene.ingest.flush();
    if (when === 'while the daemon runs') await scene.reload(watchNamed('after'));
    await scene.crash(watchNamed('after'));
    await scene.ingest.drain();
    const texts = scene.texts().map((text) => text.slice(text.indexOf(':') + 1));
    expect(texts).toEqual([1, 2, 3, 4, 5].map(line));
  },
);

test.each(['lived and was rotated', 'was rotated and compressed'])(
  'Ingest reads what %s between two looks though its watch has another name since',
  async (how) => {
    await using scene = await IngestScene.make(watchNamed('before'), new FakeClock());
    await scene.take(line(1) + line(2));
    await scene.ingest[Symbol.asyncDispose]();
    const path = scene.folder.join('logs/a.log');
    if (how === 'lived and was rotated') {
      renameSync(path, `${path}.2`);
      writeFileSync(`${path}.1`, line(3) + line(4));
    } else {
      appendFileSync(path, line(3) + line(4));
      writeFileSync(`${path}.1.gz`, gzipSync(readFileSync(path)));
      // Kept elsewhere, so that the next log has an inode of its own.
      renameSync(path, scene.folder.join('kept'));
    }
    writeFileSync(path, line(5));
    await scene.start();
    // What is beside it is found, and not read to its end yet.
    await scene.ingest.turn();
    await scene.crash(watchNamed('after'));
    await scene.ingest.drain();
    const texts = scene.texts().map((text) => text.slice(text.indexOf(':') + 1));
    expect(texts.toSorted()).toEqual([1, 2, 3, 4, 5].map(line));
  },
);
