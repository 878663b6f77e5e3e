/** One random life of a rule: what the evaluator said, and what the model says it should have. */
import type { AlertEvent } from '../../../src/alert/alert-event.ts';
import { Evaluator } from '../../../src/alert/evaluator.ts';
import type { Rule } from '../../../src/alert/rule.ts';
import type { SavedAlerts } from '../../../src/alert/saved-alerts.ts';
import { ColumnNames } from '../../../src/model/entry-columns.ts';
import type { Incident } from '../../../src/model/incident.ts';
import type { Level } from '../../../src/model/level.ts';
import { columnsOf } from '../../support/alert-rows.ts';
import { type ModelItem, runModel } from './naive-model.ts';

/** One line, or a tick. Numbers are in units of the case. */
export type Op = Readonly<{
  advance: number;
  /** How far behind the newest line its stamp is. */
  back: number;
  group: number;
  /** Bits: the first condition, the second. */
  roles: number;
  value: number;
  file: number;
  isTick: boolean;
  reading: 'stays' | 'slow' | 'behind' | 'tight';
  joinsBatch: boolean;
  restarts: boolean;
}>;

export type Case = Readonly<{
  rule: Rule;
  /** Length of the unit in which ops count, µs. */
  unitUs: number;
  ops: readonly Op[];
  /** Clock at the first op; default: a second after the epoch. */
  startUs?: number;
}>;

const START_US = 1_000_000;

/** Kinds whose incidents count the lines between their first and their newest. */
const COUNTED_KINDS: readonly Rule['kind'][] = [
  'any',
  'threshold',
  'rate',
  'metric',
  'spike',
  'drop',
];

/** Levels stand for the conditions: `level:warn` is both, as a line may be. */
const LEVEL_OF_ROLES: readonly Level[] = ['INFO', 'ERROR', 'DEBUG', 'WARN'];

export const WHEN = {
  kind: 'query',
  text: 'level>=warn',
  filter: { kind: 'level', comparison: '>=', level: 'WARN' },
} as const;

/** Holds for DEBUG and WARN. */
export const SECOND = {
  kind: 'query',
  text: 'level:debug OR level:warn',
  filter: {
    kind: 'or',
    parts: [
      { kind: 'level', comparison: '=', level: 'DEBUG' },
      { kind: 'level', comparison: '=', level: 'WARN' },
    ],
  },
} as const;

export function itemsOf({ rule, ops, unitUs, startUs = START_US }: Case): ModelItem[] {
  let nowUs = startUs;
  let atUs = startUs;
  let readCompleteUs = startUs - 20 * unitUs;
  return ops.map((op, index) => {
    nowUs += op.advance * unitUs;
    const joins = op.joinsBatch && index > 0 && !op.isTick;
    if (!joins) readCompleteUs = Math.max(readCompleteUs, nowUs - behindOf(op) * unitUs);
    // All of a batch arrives at once.
    if (!joins) atUs = nowUs;
    const second = rule.kind === 'rate' ? true : (op.roles & 2) !== 0;
    return {
      readCompleteUs,
      atUs,
      index,
      etUs: op.isTick ? null : nowUs - op.back * unitUs,
      group: `g${op.group}`,
      matches: (op.roles & 1) !== 0,
      second: rule.kind === 'rate' || rule.kind === 'sequence' ? second : false,
      value: op.value,
      generation: op.file,
      offset: index,
    };
  });
}

function behindOf({ reading }: Op): number {
  switch (reading) {
    case 'stays':
      return Number.POSITIVE_INFINITY;
    case 'slow':
      return 15;
    case 'behind':
      return 2;
    case 'tight':
      return 0;
  }
}

export function checkCase(each: Case): Readonly<{ said: unknown; expected: unknown }> {
  const { rule } = each;
  const items = itemsOf(each);
  const life = live(new Life(rule), each, items);
  const model = runModel(rule, items);
  const isCounted = COUNTED_KINDS.includes(rule.kind);
  return {
    said: { events: life.said.sort(), incidents: life.incidentTexts(isCounted) },
    expected: {
      events: model.events
        .map(
          ({ item, name, group, born, ordinal }) => `${item} ${name} ${group} ${born}.${ordinal}`,
        )
        .sort(),
      incidents: model.incidents.map((text) => (isCounted ? text : text.replace(/ x\d+/, ''))),
    },
  };
}

/** What is said in the case: where state is written after each batch, and restored now and then; where it never is. */
export function saidWithAndWithoutWriting(each: Case): { with: string[]; without: string[] } {
  const items = itemsOf(each);
  return {
    with: live(new Life(each.rule), each, items).events,
    without: live(new Life(each.rule, { isWritten: false }), each, items).events,
  };
}

