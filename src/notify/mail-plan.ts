/**
 * Which of the mails that are due to one recipient go out now, one by one or as a digest: no mail storm, and nothing
 * dropped.
 *
 * - A recipient gets at most `budget` mails an hour, critical ones twice as many; what is above that waits for a
 *   digest, at most one every `DIGEST_EVERY_MS`. Critical ones that have room are not in it, nor are reports, which wait.
 * - Mails that waited long (a mail server was down) come as one digest, not as a flood of the past; critical ones
 *   only where there are many of them, and so do reports.
 * - A digest, once made, is one mail: it is tried as a whole, under one Message-ID. The next is made when it is sent, or
 *   after some hours, so that three mails tell of a night without a mail server.
 */
import type { NotificationEvent } from '../model/notification.ts';
import { shownInDigest } from './digest-items.ts';
import { itemOfEvent, severityOfEvent } from './event-text.ts';
import type { OutboxRow } from './outbox.ts';

/** Where no config says another. */
export const BUDGET_DEFAULT = 20;
export const BUDGET_PERIOD_MS = 3_600_000;

export const DIGEST_EVERY_MS = 15 * 60_000;

/** Mails that waited this long, when there are so many of them, are a backlog. */
export const BACKLOG_AGE_MS = 10 * 60_000;
const BACKLOG_COUNT_MIN = 4;

/** A digest with nothing newer than that holds up no other: it may be refused for what is in it. */
export const DIGEST_WAITS_MS_MAX = 4 * 3_600_000;

export type DueMail = Readonly<{
  row: OutboxRow;
  /** The digest it belongs to, or null. */
  digest: number | null;
  /** Key of the opening it ends, while that waits as well: it leaves in one digest with it, or later. */
  follows: string | null;
}>;

/** What the recipient got in the last hour, and how much that may be. */
export type MailHistory = Readonly<{
  budget: number;
  sentCount: number;
  lastAtMs: number | null;
  /** A digest that was made before is not sent yet: the next is made when it is, or after `DIGEST_WAITS_MS_MAX`. */
  digestWaits: boolean;
}>;

export type MailPlan = Readonly<{
  mails: readonly OutboxRow[];
  /** Deliveries that become a digest with this plan. */
  newDigest: readonly number[];
}>;

/** `due`: mails of one recipient, none of them under way. */
export function planMails(due: readonly DueMail[], history: MailHistory, nowMs: number): MailPlan {
  const mails = digestsOf(due);
  const single = due.filter(({ digest }) => digest === null);
  let left = history.budget - history.sentCount - mails.length;
  const apart = apartOf(single, { ...history, room: left + history.budget, nowMs });
  const rest = single.filter(
    (mail) => !apart.includes(mail) && !(history.digestWaits && isOld(mail, nowMs)),
  );
  const isTime = (left > 0 && isBacklog(rest, nowMs)) || isOverflow({ left, history, nowMs });
  const isDigest = isTime && !history.digestWaits;
  const whole = reportsOf(rest, nowMs);
  const digest = isDigest ? withOpenings(rest.filter((mail) => !whole.includes(mail))) : [];
  if (digest.length > 1) {
    mails.push(...apart.map(({ row }) => row), digestOf(digest));
    return { mails, newDigest: digest.flatMap(({ numbers }) => numbers) };
  }
  for (const { row, follows } of [...apart, ...rest]) {
    const room = isCritical(row) ? left + history.budget : left;
    if (follows !== null || (room <= 0 && !digest.includes(row))) continue;
    mails.push(row);
    left -= 1;
  }
  return { mails, newDigest: [] };
}

/**
 * Critical ones that the hour has room for: they come one by one, unless they are a flood of the past themselves; a digest that is
 * not sent holds up none of them.
 */
function apartOf(
  single: readonly DueMail[],
  { room, nowMs, digestWaits }: Readonly<{ room: number; nowMs: number; digestWaits: boolean }>,
): readonly DueMail[] {
  const critical = single.filter(({ row, follows }) => follows === null && isCritical(row));
  const isFlood = !digestWaits && isBacklog(critical, nowMs);
  return isFlood ? [] : critical.slice(0, Math.max(0, room));
}

/** Reports, which say nothing in one line: they wait for room, unless they are a flood of the past themselves. */
function reportsOf(mails: readonly DueMail[], nowMs: number): readonly DueMail[] {
  const reports = mails.filter(({ row }) => row.event.kind === 'report');
  return isBacklog(reports, nowMs) ? [] : reports;
}

function isCritical({ event }: OutboxRow): boolean {
  return severityOfEvent(event) === 'critical';
}

function isBacklog(mails: readonly DueMail[], nowMs: number): boolean {
  return mails.filter((mail) => isOld(mail, nowMs)).length >= BACKLOG_COUNT_MIN;
}

function isOld({ row }: DueMail, nowMs: number): boolean {
  return nowMs - row.createdAtMs >= BACKLOG_AGE_MS;
}

/** The hour has no room, and it is time for a digest. */
function isOverflow({
  left,
  history: { lastAtMs },
  nowMs,
}: Readonly<{ left: number; history: MailHistory; nowMs: number }>): boolean {
  return left <= 0 && (lastAtMs === null || nowMs - lastAtMs >= DIGEST_EVERY_MS);
}

/** All but those that end what another mail has to tell first. */
function withOpenings(mails: readonly DueMail[]): OutboxRow[] {
  const keys = new Set(mails.map(({ row }) => row.key));
  return mails.filter(({ follows }) => follows === null || keys.has(follows)).map(({ row }) => row);
}

/** Digests that were made before. */
function digestsOf(due: readonly DueMail[]): OutboxRow[] {
  const numbers = new Set(due.flatMap(({ digest }) => digest ?? []));
  return [...numbers].map((number) =>
    digestOf(due.filter(({ digest }) => digest === number).map(({ row }) => row)),
  );
}

/** Of rows with several numbers, as those that are not shown may come, only these are counted. */
export function digestOf(rows: readonly OutboxRow[]): OutboxRow {
  // The same mail with every try.
  const ordered = [...rows].sort(
    (a, b) => a.createdAtMs - b.createdAtMs || a.numbers[0]! - b.numbers[0]!,
  );
  const first = ordered[0]!;
  const numbers = ordered.flatMap((row) => row.numbers);
  const single = ordered.filter((row) => row.numbers.length === 1);
  const items = shownInDigest(single, isCritical).map(({ event, createdAtMs }) => ({
    atMs: createdAtMs,
    severity: severityOfEvent(event),
    subject: itemOfEvent(event),
  }));
  const event: NotificationEvent = {
    kind: 'digest',
    count: numbers.length,
    fromMs: first.createdAtMs,
    untilMs: ordered.at(-1)!.createdAtMs,
    items,
    host: first.event.host,
  };
  return {
    ...first,
    numbers,
    key: `digest:${numbers.reduce((a, b) => Math.min(a, b))}`,
    attempts: Math.max(...rows.map(({ attempts }) => attempts)),
    event,
  };
}
