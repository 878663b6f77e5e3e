/** What a rule asks for and what it found, in a few words of people. */
import { unreachable } from '../base/assert.ts';
import { formatDuration } from '../base/duration.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Incident } from '../model/incident.ts';
import type { Rule } from './rule.ts';

/** `5 in 2 min`, `nothing for 30 min`, `at least 50 % of 20 or more in 5 min`. */
export function boundText(rule: Rule): string {
  switch (rule.kind) {
    case 'any':
      return 'every match';
    case 'threshold':
      return `${formatCount(rule.threshold)} in ${durationText(rule.windowUs)}`;
    case 'absence':
      return `nothing for ${durationText(rule.silenceUs)}`;
    case 'rate':
      return `at least ${rule.percent} % of ${formatCount(rule.minimum)} or more in ${durationText(rule.windowUs)}`;
    case 'metric': {
      const { aggregate, field, comparison, limit, windowUs } = rule;
      return `${aggregate} of ${field} ${comparison} ${limit} in ${durationText(windowUs)}`;
    }
    case 'cardinality': {
      const { comparison, distinct, field, windowUs } = rule;
      const bound = comparison === 'atLeast' ? 'at least' : 'fewer than';
      return `${bound} ${formatCount(distinct)} different ${field} in ${durationText(windowUs)}`;
    }
    case 'spike':
      return `${rule.ratio} times as many as usual in ${durationText(rule.windowUs)}`;
    case 'drop':
      return `${rule.ratio} times fewer than usual in ${durationText(rule.windowUs)}`;
    case 'sequence':
      return `a match not followed within ${durationText(rule.withinUs)}`;
    case 'change':
      return `another ${rule.field} than before`;
    case 'new':
      return `a ${rule.field} never seen before`;
    default:
      return unreachable(rule);
  }
}

/** What was found by kinds that say no more than that their bound is met. */
export function findingText(rule: Rule, { count, firstAtMs, lastAtMs }: Incident): string {
  switch (rule.kind) {
    case 'absence':
      return boundText(rule);
    case 'cardinality':
      return boundText(rule);
    case 'sequence':
      return `${formatCount(count)} not followed within ${durationText(rule.withinUs)}`;
    default: {
      const spanMs = lastAtMs - firstAtMs;
      return spanMs > 0
        ? `${formatCount(count)} in ${formatDuration(spanMs)}`
        : formatCounted(count, 'match', 'matches');
    }
  }
}

function durationText(durationUs: number): string {
  return formatDuration(durationUs / 1000);
}
