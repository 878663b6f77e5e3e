/** What root has left in the folders of a service once it lets go of the state. Needs root. */
import { chownSync, lstatSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { holdState } from '../../../src/ingest/held-state.ts';
import { needsRoot } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** Nobody has it. */
const OWNER = 54_321;
/** Longer than a tick of the clock by which files are stamped. */
const TICK_MS = 50;

test('root gives away what it made while it held the state, and of what was there before only the state itself', async (context) => {
  needsRoot(context);
  using folder = TempFolder.make();
  const names = ['state', 'reports', 'notifications', 'archives'];
  const [stateDir, reportDir, notifyDir, archiveDir] = names.map((name) => folder.join(name));
  const before = names.map((name) => `${name}/before/01.json`);
  const after = names.map((name) => `${name}/after/02.json`);
  for (const name of before) folder.write(name, 'of root');
  for (const name of names) chownSync(folder.join(name), OWNER, OWNER);
  await wait(TICK_MS);

  const held = holdState({
    ...{ stateDir: stateDir!, reportDir: reportDir!, notifyDir: notifyDir! },
    ...{ archiveDir: archiveDir!, logDir: folder.join('logs') },
  });
  for (const name of after) folder.write(name, 'made by root');
  folder.write('archives/after/shop.log', 'that of its writer');
  held[Symbol.dispose]();

  const uidOf = (name: string): number => lstatSync(folder.join(name)).uid;
  expect(after.map(uidOf)).toEqual(names.map(() => OWNER));
  expect(before.map(uidOf)).toEqual([OWNER, 0, 0, 0]);
  expect(uidOf('archives/after/shop.log')).toBe(0);
});
