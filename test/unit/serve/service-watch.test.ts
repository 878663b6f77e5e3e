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
  expect(await look({ committingForMs: 119_000 })).toMatch(/^Following \d+ files?, 100 entries/);
  const trouble = { message: 'no space left', sinceMs: 0 };
  expect(await look({ committingForMs: null, trouble })).toMatch(
    /^Cannot commit for .*no space left/,
  );
});
