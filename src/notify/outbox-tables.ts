/** The outbox's tables in the state database, and a delivery as a row of them. */
import type { Schema } from '../base/database.ts';
import type { ChannelKind, NotificationEvent } from '../model/notification.ts';
import type { OutboxRow } from './outbox.ts';

export const OUTBOX_SCHEMA: Schema = {
  room: 'notify',
  steps: [
    `CREATE TABLE notifications (
       number INTEGER PRIMARY KEY,
       key TEXT NOT NULL UNIQUE,
       created_ms INTEGER NOT NULL,
       event TEXT NOT NULL
     ) STRICT;
     CREATE TABLE deliveries (
       number INTEGER PRIMARY KEY,
       notification INTEGER NOT NULL REFERENCES notifications (number) ON DELETE CASCADE,
       channel TEXT NOT NULL,
       recipient TEXT NOT NULL,
       state TEXT NOT NULL DEFAULT 'queued',
       attempts INTEGER NOT NULL DEFAULT 0,
       next_ms INTEGER,
       done_ms INTEGER,
       error TEXT,
       digest INTEGER,
       UNIQUE (notification, channel, recipient)
     ) STRICT;
     CREATE INDEX deliveries_of_recipient ON deliveries (channel, recipient, done_ms);
     CREATE INDEX deliveries_waiting ON deliveries (next_ms) WHERE next_ms IS NOT NULL;
     CREATE INDEX deliveries_by_state ON deliveries (state);`,
    // Beside the delivery, not the event: what waits is looked at each second, and events are long.
    `ALTER TABLE deliveries ADD COLUMN critical INTEGER NOT NULL DEFAULT 0;
     UPDATE deliveries SET critical = 1 WHERE next_ms IS NOT NULL AND 'critical' =
       (SELECT json_extract(event, '$.severity') FROM notifications WHERE number = notification);
     CREATE INDEX deliveries_waiting_of_recipient ON deliveries (channel, recipient, critical DESC, next_ms)
       WHERE next_ms IS NOT NULL;
     CREATE INDEX deliveries_waiting_of_digest ON deliveries (recipient, digest)
       WHERE next_ms IS NOT NULL AND digest IS NOT NULL;`,
    // The key of the opening, where the notification says that it is over.
    `ALTER TABLE deliveries ADD COLUMN resolves TEXT;
     UPDATE deliveries SET resolves =
       (SELECT json_extract(event, '$.opening.key') FROM notifications
        WHERE number = notification AND json_extract(event, '$.what') = 'resolved')
       WHERE next_ms IS NOT NULL;`,
  ],
};

/** A delivery with its notification, for `outboxRowOf`. */
export const SELECT_DELIVERY = `
  SELECT d.number, n.key, d.channel, d.recipient, d.attempts, d.digest, n.created_ms, n.event
  FROM deliveries d JOIN notifications n ON n.number = d.notification`;

/** When the opening that a delivery ends is to be tried (again); null: it was sent or given up, or there is none. */
export const OPENING_NEXT = `(
  SELECT o.next_ms FROM notifications opening JOIN deliveries o ON o.notification = opening.number
  WHERE opening.key = d.resolves AND o.channel = d.channel AND o.recipient = d.recipient)`;

export function outboxRowOf(row: Record<string, unknown>): OutboxRow {
  return waitingRowOf(row, JSON.parse(String(row.event)) as NotificationEvent);
}

/** The same where the event is known. */
export function waitingRowOf(row: Record<string, unknown>, event: NotificationEvent): OutboxRow {
  return {
    numbers: [Number(row.number)],
    key: String(row.key),
    channel: String(row.channel) as ChannelKind,
    recipient: String(row.recipient),
    attempts: Number(row.attempts),
    createdAtMs: Number(row.created_ms),
    event,
  };
}
