/** What `TZ` may be, and that a program started with it has a zone with a name. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { zoneNameOf } from '../../../src/base/time-zone.ts';
import { minimalConfig } from '../../../src/config/config-template.ts';
import { runCommand } from '../../support/daemon-process.ts';
import { TempFolder } from '../../support/temp-folder.ts';

test.each([
  ['Europe/Berlin', 'Europe/Berlin'],
  [':America/New_York', 'America/New_York'],
  ['posix/Asia/Tokyo', 'Asia/Tokyo'],
  ['EST5EDT', 'EST5EDT'],
  [':/etc/localtime', null],
  ['/usr/share/zoneinfo/Europe/Berlin', 'Europe/Berlin'],
  ['/nowhere/zoneinfo/Europe/Berlin', undefined],
  ['EST5', 'Etc/GMT+5'],
  ['JST-9', 'Etc/GMT-9'],
  ['<+03>-03', 'Etc/GMT-3'],
  ['UTC0', 'Etc/GMT+0'],
  ['IST-5:30', undefined],
  ['XYZ-15', undefined],
  ['CET-1CEST,M3.5.0,M10.5.0/3', undefined],
  ['Nowhere/Else', undefined],
] as const)('zoneNameOf(%s) is %s', (tz, name) => {
  expect(zoneNameOf(tz)).toBe(name);
});

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
test.each([
  ['/usr/share/zoneinfo/Europe/Berlin', 'Europe/Berlin', ''],
  ['JST-9', 'Etc/GMT-9', ''],
  ['Foo', 'UTC', 'TZ is "Foo", which is not the name of a time zone'],
])('a command with TZ=%s takes local times for those of %s', async (TZ, zone, said) => {
  using folder = TempFolder.make();
  const config = folder.write('config/config.ini', minimalConfig());
  const args = [MAIN, '--config', config, 'check', '--settings'];
  const { stdout, stderr } = await runCommand(process.execPath, args, { env: { TZ } });
  expect(stdout).toContain(`\ntimezone = ${zone}\n`);
  expect(stderr.startsWith(said)).toBe(true);
  expect(stderr === '').toBe(said === '');
});
