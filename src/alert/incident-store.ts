/**
 * Incidents and their history in the state database, and beside them the state of the rules and silences.
 *
 * Writing happens inside the caller's transaction, the one that commits the lines. Reading needs no writer: any process
 * may list incidents.
 */
import type { Database } from '../base/database.ts';
import type { Incident } from '../model/incident.ts';
import { ALERT_SEVERITIES, type AlertSeverity } from '../model/notification.ts';
import type { Silence } from '../model/silence.ts';
import type { AlertEvent, AlertEventName, HeldBy } from './alert-event.ts';
import { ALERT_SCHEMA, incidentOf, usOf, usOrMax } from './alert-tables.ts';
import type { Holding } from './holding.ts';
import { RuleStateStore } from './rule-state-store.ts';
import type { RuleCounters, SavedAlerts, UnsavedAlerts } from './saved-alerts.ts';
import { SilenceTable } from './silence-table.ts';

/** Beyond this the oldest incidents that are over go, with their history: years of a noisy machine. */
export const INCIDENTS_MAX = 100_000;

/** Pruning is looked at once for so many new incidents. */
const PRUNE_EVERY = 1_000;

/** Which incidents; those that became part of another never are. */
export type IncidentFilter = Readonly<{
  /** Incidents whose trouble touches `[fromMs, untilMs)`. */
  fromMs?: number;
  untilMs?: number;
  /** Still open, or something was said of them from then on (arrival clock), however old their entries are. */
  saidSinceMs?: number;
  rule?: string;
  severity?: AlertSeverity;
  state?: 'open' | 'resolved';
}>;

export type IncidentQuery = IncidentFilter &
  Readonly<{
    /** `worst`: open ones first, then by severity, then newest first; without: newest first. */
    order?: 'worst';
    /** 0: no limit. */
    limit?: number;
    offset?: number;
  }>;

const FILTER = `merged_into IS NULL
  AND opened_us < :until AND coalesce(resolved_us, 9e18) >= :from
  AND (:said IS NULL OR resolved_us IS NULL OR EXISTS (
    SELECT 1 FROM incident_history WHERE incident = incidents.id AND at_us >= :said))
  AND (:rule IS NULL OR rule = :rule)
  AND (:severity IS NULL OR severity = :severity)
  AND (:state IS NULL OR (resolved_us IS NULL) = (:state = 'open'))`;

const NEWEST_FIRST = 'opened_us DESC, number DESC';
const SEVERITY_RANK = `CASE severity ${ALERT_SEVERITIES.map((name, rank) => `WHEN '${name}' THEN ${rank}`).join(' ')} END`;
const WORST_FIRST = `resolved_us IS NULL DESC, ${SEVERITY_RANK} DESC, ${NEWEST_FIRST}`;

export type HistoryEntry = Readonly<{
  name: AlertEventName;
  /** Event time it belongs to, arrival clock at which it was said. */
  dueAtMs: number;
  saidAtMs: number;
  heldBy: HeldBy | null;
  /** Who did it and why, where somebody did. */
  note: string | null;
  /** Key of the notification; null: nobody was told. */
  notification: string | null;
}>;

export class IncidentStore {
  readonly #database: Database;
  readonly #states: RuleStateStore;
  readonly #silences: SilenceTable;
  #addedCount = 0;

  private constructor(database: Database) {
    this.#database = database;
    this.#states = new RuleStateStore(database);
    this.#silences = new SilenceTable(database);
  }

  /** For the one writer. Makes the tables if need be. */
  static open(database: Database): IncidentStore {
    database.migrate(ALERT_SCHEMA);
    return new IncidentStore(database);
  }

  /** For readers: the writer has made the tables. */
  static reader(database: Database): IncidentStore {
    return new IncidentStore(database);
  }

  /**
   * Write events and the state they left, inside the caller's transaction; then `Evaluator.markSaved` is called. Returns the
   * incidents that are closed with their rules.
   */
  record(unsaved: UnsavedAlerts, events: readonly AlertEvent[]): Incident[] {
    this.#states.discardOther(unsaved);
    for (const event of events) this.#recordEvent(event);
    for (const incident of unsaved.incidents) this.#putIncident(incident);
    const closedNow = events.filter(({ name }) => name === 'closed');
    const closed = [
      ...closedNow.map(({ incident }) => incident),
      ...this.#states.record(unsaved).flatMap((id) => this.find(id) ?? []),
    ];
    this.#prune();
    return closed;
  }

