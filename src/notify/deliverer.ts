/**
 * Delivers what the outbox holds, at its own pace, on the thread that answers people.
 *
 * - It reads and writes the outbox through a port: only the ingest thread writes the database.
 * - `wake()` only marks work; the loop does it. Mails go out side by side, files as they come.
 * - A mail server that cannot be reached rests, ever longer; one mail at a time asks whether it is back.
 * - So does a webhook that asks for it.
 * - Disposing waits for what is under way, at most `STOP_MS_MAX`. What is not recorded by then is sent again after
 *   the next start, with the same Message-ID.
 */
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Settings } from '../config/settings.ts';
import type { Attempt } from './attempt.ts';
import { DeliveryDoors, type DoorParts } from './doors.ts';
import type { DeliveryResult, DueRequest, OutboxRow } from './outbox.ts';
import { HOLD_RETRY_MS } from './retry.ts';

/** The outbox, wherever it is. */
export type OutboxPort = Readonly<{
  /** Deliveries that are due and may begin. */
  dueDeliveries(request: DueRequest): Promise<OutboxRow[]>;
  recordDelivery(result: DeliveryResult): Promise<void>;
}>;

export type DelivererParts = DoorParts & Readonly<{ settings: Settings; port: OutboxPort }>;

/** Files under way at a time. */
const FILES_MAX = 16;

/** Of each webhook and command under way at a time: one that hangs must hold up nothing else. */
const HOOKS_OF_ONE_MAX = 4;

/** Mails under way at a time: as many as the pool has connections. */
const MAILS_MAX = 3;

/** A server that takes no more connections gets one mail at a time for so long; many allow one or two of a client. */
const CROWDED_MS = 10 * 60_000;

/** Retries that have become due are noticed this late at most. */
const POLL_MS = 1_000;

/** How long a mail server rests that could not be reached: at first, and at most. */
const REST_MS_FIRST = 1_000;
const REST_MS_MAX = 60_000;

/** How soon a result that could not be written is tried again. */
const RECORD_RETRY_MS = 2_000;

/** One try takes no longer than this, even with a server that answers a byte now and then. */
const ATTEMPT_MS_MAX = 60_000;
/** A mail is given up by its own door, which knows whether the server may have it by then. */
const MAIL_ATTEMPT_MS_MAX = 15 * 60_000;

/** A service manager waits five seconds for the whole daemon. */
const STOP_MS_MAX = 3_000;

/** How long what was told to give up may take for that. */
const GIVE_UP_MS_MAX = 1_000;

