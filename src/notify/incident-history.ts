/** What happened to an incident and who was told of it, as programs see it (`alerts show --json`, HTTP). A contract. */
import { type HistoryEntry, IncidentStore } from '../alert/incident-store.ts';
import type { Database } from '../base/database.ts';
import { timestampText } from '../model/entry-record.ts';
import { type DeliveryRecord, Outbox } from './outbox.ts';

export type IncidentEventRecord = Readonly<{
  /** `opened`, `released`, `reminded`, `acknowledged`, `unacknowledged`, `worsened`, `resolved`, `reopened`, `merged`, `closed`. */
  event: string;
  /** Event time it belongs to, and when it was said. */
  at: string;
  said: string;
  /** Why nobody was told; null: people were. */
  heldBy: string | null;
  /** Who did it and why, where somebody did. */
  note: string | null;
  notification: string | null;
  told: readonly ToldRecord[];
}>;

export type ToldRecord = Readonly<{
  channel: string;
  recipient: string;
  /** `queued`, `failed` (is tried again), `held` (waits for an operator), `sent`, `dead` (given up). */
  state: string;
  attempts: number;
  /** When it was sent or given up. */
  at: string | null;
  error: string | null;
}>;

export function incidentHistory(database: Database, id: string): IncidentEventRecord[] {
  const deliveries = Outbox.reader(database).deliveriesOf(`alert:${id}:`);
  return IncidentStore.reader(database)
    .history(id)
    .map((entry) => eventRecordOf(entry, deliveries));
}

/** Who was told by the notifications whose keys begin so. */
export function toldRecords(database: Database, keyStart: string): ToldRecord[] {
  return Outbox.reader(database).deliveriesOf(keyStart).map(toldRecordOf);
}

function eventRecordOf(
  entry: HistoryEntry,
  deliveries: readonly DeliveryRecord[],
): IncidentEventRecord {
  const { notification } = entry;
  return {
    event: entry.name,
    at: timestampText(entry.dueAtMs * 1_000),
    said: timestampText(entry.saidAtMs * 1_000),
    heldBy: entry.heldBy,
    note: entry.note,
    notification,
    told: deliveries.filter(({ key }) => key === notification).map(toldRecordOf),
  };
}

function toldRecordOf(delivery: DeliveryRecord): ToldRecord {
  const { channel, recipient, state, attempts, doneAtMs, error } = delivery;
  const at = doneAtMs === null ? null : timestampText(doneAtMs * 1_000);
  return { channel, recipient, state, attempts, at, error };
}
