/**
 * Mails that are due and may go out now, by recipient: within its budget, the others as a digest, and none before the
 * opening it replies to.
 */
import type { Database } from '../base/database.ts';
import type { NotificationEvent } from '../model/notification.ts';
import { severityOfEvent } from './event-text.ts';
import {
  BUDGET_PERIOD_MS,
  DIGEST_WAITS_MS_MAX,
  type DueMail,
  type MailHistory,
  planMails,
} from './mail-plan.ts';
import type { OutboxRow } from './outbox.ts';
import { OPENING_NEXT, outboxRowOf, SELECT_DELIVERY, waitingRowOf } from './outbox-tables.ts';

/** Mails of one recipient looked at in one go: more than a digest holds. */
const DUE_MAILS_MAX = 500;

/** Whose mails wait longest comes first. */
const SELECT_RECIPIENTS = `
  SELECT recipient FROM deliveries WHERE channel = 'email' AND next_ms <= ?
  GROUP BY recipient ORDER BY min(next_ms)`;

/** What is looked at each second while mails wait for their hour: all but the events, which are most of it. */
const SELECT_WAITING = `
  SELECT d.number, n.key, d.channel, d.recipient, d.attempts, d.digest, n.created_ms,
    iif(${OPENING_NEXT} IS NULL, NULL, d.resolves) AS follows
  FROM deliveries d JOIN notifications n ON n.number = d.notification
  WHERE d.channel = 'email' AND d.recipient = :recipient AND d.next_ms <= :nowMs
    AND d.number NOT IN (SELECT value FROM json_each(:underWay))`;

/**
 * What waits for its hour stays due, and must not hide a critical mail behind it. "Resolved" is no news to whom the
 * opening could not be told yet: it waits for that. Once the opening was given up it is the only mail there will be.
 */
const SELECT_SINGLE = `${SELECT_WAITING} AND d.digest IS NULL AND coalesce(${OPENING_NEXT}, 0) <= :nowMs
  ORDER BY d.critical DESC, d.next_ms, d.number LIMIT :limit`;

/** Of the digests that were made before one at a time, but that whole: with a part of it it would be another mail. */
const SELECT_DIGEST = `${SELECT_WAITING} AND d.digest = (
  SELECT min(digest) FROM deliveries
  WHERE channel = 'email' AND recipient = :recipient AND next_ms <= :nowMs AND digest IS NOT NULL
    AND number NOT IN (SELECT value FROM json_each(:underWay)))`;

type Moment = Readonly<{ nowMs: number; underWay: readonly number[] }>;

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
    const waiting = this.#waiting({ nowMs, underWay });
    const mails = [...waiting].flatMap(([recipient, due]) => {
      const history = { ...this.#historyOf(recipient, { nowMs, underWay }), budget };
      const plan = planMails(due, history, nowMs);
      if (plan.newDigest.length > 0) this.#makeDigest(plan.newDigest);
      return plan.mails.map((mail, index) => {
        return { ...mail, budget: { sentCount: history.sentCount + index + 1, budget } };
      });
    });
    const urgent = mails.filter(({ event }) => severityOfEvent(event) === 'critical');
    return this.#inOrder([...new Set([...urgent, ...mails])], underWay);
  }

  /** By recipient. Events are read once for as long as their mails wait. */
  #waiting(moment: Moment): Map<string, DueMail[]> {
    const known = this.#events;
    const events = new Map<string, NotificationEvent>();
    const recipients = this.#database.prepare(SELECT_RECIPIENTS).all(moment.nowMs);
    const waiting = new Map<string, DueMail[]>();
    for (const recipient of recipients.map((row) => String(row.recipient))) {
      const rows = this.#rowsOf(recipient, moment);
      for (const key of rows.map((row) => String(row.key))) {
        events.set(key, events.get(key) ?? known.get(key) ?? this.#eventOf(key));
      }
      const due = rows.map((row) => ({
        row: waitingRowOf(row, events.get(String(row.key))!),
        digest: row.digest === null ? null : Number(row.digest),
        follows: row.follows === null ? null : String(row.follows),
      }));
      waiting.set(recipient, due);
    }
    this.#events = events;
    return waiting;
  }

  /** Bounded for each recipient: mails of one must not hide those of another. */
  #rowsOf(recipient: string, { nowMs, underWay }: Moment): Record<string, unknown>[] {
    const moment = { recipient, nowMs, underWay: JSON.stringify(underWay) };
    return [
      ...this.#database.prepare(SELECT_DIGEST).all(moment),
      ...this.#database.prepare(SELECT_SINGLE).all({ ...moment, limit: DUE_MAILS_MAX }),
    ];
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

  /**
   * What is under way counts: several leave side by side, and the last ones of an hour were too many. What bears a
   * time to come is of a clock that was set back, and of no hour.
   */
  #historyOf(recipient: string, { nowMs, underWay }: Moment): Omit<MailHistory, 'budget'> {
    const row = this.#database
      .prepare(
        `SELECT count(DISTINCT coalesce(-digest, number)) AS sent, max(done_ms) AS last FROM deliveries
         WHERE channel = 'email' AND recipient = ? AND state = 'sent' AND done_ms > ? AND done_ms <= ?`,
      )
      .get(recipient, nowMs - BUDGET_PERIOD_MS, nowMs);
    const leaving = this.#database
      .prepare(
        `SELECT count(DISTINCT coalesce(-digest, number)) AS count FROM deliveries
         WHERE number IN (SELECT value FROM json_each(?)) AND channel = 'email' AND recipient = ?`,
      )
      .get(JSON.stringify(underWay), recipient);
    const last = row?.last ?? null;
    const digestWaits = this.#database
      .prepare(
        `SELECT 1 FROM deliveries d JOIN notifications n ON n.number = d.notification
         WHERE d.channel = 'email' AND d.recipient = ? AND d.next_ms IS NOT NULL AND d.digest IS NOT NULL
           AND n.created_ms > ? AND n.created_ms <= ? LIMIT 1`,
      )
      .get(recipient, nowMs - DIGEST_WAITS_MS_MAX, nowMs);
    return {
      digestWaits: digestWaits !== undefined,
      sentCount: Number(row?.sent ?? 0) + Number(leaving?.count ?? 0),
      lastAtMs: last === null ? null : Number(last),
    };
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
