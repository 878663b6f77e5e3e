/**
 * The alert tables of the state database: incidents, their history, and the state of the rules.
 *
 * Writing happens inside the caller's transaction, the one that commits the lines. Only groups that changed are
 * written. Reading needs no writer: any process may list incidents.
 */
import type { Database, Schema } from '../base/database.ts';
import type { Incident } from '../model/incident.ts';
import type { AlertSeverity } from '../model/notification.ts';
import type { Silence } from '../model/silence.ts';
import type { AlertEvent, AlertEventName, HeldBy } from './alert-event.ts';
import type { SavedAlerts, UnsavedAlerts } from './evaluator.ts';
import type { SavedGroup } from './group-state.ts';
import type { RuleCounters, SavedRun } from './rule-run.ts';

/** Beyond this the oldest incidents that are over go, with their history: years of a noisy machine. */
export const INCIDENTS_MAX = 100_000;

/** Shape of the rules' state. Raised when it changes: older state is then discarded, incidents are not. */
const STATE_FORMAT = 1;

/** A late line may still ask for a silence that has just ended. */
const SILENCE_KEPT_US = 86_400_000_000;

/** Pruning is looked at once for so many new incidents. */
const PRUNE_EVERY = 1_000;

export const ALERT_SCHEMA: Schema = {
  room: 'alert',
  steps: [
    `CREATE TABLE incidents (
       number INTEGER PRIMARY KEY,
       id TEXT NOT NULL UNIQUE,
       rule TEXT NOT NULL,
       severity TEXT NOT NULL,
       group_fields TEXT NOT NULL,
       opened_us INTEGER NOT NULL,
       resolved_us INTEGER,
       first_us INTEGER NOT NULL,
       last_us INTEGER NOT NULL,
       match_count INTEGER NOT NULL,
       notified INTEGER NOT NULL,
       backfill INTEGER NOT NULL,
       merged_into TEXT
     ) STRICT;
     CREATE INDEX incidents_by_opened ON incidents (opened_us);
     CREATE INDEX incidents_open ON incidents (resolved_us) WHERE resolved_us IS NULL;
     CREATE TABLE incident_history (
       number INTEGER PRIMARY KEY,
       incident TEXT NOT NULL,
       name TEXT NOT NULL,
       due_us INTEGER NOT NULL,
       sequence INTEGER NOT NULL,
       at_us INTEGER NOT NULL,
       read_complete_us INTEGER NOT NULL,
       held_by TEXT,
       notification TEXT
     ) STRICT;
     CREATE INDEX incident_history_by_incident ON incident_history (incident);
     CREATE TABLE alert_rules (
       rule_key TEXT PRIMARY KEY,
       name TEXT NOT NULL,
       armed_us INTEGER,
       counters TEXT NOT NULL
     ) STRICT;
     CREATE TABLE alert_groups (
       rule_key TEXT NOT NULL,
       group_key TEXT NOT NULL,
       state TEXT NOT NULL,
       PRIMARY KEY (rule_key, group_key)
     ) STRICT, WITHOUT ROWID;
     CREATE TABLE alert_progress (only INTEGER PRIMARY KEY CHECK (only = 1), format INTEGER NOT NULL, sequence INTEGER NOT NULL) STRICT;`,
    `ALTER TABLE incidents ADD COLUMN condition TEXT;
     ALTER TABLE incidents ADD COLUMN held_by TEXT;
     ALTER TABLE incidents ADD COLUMN held_until_us INTEGER;
     ALTER TABLE incidents ADD COLUMN acknowledged_us INTEGER;
     ALTER TABLE incident_history ADD COLUMN note TEXT;
     CREATE TABLE alert_silences (
       id TEXT PRIMARY KEY,
       query TEXT NOT NULL,
       from_us INTEGER NOT NULL,
       until_us INTEGER NOT NULL,
       who TEXT NOT NULL,
       why TEXT NOT NULL
     ) STRICT;`,
  ],
};

