/**
 * Mails that are due and may go out now, by recipient: within its budget, the others as a digest, and none before the
 * opening it replies to.
 */
import type { Database } from '../base/database.ts';
import { BUDGET_PERIOD_MS, type DueMail, type MailHistory, planMails } from './mail-plan.ts';
import type { OutboxRow } from './outbox.ts';
import { outboxRowOf, SELECT_DELIVERY } from './outbox-tables.ts';

/** Mails looked at in one go: more than a digest holds. */
const DUE_MAILS_MAX = 500;

export class DueMails {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The database may be written: a digest, once made, stays as it is, so that a retry is the same mail. */
  find(
    nowMs: number,
    { underWay, budget }: Readonly<{ underWay: readonly number[]; budget: number }>,
  ): OutboxRow[] {
    const rows = this.#database
      .prepare(
        `${SELECT_DELIVERY} WHERE d.channel = 'email' AND d.next_ms <= ?
         ORDER BY d.next_ms, d.number LIMIT ?`,
      )
      .all(nowMs, DUE_MAILS_MAX)
      .filter(({ number }) => !underWay.includes(Number(number)));
    const recipients = new Set(rows.map(({ recipient }) => String(recipient)));
    const mails = [...recipients].flatMap((recipient) => {
      const due = rows.filter((row) => row.recipient === recipient).map(dueMailOf);
      const history = { ...this.#historyOf(recipient, nowMs), budget };
      const plan = planMails(due, history, nowMs);
      if (plan.newDigest.length > 0) this.#makeDigest(plan.newDigest);
      return plan.mails.map((mail, index) => {
        return { ...mail, budget: { sentCount: history.sentCount + index + 1, budget } };
      });
    });
    return this.#inOrder(mails, underWay);
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

function dueMailOf(row: Record<string, unknown>): DueMail {
  return { row: outboxRowOf(row), digest: row.digest === null ? null : Number(row.digest) };
}
