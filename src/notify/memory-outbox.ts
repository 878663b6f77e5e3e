/**
 * An outbox in memory, for what has to be told of a disk that is full or fails: the database on that disk cannot take it. Its
 * deliveries have negative numbers, so that they are told from those of the database. It ends with the process.
 */
import { Database } from '../base/database.ts';
import type { Notification } from '../model/notification.ts';
import {
  type DeliveryResult,
  type DueRequest,
  Outbox,
  type OutboxRow,
  type Recipients,
} from './outbox.ts';

export class MemoryOutbox implements Disposable {
  readonly #database = Database.open(':memory:');
  readonly #outbox: Outbox;

  constructor(recipients: Recipients) {
    this.#outbox = Outbox.open(this.#database, recipients);
  }

  static owns({ numbers }: Pick<DeliveryResult, 'numbers'>): boolean {
    return numbers.some((number) => number < 0);
  }

  reconfigure(recipients: Recipients, nowMs: number): void {
    this.#outbox.reconfigure(recipients, nowMs);
  }

  enqueue(notification: Notification): void {
    this.#database.transaction(() => this.#outbox.enqueue(notification));
  }

  /** Everything is sent, or given up. */
  get isDone(): boolean {
    return this.#outbox.counts().waiting === 0;
  }

  due(nowMs: number, request: DueRequest): OutboxRow[] {
    const underWay = turned(request.underWay.filter((number) => number < 0));
    const rows = this.#outbox.due(nowMs, { ...request, underWay });
    return rows.map((row) => ({ ...row, numbers: turned(row.numbers) }));
  }

  record(result: DeliveryResult): void {
    this.#outbox.record({ ...result, numbers: turned(result.numbers) });
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

function turned(numbers: readonly number[]): number[] {
  return numbers.map((number) => -number);
}
