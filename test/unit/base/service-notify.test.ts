import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { notifyService, watchdogIntervalMs } from '../../../src/base/service-notify.ts';
import { needsProgram } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const MODULE = fileURLToPath(new URL('../../../src/base/service-notify.ts', import.meta.url));
const MESSAGE = 'READY=1\nSTATUS=Watching 3 files';

/** Calls notifyService() in a process of its own, whose pid the environment can name. */
const SCRIPT = `const { notifyService } = await import(process.argv[1]);
console.log(await notifyService(process.argv[2]));`;

test('notifyService() does nothing where no service manager listens', async () => {
  expect(await notifyService(MESSAGE, {})).toBe(false);
  expect(await notifyService(MESSAGE, { NOTIFY_SOCKET: '' })).toBe(false);
});

test('notifyService() writes to the socket that the service manager passed open', async () => {
  const environment = 'LISTEN_PID=$$ LISTEN_FDS=2 LISTEN_FDNAMES=other:notify NOTIFY_SOCKET=/none';
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      `${environment} exec "$0" --input-type=module --eval "$1" -- "$2" "$3"`,
      process.execPath,
      SCRIPT,
      MODULE,
      MESSAGE,
    ],
    { stdio: ['ignore', 'pipe', 'inherit', 'ignore', 'pipe'] },
  );
  const passed = child.stdio[4] as NodeJS.ReadableStream;
  const [answer, message] = await Promise.all([text(child.stdout!), text(passed)]);
  expect([answer, message]).toEqual(['true\n', MESSAGE]);
});

test('notifyService() is heard through systemd-notify', async (context) => {
  needsProgram(context, 'systemd-notify');
  using folder = TempFolder.make();
  const socket = folder.join('notify');
  // perl-base is on every Debian; Node itself cannot receive datagrams of Unix sockets. The program
  // sends a second one, a barrier, and waits until it was received.
  const receiver = spawn(
    'perl',
    [
      '-e',
      `use Socket; $| = 1;
       socket(S, PF_UNIX, SOCK_DGRAM, 0) && bind(S, sockaddr_un($ARGV[0])) or die; print "bound\n";
       while (defined recv(S, $m, 4096, 0)) { last if $m eq "BARRIER=1"; print $m; }`,
      socket,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(receiver.stdout!, 'data');
  const [sent, received] = await Promise.all([
    notifyService(MESSAGE, { ...process.env, NOTIFY_SOCKET: socket }),
    text(receiver.stdout!),
  ]);
  expect([sent, received.trim()]).toEqual([true, MESSAGE]);
});

test('watchdogIntervalMs() is a third of what the service manager allows, for this process only', () => {
  const check = (environment: Record<string, string>, want: number | null): void => {
    expect(watchdogIntervalMs(environment)).toBe(want);
  };
  check({}, null);
  check({ WATCHDOG_USEC: '60000000' }, 20_000);
  check({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) }, 20_000);
  check({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' }, null);
  check({ WATCHDOG_USEC: 'never' }, null);
  check({ WATCHDOG_USEC: '0' }, null);
});
