import { chmodSync, existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { describe, expect, test } from 'vitest';
import { nextTurn } from '../../../src/base/clock.ts';
import { type ERROR_CODES, OperatorError } from '../../../src/base/errors.ts';
import { callDaemon } from '../../../src/serve/control-client.ts';
import { type ControlHandler, ControlServer } from '../../../src/serve/control-socket.ts';
import { TempFolder } from '../../support/temp-folder.ts';

describe('ControlServer', () => {
  test('answers each command with what its handler returns', async () => {
    using state = TempFolder.make();
    await using _server = await listen(state, {
      add: async (args) => (args as number[]).reduce((sum, item) => sum + item, 0),
      nothing: async () => undefined,
    });
    expect(await callDaemon(state.path, 'add', { args: [1, 2, 3] })).toBe(6);
    expect(await callDaemon(state.path, 'nothing')).toBeNull();
    const large = Array.from({ length: 100_000 }, (_, index) => index);
    expect(await callDaemon(state.path, 'add', { args: large })).toBe(4_999_950_000);
  });

  test('can be opened by its own user only, and leaves nothing behind', async () => {
    using state = TempFolder.make();
    {
      await using _server = await listen(state, {});
      expect(statSync(state.join('control.sock')).mode & 0o777).toBe(0o600);
    }
    expect(existsSync(state.join('control.sock'))).toBe(false);
    await refused(callDaemon(state.path, 'status'), { code: 'DAEMON_NOT_RUNNING' });
  });

  test('replaces the socket of a daemon that was killed', async () => {
    using state = TempFolder.make();
    state.write('control.sock', '');
    await refused(callDaemon(state.path, 'status'), { code: 'DAEMON_NOT_RUNNING' });
    await using _server = await listen(state, { status: async () => 'ok' });
    expect(await callDaemon(state.path, 'status')).toBe('ok');
  });

  test('answers whoever connects as soon as the socket has its name, and does not wait for him at its end', async () => {
    using state = TempFolder.make();
    for (let start = 0; start < 20; start += 1) {
      const listening = listen(state, { status: async () => 'ok' });
      while (!existsSync(state.join('control.sock'))) await nextTurn();
      const asked = callDaemon(state.path, 'status', { timeoutMs: 2_000 });
      const server = await listening;
      expect(await asked).toBe('ok');
      await server[Symbol.asyncDispose]();
    }
  });

  test('works below a path that is too long for a socket address', async () => {
    using folder = TempFolder.make();
    const state = folder.makeFolder(`${'long-folder-name/'.repeat(12)}state`);
    await using _server = await ControlServer.listen({
      stateDir: state,
      handlers: { status: async () => 'ok' },
      onFault: () => {},
    });
    expect(await callDaemon(state, 'status')).toBe('ok');
  });

  test('ends where its socket cannot be removed, as on a disk that has become read-only', async () => {
    using state = TempFolder.make();
    const server = await listen(state, {});
    rmSync(state.join('control.sock'));
    state.makeFolder('control.sock');
    await expect(server[Symbol.asyncDispose]()).resolves.toBeUndefined();
  });

  test('says what is wrong where it cannot listen', async () => {
    using folder = TempFolder.make();
    const listening = ControlServer.listen({
      stateDir: folder.join('missing'),
      handlers: {},
      onFault: () => {},
    });
    await refused(listening, {
      code: 'STATE_UNREADABLE',
      message: /Cannot listen on ".*control.sock"/,
    });
  });
});

test('ControlServer binds in a folder that stays, its own alone: a disk that is full takes no new one', async () => {
  using state = TempFolder.make();
  const folder = state.join('.control');
  {
    await using _first = await listen(state, {});
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  }
  const { ino } = statSync(folder);
  // What one leaves that was killed as it began, and somebody's chmod.
  state.write('.control/control.sock', '');
  chmodSync(folder, 0o755);
  await using _second = await listen(state, { status: async () => 'ok' });
  expect(await callDaemon(state.path, 'status')).toBe('ok');
  expect(readdirSync(folder)).toEqual([]);
  expect(statSync(folder)).toMatchObject({ ino });
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

describe('ControlServer, asked wrongly,', () => {
  test('passes on what a handler refuses, with its code and hint', async () => {
    using state = TempFolder.make();
    const faults: unknown[] = [];
    await using _server = await listen(
      state,
      {
        rotate: async () => {
          throw new OperatorError('STAGE_FAILED', 'Cannot archive "a.log"', { hint: 'Make room' });
        },
        broken: async () => {
          throw new TypeError('x is not a function');
        },
      },
      faults,
    );
    await refused(callDaemon(state.path, 'rotate'), {
      code: 'STAGE_FAILED',
      message: /Cannot archive/,
      hint: /Make room/,
    });
    expect(faults).toEqual([]);
    await refused(callDaemon(state.path, 'broken'), {
      code: 'DAEMON_REFUSED',
      message: /x is not a function/,
    });
    expect(faults).toHaveLength(1);
    await refused(callDaemon(state.path, 'toString'), {
      code: 'DAEMON_REFUSED',
      message: /knows broken, rotate/,
    });
  });

  test('refuses what is no request, and a request without end, and goes on answering others', async () => {
    using state = TempFolder.make();
    await using _server = await listen(state, { status: async () => 'ok' });
    for (const text of ['nonsense\n', '{"id":1}\n', 'null\n', '[]\n']) {
      expect(JSON.parse(await exchange(state, text))).toMatchObject({
        id: 0,
        error: { code: 'DAEMON_REFUSED' },
      });
    }
    // What comes back depends on how much of it the kernel had taken; that it ends does not.
    await exchange(state, 'x'.repeat(3_000_000));
    expect(await callDaemon(state.path, 'status')).toBe('ok');
  });

  test('answers the requests of one connection in order', async () => {
    using state = TempFolder.make();
    await using _server = await listen(state, { echo: async (args) => args });
    const text = await exchange(
      state,
      '{"id":7,"command":"echo","args":"a"}\n{"id":8,"command":"echo","args":"b"}\n',
    );
    expect(text).toBe('{"id":7,"result":"a"}\n{"id":8,"result":"b"}\n');
  });
});

describe('callDaemon()', () => {
  test('gives up after its time', async () => {
    using state = TempFolder.make();
    const started = Promise.withResolvers<void>();
    await using _server = await listen(state, {
      wait: () => {
        started.resolve();
        return new Promise(() => {});
      },
    });
    const call = callDaemon(state.path, 'wait', { timeoutMs: 200 });
    call.catch(() => {});
    await started.promise;
    await refused(call, { code: 'DAEMON_NOT_RUNNING', message: /no answer within 0.2 s/ });
  });

  test('says so when the daemon ends before it answers', async () => {
    using state = TempFolder.make();
    await using silent = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => silent.listen(state.join('control.sock'), resolve));
    await refused(callDaemon(state.path, 'status'), { code: 'DAEMON_NOT_RUNNING' });
  });
});

function listen(
  state: TempFolder,
  handlers: Readonly<Record<string, ControlHandler>>,
  faults: unknown[] = [],
): Promise<ControlServer> {
  return ControlServer.listen({
    stateDir: state.path,
    handlers,
    onFault: (_command, error) => faults.push(error),
  });
}

/** Send a text as it is, end, and return all that comes back. */
function exchange(state: TempFolder, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = createConnection(state.join('control.sock'), () => socket.end(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('close', () => resolve(answer));
    // The server may close before it has read everything; what it said counts.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ECONNRESET') reject(error);
    });
  });
}

async function refused(
  call: Promise<unknown>,
  want: Readonly<{ code: keyof typeof ERROR_CODES; message?: RegExp; hint?: RegExp }>,
): Promise<void> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(OperatorError);
  const { code, message, hint } = error as OperatorError;
  expect(code).toBe(want.code);
  if (want.message) expect(message).toMatch(want.message);
  if (want.hint) expect(hint).toMatch(want.hint);
}
