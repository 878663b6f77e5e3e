/** Programs that alerts are told by: the first alert must not be what finds out that one is not there. */
import { chmodSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkCommands } from '../../../src/doctor/check-commands.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const NOBODY = { name: 'somebody', asks: true, uid: 64_000, groupIds: [64_001], readsAll: false };

test('checkCommands() names what cannot be run, and why', () => {
  using folder = TempFolder.make();
  const script = folder.write('page.sh', '#!/bin/sh\n');
  const found = (path: string, reader = NOBODY, hidden: string[] = []) =>
    checkCommands([{ name: 'pager', argv: [path, 'x'], timeoutMs: 1_000 }], {
      reader,
      hidden: [{ folders: hidden, setting: 'ProtectHome=yes', shownBy: 'ProtectHome=read-only' }],
    }).map(({ verdict, text }) => `${verdict} ${text}`);
  const start = `fail command "pager": ${script}`;
  const root = { ...NOBODY, readsAll: true };

  chmodSync(script, 0o644);
  expect(found(script, root)).toEqual([`${start} may not be run (0644)`]);
  chmodSync(script, 0o700);
  expect(found(script)).toEqual([`${start} may not be run by somebody (0700)`]);
  expect(found(script, root)).toEqual(['ok commands: 1 command, all may be run']);
  chmodSync(script, 0o755);
  expect(found(script)).toEqual(['ok commands: 1 command, all may be run']);
  expect(found(script, root, [folder.path])).toEqual([
    `${start} is hidden from the service (ProtectHome=yes)`,
  ]);
  expect(found(folder.path)).toEqual([`fail command "pager": ${folder.path} is no file`]);
  expect(found(folder.join('none'))).toEqual([
    `fail command "pager": ${folder.join('none')} is not there`,
  ]);
  expect(checkCommands([], { reader: root, hidden: [] })).toEqual([]);
});
