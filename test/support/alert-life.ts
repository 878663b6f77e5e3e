/**
 * One evaluator and the lines it sees, in whole seconds: `lines(3, 5)` are matches at 3 s and 5 s, `read(9)` says
 * that everything up to 9 s has been read. Unless `read` says otherwise, the reading stands at 0 s.
 */
import type { AlertControl } from '../../src/alert/alert-control.ts';
import type { AlertEvent } from '../../src/alert/alert-event.ts';
import { Evaluator, type EvaluatorOptions } from '../../src/alert/evaluator.ts';
import type { Rule } from '../../src/alert/rule.ts';
import type { SavedAlerts } from '../../src/alert/saved-alerts.ts';
import type { StoredLines } from '../../src/alert/warm-start.ts';
import { ColumnNames } from '../../src/model/entry-columns.ts';
import { type AlertRow, columnsOf } from './alert-rows.ts';

export const SECOND_US = 1_000_000;

/** Moments are counted from here: 2026-11-20T12:00:00Z. */
export const LIFE_START_US = Date.UTC(2026, 10, 20, 12) * 1000;

/** Never mind: the rule's own value, in seconds where it is a time. */
export type RuleChange = Readonly<{
  name?: string;
  threshold?: number;
  window?: number;
  cooldown?: number;
  resolveAfter?: number;
  lateness?: number;
  backfill?: boolean;
  backfillAfter?: number;
  groupBy?: readonly string[];
  when?: string;
  late?: 'evaluate' | 'drop';
}>;

export function lifeRule(change: RuleChange = {}): Rule {
  const us = (seconds: number): number => seconds * SECOND_US;
  const level = change.when ?? 'ERROR';
  const common = {
    name: change.name ?? 'errors',
    description: '',
    severity: 'high',
    notify: ['file'],
    when: {
      kind: 'query',
      text: `level:${level.toLowerCase()}`,
      filter: { kind: 'level', comparison: '=', level: level as 'ERROR' },
    },
    groupBy: change.groupBy ?? [],
    cooldownUs: us(change.cooldown ?? 0),
    resolveAfterUs: us(change.resolveAfter ?? 0),
    groupsMax: 10_000,
    remindEveryUs: null,
    worse: 4,
    inhibitedBy: [],
    inhibitEqual: [],
    latenessUs: us(change.lateness ?? 60),
    late: change.late ?? 'evaluate',
    backfill: change.backfill ?? false,
    backfillAfterUs: us(change.backfillAfter ?? 86_400),
  } as const;
  const { threshold = 3, window = 10 } = change;
  if (threshold === 1) return { ...common, kind: 'any' };
  return { ...common, kind: 'threshold', threshold, windowUs: us(window) };
}

export class AlertLife {
  readonly names = new ColumnNames();
  readonly #options: Omit<EvaluatorOptions, 'saved'>;
  evaluator: Evaluator;
  #rules: readonly Rule[];
  #sequence = 1;
  #readUs = LIFE_START_US;
  /** Arrival clock; follows the reading unless set. */
  #atUs = LIFE_START_US;
  readonly events: AlertEvent[] = [];

  constructor(rules: readonly Rule[], options: Partial<EvaluatorOptions> = {}) {
    this.#rules = rules;
    this.#options = { host: 'web-01', ...options };
    this.evaluator = Evaluator.start(rules, this.names, this.#options);
  }

  get batch(): Readonly<{ atUs: number; readCompleteUs: number }> {
    return { atUs: this.#atUs, readCompleteUs: this.#readUs };
  }

  /** Matches at these seconds, in this order of arrival. */
  lines(...seconds: readonly number[]): AlertEvent[] {
    return this.rows(seconds.map((second) => ({ etUs: usOf(second), level: 'ERROR' })));
  }

  rows(rows: readonly AlertRow[]): AlertEvent[] {
    const columns = columnsOf(rows, { names: this.names, sequence: this.#sequence });
    this.#sequence += rows.length;
    const events = this.evaluator.evaluate(columns, { from: 0, to: columns.count }, this.batch);
    this.events.push(...events);
    return events;
  }

  /** Everything up to this second has been read. */
  read(second: number): AlertEvent[] {
    this.#readUs = usOf(second);
    this.#atUs = Math.max(this.#atUs, this.#readUs);
    const events = this.evaluator.tick(this.batch);
    this.events.push(...events);
    return events;
  }

  control(control: AlertControl): AlertEvent[] {
    const events = this.evaluator.control(control, this.batch);
    this.events.push(...events);
    return events;
  }

  /** Move reading and arrival clock without a word, as if no round had ended yet. */
  at(second: number): void {
    this.#readUs = Math.max(this.#readUs, usOf(second));
    this.#atUs = Math.max(this.#atUs, this.#readUs);
  }

  restart(): void {
    const saved = JSON.parse(this.evaluator.snapshot()) as SavedAlerts;
    this.evaluator = Evaluator.start(this.#rules, this.names, { ...this.#options, saved });
  }

  reconfigure(rules: readonly Rule[], stored: StoredLines | null = null): AlertEvent[] {
    this.#rules = rules;
    const events = this.evaluator.reconfigure(rules, undefined, stored);
    this.events.push(...events);
    return events;
  }
}

export function usOf(second: number): number {
  return LIFE_START_US + Math.round(second * SECOND_US);
}

/** `opened 9.9 x3`: name, opening moment in seconds, count; with what was not sent and why. */
export function said(events: readonly AlertEvent[]): string[] {
  return events.map(({ name, incident, heldBy, notification }) => {
    const openedAt = secondOf(incident.openedAtMs);
    const until = incident.resolvedAtMs === null ? '' : `-${secondOf(incident.resolvedAtMs)}`;
    const told = notification === null ? ` (${heldBy})` : '';
    return `${name} ${openedAt}${until} x${incident.count}${told}`;
  });
}

function secondOf(ms: number): number {
  return Math.round(ms * 1000 - LIFE_START_US) / SECOND_US;
}
