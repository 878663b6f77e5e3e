/** What keeps the watchdog from being told that the daemon lives. */
import { expect, test } from 'vitest';
import type { DaemonStatus } from '../../../src/serve/daemon-status.ts';
import { lookAlive } from '../../../src/serve/service-watch.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { STATUS } from '../../support/http-scene.ts';

function look(ingest: Partial<DaemonStatus['ingest']>): Promise<string> {
  const status = async () => ({ ...STATUS, ingest: { ...STATUS.ingest, ...ingest } });
  const options = { clock: new FakeClock(), status, queries: null };
  return lookAlive(options, new AbortController().signal);
}

test('a batch that has been on its way for minutes: the sealing thread hangs', async () => {
  await expect(look({ committingForMs: 121_000 })).rejects.toThrow(
    'a batch has been on its way into the index for 2 min 1 s: the sealing thread hangs',
  );
});

test('a batch on its way, or a disk that refuses it, does not', async () => {
  const calm = { committingForMs: 119_000, openIncidentCount: 0 };
  expect(await look(calm)).toBe('Following 0 files, 100 entries indexed');
  const trouble = { message: 'no space\nleft', sinceMs: 0 };
  expect(await look({ committingForMs: null, trouble })).toMatch(
    /^Needs you: nothing could be committed for .*: no space left; 1 incident open\. Following /,
  );
});

test('the line of status says what else needs somebody, as `logstead status` does', async () => {
  const failedFolders = [{ path: '/var/log/closed', error: 'EACCES' }];
  expect(await look({ openIncidentCount: 0, diskPressure: 'rest', failedFolders })).toBe(
    'Needs you: 1 folder cannot be read: see `logstead status --files`; the disk is short of space (step "rest"): nothing is read until there is more. Following 0 files, 100 entries indexed',
  );
});
