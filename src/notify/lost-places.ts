/**
 * Places that a notification never reached, and whom it is for instead: an address that was wrong is put right in the config, and
 * what could not be delivered to it goes to those who are there now.
 */
import type { Database } from '../base/database.ts';
import type { ChannelKind, Notification, NotificationEvent } from '../model/notification.ts';
import { type Directory, type Place, placesOf } from './routing.ts';

/** Mails that were tried, and are for nobody the config names any more. */
const SELECT_LOST = `
  SELECT d.number, d.notification, d.critical, d.resolves, n.created_ms, n.event
  FROM deliveries d JOIN notifications n ON n.number = d.notification
  WHERE d.channel = 'email' AND d.state IN ('failed', 'held')
    AND d.recipient NOT IN (SELECT value FROM json_each(?))`;

/** Due at once, and in no digest: that was one of the old address. */
const INSERT_INSTEAD = `
  INSERT INTO deliveries (notification, channel, recipient, next_ms, critical, resolves)
  VALUES (?, 'email', ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

/** Whom mails may be for. */
function addressesOf({ email, routes }: Directory): readonly string[] {
  return [...email, ...routes.flatMap(({ to }) => to)];
}

/** Where the config names nobody at all they wait: it may again. */
export function readdressMails(database: Database, directory: Directory): void {
  if (directory.email.length === 0) return;
  database.transaction(() => {
    for (const row of database.prepare(SELECT_LOST).all(JSON.stringify(addressesOf(directory)))) {
      const event = JSON.parse(String(row.event)) as NotificationEvent;
      const places = placesOf({ event, channels: ['email'] }, directory);
      const mails = places.filter(({ channel }) => channel === 'email');
      // Where routes lead it elsewhere by now it is not theirs: it was decided before them.
      if (mails.length === 0) continue;
      for (const { recipient } of mails) {
        database
          .prepare(INSERT_INSTEAD)
          .run(row.notification!, recipient, row.created_ms!, row.critical!, row.resolves!);
      }
      database.prepare('DELETE FROM deliveries WHERE number = ?').run(row.number!);
    }
  });
}

/** Who was told of an opening is told how it goes on; null: nobody was to be. */
export function placesOfReply(
  database: Database,
  notification: Notification,
  { openingKey, directory }: Readonly<{ openingKey: string; directory: Directory }>,
): readonly Place[] | null {
  const told = database
    .prepare(
      `SELECT d.channel, d.recipient, d.state FROM deliveries d
       JOIN notifications n ON n.number = d.notification WHERE n.key = ? ORDER BY d.number`,
    )
    .all(openingKey);
  if (told.length === 0) return null;
  const places = told.filter(({ state }) => state !== 'dead').map(placeOf);
  const lost = new Set(told.filter(({ state }) => state === 'dead').map(({ channel }) => channel));
  if (lost.size === 0) return places;
  const now = placesOf(notification, directory).filter(({ channel }) => lost.has(channel));
  return [...places, ...now];
}

export function placeOf({ channel, recipient }: Record<string, unknown>): Place {
  return { channel: String(channel) as ChannelKind, recipient: String(recipient) };
}