export type IncidentQuery = Readonly<{
  /** Incidents whose trouble touches `[fromMs, untilMs)`. */
  fromMs?: number;
  untilMs?: number;
  /** Still open, or something was said of them from then on (arrival clock), however old their entries are. */
  saidSinceMs?: number;
  rule?: string;
  severity?: AlertSeverity;
  state?: 'open' | 'resolved';
  /** Newest first; 0: no limit. */
  limit?: number;
  offset?: number;
}>;

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
  #addedCount = 0;

  private constructor(database: Database) {
    this.#database = database;
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

  /** Write events and the state they left, inside the caller's transaction; then `Evaluator.markSaved` is called. */
  record(unsaved: UnsavedAlerts, events: readonly AlertEvent[]): void {
    const progress = this.#progress();
    if (progress !== null && progress.format !== STATE_FORMAT) this.#discardState(unsaved);
    for (const event of events) this.#recordEvent(event);
    for (const incident of unsaved.incidents) this.#putIncident(incident);
    for (const { ruleKey, ruleName, armedUs, counters, groups } of unsaved.rules) {
      this.#database
        .prepare(
          `INSERT INTO alert_rules VALUES (?, ?, ?, ?) ON CONFLICT (rule_key)
           DO UPDATE SET name = excluded.name, armed_us = excluded.armed_us, counters = excluded.counters`,
        )
        .run(ruleKey, ruleName, armedUs, JSON.stringify(counters));
      for (const [key, group] of groups) this.#putGroup(ruleKey, key, group);
    }
    for (const ruleKey of unsaved.removedRuleKeys) this.#removeRule(ruleKey, unsaved);
    this.#database
      .prepare(
        `INSERT INTO alert_progress VALUES (1, ?, ?) ON CONFLICT (only)
         DO UPDATE SET format = excluded.format, sequence = excluded.sequence`,
      )
      .run(STATE_FORMAT, unsaved.sequence);
    this.#prune();
  }

  /** Write events that no rule has said, inside the caller's transaction. */
  recordEvents(events: readonly AlertEvent[]): void {
    for (const event of events) this.#recordEvent(event);
  }

  /** The state of the last commit, for `Evaluator.start`; null: there is none. */
  load(): SavedAlerts | null {
    const progress = this.#progress();
    if (progress === null) return null;
    const { sequence } = progress;
    // What another version wrote is discarded with the next commit.
    if (progress.format !== STATE_FORMAT) return { sequence, runs: [] };
    const runs = new Map<string, SavedRun & { groups: [string, SavedGroup][] }>();
    for (const row of this.#database.prepare('SELECT * FROM alert_rules').all()) {
      const counters = JSON.parse(String(row.counters)) as RuleCounters;
      const armedUs = row.armed_us === null ? null : Number(row.armed_us);
      runs.set(String(row.rule_key), { armedUs, counters, groups: [] });
    }
    const groups = this.#database.prepare('SELECT rule_key, group_key, state FROM alert_groups');
    for (const row of groups.iterate()) {
      const group = JSON.parse(String(row.state)) as SavedGroup;
      runs.get(String(row.rule_key))?.groups.push([String(row.group_key), group]);
    }
    return { sequence, runs: [...runs], silences: this.silences(this.#reachedUs()) };
  }

  /** Inside the caller's transaction. */
  putSilence({ id, query, fromUs, untilUs, who, why }: Silence): void {
    this.#database
      .prepare('INSERT INTO alert_silences VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING')
      .run(id, query, fromUs, untilUs, who, why);
  }

  /** Let a silence end at this moment; inside the caller's transaction. */
  endSilence(id: string, untilUs: number): void {
    this.#database
      .prepare('UPDATE alert_silences SET until_us = min(until_us, ?) WHERE id = ?')
      .run(untilUs, id);
  }

  /** Those that have not ended at this moment; without one all that are kept. Oldest first. */
  silences(atUs = Number.MIN_SAFE_INTEGER): Silence[] {
    return this.#database
      .prepare('SELECT * FROM alert_silences WHERE until_us > ? ORDER BY from_us, id')
      .all(atUs)
      .map((row) => ({
        id: String(row.id),
        query: String(row.query),
        fromUs: Number(row.from_us),
        untilUs: Number(row.until_us),
        who: String(row.who),
        why: String(row.why),
      }));
  }

  /** Newest first. Incidents that became part of another are left out. */
  list(query: IncidentQuery = {}): Incident[] {
    const statement = this.#database.prepare(
      `SELECT * FROM incidents
       WHERE merged_into IS NULL
         AND opened_us < :until AND coalesce(resolved_us, 9e18) >= :from
         AND (:said IS NULL OR resolved_us IS NULL OR EXISTS (
           SELECT 1 FROM incident_history WHERE incident = incidents.id AND at_us >= :said))
         AND (:rule IS NULL OR rule = :rule)
         AND (:severity IS NULL OR severity = :severity)
         AND (:state IS NULL OR (resolved_us IS NULL) = (:state = 'open'))
       ORDER BY opened_us DESC, number DESC LIMIT :limit OFFSET :offset`,
    );
    const rows = statement.all({
      until: usOrMax(query.untilMs),
      from: query.fromMs === undefined ? Number.MIN_SAFE_INTEGER : Math.floor(query.fromMs * 1000),
      said: query.saidSinceMs === undefined ? null : Math.floor(query.saidSinceMs * 1000),
      rule: query.rule ?? null,
      severity: query.severity ?? null,
      state: query.state ?? null,
      limit: query.limit === undefined || query.limit === 0 ? -1 : query.limit,
      offset: query.offset ?? 0,
    });
    return rows.map(incidentOf);
  }

  /** One incident by its id or the beginning of it; null: none, or more than one begins so. */
  find(idStart: string): Incident | null {
    if (!/^[0-9a-f]{4,16}$/.test(idStart)) return null;
    const rows = this.#database
      .prepare('SELECT * FROM incidents WHERE id >= ? AND id < ? LIMIT 2')
      .all(idStart, `${idStart}g`);
    return rows.length === 1 ? incidentOf(rows[0]!) : null;
  }

  /** What every rule has counted since it is there. */
  counters(): Readonly<RuleCounters>[] {
    return this.#database
      .prepare('SELECT counters FROM alert_rules')
      .all()
      .map(({ counters }) => JSON.parse(String(counters)) as RuleCounters);
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

  #progress(): Readonly<{ format: number; sequence: number }> | null {
    const row = this.#database.prepare('SELECT format, sequence FROM alert_progress').get();
    if (row === undefined) return null;
    return { format: Number(row.format), sequence: Number(row.sequence) };
  }

  /** Silences that ended before the last thing that was said hold nothing back any more. */
  #reachedUs(): number {
    const row = this.#database
      .prepare('SELECT max(read_complete_us) AS us FROM incident_history')
      .get();
    return row?.us == null ? Number.MIN_SAFE_INTEGER : Number(row.us) - SILENCE_KEPT_US;
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

  #putGroup(ruleKey: string, key: string, group: string | null): void {
    if (group === null) {
      this.#database
        .prepare('DELETE FROM alert_groups WHERE rule_key = ? AND group_key = ?')
        .run(ruleKey, key);
      return;
    }
    this.#database
      .prepare(
        `INSERT INTO alert_groups VALUES (?, ?, ?)
         ON CONFLICT (rule_key, group_key) DO UPDATE SET state = excluded.state`,
      )
      .run(ruleKey, key, group);
  }

  /** State of another version cannot be read: windows begin anew, and what was open is closed. */
  #discardState({ sequence, atUs }: UnsavedAlerts): void {
    this.#database
      .prepare(
        `INSERT INTO incident_history (incident, name, due_us, sequence, at_us, read_complete_us, held_by)
         SELECT id, 'closed', last_us, ?, ?, ?, 'none' FROM incidents WHERE resolved_us IS NULL`,
      )
      .run(sequence, atUs, atUs);
    for (const statement of [
      'UPDATE incidents SET resolved_us = last_us WHERE resolved_us IS NULL',
      'DELETE FROM alert_groups',
      'DELETE FROM alert_rules',
    ]) {
      this.#database.prepare(statement).run();
    }
  }

  /** The rule is gone: what is still open under it is closed. */
  #removeRule(ruleKey: string, { sequence, atUs }: UnsavedAlerts): void {
    const groups = this.#database
      .prepare('SELECT state FROM alert_groups WHERE rule_key = ?')
      .all(ruleKey)
      .map((row) => JSON.parse(String(row.state)) as SavedGroup);
    for (const { id, openUs, endUs } of groups.flatMap(({ incidents }) => incidents)) {
      const { changes } = this.#database
        .prepare('UPDATE incidents SET resolved_us = ? WHERE id = ? AND resolved_us IS NULL')
        .run(endUs, id);
      if (changes === 0) continue;
      this.#database
        .prepare(
          `INSERT INTO incident_history (incident, name, due_us, sequence, at_us, read_complete_us, held_by)
           VALUES (?, 'closed', ?, ?, ?, ?, 'none')`,
        )
        .run(id, openUs, sequence, atUs, atUs);
    }
    this.#database.prepare('DELETE FROM alert_rules WHERE rule_key = ?').run(ruleKey);
    this.#database.prepare('DELETE FROM alert_groups WHERE rule_key = ?').run(ruleKey);
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

type Row = Record<string, unknown>;

function incidentOf(row: Row): Incident {
  return {
    id: String(row.id),
    rule: String(row.rule),
    severity: String(row.severity) as AlertSeverity,
    group: JSON.parse(String(row.group_fields)) as Record<string, string>,
    openedAtMs: Number(row.opened_us) / 1000,
    resolvedAtMs: row.resolved_us === null ? null : Number(row.resolved_us) / 1000,
    count: Number(row.match_count),
    firstAtMs: Number(row.first_us) / 1000,
    lastAtMs: Number(row.last_us) / 1000,
    notified: Number(row.notified),
    backfill: Number(row.backfill) !== 0,
    condition: textOf(row.condition),
    heldBy: textOf(row.held_by),
    heldUntilMs: msOf(row.held_until_us),
    acknowledgedAtMs: msOf(row.acknowledged_us),
  };
}

function textOf(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function msOf(value: unknown): number | null {
  return value === null || value === undefined ? null : Number(value) / 1000;
}

function usOf(ms: number): number {
  return Math.round(ms * 1000);
}

function usOrMax(ms: number | undefined): number {
  return ms === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(ms * 1000);
}
