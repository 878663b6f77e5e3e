/** What was taken aside is archived, and what is archived is kept and read, by its section, whatever that is called by now. */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { BookChange } from '../../../src/ingest/archive-change.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { IngestScene } from '../../support/ingest-scene.ts';
import { MortalRun } from '../../support/mortal-run.ts';
import { needsSightOfWriters } from '../../support/needs.ts';

const line = (number: number): string => `2026-11-20 12:00:00 INFO line ${number}\n`;

const sectionNamed = (name: string, more: string): string =>
  `[watch:${name}]\npath = logs/*.log\narchive = yes\nidle = 1h\n${more}\n`;

/** Dies when a taken log was to be archived. */
async function takenAside(config: string): Promise<IngestScene> {
  const scene = await IngestScene.make(config, new FakeClock());
  await scene.take(line(1) + line(2));
  const run = new MortalRun(scene);
  run.beforeCall = ({ name, argument }) => {
    if (name === 'applyBook' && (argument as BookChange).kind === 'begin') run.die();
  };
  await run.rotate('rotate');
  expect(run.isDead).toBe(true);
  return scene;
}

test.for([
  ['of another name', 'copytruncate', sectionNamed('after', 'active = copytruncate')],
  ['of another name', 'rename', sectionNamed('after', 'active = rename')],
  ['that is gone', 'copytruncate', '[rotation]\nidle = 1h\nactive = copytruncate\n'],
  ['that is gone', 'rename', '[rotation]\nidle = 1h\nactive = rename\n'],
])(
  'A log that was taken aside by a section %s is archived, %s',
  async ([, way, config], context) => {
    if (way === 'rename') needsSightOfWriters(context);
    await using scene = await takenAside(sectionNamed('before', `active = ${way}`));
    await scene.crash(config);
    const { outcome } = await new MortalRun(scene).rotate('rotate');
    expect(outcome).toMatchObject({ archived: [{ sizeBytes: 2 * line(1).length }], left: [] });
    expect(readdirSync(scene.folder.join('logs'))).toEqual(['a.log']);
    expect(await scene.take('')).toEqual([`1:${line(1)}`, `2:${line(2)}`]);
  },
);

test('A log that was renamed aside is archived though no section has its new name any more', async (context) => {
  needsSightOfWriters(context);
  const rotated = sectionNamed('rotated', 'active = rename').replace('*.log', '*.log*');
  await using scene = await takenAside(rotated);
  await scene.crash('[rotation]\nidle = 1h\nactive = rename\n');
  const { outcome } = await new MortalRun(scene).rotate('rotate');
  expect(outcome.archived).toHaveLength(1);
  expect(readdirSync(scene.folder.join('logs'))).toEqual(['a.log']);
});

test('A log that was copied and emptied before anybody read it is archived as the copy', async () => {
  const clock = new FakeClock();
  await using scene = await IngestScene.make(
    '[rotation]\nidle = 1h\nactive = copytruncate\n',
    clock,
  );
  await scene.take('');
  const run = new MortalRun(scene);
  let isTaken = false;
  run.beforeCall = ({ name, argument }) => {
    if (isTaken) run.die();
    // Between the last reading and the look at what is there.
    else if (name === 'archivable') scene.folder.append('logs/a.log', line(1) + line(2));
    isTaken ||=
      name === 'applyBook' && (argument as BookChange).kind === 'aside' && isLast(argument);
  };
  await run.rotate('rotate');
  // More than was copied, before anybody looks again.
  scene.folder.append('logs/a.log', line(3).repeat(5));
  await scene.ingest.drain();
  await clock.advance(60_000);
  await scene.ingest.drain();
  expect(scene.texts()).toHaveLength(7);

  const { outcome } = await new MortalRun(scene).rotate('once');
  const sizes = outcome.archived.map(({ sizeBytes }) => sizeBytes / line(1).length);
  expect(sizes.toSorted()).toEqual([2, 5]);
});

const isLast = (change: unknown): boolean =>
  (change as Extract<BookChange, { kind: 'aside' }>).change.step === 'aside';

test('Archived files are let go of by the limits of their section, whatever that is called by now', async () => {
  const sectionOf = (name: string, limit: string): string =>
    sectionNamed(name, limit).replace('idle = 1h', 'idle = 0s');
  await using scene = await IngestScene.make(sectionOf('before', ''), new FakeClock());
  await scene.take(line(1));
  const first = await new MortalRun(scene).rotate('rotate');
  expect(first.outcome.archived).toHaveLength(1);
  await scene.reload(sectionOf('after', 'archive_age = 1h'));
  const { upkeep } = await new MortalRun(scene).rotate('rotate');
  expect(upkeep.removed).toMatchObject([{ path: first.outcome.archived[0]!.archivePath }]);
});
