/**
 * An alert rule, checked and with its units fixed: what the evaluator runs.
 *
 * Settings become rules here (`ruleOf`); programs that embed the engine make them with `customRule`. All
 * times inside the room are µs, as in entries.
 */
import { createHash } from 'node:crypto';
import { unreachable } from '../base/assert.ts';
import { OperatorError } from '../base/errors.ts';
import type { AlertSettings } from '../config/settings.ts';
import type { Entry } from '../model/entry.ts';
import type { AlertSeverity, Channel } from '../model/notification.ts';
import { parseQuery } from '../query/parse-query.ts';
import { printFilter } from '../query/print-query.ts';
import type { Filter } from '../query/query-tree.ts';

/** An incident is over when its trouble ended this long ago; trouble that comes back sooner is the same incident. */
export const RESOLVE_AFTER_US_DEFAULT = 5 * 60_000_000;

/** How much later than its neighbours a line may arrive and still be counted exactly. Costs memory only. */
export const LATENESS_US_DEFAULT = 60 * 60_000_000;

const DAY_US = 24 * 60 * 60_000_000;

/** Which entries a rule looks at. */
export type Condition =
  | Readonly<{ kind: 'query'; text: string; filter: Filter }>
  /** A function of a program that embeds the engine. `name` stands for it where rules are compared. */
  | Readonly<{ kind: 'function'; name: string; test: (entry: Entry) => boolean }>;

type RuleCommon = Readonly<{
  name: string;
  description: string;
  severity: AlertSeverity;
  notify: readonly Channel[];
  when: Condition;
  /** Fields whose values make separate windows, cooldowns and incidents. */
  groupBy: readonly string[];
  cooldownUs: number;
  resolveAfterUs: number;
  latenessUs: number;
  /**
   * What becomes of a line that arrives later than that: `evaluate` it with what is still remembered (it may
   * miss a match, it never invents one), or `drop` it. Both are counted.
   */
  late: 'evaluate' | 'drop';
  /** Whether entries older than `backfillAfterUs` on arrival notify. */
  backfill: boolean;
  backfillAfterUs: number;
}>;

export const AGGREGATES = ['sum', 'avg', 'min', 'max', 'p50', 'p90', 'p95', 'p99'] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** What makes each kind. `kinds/` has one file for each; the words are those of README.md beside this file. */
type RuleBounds =
  /** Fires on every match. */
  | Readonly<{ kind: 'any' }>
  /** Fires on `threshold` matches less than `windowUs` apart. */
  | Readonly<{ kind: 'threshold'; threshold: number; windowUs: number }>
  /** Fires when nothing has matched for `silenceUs`. `expect`: groups that are missed even if they never came. */
  | Readonly<{ kind: 'absence'; silenceUs: number; expect: readonly string[] }>
  /** Fires when `percent` of at least `minimum` entries of `of` match. */
  | Readonly<{ kind: 'rate'; percent: number; minimum: number; windowUs: number; of: Condition }>
  /** Fires when the aggregate of a field's numbers is above (below) `limit`, over at least `minimum` of them. */
  | Readonly<{
      kind: 'metric';
      field: string;
      aggregate: Aggregate;
      comparison: '>' | '<';
      limit: number;
      minimum: number;
      windowUs: number;
    }>
  /** Fires on `distinct` different values of a field, or, `below`, when there are fewer. */
  | Readonly<{
      kind: 'cardinality';
      field: string;
      comparison: 'atLeast' | 'below';
      distinct: number;
      windowUs: number;
    }>
  /** Fires when a window has `ratio` times as many (or as few) matches as those before it had on average. */
  | Readonly<{ kind: 'spike' | 'drop'; ratio: number; minimum: number; windowUs: number }>
  /** Fires when a match is not followed by one of `next` within `withinUs`; over after `holdUs` at the latest. */
  | Readonly<{ kind: 'sequence'; next: Condition; withinUs: number; holdUs: number }>
  /** Fires when a field's value differs from that of the match before. */
  | Readonly<{ kind: 'change'; field: string }>
  /** Fires on a value never seen before, once the rule has learnt for `learnUs`. */
  | Readonly<{ kind: 'new'; field: string; learnUs: number }>;

export type RuleKind = RuleBounds['kind'];
export type Rule = RuleCommon & RuleBounds;
export type RuleOf<K extends RuleKind> = RuleCommon & Extract<RuleBounds, Readonly<{ kind: K }>>;

/** Kinds for which one more line can only make the condition hold longer: they fire at once. The others settle. */
export function firesAtOnce(rule: Rule): boolean {
  switch (rule.kind) {
    case 'any':
    case 'threshold':
    case 'new':
      return true;
    case 'cardinality':
      return rule.comparison === 'atLeast';
    default:
      return false;
  }
}

