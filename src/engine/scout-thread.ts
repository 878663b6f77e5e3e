/**
 * A scout: a thread that finds out which rows of segments match, ahead of whoever scans them (`lookahead.ts`).
 *
 * It opens the files by itself and tells row numbers, nothing else. What it cannot read it leaves alone: whoever asked looks
 * there, and says what is wrong. Both sides share cells, so that neither has to be told what the other one does.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { moduleUrl } from '../base/module-url.ts';
import { Thread } from '../base/thread.ts';
import type { FilterParts } from './filter-parts.ts';
import type { RowBounds } from './filtered-chunk.ts';
import type { FoundRows } from './found-rows.ts';

export type ScoutOrder = Readonly<{
  id: number;
  parts: FilterParts;
  bounds: RowBounds;
  /** In the order in which they are asked for; null: not for a scout. */
  segments: readonly (ScoutedSegment | null)[];
  cells: Int32Array;
}>;

export type ScoutedSegment = Readonly<{ path: string; number: number; rowCount: number }>;

/** `found` is null where whoever asked has to look. */
export type ScoutReport = Readonly<{ id: number; place: number; found: FoundRows | null }>;

export type ScoutData = Readonly<{ port: MessagePort; machine: string | null }>;

/** Places of the shared cells. From `CLAIMS` on one for each segment: 1 once somebody looks there. */
export const CELL = { STOPPED: 0, REACHED: 1, REPORTS: 2, CLAIMS: 3 } as const;

/** How far ahead of the scan rows are found: what they take is bounded so. */
export const AHEAD_MAX = 16;

export function cellsFor(segmentCount: number): Int32Array {
  const bytes = (CELL.CLAIMS + segmentCount) * Int32Array.BYTES_PER_ELEMENT;
  return new Int32Array(new SharedArrayBuffer(bytes));
}

/** True for the one side that looks there. */
export function claim(cells: Int32Array, place: number): boolean {
  return Atomics.compareExchange(cells, CELL.CLAIMS + place, 0, 1) === 0;
}

export class ScoutThread implements Disposable {
  readonly #worker: Thread;
  readonly #port: MessagePort;
  #lastId = 0;
  #reportCount = 0;
  /** By order that is not over: what came while another scan of the same reader asked. */
  readonly #kept = new Map<number, ScoutReport[]>();

  constructor(machine: string | null) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const data: ScoutData = { port: port2, machine };
    this.#worker = Thread.start(moduleUrl('./scout-worker.ts', import.meta.url), {
      workerData: data,
      transferList: [port2],
      name: 'scout',
    });
    // What it cannot do is done without it.
    this.#worker.on('error', () => {});
    this.#worker.unref();
    this.#port.unref();
  }

  /** Returns the order's id; `end` it. */
  order(order: Omit<ScoutOrder, 'id'>): number {
    this.#lastId += 1;
    this.#kept.set(this.#lastId, []);
    this.#port.postMessage({ ...order, id: this.#lastId } satisfies ScoutOrder);
    return this.#lastId;
  }

  /** The next report of an order that has come. */
  receive(id: number): ScoutReport | undefined {
    const kept = this.#kept.get(id)?.shift();
    if (kept !== undefined) return kept;
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as { message: ScoutReport } | undefined;
      if (received === undefined) return undefined;
      this.#reportCount += 1;
      const { message: report } = received;
      if (report.id === id) return report;
      this.#kept.get(report.id)?.push(report);
    }
  }

  /** Nobody asks for its reports any more. */
  end(id: number): void {
    this.#kept.delete(id);
  }

  /** Reports that were taken, of all orders. */
  get reportCount(): number {
    return this.#reportCount;
  }

  [Symbol.dispose](): void {
    this.#port.close();
    void this.#worker.end();
  }
}
