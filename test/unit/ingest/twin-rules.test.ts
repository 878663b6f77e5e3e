/** Rules that find the same under several names: what becomes of the others when one comes, goes or is renamed, by a reload or while nothing runs. */
import { expect, test } from 'vitest';
import { IngestScene } from '../../support/ingest-scene.ts';

const WAYS = ['reload', 'crash'] as const;
const twin = (name: string): string =>
  `[alert:${name}]\nwhen = level:error failed\nthreshold = 2\nwindow = 10m\nnotify = file\n`;
const LINES = [4, 3].map((ago) => {
  const time = new Date(Date.now() - ago * 1_000).toISOString();
  return `${time} ERROR sign-in failed\n`;
});

function incidentsOf({ ingest }: IngestScene): string[] {
  return ingest.incidents
    .list()
    .map(({ id, rule }) => `${rule}: ${ingest.incidents.history(id).map(({ name }) => name)}`)
    .sort();
}

test.each(WAYS)('A rule goes on when %s brings another that finds the same', async (way) => {
  await using scene = await IngestScene.make(twin('red'));
  await scene.take(LINES.join(''));
  const [before] = scene.ingest.incidents.list();
  await scene[way](`${twin('blue')}${twin('red')}`);
  expect(incidentsOf(scene)).toEqual(['blue: opened', 'red: opened']);
  expect(scene.ingest.incidents.list({ rule: 'red' })).toEqual([before]);
});

test.each(WAYS)('A rule goes on when %s takes another that finds the same', async (way) => {
  await using scene = await IngestScene.make(`${twin('blue')}${twin('red')}`);
  await scene.take(LINES.join(''));
  await scene[way](twin('red'));
  expect(incidentsOf(scene)).toEqual(['blue: opened,closed', 'red: opened']);
  // And so for the process that comes after it, with the one that went.
  await scene.crash(`${twin('blue')}${twin('red')}`);
  expect(incidentsOf(scene)).toEqual(['blue: opened', 'blue: opened,closed', 'red: opened']);
});

test.each(WAYS)(
  'A rule that %s renames goes on beside another that finds the same',
  async (way) => {
    await using scene = await IngestScene.make(`${twin('blue')}${twin('red')}`);
    await scene.take(LINES.join(''));
    for (const name of ['amber', 'white', 'violet']) {
      await scene[way](`${twin('blue')}${twin(name)}`);
      expect(incidentsOf(scene)).toEqual([`blue: opened`, `${name}: opened`].sort());
    }
  },
);
