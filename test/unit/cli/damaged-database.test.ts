/** A state database that is damaged: whoever opens or asks it is told so, and what brings the entries back. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { register as registerCheck } from '../../../src/cli/check.ts';
import { register as registerSearch } from '../../../src/cli/search.ts';
import { checkState } from '../../../src/doctor/check-state.ts';
import { runCommand } from '../../support/command-line.ts';
import { IngestScene } from '../../support/ingest-scene.ts';

const DAMAGED = /^The state database is damaged: .*\n {2}.*"logstead check --rebuild"$/;

test.each([
  ['at its head', 0],
  ['in its first page', 100],
])('commands and daemon say that the database is damaged %s, and what to do', async (_, at) => {
  await using scene = await IngestScene.make('', systemClock, { inlineBytesMax: 1 });
  await scene.take('2026-11-20 12:00:00 INFO one\n');
  await scene.stop();
  scene.folder.write('config/config.ini', scene.configText);
  overwrite(scene.folder.join('state/logstead.db'), at);
  const options = { workingFolder: scene.folder.path };
  const searched = await runCommand(registerSearch, ['search', 'one'], options);
  expect(searched).toMatchObject({ code: 4, stderr: expect.stringMatching(DAMAGED) });
  const checked = await runCommand(registerCheck, ['check', '--deep'], options);
  expect(checked).toMatchObject({ code: 4, stderr: expect.stringMatching(DAMAGED) });
  const [worst] = checkState(scene.folder.join('state/logstead.db'));
  expect(worst).toMatchObject({
    ...{ check: 'state', verdict: 'fail', harm: 'lines' },
    text: expect.stringContaining('The state database is damaged: '),
    fix: expect.stringContaining('check --rebuild'),
  });
  await expect(scene.start()).rejects.toMatchObject({
    code: 'STATE_UNREADABLE',
    message: expect.stringContaining('The state database is damaged'),
    hint: expect.stringContaining('check --rebuild'),
  });
  await runCommand(registerCheck, ['check', '--rebuild'], options);
  await scene.start();
  expect(scene.texts()).toHaveLength(1);
  expect(checkState(scene.folder.join('state/logstead.db'))).toMatchObject([{ verdict: 'ok' }]);
});

function overwrite(path: string, at: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(60, 0x5a), 0, 60, at);
  closeSync(file);
}
