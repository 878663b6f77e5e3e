/**
 * What recipients would have got of these notifications: the routes and the mail budget of the outbox, every delivery
 * succeeding at once. Mails about other things, which count towards the same budget, are not known here.
 */
import type { Notification } from '../model/notification.ts';
import {
  BACKLOG_AGE_MS,
  BUDGET_PERIOD_MS,
  DIGEST_EVERY_MS,
  planMails,
} from '../notify/mail-plan.ts';
import type { OutboxRow, Recipients } from '../notify/outbox.ts';
import { type Place, placesOf } from '../notify/routing.ts';

export type Delivered = Readonly<{
  channel: Place['channel'];
  /** Mail address, or NAME of a webhook or command; empty for files. */
  recipient: string;
  /** Mails, calls, files. */
  count: number;
  /** Of those: digests, and how many notifications they hold. */
  digestCount: number;
  digestedCount: number;
}>;

/** `sinceMs`: what was sent before is part of the budget, not of the answer. */
export function deliveriesOf(
  notifications: readonly Notification[],
  recipients: Recipients,
  sinceMs: number,
): Delivered[] {
  const rowsByPlace = new Map<string, { place: Place; rows: OutboxRow[] }>();
  const toldByOpening = new Map<string, readonly Place[]>();
  for (const [number, notification] of notifications.entries()) {
    for (const place of placesFor(notification, recipients, toldByOpening)) {
      const key = `${place.channel} ${place.recipient}`;
      const known = rowsByPlace.get(key) ?? { place, rows: [] };
      rowsByPlace.set(key, known);
      known.rows.push(rowOf(notification, place, number));
    }
  }
  return [...rowsByPlace.values()].map(({ place, rows }) => {
    const mails = place.channel === 'email' ? sentMails(rows, recipients.budget) : rows.map(singly);
    const shown = mails.filter(({ atMs }) => atMs >= sinceMs);
    const digests = shown.filter(({ count }) => count > 1);
    return {
      ...place,
      count: shown.length,
      digestCount: digests.length,
      digestedCount: digests.reduce((sum, { count }) => sum + count, 0),
    };
  });
}

/** Whoever was told of the opening is told how it goes on. */
function placesFor(
  notification: Notification,
  recipients: Recipients,
  toldByOpening: Map<string, readonly Place[]>,
): readonly Place[] {
  const { event, key } = notification;
  const openingKey = event.kind === 'alert' ? event.opening.key : key;
  const told = toldByOpening.get(openingKey) ?? placesOf(notification, recipients);
  toldByOpening.set(key, told);
  return told;
}

function rowOf(
  { key, createdAtMs, event }: Notification,
  { channel, recipient }: Place,
  number: number,
): OutboxRow {
  return { numbers: [number], key, channel, recipient, attempts: 0, createdAtMs, event };
}

type Sent = Readonly<{ atMs: number; count: number }>;

function singly({ createdAtMs }: OutboxRow): Sent {
  return { atMs: createdAtMs, count: 1 };
}

/** The outbox of one recipient, from moment to moment at which it may do something. */
function sentMails(rows: readonly OutboxRow[], budget: number): Sent[] {
  const coming = [...rows].sort((a, b) => a.createdAtMs - b.createdAtMs);
  const sent: Sent[] = [];
  let waiting: OutboxRow[] = [];
  let nowMs = coming[0]?.createdAtMs ?? 0;
  let next = 0;
  while (next < coming.length || waiting.length > 0) {
    while (next < coming.length && coming[next]!.createdAtMs <= nowMs) {
      waiting.push(coming[next]!);
      next += 1;
    }
    const recent = sent.filter(({ atMs }) => atMs > nowMs - BUDGET_PERIOD_MS);
    const history = {
      budget,
      sentCount: recent.length,
      lastAtMs: recent.at(-1)?.atMs ?? null,
      digestWaits: false,
    };
    const due = waiting.map((row) => ({ row, digest: null, follows: null }));
    const { mails } = planMails(due, history, nowMs);
    for (const { numbers } of mails) sent.push({ atMs: nowMs, count: numbers.length });
    const gone = new Set(mails.flatMap(({ numbers }) => numbers));
    waiting = waiting.filter(({ numbers }) => !gone.has(numbers[0]!));
    nowMs = nextMoment(
      { waiting, recent: [...recent, ...sent.slice(-mails.length)] },
      nowMs,
      coming[next],
    );
  }
  return sent;
}

/** When the next mail is made, or what waits may go: a digest is allowed, the budget has room, what waits is a backlog. */
function nextMoment(
  { waiting, recent }: Readonly<{ waiting: readonly OutboxRow[]; recent: readonly Sent[] }>,
  nowMs: number,
  coming: OutboxRow | undefined,
): number {
  const moments = coming === undefined ? [] : [coming.createdAtMs];
  if (waiting.length > 0) {
    moments.push(...waiting.map(({ createdAtMs }) => createdAtMs + BACKLOG_AGE_MS));
    for (const { atMs } of recent) moments.push(atMs + BUDGET_PERIOD_MS, atMs + DIGEST_EVERY_MS);
  }
  const later = moments.filter((atMs) => atMs > nowMs);
  return later.length === 0 ? nowMs + DIGEST_EVERY_MS : Math.min(...later);
}
