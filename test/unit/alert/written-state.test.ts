/** Only what changed is written with a commit; what is read back is the whole state, whatever happened in between. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ALERT_SCHEMA } from '../../../src/alert/alert-tables.ts';
import { Evaluator } from '../../../src/alert/evaluator.ts';
import { IncidentStore } from '../../../src/alert/incident-store.ts';
import type { Rule } from '../../../src/alert/rule.ts';
import { rulesOf } from '../../../src/alert/rule-from-settings.ts';
import type { SavedAlerts } from '../../../src/alert/saved-alerts.ts';
import { Database } from '../../../src/base/database.ts';
import { AlertLife, usOf } from '../../support/alert-life.ts';
import { settingsOf } from '../../support/alert-settings.ts';

const RULES: readonly Rule[] = rulesOf(
  settingsOf(`
[alert:burst]
when = level:error
threshold = 4
window = 10s
lateness = 60s
resolve_after = 3s

[alert:many]
when = level:error
threshold = 30
window = 5m
lateness = 60s
group_by = user

[alert:unseen]
kind = new
when = level:error
field = user
learn = 0s

[alert:users]
kind = cardinality
when = level:error
field = user
at_least = 3
window = 10s
`).alerts,
);

/** Of the schema that kept the window of a group in the row of its state. */
const EARLIER_STEPS = 4;

type Written = Readonly<{ store: IncidentStore; database: Database; texts: string[] }>;

function commit(life: AlertLife, { store, database, texts }: Written, from: number): void {
  const unsaved = life.evaluator.unsaved();
  for (const { groups } of unsaved.rules) {
    for (const [, group] of groups) {
      if (group !== null) texts.push((group.window ?? '') + (group.change ?? ''));
    }
  }
  database.transaction(() => store.record(unsaved, life.events.slice(from)));
  life.evaluator.markSaved();
}

function insert(into: Database, table: string, row: Record<string, unknown>): void {
  const names = Object.keys(row);
  into
    .prepare(`INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => '?').join()})`)
    .run(...(Object.values(row) as (string | number)[]));
}

function parsed(evaluator: Evaluator): SavedAlerts {
  return JSON.parse(evaluator.snapshot()) as SavedAlerts;
}

function runsOf(saved: Pick<SavedAlerts, 'runs'>): unknown {
  const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number =>
    a[0] < b[0] ? -1 : 1;
  return [...saved.runs]
    .sort(byKey)
    .map(([key, run]) => [key, { ...run, groups: [...run.groups].sort(byKey) }]);
}

test('IncidentStore reads back what the rules hold, from what changed with each commit', () => {
  const line = fc.record({ step: fc.nat(4), late: fc.nat(12), user: fc.nat(6) });
  const commits = fc.array(fc.array(line, { maxLength: 12 }), { minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(commits, fc.nat(3), (batches, restartEvery) => {
      using database = Database.open(':memory:');
      const written = { store: IncidentStore.open(database), database, texts: [] };
      const life = new AlertLife(RULES);
      let second = 0;
      for (const [index, lines] of batches.entries()) {
        const from = life.events.length;
        for (const { step, late, user } of lines) {
          second += step;
          life.rows([
            {
              etUs: usOf(Math.max(0, second - late)),
              level: 'ERROR',
              fields: { user: `u${user}` },
            },
          ]);
        }
        life.read(second);
        commit(life, written, from);
        // What no longer counts is let go of when it is looked at: as it would be after a restart.
        const saved = written.store.load();
        const other = Evaluator.start(RULES, life.names, { host: 'web-01', saved });
        expect(other.tick(life.batch)).toEqual([]);
        expect(runsOf(parsed(other))).toEqual(runsOf(parsed(life.evaluator)));
        if (restartEvery > 0 && index % restartEvery === 0) life.restart();
      }
    }),
    { numRuns: 150 },
  );
});

test('nothing of a group stays in the tables when it is empty, or when its rule is gone', () => {
  using database = Database.open(':memory:');
  const written: Written = { store: IncidentStore.open(database), database, texts: [] };
  const life = new AlertLife(RULES);
  const countsOf = (): number[] =>
    ['alert_groups', 'alert_group_windows', 'alert_group_changes'].map((table) =>
      Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count),
    );
  for (let second = 0; second < 6; second += 1) {
    life.rows([{ etUs: usOf(second), level: 'ERROR', fields: { user: `u${second % 3}` } }]);
    life.read(second);
    commit(life, written, 0);
  }
  expect(countsOf()).toEqual([6, 6, expect.toSatisfy((count: number) => count > 3)]);
  // Incidents end; then groups are empty. What was ever seen is kept: one group of one rule.
  for (const second of [10_000, 20_000]) {
    life.read(second);
    commit(life, written, 0);
  }
  expect(countsOf()).toEqual([1, 1, expect.any(Number)]);
  life.evaluator.reconfigure([]);
  commit(life, written, 0);
  expect(countsOf()).toEqual([0, 0, 0]);
});

test('IncidentStore reads what an earlier version wrote, with windows among the state', () => {
  using database = Database.open(':memory:');
  const life = new AlertLife(RULES);
  for (let second = 0; second < 40; second += 1) {
    life.rows([{ etUs: usOf(second), level: 'ERROR', fields: { user: `u${second % 3}` } }]);
    life.read(second);
    commit(life, { store: IncidentStore.open(database), database, texts: [] }, 0);
  }
  using earlier = Database.open(':memory:');
  const steps = ALERT_SCHEMA.steps.slice(0, EARLIER_STEPS);
  earlier.migrate({ ...ALERT_SCHEMA, steps });
  for (const table of ['alert_rules', 'alert_group_changes', 'alert_progress']) {
    for (const { begun_us: _, ...row } of database.prepare(`SELECT * FROM ${table}`).all()) {
      insert(earlier, table, row);
    }
  }
  const groups = database
    .prepare('SELECT * FROM alert_groups JOIN alert_group_windows USING (rule_key, group_key)')
    .all();
  expect(groups.length).toBeGreaterThan(3);
  for (const row of groups) insert(earlier, 'alert_groups', row);
  const saved = IncidentStore.open(earlier).load();
  expect(runsOf(saved!)).toEqual(runsOf(IncidentStore.open(database).load()!));
});

test('what is written with a commit does not grow with what a rule holds', () => {
  using database = Database.open(':memory:');
  const written: Written = { store: IncidentStore.open(database), database, texts: [] };
  const many = rulesOf(
    settingsOf(`
[alert:many]
when = level:error
threshold = 100000
window = 1h

[alert:unseen]
kind = new
when = level:error
field = user
`).alerts,
  );
  const life = new AlertLife(many);
  const rows = (from: number, count: number): void => {
    life.rows(
      Array.from({ length: count }, (_, index) => ({
        etUs: usOf((from + index) / 100),
        level: 'ERROR' as const,
        fields: { user: `user-${from + index}` },
      })),
    );
  };
  rows(0, 20_000);
  commit(life, written, 0);
  expect(Math.max(...written.texts.map(({ length }) => length))).toBeGreaterThan(150_000);
  written.texts.length = 0;
  for (let at = 20_000; at < 20_400; at += 10) {
    rows(at, 10);
    commit(life, written, 0);
  }
  expect(Math.max(...written.texts.map(({ length }) => length))).toBeLessThan(1_000);
});
