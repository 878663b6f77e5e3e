/** A loop that has nothing to do sleeps for seconds: what comes from elsewhere than a file wakes it. */
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'vitest';
import { systemDisk } from '../../../src/base/disk.ts';
import { silentLog } from '../../../src/base/log.ts';
import { defaultSettings } from '../../../src/config/load-settings.ts';
import { prepareFolders } from '../../../src/config/prepare-folders.ts';
import { HEAD_AGE_MS_MAX, Ingest } from '../../../src/ingest/ingest.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

test('Ingest commits what a program appends while its loop sleeps, no later than what it reads', async () => {
  using folder = TempFolder.make();
  const settings = defaultSettings(folder.path);
  prepareFolders(settings);
  const clock = new FakeClock();
  await using ingest = await Ingest.open({ disk: systemDisk, clock, log: silentLog, settings });
  const stop = new AbortController();
  const running = ingest.run(stop.signal);
  // Until upkeep has nothing to do any more either.
  for (let second = 0; second < 20; second += 1) await clock.advance(1_000);
  await waitFor(() => clock.sleeping > 0);
  const timestampUs = clock.nowMs() * 1_000;
  const rest = { level: 'INFO', severity: 20, source: 'program', tags: [], metadata: {} } as const;
  await ingest.append([{ timestampUs, message: 'from a program', ...rest }]);
  await pause(50);
  await clock.advance(HEAD_AGE_MS_MAX + 1);
  // Time stands still from here on.
  await waitFor(
    () => {
      using reader = ingest.openReader();
      return reader.count({ query: { kind: 'everything' } }) === 1;
    },
    { timeoutMs: 5_000, what: 'the commit' },
  );
  stop.abort();
  await running;
});
