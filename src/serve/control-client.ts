/** How a command asks the running daemon: one request, one answer, over the socket in the state folder. */
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Clock, systemClock } from '../base/clock.ts';
import {
  ERROR_CODES,
  type ErrorCode,
  messageOf,
  OperatorError,
  systemCodeOf,
} from '../base/errors.ts';
import {
  type ControlFailure,
  type ControlResponse,
  linesOf,
  RESPONSE_BYTES_MAX,
  SOCKET_NAME,
  SocketAddress,
} from './control-protocol.ts';

export type CallOptions = Readonly<{
  args?: unknown;
  /** How long the whole call may take. Default 10 s; `Infinity` where a person waits and can interrupt. */
  timeoutMs?: number;
  clock?: Clock;
}>;

const TIMEOUT_MS_DEFAULT = 10_000;

/**
 * Send `command` to the daemon of `stateDir` and return its result.
 *
 * Throws `OperatorError`: DAEMON_NOT_RUNNING where nobody answers, what the daemon's handler threw where it
 * refused (DAEMON_REFUSED where that has no code of its own).
 */
export async function callDaemon(
  stateDir: string,
  command: string,
  options: CallOptions = {},
): Promise<unknown> {
  const { args = {}, timeoutMs = TIMEOUT_MS_DEFAULT, clock = systemClock } = options;
  using done = new DisposableAbort();

  const path = join(stateDir, SOCKET_NAME);
  let socket: Socket | undefined;
  let timedOut = false;
  if (Number.isFinite(timeoutMs)) {
    void clock.sleep(timeoutMs, { signal: done.signal, holdsProcess: false }).then(() => {
      timedOut = !done.signal.aborted;
      if (timedOut) socket?.destroy();
    });
  }
  try {
    await using address = await SocketAddress.open(stateDir, SOCKET_NAME);

    socket = await connected(address.path);
    socket.write(`${JSON.stringify({ id: 1, command, args })}\n`);
    for await (const line of linesOf(socket, { bytesMax: RESPONSE_BYTES_MAX }))
      return resultOf(line);
    throw new Error('it closed the connection without an answer');
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw unanswered(path, timedOut ? new Error(`no answer within ${timeoutMs / 1_000} s`) : error);
  } finally {
    socket?.destroy();
  }
}

function resultOf(line: string): unknown {
  const response = JSON.parse(line) as ControlResponse;
  if (!('error' in response)) return response.result;
  const { code, message, hint }: ControlFailure = response.error;
  throw new OperatorError(isErrorCode(code) ? code : 'DAEMON_REFUSED', message, {
    ...(hint === null ? {} : { hint }),
  });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CODES, code);
}

function unanswered(path: string, cause: unknown): OperatorError {
  switch (systemCodeOf(cause)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
      return new OperatorError(
        'DAEMON_NOT_RUNNING',
        `Cannot reach the daemon: none listens on "${path}"`,
        {
          cause,
          hint: 'Start it with "logstead run", or name its config file with --config',
        },
      );
    case 'EACCES':
      return new OperatorError(
        'DAEMON_REFUSED',
        `Cannot reach the daemon: "${path}" belongs to another user`,
        {
          cause,
          hint: 'Run the command as the user of the daemon, or as root',
        },
      );
    default:
      return new OperatorError(
        'DAEMON_NOT_RUNNING',
        `Cannot reach the daemon on "${path}": ${messageOf(cause)}`,
        {
          cause,
        },
      );
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Aborts when the block that owns it ends. */
class DisposableAbort implements Disposable {
  readonly #controller = new AbortController();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    this.#controller.abort();
  }
}