function live(life: Life, { ops }: Case, items: readonly ModelItem[]): Life {
  for (let index = 0; index < items.length; ) {
    if (ops[index]!.restarts) life.restart();
    const end = batchEnd(items, ops, index);
    life.batch(items.slice(index, end), ops.slice(index, end), index);
    index = end;
  }
  return life;
}

/** An evaluator that commits after every batch, or never. */
class Life {
  readonly events: string[] = [];
  readonly said: string[] = [];
  readonly #incidents = new Map<string, Incident>();
  /** Each incident by the item it was born at, and which of the incidents born there in its group it is. */
  readonly #births = new Map<string, string>();
  readonly #rule: Rule;
  readonly #names = new ColumnNames();
  #evaluator: Evaluator;

  readonly #isWritten: boolean;

  constructor(rule: Rule, { isWritten = true }: Readonly<{ isWritten?: boolean }> = {}) {
    this.#rule = rule;
    this.#isWritten = isWritten;
    this.#evaluator = Evaluator.start([rule], this.#names, { host: 'test' });
  }

  restart(): void {
    if (!this.#isWritten) return;
    const saved = JSON.parse(this.#evaluator.snapshot()) as SavedAlerts;
    this.#evaluator = Evaluator.start([this.#rule], this.#names, { host: 'test', saved });
  }

  batch(items: readonly ModelItem[], ops: readonly Op[], first: number): void {
    const batch = { atUs: items[0]!.atUs, readCompleteUs: items[0]!.readCompleteUs };
    const lines = items.filter((item) => item.etUs !== null);
    const columns = columnsOf(
      lines.map((item, index) => ({
        etUs: item.etUs!,
        level: LEVEL_OF_ROLES[ops[index]!.roles]!,
        fields: { g: item.group, v: item.value },
      })),
      { names: this.#names, sequence: first },
    );
    for (const [row, item] of lines.entries()) {
      columns.generation[row] = item.generation;
      columns.offset[row] = item.offset;
    }
    const events =
      lines.length === 0
        ? this.#evaluator.tick(batch)
        : this.#evaluator.evaluate(columns, { from: 0, to: columns.count }, batch);
    this.events.push(
      ...events.map(({ name, sequence, incident: { id, openedAtMs, resolvedAtMs, count } }) => {
        // How far one had come that is part of another now depends on which of a line's pieces were added first.
        const span = name === 'merged' ? '' : `${openedAtMs} ${resolvedAtMs} ${count}`;
        return `${sequence} ${name} ${id} ${span}`;
      }),
    );
    if (!this.#isWritten) return;
    for (const event of events) this.#note(event, lines.length === 0 ? first : event.sequence);
    for (const incident of this.#evaluator.unsaved().incidents) {
      this.#incidents.set(incident.id, incident);
    }
    this.#evaluator.markSaved();
  }

  incidentTexts(isCounted: boolean): string[] {
    const texts = [...this.#incidents.values()].map((incident) => {
      const { id, group, openedAtMs, resolvedAtMs, count } = incident;
      // While it is open, an incident does not say where its trouble ends.
      const endUs = resolvedAtMs === null ? '' : Math.round(resolvedAtMs * 1000);
      const counted = isCounted ? ` x${count}` : '';
      const span = `${Math.round(openedAtMs * 1000)}-${endUs}`;
      return `${group.g} ${this.#births.get(id)} ${span}${counted} ${resolvedAtMs !== null}`;
    });
    return texts.sort();
  }

  #note({ name, incident, mergedInto }: AlertEvent, item: number): void {
    const { id, group } = incident;
    if (name === 'opened') {
      const before = [...this.#births].filter(
        ([other, birth]) =>
          birth.startsWith(`${item}.`) && this.#incidents.get(other)?.group.g === group.g,
      );
      this.#births.set(id, `${item}.${before.length}`);
    }
    this.said.push(`${item} ${name} ${group.g} ${this.#births.get(id)}`);
    this.#incidents.set(id, incident);
    if (mergedInto !== null) this.#incidents.delete(id);
  }
}

/** Rows that join a batch have its read-complete time; a tick is a batch of its own. */
function batchEnd(items: readonly ModelItem[], ops: readonly Op[], from: number): number {
  let end = from + 1;
  if (items[from]!.etUs === null) return end;
  while (end < items.length && ops[end]!.joinsBatch && items[end]!.etUs !== null) end += 1;
  return end;
}
