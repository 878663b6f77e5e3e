/** Other sections than before, by a reload or a restart: files that are followed already are read as they say from then on, or not at all. */
import { copyFileSync, renameSync, truncateSync } from 'node:fs';
import { expect, test } from 'vitest';
import { entryAt } from '../../../src/model/entry-at.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

const line = (number: number): string => `2026-11-20 12:00:00 INFO line ${number}\n`;
const HOWS = ['reload', 'crash'] as const;
const NOT_WATCHED = '[watch:log_dir]\nexclude = a.log\n';

function messagesOf(scene: IngestScene): string[] {
  using reader = scene.ingest.openReader();
  const messages: string[] = [];
  for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
    for (const row of rows.subarray(0, count)) messages.push(entryAt(columns, row).message);
  }
  return messages;
}

/** `source tags number` of every entry, in order of the file. */
function entriesOf(scene: IngestScene): string[] {
  using reader = scene.ingest.openReader();
  const entries: string[] = [];
  for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
    for (const row of rows.subarray(0, count)) {
      const { source, tags } = entryAt(columns, row);
      const number = columns.rawBytes(row).toString('utf8').trim().split(' ').at(-1);
      entries.push(`${number} ${source} ${tags.join()}`);
    }
  }
  return entries.toSorted();
}

test.each(HOWS)(
  'Ingest gives lines the source and tags of their section behind a %s',
  async (how) => {
    const watch = (name: string): string =>
      `[watch:logs]\npath = logs/*.log\nsource = ${name}\ntags = ${name}\n`;
    await using scene = await IngestScene.make(watch('before'), new FakeClock());
    await scene.take(line(1));
    await scene[how](watch('after'));
    await scene.take(line(2));
    // What is read of an open record is read on by its new section, once.
    await scene[how](`${watch('last')}multiline = off\n`);
    await scene.take(line(3));
    expect(entriesOf(scene)).toEqual(['1 before before', '2 after after', '3 last last']);
  },
);

test.each(HOWS)(
  'Ingest reads the bytes of a log as the encoding of its section behind a %s, but for one that says its own',
  async (how) => {
    await using scene = await IngestScene.make('', new FakeClock());
    const latin1 = (text: string): Buffer => Buffer.from(`${line(0).trim()} ${text}\n`, 'latin1');
    const wide = (text: string): Buffer => Buffer.from(`${text}\n`, 'utf16le');
    await scene.take(latin1('Käse'));
    await scene.take(wide('\ufefföffnet'), 'b.log');
    await scene[how]('[watch:log_dir]\nencoding = latin1\n');
    await scene.take(latin1('Öl'));
    await scene.take(wide('schließt'), 'b.log');
    const words = messagesOf(scene).map((message) => message.split(' ').at(-1));
    expect(words.toSorted()).toEqual(['K\ufffdse', 'schließt', 'Öl', 'öffnet'].toSorted());
  },
);

test.each(HOWS)(
  'Ingest reads nothing of a log that its section leaves out behind a %s',
  async (how) => {
    await using scene = await IngestScene.make('', new FakeClock());
    await scene.take(line(1));
    await scene[how](NOT_WATCHED);
    await scene.take(line(2));
    // A process that follows it knows no more of it.
    await scene.crash();
    await scene.take(line(3));
    expect(entriesOf(scene)).toEqual(['1 a ']);
    await scene[how]('[watch:log_dir]\nsource = again\n');
    await scene.take(line(4));
    expect(entriesOf(scene)).toEqual(['1 a ', '2 again ', '3 again ', '4 again ']);
  },
);

test.each(HOWS)(
  'Ingest knows the copy of a log that was copied and emptied while no section named it, behind a %s',
  async (how) => {
    await using scene = await IngestScene.make('', new FakeClock());
    await scene.take(line(1) + line(2));
    await scene[how](NOT_WATCHED);
    const path = scene.folder.join('logs/a.log');
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    await scene.take(line(3));
    await scene.reload('');
    await scene.ingest.drain();
    expect(entriesOf(scene)).toEqual(['1 a ', '2 a ', '3 a ']);
  },
);

test('Ingest knows that copy also once the file is renamed in which its log went on', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(line(1) + line(2));
  await scene.reload(NOT_WATCHED);
  const path = scene.folder.join('logs/a.log');
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  await scene.take(line(3));
  await scene.reload('');
  await scene.take(line(4));
  renameSync(`${path}.1`, `${path}.2`);
  renameSync(path, `${path}.1`);
  await scene.ingest.drain();
  await scene.take(line(5));
  expect(entriesOf(scene)).toEqual(['1 a ', '2 a ', '3 a ', '4 a ', '5 a ']);
});

test('Ingest knows that copy also where the emptied file was renamed before any section named it again', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(line(1) + line(2));
  await scene.reload(NOT_WATCHED);
  const path = scene.folder.join('logs/a.log');
  copyFileSync(path, `${path}.2`);
  truncateSync(path);
  renameSync(path, `${path}.1`);
  await scene.reload('[watch:all]\npath = logs/a.log*\n');
  await scene.take(line(3));
  expect(entriesOf(scene).map((entry) => entry[0])).toEqual(['1', '2', '3']);
});

test('Ingest goes on with a log that two reloads let go of and took up again before it was looked at, also behind a crash', async () => {
  await using scene = await IngestScene.make('', new FakeClock());
  await scene.take(line(1));
  await scene.crash();
  await scene.reload(NOT_WATCHED);
  await scene.ingest.turn();
  await scene.reload('[watch:log_dir]\nsource = again\n');
  await scene.take(line(2));
  await scene.crash();
  await scene.take(line(3));
  expect(entriesOf(scene)).toEqual(['1 a ', '2 again ', '3 again ']);
});

test('Ingest gives what is written to a log that was renamed the source and tags of the section that has its new name', async () => {
  const section = (name: string): string =>
    `[watch:${name}]\npath = logs/${name}.log\ntags = ${name}\n`;
  await using scene = await IngestScene.make(section('a') + section('b'), new FakeClock());
  await scene.take(line(1));
  renameSync(scene.folder.join('logs/a.log'), scene.folder.join('logs/b.log'));
  await scene.ingest.drain();
  await scene.take(line(2), 'b.log');
  expect(entriesOf(scene)).toEqual(['1 logs/a a', '2 logs/b b']);
});

test('Ingest gives what is written to a log that was met under a rotated name the source of its section behind a restart', async () => {
  await using scene = await IngestScene.make('[watch:log_dir]\nsource = before\n', new FakeClock());
  await scene.take(line(1));
  const path = scene.folder.join('logs/a.log');
  renameSync(path, `${path}.2`);
  scene.folder.append('logs/a.log.1', line(2));
  await scene.take(line(3));
  scene.folder.append('logs/a.log.1', line(4));
  await scene.crash('[watch:log_dir]\ntags = after\n');
  await scene.ingest.drain();
  expect(entriesOf(scene)).toEqual(['1 before ', '2 before ', '3 before ', '4 a after']);
});
