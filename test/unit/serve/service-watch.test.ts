/** What keeps the watchdog from being told that the daemon lives. */
import { expect, test } from 'vitest';
import { OperatorError } from '../../../src/base/errors.ts';
import { openLog } from '../../../src/base/log.ts';
import type { DaemonStatus } from '../../../src/serve/daemon-status.ts';
import { withinPatience } from '../../../src/serve/patient-status.ts';
import { lookAlive, ServiceWatch } from '../../../src/serve/service-watch.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { HttpScene, STATUS } from '../../support/http-scene.ts';

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

test('a thread that answers nothing, as on a disk that hangs, is said while it lasts, once', async () => {
  const clock = new FakeClock();
  const said: string[] = [];
  const log = openLog({ level: 'info', style: 'json', write: (line) => void said.push(line) });
  const { promise: status, resolve } = Promise.withResolvers<DaemonStatus>();
  const startMs = clock.nowMs();
  const told: (string | number)[] = [];
  const standstill = {
    begin: (sinceMs: number) => void told.push(sinceMs - startMs),
    end: async () => void told.push('answers'),
  };
  const asked = { clock, log, status: () => status, queries: null, standstill };
  await using _watch = ServiceWatch.start(asked);
  await clock.advance(31_000);
  expect(said).toEqual([]);
  expect(told).toEqual([]);
  await clock.advance(600_000);
  expect(said).toEqual([expect.stringContaining('The daemon does not answer itself')]);
  expect(told).toEqual([0]);
  resolve(STATUS);
  await clock.advance(30_000);
  expect(said).toHaveLength(1);
  expect(told.slice(0, 2)).toEqual([0, 'answers']);
});

test('a process that was stopped in the middle of a look finds its timers due, and is not said to hang', async () => {
  const clock = new FakeClock();
  const said: string[] = [];
  const log = openLog({ level: 'info', style: 'json', write: (line) => void said.push(line) });
  const { promise: status, resolve } = Promise.withResolvers<DaemonStatus>();
  const standstill = { begin: () => void said.push('told'), end: async () => {} };
  const asked = { clock, log, status: () => status, queries: null, standstill };
  await using _watch = ServiceWatch.start(asked);
  await clock.advance(30_500);
  resolve(STATUS);
  await clock.advance(60_000);
  expect(said).toEqual([]);
});

test('withinPatience() does not let whoever asks wait for a thread that hangs', async () => {
  const clock = new FakeClock();
  expect(await withinPatience(clock, Promise.resolve(STATUS))).toBe(STATUS);
  const asked = withinPatience(clock, new Promise<DaemonStatus>(() => {}));
  const refused = expect(asked).rejects.toMatchObject({
    code: 'DAEMON_NOT_RUNNING',
    message: 'The thread that reads and commits has not answered for 8 s',
  });
  await clock.advance(8_000);
  await refused;
});

test('/readyz says that a thread hangs', async () => {
  await using scene = await HttpScene.open([]);
  scene.statusFailure = new OperatorError('DAEMON_NOT_RUNNING', 'It has not answered');
  const { status, text } = await scene.get('/readyz');
  expect(status).toBe(503);
  expect(JSON.parse(text)).toEqual({ status: 'not ready', reason: 'It has not answered' });
  expect((await scene.get('/metrics')).status).toBe(503);
});
