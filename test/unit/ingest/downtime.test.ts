/** Lines that were written while no daemon ran: they are new to every kind of rule, however many seconds ago that was. */
import { expect, test } from 'vitest';
import { RehearsalScene } from '../../support/rehearsal-scene.ts';

const RULE = `
[alert:beat]
kind = absence
when = heartbeat
silence = 30s
lateness = 3s
resolve_after = 0s
notify = file
`;

test('Ingest lets rules that settle see what was written while no daemon ran', async () => {
  await using scene = await RehearsalScene.open(RULE);
  for (let second = 0; second < 5; second += 1) {
    scene.write({ message: 'heartbeat' });
    // A turn that reads the line, and one that finds its file quiet.
    await scene.pass(500);
    await scene.pass(500);
  }
  await scene.restart(async () => {
    for (let second = 0; second < 120; second += 1) {
      scene.write({ message: 'heartbeat' });
      await scene.clock.advance(1_000);
    }
  });
  await scene.pass(10_000);
  await scene.ingest.flush();
  expect(scene.live()).toEqual([]);
  const { rules } = await scene.ingest.service().status();
  expect(rules[0]!.counters).toMatchObject({ matchedCount: 125, lateCount: 0 });
  // And it is missed when it does stay away.
  await scene.pass(60_000);
  expect(scene.live()).toMatchObject([{ rule: 'beat', state: 'open' }]);
});

test.each([
  ['are read', (scene: RehearsalScene) => scene.pass(5_000)],
  ['are read to their end', async (scene: RehearsalScene) => void (await scene.ingest.drain())],
])(
  'Ingest lets them see the last line of each file, which may still go on when all others %s',
  async (_, read) => {
    await using scene = await RehearsalScene.open(RULE);
    for (const file of ['app', 'other']) scene.write({ message: 'heartbeat' }, 0, file);
    await scene.pass(5_000);
    await scene.restart(async () => {
      for (const file of ['app', 'other']) scene.write({ message: 'heartbeat' }, 0, file);
      await scene.clock.advance(120_000);
    });
    await read(scene);
    await scene.ingest.flush();
    const { rules } = await scene.ingest.service().status();
    expect(rules[0]!.counters).toMatchObject({ matchedCount: 4, lateCount: 0 });
  },
);

test('a record that goes on for minutes holds up the rules for no longer than one', async () => {
  await using scene = await RehearsalScene.open(RULE);
  scene.write({ message: 'heartbeat' });
  await scene.pass(5_000);
  scene.write({ message: 'heartbeat' });
  for (let second = 0; second < 75; second += 1) {
    scene.folder.append('logs/app.log', '    at the next frame of a very long trace\n');
    await scene.pass(1_000);
  }
  expect(scene.live()).toMatchObject([{ rule: 'beat', state: 'open' }]);
});