  /** Write events that no rule has said, inside the caller's transaction. */
  recordEvents(events: readonly AlertEvent[]): void {
    for (const event of events) this.#recordEvent(event);
  }

  /** The state of the last commit, for `Evaluator.start`; null: there is none. */
  load(): SavedAlerts | null {
    const saved = this.#states.load();
    return saved === null ? null : { ...saved, silences: this.#silences.current() };
  }

  /** Of the config of the last commit; null: there was none. */
  holding(): Holding | null {
    const row = this.#database.prepare('SELECT holding FROM alert_holding').get();
    return row === undefined ? null : (JSON.parse(String(row.holding)) as Holding);
  }

  /** Inside the caller's transaction. */
  putHolding(holding: Holding): void {
    this.#database
      .prepare(
        'INSERT INTO alert_holding VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET holding = excluded.holding',
      )
      .run(JSON.stringify(holding));
  }

  /** Inside the caller's transaction. */
  putSilence(silence: Silence): void {
    this.#silences.put(silence);
  }

  /** Let a silence end at this moment; inside the caller's transaction. */
  endSilence(id: string, untilUs: number): void {
    this.#silences.end(id, untilUs);
  }

  /** Those that have not ended at this moment; without one all that are kept. Oldest first. */
  silences(atUs?: number): Silence[] {
    return this.#silences.list(atUs);
  }

  /** What every rule has counted since it is there. */
  counters(): Readonly<RuleCounters>[] {
    return this.#states.counters();
  }

  /**
   * Incidents that quiet hours held back since the last call, that nobody was told of, and that are over: each is given
   * once. Inside the caller's transaction, behind `record`.
   */
  takeQuiet(): Incident[] {
    const last = this.#database.prepare('SELECT history_number FROM quiet_digest').get();
    const untold = this.untold('quiet', Number(last?.history_number ?? 0));
    this.#database
      .prepare(
        `INSERT INTO quiet_digest SELECT 1, coalesce(max(number), 0) FROM incident_history WHERE true
         ON CONFLICT (only) DO UPDATE SET history_number = excluded.history_number`,
      )
      .run();
    return untold.filter(({ resolvedAtMs }) => resolvedAtMs !== null);
  }

  /** The last entry of the history. */
  historyNumber(): number {
    const row = this.#database.prepare('SELECT max(number) AS number FROM incident_history').get();
    return Number(row?.number ?? 0);
  }

  /** Incidents that this held back behind an entry of the history, and that nobody was told of since; by their opening. */
  untold(heldBy: HeldBy, behindNumber: number): Incident[] {
    const rows = this.#database
      .prepare(
        `SELECT * FROM incidents WHERE notified = 0 AND merged_into IS NULL
           AND id IN (SELECT incident FROM incident_history WHERE held_by = ? AND number > ?)
         ORDER BY opened_us, number`,
      )
      .all(heldBy, behindNumber);
    return rows.map(incidentOf);
  }

  list(query: IncidentQuery = {}): Incident[] {
    const { order, limit = 0, offset = 0 } = query;
    const statement = this.#database.prepare(
      `SELECT * FROM incidents WHERE ${FILTER}
       ORDER BY ${order === 'worst' ? WORST_FIRST : NEWEST_FIRST} LIMIT :limit OFFSET :offset`,
    );
    const rows = statement.all({
      ...filterValues(query),
      limit: limit === 0 ? -1 : limit,
      offset,
    });
    return rows.map(incidentOf);
  }

  /** How many a list without a limit would hold. */
  count(filter: IncidentFilter): number {
    const row = this.#database
      .prepare(`SELECT count(*) AS count FROM incidents WHERE ${FILTER}`)
      .get(filterValues(filter));
    return Number(row?.count ?? 0);
  }

