import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { callWriter } from '../../../src/rotate/writer-call.ts';

function call(line: string): ReturnType<typeof callWriter> {
  return callWriter({ kind: 'command', argv: ['/bin/sh', '-c', line] });
}

test('callWriter() says why a program did not tell its writer', async () => {
  expect(await call('exit 0')).toBeNull();
  expect(await call('echo no such service >&2; exit 3')).toBe(
    '/bin/sh ended with code 3: no such service',
  );
  expect(await call('kill -KILL $$')).toBe('/bin/sh ended with SIGKILL');
  expect(await callWriter({ kind: 'command', argv: ['/no/such'] })).toBe(
    '/no/such cannot be run: ENOENT',
  );
});

test('callWriter() does not wait for what a program leaves in the background', async () => {
  const startedMs = systemClock.monotonicMs();
  expect(await call('sleep 10 & exit 0')).toBeNull();
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(5_000);
});