export function ruleOf(settings: AlertSettings): Rule {
  const common: RuleCommon = {
    name: settings.name,
    description: settings.description,
    severity: settings.severity,
    notify: settings.notify,
    when: { kind: 'query', text: settings.when, filter: conditionOf(settings) },
    groupBy: settings.groupBy,
    cooldownUs: settings.cooldownMs * 1000,
    resolveAfterUs: RESOLVE_AFTER_US_DEFAULT,
    latenessUs: Math.min(LATENESS_US_DEFAULT, settings.backfillAfterMs * 1000),
    late: 'evaluate',
    backfill: settings.backfill,
    backfillAfterUs: settings.backfillAfterMs * 1000,
  };
  if (settings.threshold <= 1) return { ...common, kind: 'any' };
  const windowUs = settings.windowMs * 1000;
  return { ...common, kind: 'threshold', threshold: settings.threshold, windowUs };
}

/** Rules look at entries as they come, whenever that is: a rule bound to a time would mean something else tomorrow. */
function conditionOf({ name, when }: AlertSettings): Filter {
  // Times are refused below; this moment only lets them be read.
  const { filter } = parseQuery(when, { nowMs: Date.UTC(2000, 0), timezone: 'UTC' });
  if (!hasTime(filter)) return filter;
  throw new OperatorError(
    'QUERY_INVALID',
    `Cannot use "${when}" in [alert:${name}]: found "since" or "until", allowed is a condition without times`,
  );
}

function hasTime(filter: Filter): boolean {
  if (filter.kind === 'and' || filter.kind === 'or') return filter.parts.some(hasTime);
  return filter.kind === 'not' ? hasTime(filter.part) : filter.kind === 'time';
}

/** The enabled rules of a config. */
export function rulesOf(alerts: readonly AlertSettings[]): Rule[] {
  return alerts.filter((alert) => alert.enabled).map(ruleOf);
}

export type CustomRuleOptions = Readonly<{
  name: string;
  test: (entry: Entry) => boolean;
  threshold?: number;
  windowMs?: number;
  severity?: AlertSeverity;
  description?: string;
  groupBy?: readonly string[];
  notify?: readonly Channel[];
  cooldownMs?: number;
  resolveAfterMs?: number;
}>;

/** A rule whose condition is a function. It sees all entries, however old they are when they arrive. */
export function customRule(options: CustomRuleOptions): Rule {
  const common: RuleCommon = {
    name: options.name,
    description: options.description ?? '',
    severity: options.severity ?? 'medium',
    notify: options.notify ?? [],
    when: { kind: 'function', name: options.name, test: options.test },
    groupBy: options.groupBy ?? [],
    cooldownUs: (options.cooldownMs ?? 0) * 1000,
    resolveAfterUs:
      options.resolveAfterMs === undefined
        ? RESOLVE_AFTER_US_DEFAULT
        : options.resolveAfterMs * 1000,
    latenessUs: LATENESS_US_DEFAULT,
    late: 'evaluate',
    backfill: true,
    backfillAfterUs: DAY_US,
  };
  const { threshold = 1, windowMs = 60_000 } = options;
  if (threshold <= 1) return { ...common, kind: 'any' };
  return { ...common, kind: 'threshold', threshold, windowUs: windowMs * 1000 };
}

/**
 * What decides which incidents a rule finds, as a hash: two rules with the same key share state over a
 * reload, whatever their name, severity, recipients or cooldown.
 */
export function windowKeyOf(rule: Rule): string {
  const canonical = JSON.stringify({
    ...boundsOf(rule),
    when: conditionKey(rule.when),
    groupBy: rule.groupBy,
    latenessUs: rule.latenessUs,
    late: rule.late,
  });
  return createHash('sha256').update(canonical).digest('hex');
}

/** The parts of a rule that belong to its kind, in one order. */
function boundsOf(rule: Rule): object {
  const { kind } = rule;
  switch (kind) {
    case 'any':
      return { kind };
    case 'threshold':
      return { kind, threshold: rule.threshold, windowUs: rule.windowUs };
    case 'absence':
      return { kind, silenceUs: rule.silenceUs, expect: rule.expect };
    case 'rate': {
      const { percent, minimum, windowUs } = rule;
      return { kind, percent, minimum, windowUs, of: conditionKey(rule.of) };
    }
    case 'metric': {
      const { field, aggregate, comparison, limit, minimum, windowUs } = rule;
      return { kind, field, aggregate, comparison, limit, minimum, windowUs };
    }
    case 'cardinality': {
      const { field, comparison, distinct, windowUs } = rule;
      return { kind, field, comparison, distinct, windowUs };
    }
    case 'spike':
    case 'drop': {
      const { ratio, minimum, windowUs } = rule;
      return { kind, ratio, minimum, windowUs };
    }
    case 'sequence': {
      const { withinUs, holdUs } = rule;
      return { kind, withinUs, holdUs, next: conditionKey(rule.next) };
    }
    case 'change':
      return { kind, field: rule.field };
    case 'new':
      return { kind, field: rule.field, learnUs: rule.learnUs };
    default:
      return unreachable(rule);
  }
}

function conditionKey(condition: Condition): string | object {
  return condition.kind === 'query' ? printFilter(condition.filter) : { function: condition.name };
}
