import { expect, test } from 'vitest';
import { Evaluator } from '../../../src/alert/evaluator.ts';
import { IncidentStore } from '../../../src/alert/incident-store.ts';
import { Database } from '../../../src/base/database.ts';
import { AlertLife, lifeRule, said, usOf } from '../../support/alert-life.ts';

const RULES = [lifeRule({ threshold: 2, groupBy: ['user'], resolveAfter: 5, cooldown: 20 })];

/** Commit what has happened, as ingest does. */
function commit(
  database: Database,
  store: IncidentStore,
  life: AlertLife,
  eventCount: number,
): void {
  database.transaction(() => {
    store.record(life.evaluator.unsaved(), life.events.slice(eventCount));
  });
  life.evaluator.markSaved();
}

function row(second: number, user: string) {
  return { etUs: usOf(second), level: 'ERROR' as const, fields: { user } };
}

test('IncidentStore keeps incidents with their newest numbers, and their history', () => {
  using database = Database.open(':memory:');
  const store = IncidentStore.open(database);
  const life = new AlertLife(RULES);
  life.rows([row(1, 'ann'), row(2, 'ann'), row(3, 'ann')]);
  commit(database, store, life, 0);
  const [open] = store.list();
  expect(open).toMatchObject({
    rule: 'errors',
    severity: 'high',
    group: { user: 'ann' },
    openedAtMs: usOf(2) / 1000,
    resolvedAtMs: null,
    count: 3,
    notified: 1,
  });
  expect(store.list({ state: 'resolved' })).toEqual([]);

  const before = life.events.length;
  life.rows([row(4, 'ann')]);
  life.read(60);
  commit(database, store, life, before);
  const [over] = store.list({ state: 'resolved' });
  expect(over).toMatchObject({
    id: open!.id,
    resolvedAtMs: usOf(13) / 1000,
    count: 4,
    notified: 2,
  });
  const saidAtMs = store.history(open!.id).at(-1)!.saidAtMs;
  expect(store.list({ saidSinceMs: saidAtMs })).toEqual([over]);
  expect(store.list({ saidSinceMs: saidAtMs + 1 })).toEqual([]);
  expect(store.find(open!.id.slice(0, 6))).toEqual(over);
  expect(store.find('zzzz')).toBeNull();
  const history = store.history(open!.id);
  expect(history.map(({ name, heldBy }) => `${name} ${heldBy}`)).toEqual([
    'opened null',
    'resolved null',
  ]);
  expect(history[0]!.notification).toBe(`alert:${open!.id}:1:opened`);
});

test('IncidentStore finds incidents by time, rule, severity and page, and hides those merged away', () => {
  using database = Database.open(':memory:');
  const store = IncidentStore.open(database);
  const life = new AlertLife([lifeRule({ threshold: 2, window: 5, resolveAfter: 9 })]);
  life.lines(0, 1, 14, 15, 100, 101);
  life.lines(10);
  commit(database, store, life, 0);
  const opened = (query: Parameters<IncidentStore['list']>[0]): number[] =>
    store.list(query).map(({ openedAtMs }) => openedAtMs * 1000);
  expect(opened({})).toEqual([usOf(101), usOf(1)]);
  expect(opened({ limit: 1 })).toEqual([usOf(101)]);
  expect(opened({ limit: 1, offset: 1 })).toEqual([usOf(1)]);
  expect(opened({ rule: 'other' })).toEqual([]);
  expect(opened({ severity: 'low' })).toEqual([]);
  expect(opened({ untilMs: usOf(50) / 1000 })).toEqual([usOf(1)]);
  life.read(200);
  commit(database, store, life, 0);
  expect(opened({ fromMs: usOf(50) / 1000 })).toEqual([usOf(101)]);
});

