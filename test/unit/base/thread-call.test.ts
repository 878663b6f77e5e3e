/** Calls over a real message channel: results, errors with their code, events, a side that goes away. */
import { MessageChannel } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { OperatorError } from '../../../src/base/errors.ts';
import { ThreadCalls, ThreadGone } from '../../../src/base/thread-call.ts';
import { waitFor } from '../../support/wait-for.ts';

function pair(handlers: ConstructorParameters<typeof ThreadCalls>[1]): {
  near: ThreadCalls;
  far: ThreadCalls;
  close(): void;
} {
  const { port1, port2 } = new MessageChannel();
  return {
    near: new ThreadCalls(port1),
    far: new ThreadCalls(port2, handlers),
    close: () => port1.close(),
  };
}

describe('ThreadCalls', () => {
  test('brings results back to the call that asked', async () => {
    const { near, close } = pair({ handlers: { double: async (value: number) => value * 2 } });
    expect(await Promise.all([near.call('double', 4), near.call('double', 21)])).toEqual([8, 42]);
    close();
  });

  test('brings an OperatorError back with its code and hint', async () => {
    const { near, close } = pair({
      handlers: {
        fail: () => {
          throw new OperatorError('STATE_IN_USE', 'Cannot open', { hint: 'Stop the other one' });
        },
      },
    });
    await expect(near.call('fail')).rejects.toMatchObject({
      code: 'STATE_IN_USE',
      hint: 'Stop the other one',
    });
    await expect(near.call('unknown')).rejects.toThrow('No thread serves "unknown"');
    close();
  });

  test('delivers events and fails what waits when the other side is gone', async () => {
    const seen: string[] = [];
    const { near, far, close } = pair({
      handlers: { never: () => new Promise(() => {}) },
      events: { hello: (name: string) => seen.push(name) },
    });
    near.emit('hello', 'world');
    await waitFor(() => seen.length === 1);
    expect(seen).toEqual(['world']);
    const waiting = near.call('never');
    near.gone('it ended');
    await expect(waiting).rejects.toBeInstanceOf(ThreadGone);
    await expect(near.call('never')).rejects.toThrow('it ended');
    far[Symbol.dispose]();
    close();
  });
});