  /** One incident by its id or the beginning of it; null: none, or more than one begins so. */
  find(idStart: string): Incident | null {
    if (!/^[0-9a-f]{4,16}$/.test(idStart)) return null;
    const rows = this.#database
      .prepare('SELECT * FROM incidents WHERE id >= ? AND id < ? LIMIT 2')
      .all(idStart, `${idStart}g`);
    return rows.length === 1 ? incidentOf(rows[0]!) : null;
  }

  /** What happened to an incident and who was told, oldest first. */
  history(id: string): HistoryEntry[] {
    const rows = this.#database
      .prepare('SELECT * FROM incident_history WHERE incident = ? ORDER BY number')
      .all(id);
    return rows.map((row) => ({
      name: String(row.name) as AlertEventName,
      dueAtMs: Number(row.due_us) / 1000,
      saidAtMs: Number(row.at_us) / 1000,
      heldBy: row.held_by === null ? null : (String(row.held_by) as HeldBy),
      note: row.note === null ? null : String(row.note),
      notification: row.notification === null ? null : String(row.notification),
    }));
  }

  #recordEvent(event: AlertEvent): void {
    this.#putIncident(event.incident);
    if (event.name === 'opened') this.#addedCount += 1;
    if (event.mergedInto !== null) {
      this.#database
        .prepare('UPDATE incidents SET merged_into = ? WHERE id = ?')
        .run(event.mergedInto, event.incident.id);
    }
    this.#database
      .prepare(
        `INSERT INTO incident_history
           (incident, name, due_us, sequence, at_us, read_complete_us, held_by, notification, note)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        event.incident.id,
        event.name,
        event.dueUs,
        event.sequence,
        event.atUs,
        event.readCompleteUs,
        event.heldBy,
        event.notification?.key ?? null,
        event.note,
      );
  }

  #putIncident(incident: Incident): void {
    this.#database
      .prepare(
        `INSERT INTO incidents
           (id, rule, severity, group_fields, opened_us, resolved_us, first_us, last_us, match_count, notified, backfill,
            condition, held_by, held_until_us, acknowledged_us)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET
           rule = excluded.rule, severity = excluded.severity, opened_us = excluded.opened_us,
           resolved_us = excluded.resolved_us, first_us = excluded.first_us, last_us = excluded.last_us,
           match_count = excluded.match_count, notified = excluded.notified, backfill = excluded.backfill,
           held_by = excluded.held_by, held_until_us = excluded.held_until_us,
           acknowledged_us = excluded.acknowledged_us`,
      )
      .run(
        incident.id,
        incident.rule,
        incident.severity,
        JSON.stringify(incident.group),
        usOf(incident.openedAtMs),
        incident.resolvedAtMs === null ? null : usOf(incident.resolvedAtMs),
        usOf(incident.firstAtMs),
        usOf(incident.lastAtMs),
        incident.count,
        incident.notified,
        incident.backfill ? 1 : 0,
        incident.condition,
        incident.heldBy,
        incident.heldUntilMs === null ? null : usOf(incident.heldUntilMs),
        incident.acknowledgedAtMs === null ? null : usOf(incident.acknowledgedAtMs),
      );
  }

  #prune(): void {
    if (this.#addedCount < PRUNE_EVERY) return;
    this.#addedCount = 0;
    const { count } = this.#database.prepare('SELECT count(*) AS count FROM incidents').get()!;
    const surplus = Number(count) - INCIDENTS_MAX;
    if (surplus <= 0) return;
    const oldest = `SELECT id FROM incidents WHERE resolved_us IS NOT NULL ORDER BY number LIMIT ?`;
    this.#database
      .prepare(`DELETE FROM incident_history WHERE incident IN (${oldest})`)
      .run(surplus);
    this.#database.prepare(`DELETE FROM incidents WHERE id IN (${oldest})`).run(surplus);
  }
}

function filterValues(filter: IncidentFilter): Record<string, string | number | null> {
  const { fromMs, untilMs, saidSinceMs, rule, severity, state } = filter;
  return {
    until: usOrMax(untilMs),
    from: fromMs === undefined ? Number.MIN_SAFE_INTEGER : Math.floor(fromMs * 1000),
    said: saidSinceMs === undefined ? null : Math.floor(saidSinceMs * 1000),
    rule: rule ?? null,
    severity: severity ?? null,
    state: state ?? null,
  };
}
