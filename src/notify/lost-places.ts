/**
 * Places that a notification never reached, and whom it is for instead: an address that was wrong is put right in the config, and
 * what could not be delivered to it goes to those who are there now.
 */
import type { Database } from '../base/database.ts';
import type { ChannelKind, Notification, NotificationEvent } from '../model/notification.ts';
import { addressesOf, type Directory, type Place, placesOf, wayOfPlaces } from './routing.ts';

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
      `SELECT d.channel, d.recipient, d.state = 'dead' AS is_lost FROM deliveries d
       JOIN notifications n ON n.number = d.notification WHERE n.key = ? ORDER BY d.number`,
    )
    .all(openingKey);
  return told.length === 0 ? null : placesNow(told, notification, directory);
}

/** Who was told by notifications whose keys begin so, as the last of them would be told today where a place was never reached. */
export function placesTold(database: Database, keyStart: string, directory: Directory): Place[] {
  const ofKeys = 'n.key >= ?1 AND n.key < ?1 || char(0x10FFFF)';
  const told = database
    .prepare(
      `SELECT d.channel, d.recipient, min(d.state = 'dead') AS is_lost
       FROM notifications n JOIN deliveries d ON d.notification = n.number
       WHERE ${ofKeys} GROUP BY d.channel, d.recipient ORDER BY d.channel, d.recipient`,
    )
    .all(keyStart);
  const last = database
    .prepare(`SELECT event FROM notifications n WHERE ${ofKeys} ORDER BY number DESC LIMIT 1`)
    .get(keyStart);
  if (last === undefined) return [];
  const event = JSON.parse(String(last.event)) as NotificationEvent;
  const { channels } = wayOfPlaces(told.map(placeOf));
  return placesNow(told, { event, channels }, directory);
}

/** Where a place was never reached, whoever would be told in that way today. */
function placesNow(
  told: readonly Record<string, unknown>[],
  notification: Pick<Notification, 'event' | 'channels'>,
  directory: Directory,
): Place[] {
  const places = told.filter((row) => row.is_lost !== 1).map(placeOf);
  const lost = new Set(told.filter((row) => row.is_lost === 1).map(({ channel }) => channel));
  if (lost.size === 0) return places;
  const isKnown = (now: Place): boolean =>
    places.some(({ channel, recipient }) => channel === now.channel && recipient === now.recipient);
  const now = placesOf(notification, directory).filter(
    (place) => lost.has(place.channel) && !isKnown(place),
  );
  return [...places, ...now];
}

function placeOf({ channel, recipient }: Record<string, unknown>): Place {
  return { channel: String(channel) as ChannelKind, recipient: String(recipient) };
}
