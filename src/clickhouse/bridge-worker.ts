/** The thread behind a `ClusterBridge`: asks the servers, hands pieces on, and waits where the other side is slow. */
import { type MessagePort, workerData } from 'node:worker_threads';
import type { BridgeNews, BridgeOrder, BridgeRequest } from './cluster-bridge.ts';
import { ClusterClient, type ShardAccess } from './cluster-client.ts';
import { clusterError } from './cluster-error.ts';

export type BridgeWorkerData = Readonly<{
  access: ShardAccess;
  port: MessagePort;
  /** Changes with every message, so that who sleeps on it wakes. */
  signal: Int32Array;
}>;

/** Pieces under way: one being read, the others waiting. Each is what a socket gives at once, some 64 KiB. */
const PIECES_MAX = 8;

type Running = {
  readonly cancel: AbortController;
  credit: number;
  isDropped: boolean;
  wake: () => void;
};

const { access, port, signal } = workerData as BridgeWorkerData;
const client = new ClusterClient(access);
const running = new Map<number, Running>();

port.on('message', (order: BridgeOrder) => {
  switch (order.kind) {
    case 'start':
      void answer(order.id, order.request);
      return;
    case 'more': {
      const known = running.get(order.id);
      if (known === undefined) return;
      known.credit += 1;
      known.wake();
      return;
    }
    case 'drop': {
      const known = running.get(order.id);
      if (known === undefined) return;
      known.isDropped = true;
      known.wake();
      return;
    }
    case 'cancel': {
      const known = running.get(order.id);
      known?.cancel.abort();
      known?.wake();
    }
  }
});

async function answer(id: number, request: BridgeRequest): Promise<void> {
  const run: Running = {
    cancel: new AbortController(),
    credit: PIECES_MAX,
    isDropped: false,
    wake: () => {},
  };
  running.set(id, run);
  const { doing, sql, parameters, settings } = request;
  try {
    const { signal: cancelled } = run.cancel;
    const answered = await client.stream({ doing, sql, parameters, settings, signal: cancelled });
    for await (const piece of answered) {
      if (cancelled.aborted) return;
      if (run.isDropped) continue;
      const bytes = Uint8Array.from(piece);
      tell({ kind: 'piece', id, bytes }, [bytes.buffer]);
      run.credit -= 1;
      while (run.credit <= 0 && !cancelled.aborted && !run.isDropped) await more(run);
    }
    tell({ kind: 'end', id });
  } catch (thrown) {
    if (run.cancel.signal.aborted) return;
    const { code, message, hint } = clusterError(doing, client.address, thrown);
    tell({ kind: 'error', id, code, message, hint: hint ?? '' });
  } finally {
    running.delete(id);
  }
}

function more(run: Running): Promise<void> {
  return new Promise((resolve) => {
    run.wake = resolve;
  });
}

function tell(news: BridgeNews, transfer: ArrayBuffer[] = []): void {
  port.postMessage(news, transfer);
  Atomics.add(signal, 0, 1);
  Atomics.notify(signal, 0);
}
