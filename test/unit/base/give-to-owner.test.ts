/** Files that root leaves in a folder of somebody else, and the tricks of whom that folder belongs to. Needs root. */
import { chownSync, linkSync, lstatSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { giveToOwner } from '../../../src/base/give-to-owner.ts';
import { needsRoot } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** Nobody has these. */
const OWNER = 54_321;
const OTHER = 54_322;

test('giveToOwner() gives what root has made below, and neither what a link names nor what others have', (context) => {
  needsRoot(context);
  using folder = TempFolder.make();
  const uidOf = (name: string): number => lstatSync(folder.join(name)).uid;
  folder.write('secret', 'of root');
  folder.write('secrets/key', 'of root');
  folder.write('own/deep/deeper/file', 'made by root');
  folder.write('own/others', 'made by somebody');
  chownSync(folder.join('own/others'), OTHER, OTHER);
  chownSync(folder.join('own'), OWNER, OWNER);
  linkSync(folder.join('secret'), folder.join('own/second-name'));
  symlinkSync('../secret', folder.join('own/link'));
  symlinkSync('../secrets', folder.join('own/folder-link'));
  // As systemd shows the state folder of a user that is there only while the service runs.
  symlinkSync('own', folder.join('shown'));

  giveToOwner(folder.join('shown'));
  expect(['own/deep', 'own/deep/deeper', 'own/deep/deeper/file'].map(uidOf)).toEqual(
    Array.from({ length: 3 }, () => OWNER),
  );
  expect(uidOf('own/others')).toBe(OTHER);
  expect(['secret', 'secrets', 'secrets/key', 'own/link'].map(uidOf)).toEqual([0, 0, 0, 0]);

  folder.write('own/plain', '');
  folder.write('own/01.json', '');
  giveToOwner(folder.join('own'), { files: (name) => name.endsWith('.json') });
  expect(['own/plain', 'own/01.json'].map(uidOf)).toEqual([0, OWNER]);
});

test('giveToOwner() leaves a folder of root as it is, and one that is not there', (context) => {
  needsRoot(context);
  using folder = TempFolder.make();
  folder.write('own/file', '');
  giveToOwner(folder.join('own'));
  giveToOwner(folder.join('gone'));
  expect(lstatSync(folder.join('own/file')).uid).toBe(0);
});
