/** Times that no segment can hold: whoever writes a line with one must not stop the daemon, nor keep it from starting again. */
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { systemDisk } from '../../../src/base/disk.ts';
import { openLog } from '../../../src/base/log.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { Ingest } from '../../../src/ingest/ingest.ts';
import { entryAt } from '../../../src/model/entry-at.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const LINES = [
  '9999-12-31T23:59:59Z INFO sentinel',
  '2255-06-06 00:00:00 INFO one day too late',
  '{"time":"9999-12-31T23:59:59.999Z","level":"info","msg":"json"}',
  '{"time":9007199254740993,"level":30,"msg":"pino"}',
  'ts=4000-01-01T00:00:00Z level=info msg=logfmt',
  '<34>1 9999-10-11T22:14:15.003Z host app - - - syslog',
  '10.0.0.1 - - [10/Oct/2300:13:55:36 +0000] "GET / HTTP/1.1" 200 2326',
];

function optionsIn(folder: TempFolder): Parameters<typeof Ingest.open>[0] {
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const log = openLog({ level: 'fatal', style: 'json' });
  return { disk: systemDisk, clock: systemClock, log, settings };
}

function storedIn(ingest: Ingest): { raw: string; ageMs: number }[] {
  using reader = ingest.openReader();
  const stored: { raw: string; ageMs: number }[] = [];
  for (const batch of reader.matches({ query: { kind: 'everything' }, order: 'oldest' })) {
    const { columns, rows, count } = batch;
    for (const row of rows.subarray(0, count)) {
      const ageMs = Date.now() - entryAt(columns, row).timestampUs / 1_000;
      stored.push({ raw: columns.rawBytes(row).toString().trimEnd(), ageMs });
    }
  }
  return stored;
}

describe('A time that cannot be stored', () => {
  test.each(LINES)('is no time in a line of a file: %s', async (line) => {
    using folder = TempFolder.make();
    const options = optionsIn(folder);
    // A few of its kind, so that its format is known.
    folder.write('logs/a.log', `${line}\n`.repeat(3));
    {
      await using ingest = await Ingest.open(options);
      expect(await ingest.drain()).toMatchObject({ entryCount: 3 });
    }
    await using again = await Ingest.open(options);
    const stored = storedIn(again);
    expect(stored.map(({ raw }) => raw)).toEqual([line, line, line]);
    for (const { ageMs } of stored) expect(ageMs).toBeLessThan(60_000);
  });

  test.each([8.64e18, -6.2e16, Number.POSITIVE_INFINITY])(
    'is none of an entry that has no file: %d µs',
    async (timestampUs) => {
      using folder = TempFolder.make();
      const options = optionsIn(folder);
      {
        await using ingest = await Ingest.open(options);
        const named = { level: null, severity: 0, source: 'app', message: 'x' };
        await ingest.append([{ ...named, timestampUs, tags: [], metadata: {} }]);
        await ingest.flush();
      }
      await using again = await Ingest.open(options);
      expect(storedIn(again)).toHaveLength(1);
    },
  );
});
