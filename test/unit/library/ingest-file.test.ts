/** Files with stamps or options that no store can hold are read all the same, or refused before anything is stored. */
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { Logstead } from '../../../src/library.ts';
import { TempFolder } from '../../support/temp-folder.ts';

test.each([
  ['without hooks', false],
  ['with a hook', true],
])(
  'ingestLogsFromFile() takes a stamp beyond what a store holds for none, %s',
  async (_, hooked) => {
    using folder = TempFolder.make();
    const path = folder.write(
      'far.log',
      '2026-11-29T10:00:00Z INFO near\n9999-12-31T23:59:59Z ERROR far\n2026-11-29T10:00:01Z INFO near\n',
    );
    const store = folder.join('store');
    {
      await using logs = await Logstead.open({ folder: store });
      if (hooked) logs.addPreIngestHook((entry) => entry);
      expect(await logs.ingestLogsFromFile(path)).toMatchObject({ accepted: 3 });
    }
    await using logs = await Logstead.open({ folder: store });
    const [far] = (await logs.queryLogs({ keyword: 'far' })).entries;
    expect(far).toMatchObject({ level: 'ERROR', message: 'far' });
    expect(Math.abs(far!.ageMs(systemClock.nowMs()))).toBeLessThan(60_000);
    expect(await logs.countLogs()).toBe(3);
  },
);

test.each<[options: object, message: RegExp]>([
  [{ tags: ['tenant:blue\ntenant:red'] }, /tag is "tenant:blue\\ntenant:red": expected/],
  [{ tags: [''] }, /tag is "": expected/],
  [{ tags: 'eu' }, /tags are "eu": expected an array/],
  [{ source: 5 }, /source is 5: expected a string/],
  [{ timezone: 'Mars' }, /^Cannot read a file with the time zone "Mars": expected an IANA name/],
  [{ timezone: 2 }, /^Cannot read a file with the time zone 2: expected an IANA name/],
])('ingestLogsFromFile() refuses %j before it reads', async (options, message) => {
  using folder = TempFolder.make();
  const path = folder.write('app.log', '2026-11-29T10:00:00Z INFO near\n');
  await using logs = await Logstead.open();
  await expect(logs.ingestLogsFromFile(path, options)).rejects.toThrow(message);
  expect(await logs.countLogs()).toBe(0);
});
