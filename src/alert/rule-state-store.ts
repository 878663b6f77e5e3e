/**
 * The state of the rules in the state database: how far they have read, and for each group its windows as text.
 *
 * Only groups that changed are written, in the transaction that commits the lines.
 */
import type { Database } from '../base/database.ts';
import type { SavedGroup, UnsavedGroup } from './group-state.ts';
import { endWhenClosed } from './incident-book.ts';
import { type WindowChange, withChanges } from './kinds/window-change.ts';
import type { RuleCounters, SavedRun, UnsavedAlerts } from './saved-alerts.ts';

/** Shape of the rules' state. Raised when it changes: older state is then discarded, incidents are not. */
const STATE_FORMAT = 1;

/** What there is of a group. */
const GROUP_TABLES = ['alert_group_changes', 'alert_group_windows', 'alert_groups'] as const;

export type SavedRuns = Readonly<{
  sequence: number;
  runs: readonly (readonly [ruleKey: string, run: SavedRun])[];
}>;

export class RuleStateStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** State of another version cannot be read: windows begin anew, and what was open is closed. */
  discardOther(unsaved: UnsavedAlerts): void {
    const progress = this.#progress();
    if (progress !== null && progress.format !== STATE_FORMAT) this.#discard(unsaved);
  }

  /** Returns the ids of incidents that are closed by it, since their rule is gone and nobody has said so. */
  record(unsaved: UnsavedAlerts): string[] {
    for (const { ruleKey, ruleName, armedUs, begunUs, counters, groups } of unsaved.rules) {
      this.#database
        .prepare(
          `INSERT INTO alert_rules VALUES (?, ?, ?, ?, ?) ON CONFLICT (rule_key)
           DO UPDATE SET name = excluded.name, armed_us = excluded.armed_us,
           counters = excluded.counters, begun_us = excluded.begun_us`,
        )
        .run(ruleKey, ruleName, armedUs, JSON.stringify(counters), begunUs);
      for (const [key, group] of groups) this.#putGroup(ruleKey, key, group);
    }
    const closed = unsaved.removedRuleKeys.flatMap((ruleKey) => this.#removeRule(ruleKey, unsaved));
    this.#database
      .prepare(
        `INSERT INTO alert_progress VALUES (1, ?, ?) ON CONFLICT (only)
         DO UPDATE SET format = excluded.format, sequence = excluded.sequence`,
      )
      .run(STATE_FORMAT, unsaved.sequence);
    return closed;
  }

  /** The state of the last commit; null: there is none. */
  load(): SavedRuns | null {
    const progress = this.#progress();
    if (progress === null) return null;
    const { sequence } = progress;
    // What another version wrote is discarded with the next commit.
    if (progress.format !== STATE_FORMAT) return { sequence, runs: [] };
    const runs = new Map<string, SavedRun & { groups: [string, SavedGroup][] }>();
    for (const row of this.#database.prepare('SELECT * FROM alert_rules').all()) {
      const counters = JSON.parse(String(row.counters)) as RuleCounters;
      const armedUs = row.armed_us === null ? null : Number(row.armed_us);
      const begunUs = row.begun_us === null ? armedUs : Number(row.begun_us);
      const ruleName = String(row.name);
      runs.set(String(row.rule_key), { ruleName, armedUs, begunUs, counters, groups: [] });
    }
    const groups = this.#database
      .prepare(
        'SELECT * FROM alert_groups LEFT JOIN alert_group_windows USING (rule_key, group_key)',
      )
      .all();
    for (const row of groups) {
      runs.get(String(row.rule_key))?.groups.push([String(row.group_key), this.#groupOf(row)]);
    }
    return { sequence, runs: [...runs] };
  }

  /** What every rule has counted since it is there. */
  counters(): Readonly<RuleCounters>[] {
    return this.#database
      .prepare('SELECT counters FROM alert_rules')
      .all()
      .map(({ counters }) => JSON.parse(String(counters)) as RuleCounters);
  }

  #groupOf(row: Record<string, unknown>): SavedGroup {
    const group = JSON.parse(String(row.state)) as SavedGroup;
    // What an earlier version wrote has its window in it.
    if (row.window === null || row.window === undefined) return group;
    const changes = this.#database
      .prepare(
        'SELECT change FROM alert_group_changes WHERE rule_key = ? AND group_key = ? ORDER BY number',
      )
      .all(String(row.rule_key), String(row.group_key))
      .map(({ change }) => JSON.parse(String(change)) as WindowChange);
    return { ...group, window: withChanges(JSON.parse(String(row.window)), changes) };
  }

  #progress(): Readonly<{ format: number; sequence: number }> | null {
    const row = this.#database.prepare('SELECT format, sequence FROM alert_progress').get();
    if (row === undefined) return null;
    return { format: Number(row.format), sequence: Number(row.sequence) };
  }

  #putGroup(ruleKey: string, key: string, group: UnsavedGroup | null): void {
    if (group === null) {
      for (const table of GROUP_TABLES) {
        this.#database
          .prepare(`DELETE FROM ${table} WHERE rule_key = ? AND group_key = ?`)
          .run(ruleKey, key);
      }
      return;
    }
    const { state, window, change } = group;
    this.#database
      .prepare(
        `INSERT INTO alert_groups (rule_key, group_key, state) VALUES (?, ?, ?)
         ON CONFLICT (rule_key, group_key) DO UPDATE SET state = excluded.state`,
      )
      .run(ruleKey, key, state);
    if (window !== null) this.#putWindow(ruleKey, key, window);
    if (change === null) return;
    this.#database
      .prepare('INSERT INTO alert_group_changes (rule_key, group_key, change) VALUES (?, ?, ?)')
      .run(ruleKey, key, change);
  }

  /** The whole window: what changed of the one before it is in it. */
  #putWindow(ruleKey: string, key: string, window: string): void {
    this.#database
      .prepare('DELETE FROM alert_group_changes WHERE rule_key = ? AND group_key = ?')
      .run(ruleKey, key);
    this.#database
      .prepare(
        `INSERT INTO alert_group_windows VALUES (?, ?, ?)
         ON CONFLICT (rule_key, group_key) DO UPDATE SET window = excluded.window`,
      )
      .run(ruleKey, key, window);
  }

  #discard({ sequence, atUs }: UnsavedAlerts): void {
    this.#database
      .prepare(
        `INSERT INTO incident_history (incident, name, due_us, sequence, at_us, read_complete_us, held_by)
         SELECT id, 'closed', last_us, ?, ?, ?, 'none' FROM incidents WHERE resolved_us IS NULL`,
      )
      .run(sequence, atUs, atUs);
    this.#database
      .prepare('UPDATE incidents SET resolved_us = last_us WHERE resolved_us IS NULL')
      .run();
    for (const table of [...GROUP_TABLES, 'alert_rules']) {
      this.#database.prepare(`DELETE FROM ${table}`).run();
    }
  }

  /** The rule is gone: what is still open under it is closed. Returns the ids of that. */
  #removeRule(ruleKey: string, unsaved: UnsavedAlerts): string[] {
    const { sequence, atUs, keptIncidents } = unsaved;
    const closed: string[] = [];
    const groups = this.#database
      .prepare('SELECT state FROM alert_groups WHERE rule_key = ?')
      .all(ruleKey)
      .map((row) => JSON.parse(String(row.state)) as SavedGroup);
    for (const incident of groups.flatMap(({ incidents }) => incidents)) {
      const { id, openUs } = incident;
      if (keptIncidents.includes(id)) continue;
      const { changes } = this.#database
        .prepare('UPDATE incidents SET resolved_us = ? WHERE id = ? AND resolved_us IS NULL')
        .run(endWhenClosed(incident, atUs), id);
      if (changes === 0) continue;
      closed.push(id);
      this.#database
        .prepare(
          `INSERT INTO incident_history (incident, name, due_us, sequence, at_us, read_complete_us, held_by)
           VALUES (?, 'closed', ?, ?, ?, ?, 'none')`,
        )
        .run(id, openUs, sequence, atUs, atUs);
    }
    for (const table of [...GROUP_TABLES, 'alert_rules']) {
      this.#database.prepare(`DELETE FROM ${table} WHERE rule_key = ?`).run(ruleKey);
    }
    return closed;
  }
}
