/**
 * Notifications to deliver, one delivery per channel and recipient.
 *
 * Queued in the transaction of what they report, so a crash leaves both or neither; the same key is queued once.
 * A delivery is tried until it is sent, refused for good, or too old. Results are committed, so a restart sends
 * nothing twice but what was under way: SMTP promises no more.
 */
import type { Database } from '../base/database.ts';
import type { ChannelKind, Notification, NotificationEvent } from '../model/notification.ts';
import { dueHooks } from './due-hooks.ts';
import { DueMails } from './due-mails.ts';
import { severityOfEvent } from './event-text.ts';
import { placesOfReply, placesTold, readdressMails } from './lost-places.ts';
import { BUDGET_DEFAULT } from './mail-plan.ts';
import { OUTBOX_SCHEMA, outboxRowOf, SELECT_DELIVERY } from './outbox-tables.ts';
import { HOLD_RETRY_MS, retryDelayMs } from './retry.ts';
import { type Directory, NOBODY, type Place, placesOf, type Way, wayOfPlaces } from './routing.ts';

/** Older than this, a delivery that still fails is given up: nobody waits for a mail of last week. */
export const DELIVERY_AGE_MS_MAX = 7 * 24 * 3_600_000;

/** What was sent is kept this long, to answer "who was told". */
const SENT_KEPT_MS = 90 * 24 * 3_600_000;

/** Old rows are looked for once for so many results. */
const PRUNE_EVERY = 500;

/** `queued`: not tried yet; `failed`: tried, will be again; `held`: waits for an operator; `dead`: given up. */
export type DeliveryState = 'queued' | 'failed' | 'held' | 'sent' | 'dead';

/** A delivery that is due, or several in one mail. Plain data: it crosses threads. */
export type OutboxRow = Readonly<{
  numbers: readonly number[];
  key: string;
  channel: ChannelKind;
  /** Mail address, or NAME of a webhook or command; empty for files. */
  recipient: string;
  attempts: number;
  createdAtMs: number;
  event: NotificationEvent;
  /** Of a mail: how many its recipient had in this hour, this one among them, and how many there may be. */
  budget?: Readonly<{ sentCount: number; budget: number }>;
}>;

/**
 * How one try ended. `retry`: later it may work; `hold`: it will not work before an operator changes something
 * (a password, a certificate), so it is tried seldom; `dead`: refused for good.
 */
export type DeliveryResult = Readonly<{
  numbers: readonly number[];
  outcome: 'sent' | 'retry' | 'hold' | 'dead';
  /** Null when sent. */
  error: string | null;
  atMs: number;
}>;

/** What a deliverer has room for. */
export type DueRequest = Readonly<{
  fileCount: number;
  /** Of each webhook and command, with those under way. */
  hookCount: number;
  mailCount: number;
  /** Webhooks that asked to be left alone for a while, by name; absent: none. */
  restingHooks?: readonly string[];
  /** Deliveries that have begun and are not recorded yet. */
  underWay: readonly number[];
}>;

/** Whom to tell, and how many mails one recipient gets in an hour. */
export type Recipients = Directory & Readonly<{ budget: number }>;

export type OutboxCounts = Readonly<{
  /** Not tried yet, or to be tried again. */
  waiting: number;
  /** Of those: tried before. */
  failed: number;
  held: number;
  sent: number;
  dead: number;
  /** When the one that waits longest was queued; null: none waits. */
  oldestAtMs: number | null;
  /** When the last one was given up; null: none was. */
  lastDeadAtMs: number | null;
}>;

/** A delivery as `alerts show` and `status` list it. */
export type DeliveryRecord = Readonly<{
  key: string;
  channel: ChannelKind;
  recipient: string;
  state: DeliveryState;
  attempts: number;
  nextAtMs: number | null;
  doneAtMs: number | null;
  error: string | null;
}>;

/** `busy`: numbers of deliveries under way, as JSON. */
type Look = Readonly<{ nowMs: number; busy: string; limit: number }>;

export class Outbox {
  readonly #database: Database;
  readonly #mails: DueMails;
  #recipients: Recipients;
  #recordedCount = 0;
  /** Wall time of the last look; before the first one the clock may have been set back while nothing ran. */
  #lookedAtMs = Number.POSITIVE_INFINITY;

  private constructor(database: Database, recipients: Recipients) {
    this.#database = database;
    this.#mails = new DueMails(database);
    this.#recipients = recipients;
  }

  /** For the one writer. Makes the tables if need be. Mails that the config has another address for by now are for that. */
  static open(database: Database, recipients: Recipients): Outbox {
    database.migrate(OUTBOX_SCHEMA);
    readdressMails(database, recipients);
    return new Outbox(database, recipients);
  }

  /** For readers: the writer has made the tables. */
  static reader(database: Database): Outbox {
    return new Outbox(database, { ...NOBODY, budget: BUDGET_DEFAULT });
  }

