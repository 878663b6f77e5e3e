/** The alert tables of the state database, and an incident as a row of them. */
import type { Schema } from '../base/database.ts';
import type { Incident } from '../model/incident.ts';
import type { AlertSeverity } from '../model/notification.ts';

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
    `CREATE TABLE quiet_digest (only INTEGER PRIMARY KEY CHECK (only = 1), history_number INTEGER NOT NULL) STRICT;
     CREATE INDEX incident_history_quiet ON incident_history (number) WHERE held_by = 'quiet';`,
    `ALTER TABLE alert_groups ADD COLUMN window TEXT;
     CREATE TABLE alert_group_changes (
       number INTEGER PRIMARY KEY,
       rule_key TEXT NOT NULL,
       group_key TEXT NOT NULL,
       change TEXT NOT NULL
     ) STRICT;
     CREATE INDEX alert_group_changes_by_group ON alert_group_changes (rule_key, group_key);`,
    // A window apart from the state beside it, which is written with every commit: a row is always written whole.
    `CREATE TABLE alert_group_windows (
       rule_key TEXT NOT NULL,
       group_key TEXT NOT NULL,
       window TEXT NOT NULL,
       PRIMARY KEY (rule_key, group_key)
     ) STRICT;
     INSERT INTO alert_group_windows SELECT rule_key, group_key, window FROM alert_groups WHERE window IS NOT NULL;
     ALTER TABLE alert_groups DROP COLUMN window;`,
    'CREATE TABLE alert_holding (only INTEGER PRIMARY KEY CHECK (only = 1), holding TEXT NOT NULL) STRICT;',
    // Null where an earlier version wrote it: when the rule was armed.
    'ALTER TABLE alert_rules ADD COLUMN begun_us INTEGER',
  ],
};

export type Row = Record<string, unknown>;

export function incidentOf(row: Row): Incident {
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

export function usOf(ms: number): number {
  return Math.round(ms * 1000);
}

export function usOrMax(ms: number | undefined): number {
  return ms === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(ms * 1000);
}
