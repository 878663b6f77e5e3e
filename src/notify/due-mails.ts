/**
 * Mails that are due and may go out now, by recipient: within its budget, the others as a digest, and none before the
 * opening it replies to.
 */
import type { Database } from '../base/database.ts';
import type { NotificationEvent } from '../model/notification.ts';
import { BUDGET_PERIOD_MS, type DueMail, type MailHistory, planMails } from './mail-plan.ts';
import type { OutboxRow } from './outbox.ts';
import { outboxRowOf, SELECT_DELIVERY, waitingRowOf } from './outbox-tables.ts';

/** Mails looked at in one go: more than a digest holds. */
const DUE_MAILS_MAX = 500;

/** What is looked at each second while mails wait for their hour: all but the events, which are most of it. */
const SELECT_WAITING = `
  SELECT d.number, n.key, d.channel, d.recipient, d.attempts, d.digest, n.created_ms
  FROM deliveries d JOIN notifications n ON n.number = d.notification
  WHERE d.channel = 'email' AND d.next_ms <= ?
  ORDER BY d.next_ms, d.number LIMIT ?`;

export class DueMails {
  readonly #database: Database;
  /** Of the mails that waited at the last look, by key. */
  #events: ReadonlyMap<string, NotificationEvent> = new Map();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The database may be written: a digest, once made, stays as it is, so that a retry is the same mail. */
  find(
    nowMs: number,
    { underWay, budget }: Readonly<{ underWay: readonly number[]; budget: number }>,
  ): OutboxRow[] {
    const waiting = this.#waiting(nowMs, underWay);
    const recipients = new Set(waiting.map(({ row }) => row.recipient));
    const mails = [...recipients].flatMap((recipient) => {
      const due = waiting.filter(({ row }) => row.recipient === recipient);
      const history = { ...this.#historyOf(recipient, nowMs), budget };
      const plan = planMails(due, history, nowMs);
      if (plan.newDigest.length > 0) this.#makeDigest(plan.newDigest);
      return plan.mails.map((mail, index) => {
        return { ...mail, budget: { sentCount: history.sentCount + index + 1, budget } };
      });
    });
    return this.#inOrder(mails, underWay);
  }

  /** Events are read once for as long as their mails wait. */
  #waiting(nowMs: number, underWay: readonly number[]): DueMail[] {
    const rows = this.#database
      .prepare(SELECT_WAITING)
      .all(nowMs, DUE_MAILS_MAX)
      .filter(({ number }) => !underWay.includes(Number(number)));
    const known = this.#events;
    const events = new Map<string, NotificationEvent>();
    for (const row of rows) {
      const key = String(row.key);
      events.set(key, events.get(key) ?? known.get(key) ?? this.#eventOf(key));
    }
    this.#events = events;
    return rows.map((row) => ({
      row: waitingRowOf(row, events.get(String(row.key))!),
      digest: row.digest === null ? null : Number(row.digest),
    }));
  }

  #eventOf(key: string): NotificationEvent {
    const row = this.#database.prepare('SELECT event FROM notifications WHERE key = ?').get(key);
    return JSON.parse(String(row!.event)) as NotificationEvent;
  }

  /** A reply waits until the mail it replies to has left: several go out side by side. */
  #inOrder(mails: readonly OutboxRow[], underWay: readonly number[]): OutboxRow[] {
    const leaving = new Set(mails.map(identityOf));
    for (const number of underWay) {
      const row = this.#database.prepare(`${SELECT_DELIVERY} WHERE d.number = ?`).get(number);
      if (row !== undefined) leaving.add(identityOf(outboxRowOf(row)));
    }
    return mails.filter((mail) => {
      const { event, key, recipient } = mail;
      if (event.kind !== 'alert' || event.opening.key === key) return true;
      return !leaving.has(identityOf({ key: event.opening.key, recipient }));
    });
  }

  #historyOf(recipient: string, nowMs: number): Omit<MailHistory, 'budget'> {
    const row = this.#database
      .prepare(
        `SELECT count(DISTINCT coalesce(-digest, number)) AS sent, max(done_ms) AS last FROM deliveries
         WHERE channel = 'email' AND recipient = ? AND state = 'sent' AND done_ms > ?`,
      )
      .get(recipient, nowMs - BUDGET_PERIOD_MS);
    const last = row?.last ?? null;
    return { sentCount: Number(row?.sent ?? 0), lastAtMs: last === null ? null : Number(last) };
  }

  #makeDigest(numbers: readonly number[]): void {
    this.#database.transaction(() => {
      for (const number of numbers) {
        this.#database
          .prepare('UPDATE deliveries SET digest = ? WHERE number = ?')
          .run(numbers[0]!, number);
      }
    });
  }
}

function identityOf({ key, recipient }: Pick<OutboxRow, 'key' | 'recipient'>): string {
  return `${recipient} ${key}`;
}
