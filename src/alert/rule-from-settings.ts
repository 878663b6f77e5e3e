/** `[alert:NAME]` as a rule. The config was checked: what a kind needs is there. */
import { assert, unreachable } from '../base/assert.ts';
import { OperatorError } from '../base/errors.ts';
import type { AlertSettings } from '../config/alert-settings.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Filter } from '../query/query-tree.ts';
import {
  type Condition,
  firesAtOnce,
  LATENESS_US_DEFAULT,
  LATENESS_US_SETTLED,
  type Rule,
  type RuleCommon,
} from './rule.ts';

/** The enabled rules of a config. */
export function rulesOf(alerts: readonly AlertSettings[]): Rule[] {
  return alerts.filter((alert) => alert.enabled).map(ruleOf);
}

export function ruleOf(settings: AlertSettings): Rule {
  const rule = ruleOfKind(settings, commonOf(settings));
  const usualUs = firesAtOnce(rule) ? LATENESS_US_DEFAULT : LATENESS_US_SETTLED;
  const latenessUs = settings.latenessMs === null ? usualUs : settings.latenessMs * 1000;
  return { ...rule, latenessUs: Math.min(latenessUs, rule.backfillAfterUs) };
}

function commonOf(settings: AlertSettings): RuleCommon {
  return {
    name: settings.name,
    description: settings.description,
    severity: settings.severity,
    notify: settings.notify,
    when: conditionOf(settings, 'when'),
    groupBy: settings.groupBy,
    groupsMax: settings.maxGroups,
    cooldownUs: settings.cooldownMs * 1000,
    resolveAfterUs: settings.resolveAfterMs * 1000,
    remindEveryUs: settings.remindEveryMs === null ? null : settings.remindEveryMs * 1000,
    worse: settings.worse,
    inhibitedBy: settings.inhibitedBy,
    inhibitEqual: settings.inhibitEqual,
    latenessUs: LATENESS_US_DEFAULT,
    late: settings.late,
    backfill: settings.backfill,
    backfillAfterUs: settings.backfillAfterMs * 1000,
  };
}

function ruleOfKind(settings: AlertSettings, common: RuleCommon): Rule {
  const { kind, minimum } = settings;
  const windowUs = settings.windowMs * 1000;
  switch (kind) {
    case 'any':
      return { ...common, kind };
    case 'threshold':
      return { ...common, kind, threshold: settings.threshold, windowUs };
    case 'absence': {
      const { expect, schedule, timezone, forgetAfterMs } = settings;
      return {
        ...common,
        kind,
        silenceUs: usOf(settings.silenceMs),
        expect,
        schedule: schedule === null ? null : { ...schedule, timezone },
        forgetAfterUs: forgetAfterMs * 1000,
      };
    }
    case 'rate': {
      const percent = needed(settings.percent);
      return { ...common, kind, percent, minimum, windowUs, of: conditionOf(settings, 'of') };
    }
    case 'metric': {
      const { above, below } = settings;
      const comparison = above === null ? '<' : '>';
      const field = needed(settings.field);
      const aggregate = needed(settings.aggregate);
      const limit = needed(above ?? below);
      return { ...common, kind, field, aggregate, comparison, limit, minimum, windowUs };
    }
    case 'cardinality': {
      const { atLeast, below } = settings;
      const comparison = atLeast === null ? 'below' : 'atLeast';
      const distinct = needed(atLeast ?? below);
      return { ...common, kind, field: needed(settings.field), comparison, distinct, windowUs };
    }
    case 'spike':
    case 'drop': {
      const { baseline: baselineWindows, season } = settings;
      const ratio = needed(settings.ratio);
      return { ...common, kind, ratio, minimum, windowUs, baselineWindows, season };
    }
    case 'sequence': {
      const next = conditionOf(settings, 'next');
      const withinUs = usOf(settings.withinMs);
      return { ...common, kind, next, withinUs, holdUs: settings.holdMs * 1000 };
    }
    case 'change':
      return { ...common, kind, field: needed(settings.field) };
    case 'new':
      return { ...common, kind, field: needed(settings.field), learnUs: settings.learnMs * 1000 };
    default:
      return unreachable(kind);
  }
}

function needed<T>(value: T | null): T {
  assert(value !== null, 'the config has what the kind of a rule needs');
  return value;
}

function usOf(durationMs: number | null): number {
  return needed(durationMs) * 1000;
}

/** Rules look at entries as they come, whenever that is: a rule bound to a time would mean something else tomorrow. */
function conditionOf(settings: AlertSettings, key: 'when' | 'of' | 'next'): Condition {
  const text = needed(settings[key]);
  // Times are refused below; this moment only lets them be read.
  const { filter } = parseQuery(text, { nowMs: Date.UTC(2000, 0), timezone: 'UTC' });
  if (!hasTime(filter)) return { kind: 'query', text, filter };
  throw new OperatorError(
    'QUERY_INVALID',
    `Cannot use "${text}" in [alert:${settings.name}]: found "since" or "until", allowed is a condition without times`,
  );
}

function hasTime(filter: Filter): boolean {
  if (filter.kind === 'and' || filter.kind === 'or') return filter.parts.some(hasTime);
  return filter.kind === 'not' ? hasTime(filter.part) : filter.kind === 'time';
}
