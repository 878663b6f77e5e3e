/** One random life of a rule: what the evaluator said, and what the model says it should have. */

import type { SavedAlerts } from '../../../src/alert/evaluator.ts';
import { Evaluator } from '../../../src/alert/evaluator.ts';
import { incidentIdOf } from '../../../src/alert/incident-id.ts';
import { type Rule, windowKeyOf } from '../../../src/alert/rule.ts';
import { ColumnNames } from '../../../src/model/entry-columns.ts';
import type { Incident } from '../../../src/model/incident.ts';
import { columnsOf } from '../../support/alert-rows.ts';
import { type ModelItem, runModel } from './naive-model.ts';

export type Op = Readonly<{
  advance: number;
  back: number;
  group: number;
  matches: boolean;
  isTick: boolean;
  reading: 'stays' | 'slow' | 'behind' | 'tight';
  joinsBatch: boolean;
  restarts: boolean;
}>;

export type Case = Readonly<{
  threshold: number;
  windowUs: number;
  resolveAfterUs: number;
  latenessUs: number;
  ops: readonly Op[];
}>;

const START_US = 1_000_000;

export function ruleOfCase(each: Case): Rule {
  const common = {
    name: 'errors',
    description: '',
    severity: 'high',
    notify: ['file'],
    when: {
      kind: 'query',
      text: 'level:error',
      filter: { kind: 'level', comparison: '=', level: 'ERROR' },
    },
    groupBy: ['g'],
    cooldownUs: 0,
    resolveAfterUs: each.resolveAfterUs,
    latenessUs: each.latenessUs,
    late: 'drop',
    backfill: true,
    backfillAfterUs: 1e12,
  } as const;
  if (each.threshold === 1) return { ...common, kind: 'any' };
  return { ...common, kind: 'threshold', threshold: each.threshold, windowUs: each.windowUs };
}

export function itemsOf(ops: readonly Op[]): ModelItem[] {
  let nowUs = START_US;
  let readCompleteUs = START_US - 20;
  return ops.map((op, index) => {
    nowUs += op.advance;
    const joins = op.joinsBatch && index > 0 && !op.isTick;
    if (!joins) readCompleteUs = Math.max(readCompleteUs, readingOf(op, nowUs));
    return {
      readCompleteUs,
      etUs: op.isTick ? null : nowUs - op.back,
      group: `g${op.group}`,
      matches: op.matches,
    };
  });
}

function readingOf(op: Op, nowUs: number): number {
  switch (op.reading) {
    case 'stays':
      return 0;
    case 'slow':
      return nowUs - 15;
    case 'behind':
      return nowUs - 2;
    case 'tight':
      return nowUs;
  }
}

export function checkCase(each: Case): Readonly<{ said: unknown; expected: unknown }> {
  const rule = ruleOfCase(each);
  const items = itemsOf(each.ops);
  const names = new ColumnNames();
  let evaluator = Evaluator.start([rule], names, { host: 'test' });
  const said: string[] = [];
  const incidents = new Map<string, Incident>();
  let index = 0;
  while (index < items.length) {
    if (each.ops[index]!.restarts) {
      const saved = JSON.parse(evaluator.snapshot()) as SavedAlerts;
      evaluator = Evaluator.start([rule], names, { host: 'test', saved });
    }
    const end = batchEnd(items, each.ops, index);
    const batch = { atUs: START_US * 2, readCompleteUs: items[index]!.readCompleteUs };
    const lines = items.slice(index, end).filter((item) => item.etUs !== null);
    const columns = columnsOf(
      lines.map((item) => ({
        etUs: item.etUs!,
        level: item.matches ? 'ERROR' : 'INFO',
        fields: { g: item.group },
      })),
      { names, sequence: index },
    );
    const events =
      lines.length === 0
        ? evaluator.tick(batch)
        : evaluator.evaluate(columns, { from: 0, to: columns.count }, batch);
    for (const event of events) {
      // A tick is said with the line before it.
      const at = lines.length === 0 ? index : event.sequence;
      said.push(`${at} ${event.name} ${event.incident.group.g} ${event.incident.id}`);
      incidents.set(event.incident.id, event.incident);
      if (event.mergedInto !== null) incidents.delete(event.incident.id);
    }
    for (const incident of evaluator.unsaved().incidents) incidents.set(incident.id, incident);
    evaluator.markSaved();
    index = end;
  }
  const model = runModel(rule, items);
  const idOf = (group: string, sequence: number, ordinal: number): string =>
    incidentIdOf(windowKeyOf(rule), { group, sequence, ordinal });
  const expectedIncidents = model.incidents.map((text) => {
    const [group, born, ...rest] = text.split(' ') as [string, string, ...string[]];
    const [sequence, ordinal] = born.split('.').map(Number) as [number, number];
    return [idOf(group, sequence, ordinal), ...rest].join(' ');
  });
  return {
    said: { events: said.sort(), incidents: [...incidents.values()].map(textOf).sort() },
    expected: {
      events: model.events
        .map((e) => `${e.item} ${e.name} ${e.group} ${idOf(e.group, e.born, e.ordinal)}`)
        .sort(),
      incidents: expectedIncidents.sort(),
    },
  };
}

/** Rows that join a batch have its read-complete time; a tick is a batch of its own. */
function batchEnd(items: readonly ModelItem[], ops: readonly Op[], from: number): number {
  let end = from + 1;
  if (items[from]!.etUs === null) return end;
  while (end < items.length && ops[end]!.joinsBatch && items[end]!.etUs !== null) end += 1;
  return end;
}

/** While it is open, an incident does not say where its trouble ends. */
function textOf(incident: Incident): string {
  const openUs = Math.round(incident.openedAtMs * 1000);
  const isOver = incident.resolvedAtMs !== null;
  const endUs = isOver ? Math.round(incident.resolvedAtMs * 1000) : '';
  return `${incident.id} ${openUs}-${endUs} x${incident.count} ${isOver}`;
}
