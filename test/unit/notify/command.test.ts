import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { runCommand } from '../../../src/notify/command.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const NEVER = new AbortController().signal;

test('runCommand() gives the arguments as they are and the notification on standard input', async () => {
  using folder = TempFolder.make();
  const out = folder.join('out');
  const argv = [
    '/bin/sh',
    '-c',
    `cat > "$0"; printf '%s\\n' "$@" >> "$0"`,
    out,
    '$HOME',
    '; rm x',
  ] as const;
  const attempt = await runCommand(
    { name: 'p', argv: [...argv], timeoutMs: 5_000 },
    '{"a":1}\n',
    NEVER,
  );
  expect(attempt).toMatchObject({ outcome: 'sent' });
  expect(readFileSync(out, 'utf8')).toBe('{"a":1}\n$HOME\n; rm x\n');
});

test("runCommand() does not pass the daemon's variables on", async () => {
  process.env.LOGSTEAD_TEST_SECRET = 'sesame';
  const argv: [string, ...string[]] = ['/bin/sh', '-c', 'test -z "$LOGSTEAD_TEST_SECRET"'];
  expect(await runCommand({ name: 'p', argv, timeoutMs: 5_000 }, '', NEVER)).toMatchObject({
    outcome: 'sent',
  });
});

test('runCommand() tries a failure again and says why', async () => {
  const argv: [string, ...string[]] = ['/bin/sh', '-c', 'echo no route >&2; exit 3'];
  const attempt = await runCommand({ name: 'p', argv, timeoutMs: 5_000 }, '', NEVER);
  expect(attempt.outcome).toBe('retry');
  expect(attempt.error).toBe('Command "p" (/bin/sh) ended with code 3: no route');
});

test('runCommand() ends a program that takes too long', async () => {
  const attempt = await runCommand(
    { name: 'p', argv: ['/bin/sleep', '60'], timeoutMs: 100 },
    '',
    NEVER,
  );
  expect(attempt).toMatchObject({ outcome: 'retry', error: expect.stringContaining('in time') });
});

test('runCommand() waits for an operator where the program is not there', async () => {
  const attempt = await runCommand({ name: 'p', argv: ['/no/such'], timeoutMs: 1_000 }, '', NEVER);
  expect(attempt).toMatchObject({ outcome: 'hold', error: expect.stringContaining('ENOENT') });
});

test('runCommand() does not mind a program that reads nothing', async () => {
  const attempt = await runCommand(
    { name: 'p', argv: ['/bin/true'], timeoutMs: 5_000 },
    'x'.repeat(1_000_000),
    NEVER,
  );
  expect(attempt.outcome).toBe('sent');
});

test('runCommand() does not wait for what a program leaves in the background', async () => {
  const startedMs = systemClock.monotonicMs();
  const run = (line: string): ReturnType<typeof runCommand> =>
    runCommand({ name: 'p', argv: ['/bin/sh', '-c', line], timeoutMs: 20_000 }, '{}', NEVER);
  expect(await run('sleep 10 & exit 0')).toMatchObject({ outcome: 'sent' });
  const failed = await run('sleep 10 & echo no route >&2; exit 3');
  expect(failed.error).toBe('Command "p" (/bin/sh) ended with code 3: no route');
  expect(systemClock.monotonicMs() - startedMs).toBeLessThan(5_000);
});