  /** New settings: what waited for an operator is tried at once. */
  reconfigure(recipients: Recipients, nowMs: number): void {
    this.#recipients = recipients;
    this.#database
      .prepare(`UPDATE deliveries SET next_ms = ? WHERE state IN ('held', 'failed')`)
      .run(nowMs);
    readdressMails(this.#database, recipients);
  }

  /** Queue, inside the caller's transaction. A key that is known already changes nothing. */
  enqueue(notification: Notification): void {
    const { key, createdAtMs, event } = notification;
    const added = this.#database
      .prepare(
        `INSERT INTO notifications (key, created_ms, event) VALUES (?, ?, ?)
         ON CONFLICT (key) DO NOTHING RETURNING number`,
      )
      .get(key, createdAtMs, JSON.stringify(event));
    if (added === undefined) return;
    const critical = severityOfEvent(event) === 'critical' ? 1 : 0;
    const resolves = event.kind === 'alert' && event.what === 'resolved' ? event.opening.key : null;
    for (const { channel, recipient } of this.#placesOf(notification)) {
      this.#database
        .prepare(
          `INSERT INTO deliveries (notification, channel, recipient, next_ms, critical, resolves)
           VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        )
        .run(Number(added.number), channel, recipient, createdAtMs, critical, resolves);
    }
  }

  /**
   * Whoever was told that it began is told how it goes on, whatever the routes say by now; but where that was refused for good,
   * whoever would be told today.
   */
  #placesOf(notification: Notification): readonly Place[] {
    const { event, key } = notification;
    const directory = this.#recipients;
    const openingKey = event.kind === 'alert' && event.opening.key !== key ? event.opening.key : '';
    return (
      placesOfReply(this.#database, notification, { openingKey, directory }) ??
      placesOf(notification, directory)
    );
  }

  /** To everybody who was told by notifications whose keys begin so. */
  wayTo(keyStart: string): Way {
    return wayOfPlaces(placesTold(this.#database, keyStart, this.#recipients));
  }

  /** Deliveries that are due and may begin, in the order in which they should. */
  due(nowMs: number, request: DueRequest): OutboxRow[] {
    const { fileCount, hookCount, mailCount, underWay, restingHooks = [] } = request;
    if (nowMs < this.#lookedAtMs) this.#bringForward(nowMs);
    this.#lookedAtMs = nowMs;
    const { budget } = this.#recipients;
    const busy = JSON.stringify(underWay);
    const mails = mailCount === 0 ? [] : this.#mails.find(nowMs, { underWay, budget });
    return [
      ...this.#dueFiles({ nowMs, busy, limit: fileCount }),
      ...dueHooks(
        this.#database,
        { nowMs, busy, resting: JSON.stringify(restingHooks) },
        hookCount,
      ),
      ...mails.slice(0, mailCount),
    ];
  }

  /** The clock was set back: nothing waits longer than for the next try, and what seems to would wait for years. */
  #bringForward(nowMs: number): void {
    this.#database
      .prepare('UPDATE deliveries SET next_ms = ? WHERE next_ms > ?')
      .run(nowMs, nowMs + HOLD_RETRY_MS);
  }

  /** Note how a try ended. What is given up or held is said in a notification file. */
  record(result: DeliveryResult): void {
    this.#database.transaction(() => this.#recordAll(result));
    this.#prune(result.atMs);
  }

  counts(): OutboxCounts {
    const rows = this.#database
      .prepare('SELECT state, count(*) AS count FROM deliveries GROUP BY state')
      .all();
    const of = (state: DeliveryState): number =>
      Number(rows.find((row) => row.state === state)?.count ?? 0);
    const failed = of('failed');
    const held = of('held');
    return {
      waiting: of('queued') + failed + held,
      failed,
      held,
      sent: of('sent'),
      dead: of('dead'),
      oldestAtMs: this.#oldestWaitingMs(),
      lastDeadAtMs: this.#lastDeadMs(),
    };
  }

  #lastDeadMs(): number | null {
    const row = this.#database
      .prepare(`SELECT max(done_ms) AS last FROM deliveries WHERE state = 'dead'`)
      .get();
    return row?.last == null ? null : Number(row.last);
  }

  #oldestWaitingMs(): number | null {
    const row = this.#database
      .prepare(
        `SELECT min(created_ms) AS oldest FROM notifications WHERE number IN (
           SELECT notification FROM deliveries WHERE state IN ('queued', 'failed', 'held'))`,
      )
      .get();
    return row === undefined || row['oldest'] === null ? null : Number(row['oldest']);
  }

  /** What became of the notifications of one incident or run: all whose key begins so. */
  deliveriesOf(keyStart: string): DeliveryRecord[] {
    const rows = this.#database
      .prepare(
        `SELECT n.key, d.* FROM deliveries d JOIN notifications n ON n.number = d.notification
         WHERE substr(n.key, 1, length(?1)) = ?1 ORDER BY d.number`,
      )
      .all(keyStart);
    return rows.map((row) => ({
      key: String(row.key),
      channel: String(row.channel) as ChannelKind,
      recipient: String(row.recipient),
      state: String(row.state) as DeliveryState,
      attempts: Number(row.attempts),
      nextAtMs: row.next_ms === null ? null : Number(row.next_ms),
      doneAtMs: row.done_ms === null ? null : Number(row.done_ms),
      error: row.error === null ? null : String(row.error),
    }));
  }

  #dueFiles(look: Look): OutboxRow[] {
    const rows = this.#database
      .prepare(
        `${SELECT_DELIVERY} WHERE d.channel = 'file' AND d.next_ms <= :nowMs
           AND d.number NOT IN (SELECT value FROM json_each(:busy))
         ORDER BY d.next_ms, d.number LIMIT :limit`,
      )
      .all(look);
    return rows.map(outboxRowOf);
  }

  /** A digest is one mail: it is tried again, or given up, as a whole, and what became of it is said once. */
  #recordAll(result: DeliveryResult): void {
    const { atMs, outcome, error } = result;
    const rows = this.#database
      .prepare(
        `SELECT d.number, d.recipient, d.channel, d.state, d.attempts, n.key, n.created_ms
         FROM deliveries d JOIN notifications n ON n.number = d.notification
         WHERE d.number IN (SELECT value FROM json_each(?)) ORDER BY d.number`,
      )
      .all(JSON.stringify(result.numbers));
    const [first] = rows;
    if (first === undefined) return;
    const most = (column: string): number =>
      rows.reduce((max, row) => Math.max(max, Number(row[column])), 0);
    const attempts = most('attempts') + 1;
    const newestMs = most('created_ms');
    const isTooOld = atMs - newestMs > DELIVERY_AGE_MS_MAX && outcome !== 'sent';
    const state = isTooOld ? 'dead' : STATE_AFTER[outcome];
    const isDone = state === 'sent' || state === 'dead';
    const delayMs = state === 'held' ? HOLD_RETRY_MS : retryDelayMs(attempts, Number(first.number));
    const update = this.#database.prepare(
      'UPDATE deliveries SET state = ?, attempts = ?, next_ms = ?, done_ms = ?, error = ? WHERE number = ?',
    );
    for (const { number } of rows) {
      const nextMs = isDone ? null : atMs + delayMs;
      update.run(state, attempts, nextMs, isDone ? atMs : null, error, Number(number));
    }
    const isNews = state === 'dead' || (state === 'held' && first.state !== 'held');
    if (!isNews || String(first.channel) === 'file') return;
    if (state === 'held' && this.#isHeldToo(first, result)) return;
    this.#sayTrouble(first, state, result);
  }

  /** Whether others to the same place wait for the same reason: a thousand incidents are no thousand words of one wrong setting. */
  #isHeldToo({ channel, recipient }: Record<string, unknown>, result: DeliveryResult): boolean {
    const other = this.#database
      .prepare(
        `SELECT 1 FROM deliveries INDEXED BY deliveries_by_state
         WHERE state = 'held' AND channel = ? AND recipient = ? AND error IS ?
           AND number NOT IN (SELECT value FROM json_each(?)) LIMIT 1`,
      )
      .get(String(channel), String(recipient), result.error, JSON.stringify(result.numbers));
    return other !== undefined;
  }

  #sayTrouble(
    row: Record<string, unknown>,
    state: DeliveryState,
    { atMs, error }: DeliveryResult,
  ): void {
    const { event: text } = this.#database
      .prepare('SELECT event FROM notifications WHERE key = ?')
      .get(String(row.key))!;
    const { host } = JSON.parse(String(text)) as NotificationEvent;
    const isDead = state === 'dead';
    const what = row.channel === 'email' ? 'Mail' : `Notification by ${String(row.channel)}`;
    this.enqueue({
      key: `delivery:${Number(row.number)}:${state}`,
      channels: ['file'],
      createdAtMs: atMs,
      event: {
        kind: 'internal',
        severity: 'high',
        title: isDead ? `${what} given up` : `${what} waits for an operator`,
        text:
          `${what} to "${String(row.recipient)}" of notification "${String(row.key)}" ` +
          `${isDead ? 'was given up' : 'cannot be sent before something is changed'}: ${error ?? 'no reason given'}`,
        host,
      },
    });
  }

  #prune(nowMs: number): void {
    this.#recordedCount += 1;
    if (this.#recordedCount % PRUNE_EVERY !== 0) return;
    this.#database
      .prepare(
        `DELETE FROM notifications WHERE created_ms < ? AND number NOT IN
           (SELECT notification FROM deliveries WHERE next_ms IS NOT NULL)`,
      )
      .run(nowMs - SENT_KEPT_MS);
  }
}

const STATE_AFTER: Readonly<Record<DeliveryResult['outcome'], DeliveryState>> = {
  sent: 'sent',
  retry: 'failed',
  hold: 'held',
  dead: 'dead',
};
