/**
 * The daemon's ear for its own commands: a Unix socket that only its user (and root) can open.
 *
 * - It listens only after the caller holds the state lock, so a socket that is already there is a dead daemon's
 *   and is replaced, in one rename.
 * - It is bound inside a folder nobody else can enter and moved to its name with mode 0600, so there is no
 *   moment in which others could connect. The folder stays: on a disk that is full by the next start none could be made.
 * - A handler that throws an `OperatorError` refuses; anything else it throws is our bug: it is passed to `onFault`.
 */
import { chmod, mkdir, rename, rm, unlink } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';
import {
  type ControlRequest,
  type ControlResponse,
  linesOf,
  REQUEST_BYTES_MAX,
  SOCKET_NAME,
  SocketAddress,
} from './control-protocol.ts';

/** Answers one command. What it returns must be JSON. */
export type ControlHandler = (args: unknown) => Promise<unknown>;

export type ControlServerOptions = Readonly<{
  stateDir: string;
  handlers: Readonly<Record<string, ControlHandler>>;
  /** Told of what no handler should throw. */
  onFault: (command: string, error: unknown) => void;
}>;

/** Its owner's alone. */
const BINDING_FOLDER = '.control';

/** Commands at the same time: people and scripts, not load. */
const CONNECTIONS_MAX = 64;

export class ControlServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #path: string;
  readonly #connections = new Set<Socket>();

  private constructor(server: Server, path: string) {
    this.#server = server;
    this.#path = path;
  }

  static async listen(options: ControlServerOptions): Promise<ControlServer> {
    const { stateDir } = options;
    const path = join(stateDir, SOCKET_NAME);
    const server = createServer();
    server.maxConnections = CONNECTIONS_MAX;
    // Before it listens: who connects while nobody hears is never answered, and never let go of at the end.
    const control = new ControlServer(server, path);
    server.on('connection', (socket) => control.#serve(socket, options));
    try {
      await bind(server, stateDir);
    } catch (cause) {
      server.close();
      throw new OperatorError(
        'STATE_UNREADABLE',
        `Cannot listen on "${path}": ${messageOf(cause)}`,
        {
          cause,
          hint: 'The state folder must be writable and on a file system that has Unix sockets',
        },
      );
    }
    // Out of file descriptors, for example: the next command may succeed, the daemon goes on.
    server.on('error', (error) => options.onFault('accept', error));
    return control;
  }

  /** Answers running handlers no more; a command sees the connection close. */
  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#connections) socket.destroy();
    await closed;
    // Where it stays, on a disk that has become read-only, nobody answers there, and the next start takes it away.
    await unlink(this.#path).catch(() => {});
  }

  #serve(socket: Socket, options: ControlServerOptions): void {
    this.#connections.add(socket);
    socket.on('close', () => this.#connections.delete(socket));
    // The other side may go at any time; reading ends then, and there is nobody left to tell.
    socket.on('error', () => socket.destroy());
    answerAll(socket, options).then(
      () => socket.destroySoon(),
      () => socket.destroy(),
    );
  }
}

async function answerAll(socket: Socket, options: ControlServerOptions): Promise<void> {
  // The answer to a request that is too long is still sent.
  const chunks = socket.iterator({ destroyOnReturn: false });
  try {
    for await (const line of linesOf(chunks, { bytesMax: REQUEST_BYTES_MAX })) {
      await send(socket, await answer(line, options));
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    await send(
      socket,
      refusal(0, { code: 'DAEMON_REFUSED', message: `Cannot read the request: ${error.message}` }),
    );
  }
}

async function answer(line: string, options: ControlServerOptions): Promise<ControlResponse> {
  const request = requestOf(line);
  if (request === null) {
    return refusal(0, {
      code: 'DAEMON_REFUSED',
      message: 'Cannot read the request: found no command',
    });
  }
  const { id, command, args } = request;
  const handler = Object.hasOwn(options.handlers, command) ? options.handlers[command] : undefined;
  if (handler === undefined) {
    const known = Object.keys(options.handlers).sort().join(', ');
    return refusal(id, {
      code: 'DAEMON_REFUSED',
      message: `Cannot do "${command}": this daemon knows ${known}`,
      hint: 'Daemon and command may be of different versions: restart the daemon',
    });
  }
  try {
    return { id, result: (await handler(args)) ?? null };
  } catch (error) {
    if (error instanceof OperatorError) return refusal(id, error);
    options.onFault(command, error);
    return refusal(id, {
      code: 'DAEMON_REFUSED',
      message: `Cannot do "${command}": ${messageOf(error)}`,
      hint: 'This is a fault of Logstead; its log says more',
    });
  }
}

function requestOf(line: string): ControlRequest | null {
  try {
    const { id, command, args } = JSON.parse(line) as Partial<ControlRequest>;
    if (typeof command !== 'string') return null;
    return { id: typeof id === 'number' ? id : 0, command, args: args ?? {} };
  } catch {
    return null;
  }
}

function refusal(
  id: number,
  error: Readonly<{ code: string; message: string; hint?: string | undefined }>,
): ControlResponse {
  return { id, error: { code: error.code, message: error.message, hint: error.hint ?? null } };
}

/** Resolves when the kernel has the bytes, so that a slow reader holds back its own next answer. */
function send(socket: Socket, response: ControlResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(`${JSON.stringify(response)}\n`, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

async function bind(server: Server, stateDir: string): Promise<void> {
  const folder = join(stateDir, BINDING_FOLDER);
  await mkdir(folder, { mode: 0o700 }).catch((cause: unknown) => {
    if (systemCodeOf(cause) !== 'EEXIST') throw cause;
  });
  await chmod(folder, 0o700);
  // Of a daemon that was killed at this point.
  await rm(join(folder, SOCKET_NAME), { force: true });
  await using address = await SocketAddress.open(folder, SOCKET_NAME);
  await listening(server, address.path);
  await chmod(address.path, 0o600);
  await rename(join(folder, SOCKET_NAME), join(stateDir, SOCKET_NAME));
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
