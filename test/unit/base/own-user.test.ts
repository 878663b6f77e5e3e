/** Under which name somebody says something. */
import { execFileSync } from 'node:child_process';
import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { ownName } from '../../../src/base/own-user.ts';
import { needsRoot } from '../../support/needs.ts';

const MODULE = new URL('../../../src/base/own-user.ts', import.meta.url).href;

test('ownName() is that of who called sudo, else of the user', () => {
  expect(ownName({ SUDO_USER: 'ann' })).toBe('ann');
  expect(ownName({ SUDO_USER: '' })).toBe(userInfo().username);
});

test('ownName() is a number where the user has no name, as in a container', (context) => {
  needsRoot(context);
  // The capability is for the folders on the way to the module alone.
  const asNobody =
    '--reuid=54321 --clear-groups --inh-caps=+dac_override --ambient-caps=+dac_override';
  const script = `console.log((await import(${JSON.stringify(MODULE)})).ownName({}))`;
  const said = execFileSync('setpriv', [
    ...asNobody.split(' '),
    process.execPath,
    '--input-type=module',
    '-e',
    script,
  ]);
  expect(said.toString()).toBe('user 54321\n');
});
