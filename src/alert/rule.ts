/**
 * An alert rule, checked and with its units fixed: what the evaluator runs.
 *
 * Settings become rules in `rule-from-settings.ts`; programs that embed the engine make them with `customRule`. All
 * times inside the room are µs, as in entries.
 */
import { createHash } from 'node:crypto';
import { unreachable } from '../base/assert.ts';
import type { Aggregate, Season } from '../config/alert-settings.ts';
import type { DayPart } from '../config/value-kinds.ts';
import type { Entry } from '../model/entry.ts';
import type { AlertSeverity, Channel } from '../model/notification.ts';
import { printFilter } from '../query/print-query.ts';
import type { Filter } from '../query/query-tree.ts';

/** An incident is over when its trouble ended this long ago; trouble that comes back sooner is the same incident. */
export const RESOLVE_AFTER_US_DEFAULT = 5 * 60_000_000;

/** How much later than its neighbours a line may arrive and still be counted exactly. Costs memory only. */
export const LATENESS_US_DEFAULT = 60 * 60_000_000;

/** The same for kinds that settle: it is how long they wait. A program stamps a line milliseconds before it writes it. */
export const LATENESS_US_SETTLED = 10_000_000;

export const DAY_US = 24 * 60 * 60_000_000;

/** Which entries a rule looks at. */
export type Condition =
  | Readonly<{ kind: 'query'; text: string; filter: Filter }>
  /** A function of a program that embeds the engine. `name` stands for it where rules are compared. */
  | Readonly<{ kind: 'function'; name: string; test: (entry: Entry) => boolean }>;

export type RuleCommon = Readonly<{
  name: string;
  description: string;
  severity: AlertSeverity;
  notify: readonly Channel[];
  when: Condition;
  /** Fields whose values make separate windows, cooldowns and incidents. */
  groupBy: readonly string[];
  /** Groups remembered at most. */
  groupsMax: number;
  cooldownUs: number;
  resolveAfterUs: number;
  /** Null: never. */
  remindEveryUs: number | null;
  /** An acknowledgement ends when the limit times this is met. */
  worse: number;
  /** Rules whose open incidents keep this one quiet, where the groups are equal in these fields. */
  inhibitedBy: readonly string[];
  inhibitEqual: readonly string[];
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

/** What makes each kind. `kinds/` has one file for each; the words are those of README.md beside this file. */
type RuleBounds =
  /** Fires on every match. */
  | Readonly<{ kind: 'any' }>
  /** Fires on `threshold` matches less than `windowUs` apart. */
  | Readonly<{ kind: 'threshold'; threshold: number; windowUs: number }>
  /**
   * Fires when nothing has matched for `silenceUs`. `expect`: groups that are missed even if they never came; others
   * are gone after `forgetAfterUs`. With a schedule only silence inside that part of a day counts.
   */
  | Readonly<{
      kind: 'absence';
      silenceUs: number;
      expect: readonly string[];
      schedule: (DayPart & Readonly<{ timezone: string }>) | null;
      forgetAfterUs: number;
    }>
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
  /** Fires when a window has `ratio` times as many (or as few) matches as is usual. */
  | Readonly<{
      kind: 'spike' | 'drop';
      ratio: number;
      minimum: number;
      windowUs: number;
      /** Usual is the mean of so many windows before. */
      baselineWindows: number;
      /** Usual is the median of the same window in the last four days or weeks. */
      season: Season;
    }>
  /** Fires when a match is not followed by one of `next` within `withinUs`; over after `holdUs` at the latest. */
  | Readonly<{ kind: 'sequence'; next: Condition; withinUs: number; holdUs: number }>
  /** Fires when a field's value differs from that of the match before. */
  | Readonly<{ kind: 'change'; field: string }>
  /** Fires on a value never seen before, once the rule has learnt for `learnUs`. */
  | Readonly<{ kind: 'new'; field: string; learnUs: number }>;

export type Rule = RuleCommon & RuleBounds;
export type RuleOf<K extends Rule['kind']> = RuleCommon &
  Extract<RuleBounds, Readonly<{ kind: K }>>;

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

/** Groups a rule remembers. A rule with more is grouped by something that is no group (a request id). */
const GROUPS_MAX = 10_000;

const WORSE_DEFAULT = 4;

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
    groupsMax: GROUPS_MAX,
    cooldownUs: (options.cooldownMs ?? 0) * 1000,
    resolveAfterUs:
      options.resolveAfterMs === undefined
        ? RESOLVE_AFTER_US_DEFAULT
        : options.resolveAfterMs * 1000,
    remindEveryUs: null,
    worse: WORSE_DEFAULT,
    inhibitedBy: [],
    inhibitEqual: [],
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

/** What is kept of a slot of a metric: with another number a rule of an older state begins warm, from what is stored. */
const METRIC_SLOTS_VERSION = 2;

/** The parts of a rule that belong to its kind, in one order. */
function boundsOf(rule: Rule): object {
  const { kind } = rule;
  switch (kind) {
    case 'any':
      return { kind };
    case 'threshold':
      return { kind, threshold: rule.threshold, windowUs: rule.windowUs };
    case 'absence':
      return {
        kind,
        silenceUs: rule.silenceUs,
        expect: rule.expect,
        schedule: rule.schedule,
        forgetAfterUs: rule.forgetAfterUs,
      };
    case 'rate': {
      const { percent, minimum, windowUs } = rule;
      return { kind, percent, minimum, windowUs, of: conditionKey(rule.of) };
    }
    case 'metric': {
      const { field, aggregate, comparison, limit, minimum, windowUs } = rule;
      const slots = METRIC_SLOTS_VERSION;
      return { kind, slots, field, aggregate, comparison, limit, minimum, windowUs };
    }
    case 'cardinality': {
      const { field, comparison, distinct, windowUs } = rule;
      return { kind, field, comparison, distinct, windowUs };
    }
    case 'spike':
    case 'drop': {
      const { ratio, minimum, windowUs, baselineWindows, season } = rule;
      return { kind, ratio, minimum, windowUs, baselineWindows, season };
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
