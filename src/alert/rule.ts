/**
 * An alert rule, checked and with its units fixed: what the evaluator runs.
 *
 * Settings become rules here (`ruleOf`); programs that embed the engine make them with `customRule`. All
 * times inside the room are µs, as in entries.
 */
import { createHash } from 'node:crypto';
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

export type Rule =
  /** Fires on every match. */
  | (RuleCommon & Readonly<{ kind: 'any' }>)
  /** Fires on `threshold` matches less than `windowUs` apart. */
  | (RuleCommon & Readonly<{ kind: 'threshold'; threshold: number; windowUs: number }>);

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
  const { kind, groupBy, latenessUs, late } = rule;
  const when =
    rule.when.kind === 'query' ? printFilter(rule.when.filter) : { function: rule.when.name };
  const bounds = rule.kind === 'threshold' ? [rule.threshold, rule.windowUs] : [];
  const canonical = JSON.stringify([kind, when, bounds, groupBy, latenessUs, late]);
  return createHash('sha256').update(canonical).digest('hex');
}