export class Deliverer implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #port: OutboxPort;
  readonly #doorParts: DoorParts;
  #doors: DeliveryDoors;
  readonly #stop = new AbortController();
  readonly #giveUp = new AbortController();
  #running: Promise<void> = Promise.resolve();
  /** Aborted by `wake`. */
  #nap = new AbortController();
  readonly #underWay = new Map<OutboxRow, Promise<void>>();
  #mailsUnderWay = 0;
  #mailRestsUntilMs = 0;
  #mailRestMs = 0;
  #crowdedUntilMs = 0;
  /** Until when webhooks rest, by name. */
  readonly #hookRests = new Map<string, number>();
  /** Resolved when a round finds nothing more to do. */
  #idle = Promise.withResolvers<void>();

  private constructor(parts: DelivererParts) {
    this.#clock = parts.clock;
    this.#log = parts.log;
    this.#port = parts.port;
    this.#doorParts = parts;
    this.#doors = DeliveryDoors.open(parts, parts.settings);
  }

  static start(parts: DelivererParts): Deliverer {
    const deliverer = new Deliverer(parts);
    deliverer.#running = deliverer.#run();
    return deliverer;
  }

  /** The outbox may have rows. */
  wake(): void {
    this.#nap.abort();
  }

  /** Deliver to where the new settings say. What is under way ends under the old ones. */
  reconfigure(settings: Settings): void {
    const old = this.#doors;
    const underWay = Promise.allSettled(this.#underWay.values());
    this.#doors = DeliveryDoors.open(this.#doorParts, settings);
    this.#mailRestsUntilMs = 0;
    this.#mailRestMs = 0;
    this.#crowdedUntilMs = 0;
    this.#hookRests.clear();
    void underWay.then(() => old.close());
    this.wake();
  }

  /** Wait until everything due was tried once, at most so long. */
  async finish(timeoutMs: number): Promise<void> {
    const done = new AbortController();
    this.#idle = Promise.withResolvers<void>();
    this.wake();
    await Promise.race([
      this.#idle.promise,
      this.#clock.sleep(timeoutMs, { signal: done.signal, holdsProcess: false }),
    ]);
    done.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.wake();
    await this.#running;
    await this.#underWayEnds(STOP_MS_MAX);
    this.#giveUp.abort();
    await this.#underWayEnds(GIVE_UP_MS_MAX);
    this.#doors.close();
  }

  /** Or so much time has passed. */
  async #underWayEnds(timeoutMs: number): Promise<void> {
    const done = new AbortController();
    const underWay = Promise.allSettled(this.#underWay.values());
    await Promise.race([underWay, this.#clock.sleep(timeoutMs, { signal: done.signal })]);
    done.abort();
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#nap = new AbortController();
      // Whoever begins to wait during this round waits for the next.
      const idle = this.#idle;
      const started = await this.#round();
      if (started === 0 && this.#underWay.size === 0) idle.resolve();
      const isStopped = this.#stop.signal.aborted;
      if (!isStopped) await this.#clock.sleep(POLL_MS, { signal: this.#nap.signal });
    }
    this.#idle.resolve();
  }

  /** Begin what is due and may begin now. Returns how many were begun. */
  async #round(): Promise<number> {
    let rows: readonly OutboxRow[];
    try {
      rows = await this.#port.dueDeliveries(this.#room());
    } catch (error) {
      this.#log.error({ error }, 'Cannot read what is to be delivered');
      return 0;
    }
    if (this.#stop.signal.aborted) return 0;
    for (const row of rows) this.#begin(row);
    return rows.length;
  }

  #room(): DueRequest {
    const underWay = [...this.#underWay.keys()].flatMap(({ numbers }) => numbers);
    const files = [...this.#underWay.keys()].filter(({ channel }) => channel === 'file');
    const nowMs = this.#clock.monotonicMs();
    const isResting = this.#mailRestsUntilMs > nowMs;
    const isSlow = this.#mailRestMs > 0 || this.#crowdedUntilMs > nowMs;
    const mailsMax = isSlow ? 1 : MAILS_MAX;
    const mailCount = isResting ? 0 : Math.max(0, mailsMax - this.#mailsUnderWay);
    return {
      fileCount: Math.max(0, FILES_MAX - files.length),
      hookCount: HOOKS_OF_ONE_MAX,
      mailCount,
      restingHooks: this.#restingHooks(),
      underWay,
    };
  }

  #restingHooks(): string[] {
    const nowMs = this.#clock.monotonicMs();
    return [...this.#hookRests].filter(([, untilMs]) => untilMs > nowMs).map(([name]) => name);
  }

  #begin(row: OutboxRow): void {
    const isMail = row.channel === 'email';
    if (isMail) this.#mailsUnderWay += 1;
    const work = this.#deliver(row).finally(() => {
      if (isMail) this.#mailsUnderWay -= 1;
      this.#underWay.delete(row);
      this.wake();
    });
    this.#underWay.set(row, work);
  }

  /** Never rejects. */
  async #deliver(row: OutboxRow): Promise<void> {
    const tooLate = new AbortController();
    const done = new AbortController();
    const signal = AbortSignal.any([tooLate.signal, this.#giveUp.signal]);
    const limitMs = row.channel === 'email' ? MAIL_ATTEMPT_MS_MAX : ATTEMPT_MS_MAX;
    const timer = this.#clock.sleep(limitMs, { signal: done.signal, holdsProcess: false });
    void timer.then(() => tooLate.abort());
    const doors = this.#doors;
    const ended = await this.#attempt(row, signal);
    const attempt = doors === this.#doors ? ended : ofOldSettings(ended);
    done.abort();
    if (row.channel === 'email') this.#noteServer(attempt);
    if (row.channel === 'webhook' && attempt.restMs !== undefined) {
      this.#hookRests.set(row.recipient, this.#clock.monotonicMs() + attempt.restMs);
    }
    this.#say(row, attempt);
    await this.#record({
      numbers: row.numbers,
      outcome: attempt.outcome,
      error: attempt.error,
      atMs: this.#clock.nowMs(),
    });
  }

  async #attempt(row: OutboxRow, signal: AbortSignal): Promise<Attempt> {
    try {
      return await this.#doors.deliver(row, signal);
    } catch (cause) {
      // A notification that cannot be rendered must not keep the others waiting.
      this.#log.error({ cause, notification: row.key }, 'A notification could not be made');
      return { outcome: 'retry', error: messageOf(cause), isGeneral: false };
    }
  }

  /** Until it is recorded a delivery counts as under way: it is not made again while the disk is full. */
  async #record(result: DeliveryResult): Promise<void> {
    let isSaid = false;
    while (!this.#stop.signal.aborted || !isSaid) {
      try {
        await this.#port.recordDelivery(result);
        return;
      } catch (cause) {
        if (!isSaid) this.#log.error({ cause }, 'Cannot record a delivery; it is tried again');
        isSaid = true;
      }
      await this.#clock.sleep(RECORD_RETRY_MS, { signal: this.#stop.signal });
    }
  }

  #noteServer({ isGeneral, outcome, isCrowded }: Attempt): void {
    if (isCrowded) this.#crowdedUntilMs = this.#clock.monotonicMs() + CROWDED_MS;
    if (!isGeneral) {
      this.#mailRestMs = 0;
      return;
    }
    const longer = Math.min(REST_MS_MAX, Math.max(REST_MS_FIRST, this.#mailRestMs * 2));
    // Trying others would only be more wrong sign-ins.
    this.#mailRestMs = outcome === 'hold' ? HOLD_RETRY_MS : longer;
    this.#mailRestsUntilMs = this.#clock.monotonicMs() + this.#mailRestMs;
  }

  #say(row: OutboxRow, { outcome, error }: Attempt): void {
    const { key, channel, recipient } = row;
    const fields = { notification: key, channel, recipient, attempt: row.attempts + 1 };
    switch (outcome) {
      case 'sent':
        this.#log.info(fields, 'Notification delivered');
        break;
      case 'retry':
        this.#log.warn(
          { ...fields, reason: error },
          'Notification not delivered, will be tried again',
        );
        break;
      case 'hold':
        this.#log.error({ ...fields, reason: error }, 'Notification held: it needs an operator');
        break;
      case 'dead':
        this.#log.error({ ...fields, reason: error }, 'Notification given up');
        break;
    }
  }
}

/** What has to be changed may have been: the new settings are tried soon, and others do not rest for the old ones. */
function ofOldSettings({ outcome, error }: Attempt): Attempt {
  return { outcome: outcome === 'hold' ? 'retry' : outcome, error, isGeneral: false };
}
