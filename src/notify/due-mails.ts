/**
 * Mails that are due and may go out now, by recipient: within its budget, the others as a digest, and none before the
 * opening it replies to.
 */
import type { Database } from '../base/database.ts';
import type { NotificationEvent } from '../model/notification.ts';
import { shownInDigest } from './digest-items.ts';
import { severityOfEvent } from './event-text.ts';
import {
  BUDGET_PERIOD_MS,
  DIGEST_WAITS_MS_MAX,
  type DueMail,
  digestOf,
  type MailHistory,
  type MailPlan,
  planMails,
} from './mail-plan.ts';
import type { OutboxRow } from './outbox.ts';
import { OPENING_NEXT, waitingRowOf } from './outbox-tables.ts';

/** Mails of one recipient looked at in one go: more than its hour has room for. What is beyond them is told by the digest. */
const DUE_MAILS_MAX = 500;

/** Whose mails wait longest comes first. */
const SELECT_RECIPIENTS = `
  SELECT recipient FROM deliveries WHERE channel = 'email' AND next_ms <= ?
  GROUP BY recipient ORDER BY min(next_ms)`;

/** What is looked at each second while mails wait for their hour: all but the events, which are most of it. */
const SELECT_WAITING = `
  SELECT d.number, n.key, d.channel, d.recipient, d.attempts, d.digest, d.critical, n.created_ms,
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
const SELECT_NEXT_DIGEST = `
  SELECT min(digest) AS digest FROM deliveries
  WHERE channel = 'email' AND recipient = :recipient AND next_ms <= :nowMs AND digest IS NOT NULL
    AND number NOT IN (SELECT value FROM json_each(:underWay))`;
const SELECT_DIGEST = `${SELECT_WAITING} AND d.digest = :digest ORDER BY n.created_ms, d.number`;

const ADD_TO_DIGEST = `
  UPDATE deliveries AS d SET digest = :digest
  WHERE d.channel = 'email' AND d.recipient = :recipient AND d.next_ms <= :nowMs AND d.digest IS NULL
    AND d.number NOT IN (SELECT value FROM json_each(:others))`;
/** Reports are not for a digest; see `planMails`. */
const ADD_REST = `${ADD_TO_DIGEST} AND ${OPENING_NEXT} IS NULL
  AND (SELECT json_extract(event, '$.kind') FROM notifications WHERE number = d.notification) <> 'report'`;
/** What ends another mail leaves with it. */
const ADD_ENDS = `${ADD_TO_DIGEST} AND d.resolves IN (
  SELECT n.key FROM notifications n JOIN deliveries o ON o.notification = n.number
  WHERE o.channel = 'email' AND o.recipient = :recipient AND o.digest = :digest)`;

type Moment = Readonly<{ nowMs: number; underWay: readonly number[] }>;

/** The same for one recipient, as parameters of a statement. */
type Look = Readonly<{ recipient: string; nowMs: number; underWay: string }>;

export class DueMails {
  readonly #database: Database;
  /** Of the mails that waited at the last look, and at this one, by key. */
  #known: ReadonlyMap<string, NotificationEvent> = new Map();
  #events = new Map<string, NotificationEvent>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** The database may be written: a digest, once made, stays as it is, so that a retry is the same mail. */
  find(
    nowMs: number,
    { underWay, budget }: Readonly<{ underWay: readonly number[]; budget: number }>,
  ): OutboxRow[] {
    this.#known = this.#events;
    this.#events = new Map();
    const recipients = this.#database.prepare(SELECT_RECIPIENTS).all(nowMs);
    const mails = recipients.flatMap(({ recipient }) => {
      return this.#mailsOf(String(recipient), { nowMs, underWay }, budget);
    });
    const urgent = mails.filter(({ event }) => severityOfEvent(event) === 'critical');
    return this.#inOrder([...new Set([...urgent, ...mails])], underWay);
  }

  /** Bounded for each recipient: mails of one must not hide those of another. */
  #mailsOf(recipient: string, moment: Moment, budget: number): OutboxRow[] {
    const { nowMs } = moment;
    const look = { recipient, nowMs, underWay: JSON.stringify(moment.underWay) };
    const history = { ...this.#historyOf(recipient, moment), budget };
    const single = this.#database
      .prepare(SELECT_SINGLE)
      .all({ ...look, limit: DUE_MAILS_MAX })
      .map((row) => this.#dueMailOf(row));
    const plan = planMails([...this.#nextDigest(look), ...single], history, nowMs);
    const mails = plan.newDigest.length === 0 ? plan.mails : this.#withDigest(plan, look, single);
    return mails.map((mail, index) => {
      return { ...mail, budget: { sentCount: history.sentCount + index + 1, budget } };
    });
  }

  #nextDigest(look: Look): DueMail[] {
    const { digest } = this.#database.prepare(SELECT_NEXT_DIGEST).get(look)!;
    return digest === null ? [] : this.#digestMails(look, Number(digest));
  }

  /** Its mails that are shown, and the others, which are only counted, as one: thousands of events are not read for that. */
  #digestMails(look: Look, digest: number): DueMail[] {
    const rows = this.#database.prepare(SELECT_DIGEST).all({ ...look, digest });
    const shown = new Set(shownInDigest(rows, (row) => row.critical === 1));
    const others = rows.filter((row) => !shown.has(row));
    const mails = [...shown].map((each) => this.#dueMailOf(each));
    const [first] = others;
    if (first === undefined) return mails;
    const mail = this.#dueMailOf(first);
    const row = {
      ...mail.row,
      numbers: others.map(({ number }) => Number(number)),
      attempts: others.reduce((most, { attempts }) => Math.max(most, Number(attempts)), 0),
    };
    return [{ ...mail, row }, ...mails];
  }

  /** Events are read once for as long as their mails wait. */
  #dueMailOf(row: Record<string, unknown>): DueMail {
    const key = String(row.key);
    const event = this.#events.get(key) ?? this.#known.get(key) ?? this.#eventOf(key);
    this.#events.set(key, event);
    return {
      row: waitingRowOf(row, event),
      digest: row.digest === null ? null : Number(row.digest),
      follows: row.follows === null ? null : String(row.follows),
    };
  }

  #eventOf(key: string): NotificationEvent {
    const row = this.#database.prepare('SELECT event FROM notifications WHERE key = ?').get(key);
    return JSON.parse(String(row!.event)) as NotificationEvent;
  }

  /** A reply waits until the mail it replies to has left: several go out side by side. */
  #inOrder(mails: readonly OutboxRow[], underWay: readonly number[]): OutboxRow[] {
    const leaving = new Set(mails.map(identityOf));
    const busy = this.#database
      .prepare(
        `SELECT n.key, d.recipient FROM deliveries d JOIN notifications n ON n.number = d.notification
         WHERE d.number IN (SELECT value FROM json_each(?))`,
      )
      .all(JSON.stringify(underWay));
    for (const { key, recipient } of busy) {
      leaving.add(identityOf({ key: String(key), recipient: String(recipient) }));
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
    // By their numbers, of which there are few: with a sign before it no index of the others is asked.
    const leaving = this.#database
      .prepare(
        `SELECT count(DISTINCT coalesce(-digest, number)) AS count FROM deliveries
         WHERE number IN (SELECT value FROM json_each(?)) AND +channel = 'email' AND +recipient = ?`,
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

  /** The plan with all that waits in its digest: part by part it were as many mails as without one. */
  #withDigest(plan: MailPlan, look: Look, single: readonly DueMail[]): OutboxRow[] {
    const digest = plan.newDigest[0]!;
    this.#database.transaction(() => {
      this.#database
        .prepare(
          'UPDATE deliveries SET digest = ? WHERE number IN (SELECT value FROM json_each(?))',
        )
        .run(digest, JSON.stringify(plan.newDigest));
      if (single.length < DUE_MAILS_MAX) return;
      const { recipient, nowMs } = look;
      const looked = single.flatMap(({ row }) => row.numbers);
      const others = JSON.stringify([...looked, ...(JSON.parse(look.underWay) as number[])]);
      for (const sql of [ADD_REST, ADD_ENDS]) {
        this.#database.prepare(sql).run({ digest, recipient, nowMs, others });
      }
    });
    const whole = digestOf(this.#digestMails(look, digest).map(({ row }) => row));
    return plan.mails.map((mail) => (mail.numbers.includes(digest) ? whole : mail));
  }
}

function identityOf({ key, recipient }: Pick<OutboxRow, 'key' | 'recipient'>): string {
  return `${recipient} ${key}`;
}
