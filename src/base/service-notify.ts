/**
 * Tell the service manager how we are (sd_notify): `READY=1`, `STATUS=…`, `WATCHDOG=1`.
 *
 * Node cannot send a datagram to a Unix socket by itself. Where the unit passes the socket as an open file
 * (`OpenFile=/run/systemd/notify:notify`, systemd 253 and newer) a message is one write; elsewhere it is one run of the
 * program `systemd-notify`, 5 to 30 ms, which needs `NotifyAccess=all`. Failing to tell is never an error:
 * the service manager notices silence by itself.
 */
import { spawn } from 'node:child_process';
import { writeSync } from 'node:fs';

/** File descriptors passed by the service manager start here. */
const FIRST_PASSED_DESCRIPTOR = 3;

type Environment = Readonly<Record<string, string | undefined>>;

/** Send assignments, one a line. False where nobody listens or the message could not be sent. */
export function notifyService(
  text: string,
  environment: Environment = process.env,
): Promise<boolean> {
  if (!environment.NOTIFY_SOCKET) return Promise.resolve(false);
  const descriptor = passedDescriptor(environment);
  if (descriptor === null) return runProgram(text, environment);
  try {
    writeSync(descriptor, text);
    return Promise.resolve(true);
  } catch {
    return Promise.resolve(false);
  }
}

/** How often to send `WATCHDOG=1`: a third of the time after which the service manager would restart us; null: never. */
export function watchdogIntervalMs(environment: Environment = process.env): number | null {
  const timeoutUs = Number(environment.WATCHDOG_USEC);
  if (!(timeoutUs > 0)) return null;
  if (environment.WATCHDOG_PID && Number(environment.WATCHDOG_PID) !== process.pid) return null;
  return timeoutUs / 3_000;
}

function passedDescriptor(environment: Environment): number | null {
  if (Number(environment.LISTEN_PID) !== process.pid) return null;
  const index = (environment.LISTEN_FDNAMES ?? '').split(':').indexOf('notify');
  if (index < 0 || index >= Number(environment.LISTEN_FDS)) return null;
  return FIRST_PASSED_DESCRIPTOR + index;
}

function runProgram(text: string, environment: Environment): Promise<boolean> {
  return new Promise((resolve) => {
    // It waits until the message was taken; with --no-block systemd loses some, because it cannot tell any more whose they are.
    const child = spawn('systemd-notify', text.split('\n'), { env: environment, stdio: 'ignore' });
    child.on('error', () => resolve(false));
    child.on('exit', (code) => resolve(code === 0));
  });
}
