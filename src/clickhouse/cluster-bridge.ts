/**
 * Answers of the cluster for code that cannot wait: the readers of the store are synchronous, and so are those who use
 * them. A thread speaks to the servers; this side sleeps until it has something, and looks at its deadline meanwhile.
 *
 * Never on a thread that owes anybody an answer: as for the store itself.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { ErrorCode } from '../base/errors.ts';
import { moduleUrl } from '../base/module-url.ts';
import { Thread } from '../base/thread.ts';
import type { StopCheck } from '../engine/search-request.ts';
import type { BridgeWorkerData } from './bridge-worker.ts';
import type { ShardAccess } from './cluster-client.ts';
import { ClusterError } from './cluster-error.ts';

export type BridgeRequest = Readonly<{
  doing: string;
  sql: string;
  parameters: Readonly<Record<string, unknown>>;
  settings: Readonly<Record<string, string | number>>;
}>;

/** To the thread. */
export type BridgeOrder =
  | Readonly<{ kind: 'start'; id: number; request: BridgeRequest }>
  | Readonly<{ kind: 'more'; id: number }>
  /** Nobody wants the rest: read it to its end and throw it away. */
  | Readonly<{ kind: 'drop'; id: number }>
  | Readonly<{ kind: 'cancel'; id: number }>;

/** From the thread. */
export type BridgeNews =
  | Readonly<{ kind: 'piece'; id: number; bytes: Uint8Array }>
  | Readonly<{ kind: 'end'; id: number }>
  | Readonly<{ kind: 'error'; id: number; code: ErrorCode; message: string; hint: string }>;

/** How long this side sleeps before it looks at its deadline. */
const WAIT_MS = 50;

export class ClusterBridge implements Disposable {
  readonly #worker: Thread;
  readonly #port: MessagePort;
  readonly #signal: Int32Array;
  /** What came for requests that are under way while another one was waited for: queries run inside queries. */
  readonly #received = new Map<number, BridgeNews[]>();
  #nextId = 1;

  constructor(access: ShardAccess) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#signal = new Int32Array(new SharedArrayBuffer(4));
    const data: BridgeWorkerData = { access, port: port2, signal: this.#signal };
    this.#worker = Thread.start(moduleUrl('./bridge-worker.ts', import.meta.url), {
      workerData: data,
      transferList: [port2],
      name: 'cluster-reader',
    });
    this.#worker.unref();
    this.#port.unref();
  }

  /**
   * The bytes of an answer as they come. Who stops early lets the rest go by; only a deadline, or nobody waiting, cancels
   * the query: that tears the connections between servers, and answers are asked for in pages anyway.
   */
  *stream(request: BridgeRequest, stop: StopCheck): Generator<Buffer, void, void> {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#received.set(id, []);
    this.#order({ kind: 'start', id, request });
    let isOver = false;
    let isStopped = false;
    try {
      for (;;) {
        isStopped = true;
        const news = this.#wait(id, stop);
        isStopped = false;
        if (news.kind === 'piece') {
          yield Buffer.from(news.bytes.buffer, news.bytes.byteOffset, news.bytes.byteLength);
          this.#order({ kind: 'more', id });
          continue;
        }
        isOver = true;
        if (news.kind === 'end') return;
        const { code, message, hint } = news;
        throw new ClusterError(code, message, { hint, isTransient: false });
      }
    } finally {
      this.#received.delete(id);
      if (!isOver) this.#order({ kind: isStopped ? 'cancel' : 'drop', id });
    }
  }

  /** All rows of an answer in `JSONCompactEachRow`. */
  rows<Row extends readonly unknown[]>(request: BridgeRequest, stop: StopCheck): Row[] {
    const pieces = [
      ...this.stream({ ...request, sql: `${request.sql} FORMAT JSONCompactEachRow` }, stop),
    ];
    const text = Buffer.concat(pieces).toString('utf8');
    return text === ''
      ? []
      : text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Row);
  }

  [Symbol.dispose](): void {
    this.#port.close();
    void this.#worker.end();
  }

  #order(order: BridgeOrder): void {
    this.#port.postMessage(order);
  }

  #wait(id: number, stop: StopCheck): BridgeNews {
    for (;;) {
      const kept = this.#received.get(id)?.shift();
      if (kept !== undefined) return kept;
      const seen = Atomics.load(this.#signal, 0);
      const received = receiveMessageOnPort(this.#port) as { message: BridgeNews } | undefined;
      if (received !== undefined) {
        // News of a request that was called off may still be under way: nobody keeps them.
        this.#received.get(received.message.id)?.push(received.message);
        continue;
      }
      stop.check();
      Atomics.wait(this.#signal, 0, seen, WAIT_MS);
    }
  }
}