test('IncidentStore counts incidents, and puts the open ones first, the worst of them at the top', () => {
  using database = Database.open(':memory:');
  const store = IncidentStore.open(database);
  const again = { threshold: 1, window: 5, resolveAfter: 9 };
  const life = new AlertLife([
    lifeRule({ ...again, name: 'high' }),
    { ...lifeRule({ ...again, name: 'low', resolveAfter: 1_000 }), severity: 'low' },
    { ...lifeRule({ ...again, name: 'critical', resolveAfter: 1_000 }), severity: 'critical' },
  ]);
  life.lines(1, 100);
  life.read(200);
  commit(database, store, life, 0);
  const rows = store.list({ order: 'worst' });
  expect(rows.map(({ rule, openedAtMs }) => [rule, openedAtMs * 1_000])).toEqual([
    ['critical', usOf(1)],
    ['low', usOf(1)],
    ['high', usOf(100)],
    ['high', usOf(1)],
  ]);
  expect(store.count({})).toBe(4);
  expect(store.count({ state: 'open' })).toBe(2);
  expect(store.count({ state: 'open', rule: 'high' })).toBe(0);
  expect(store.count({ untilMs: usOf(50) / 1_000 })).toBe(3);
});

test('Evaluator started from what IncidentStore wrote goes on as if nothing had happened', () => {
  using database = Database.open(':memory:');
  const store = IncidentStore.open(database);
  expect(store.load()).toBeNull();
  const life = new AlertLife(RULES);
  const other = new AlertLife(RULES);
  let committed = 0;
  for (let index = 0; index < 80; index += 1) {
    const rows = [row((index * 7) % 60, `u${index % 4}`)];
    life.rows(rows);
    other.rows(rows);
    life.read(index);
    other.read(index);
    if (index % 3 === 0) {
      commit(database, store, life, committed);
      committed = life.events.length;
      const saved = store.load();
      life.evaluator = Evaluator.start(RULES, life.names, { host: 'web-01', saved });
    }
  }
  expect(life.events).toEqual(other.events);
  expect(said(life.events).length).toBeGreaterThan(20);
});

test('IncidentStore forgets groups that are gone and rules that were removed', () => {
  using database = Database.open(':memory:');
  const store = IncidentStore.open(database);
  const life = new AlertLife(RULES);
  life.rows([row(1, 'ann'), row(1, 'bob')]);
  commit(database, store, life, 0);
  const groupCount = (): number => store.load()!.runs.flatMap(([, run]) => run.groups).length;
  expect(groupCount()).toBe(2);
  life.read(1_000);
  commit(database, store, life, 0);
  expect(groupCount()).toBe(0);
  life.reconfigure([]);
  commit(database, store, life, 0);
  expect(store.load()!.runs).toEqual([]);
});

test('IncidentStore closes what is open under a rule that is gone when the daemon starts again', () => {
  using database = Database.open(':memory:');
  const store = IncidentStore.open(database);
  const life = new AlertLife([
    lifeRule({ name: 'gone', threshold: 1, resolveAfter: 5 }),
    lifeRule({ threshold: 2 }),
  ]);
  life.lines(1, 2);
  commit(database, store, life, 0);
  expect(store.list({ state: 'open' }).map(({ rule }) => rule)).toEqual(['errors', 'gone']);
  const rules = [lifeRule({ threshold: 2 })];
  const saved = store.load();
  life.evaluator = Evaluator.start(rules, life.names, { host: 'web-01', saved });
  commit(database, store, life, life.events.length);
  expect(store.list({ state: 'open' }).map(({ rule }) => rule)).toEqual(['errors']);
  const closed = store.list({ rule: 'gone' })[0]!;
  expect(store.history(closed.id).map(({ name }) => name)).toEqual(['opened', 'closed']);
});

test('IncidentStore discards state of another version, keeps the incidents, and closes the open ones', () => {
  using database = Database.open(':memory:');
  const store = IncidentStore.open(database);
  const life = new AlertLife([lifeRule({ threshold: 1 })]);
  life.lines(1);
  commit(database, store, life, 0);
  database.prepare('UPDATE alert_progress SET format = 99').run();
  const again = IncidentStore.open(database);
  const saved = again.load();
  expect(saved).toMatchObject({ runs: [] });
  life.evaluator = Evaluator.start([lifeRule({ threshold: 1 })], life.names, { host: 'x', saved });
  commit(database, again, life, life.events.length);
  expect(again.list({ state: 'resolved' })).toHaveLength(1);
  expect(again.load()!.runs).toEqual([]);
});
