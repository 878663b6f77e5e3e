/**
 * People are told that the daemon stands still, while it does: the thread that reads, commits and keeps the outbox waits for a disk,
 * so they are told by the thread that does not, from an outbox in memory. Not by files, which may be on the disk that hangs.
 */
import { hostname } from 'node:os';
import { formatDuration } from '../base/duration.ts';
import { messageOf } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import type { Notification } from '../model/notification.ts';
import { Deliverer, type DelivererParts } from './deliverer.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { recipientsOf } from './recipients.ts';

export type StandstillParts = Readonly<{
  /** Of the deliverer that waits with the others. */
  delivery: () => Omit<DelivererParts, 'port' | 'alertDetails'>;
  /** Into the outbox that is kept. */
  enqueue: (notification: Notification) => Promise<void>;
}>;

export class Standstill implements AsyncDisposable {
  readonly #parts: StandstillParts;
  #sinceMs: number | null = null;
  #telling: AsyncDisposableStack | null = null;

  constructor(parts: StandstillParts) {
    this.#parts = parts;
  }

  /** It has been silent since then. */
  begin(sinceMs: number): void {
    if (this.#sinceMs !== null) return;
    this.#sinceMs = sinceMs;
    const { settings, clock, ...others } = this.#parts.delivery();
    const notification = beginNotification(settings, sinceMs, clock.nowMs());
    if (notification.channels.length === 0) return;
    const telling = new AsyncDisposableStack();
    const outbox = telling.use(new MemoryOutbox(recipientsOf(settings)));
    outbox.enqueue(notification);
    const port = {
      dueDeliveries: async (request: Parameters<MemoryOutbox['due']>[1]) =>
        outbox.due(clock.nowMs(), request),
      recordDelivery: async (result: Parameters<MemoryOutbox['record']>[0]) =>
        outbox.record(result),
    };
    telling.use(Deliverer.start({ ...others, settings, clock, port }));
    this.#telling = telling;
  }

  /** It answers. What could not be told meanwhile is told now. */
  async end(): Promise<void> {
    const sinceMs = this.#sinceMs;
    if (sinceMs === null) return;
    this.#sinceMs = null;
    const { settings, clock, log } = this.#parts.delivery();
    try {
      await this.#parts.enqueue(endNotification(settings, sinceMs, clock.nowMs()));
    } catch (cause) {
      log.error({ error: messageOf(cause) }, 'Cannot tell that the daemon goes on');
    }
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const telling = this.#telling;
    this.#telling = null;
    await telling?.disposeAsync();
  }
}

type Told = Pick<Settings, 'notify' | 'paths'>;

function beginNotification(settings: Told, sinceMs: number, nowMs: number): Notification {
  return {
    key: `standstill:${sinceMs}:began`,
    channels: settings.notify.failure.filter((channel) => channel !== 'file'),
    createdAtMs: nowMs,
    event: {
      kind: 'internal',
      severity: 'critical',
      title: 'Nothing is followed: the daemon waits for a disk',
      text:
        `Since ${new Date(sinceMs).toISOString()} the thread that reads, commits and looks for alerts has not answered: the disk of ` +
        `"${settings.paths.stateDir}", or one with a followed log, seems to hang. Until it answers no log is read and no rule can find anything.`,
      host: hostname(),
    },
  };
}

function endNotification(settings: Told, sinceMs: number, nowMs: number): Notification {
  return {
    key: `standstill:${sinceMs}:ended`,
    channels: settings.notify.failure,
    createdAtMs: nowMs,
    event: {
      kind: 'internal',
      severity: 'high',
      title: `The daemon goes on: it had waited for a disk for ${formatDuration(nowMs - sinceMs)}`,
      text: `Since ${new Date(sinceMs).toISOString()} no log was read and no rule found anything. What was logged meanwhile is read now.`,
      host: hostname(),
    },
  };
}
