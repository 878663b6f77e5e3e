/** Webhooks and commands that are due and may be told now: of each so many at most, so that one that hangs holds up no other. */
import type { Database } from '../base/database.ts';
import type { OutboxRow } from './outbox.ts';
import { OPENING_NEXT, outboxRowOf, SELECT_DELIVERY } from './outbox-tables.ts';

/** Who waits longest comes first. `taken`: how many of its deliveries are under way. */
const SELECT_PLACES = `
  SELECT channel, recipient,
    (SELECT count(*) FROM deliveries WHERE number IN (SELECT value FROM json_each(:busy))
       AND +channel = d.channel AND +recipient = d.recipient) AS taken
  FROM deliveries d WHERE channel IN ('webhook', 'command') AND next_ms <= :nowMs
    AND NOT (channel = 'webhook' AND recipient IN (SELECT value FROM json_each(:resting)))
  GROUP BY channel, recipient ORDER BY min(next_ms)`;

/** What has to be told first is under way or tried again: the end waits for that. */
const SELECT_OF_PLACE = `${SELECT_DELIVERY}
  WHERE d.channel = :channel AND d.recipient = :recipient AND d.next_ms <= :nowMs
    AND d.number NOT IN (SELECT value FROM json_each(:busy)) AND ${OPENING_NEXT} IS NULL
  ORDER BY d.critical DESC, d.next_ms, d.number LIMIT :limit`;

/** `busy`, `resting`: as JSON, the deliveries under way and the webhooks that want to be left alone. */
export type HookLook = Readonly<{ nowMs: number; busy: string; resting: string }>;

/** `countMax`: of one webhook or command, those under way among them. */
export function dueHooks(
  database: Database,
  { nowMs, busy, resting }: HookLook,
  countMax: number,
): OutboxRow[] {
  const places = database.prepare(SELECT_PLACES).all({ nowMs, busy, resting });
  return places.flatMap(({ channel, recipient, taken }) => {
    const limit = Math.max(0, countMax - Number(taken));
    const place = { channel: String(channel), recipient: String(recipient) };
    const rows = database.prepare(SELECT_OF_PLACE).all({ ...place, nowMs, busy, limit });
    return rows.map(outboxRowOf);
  });
}
