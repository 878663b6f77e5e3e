/** What a rule asks for and what it found, in a few words of people. */
import { unreachable } from '../base/assert.ts';
import { formatDuration } from '../base/duration.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Incident } from '../model/incident.ts';
import { fieldText } from '../model/incident-record.ts';
import { HOST_KEY } from '../query/query-tree.ts';
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

/** Fields that every entry has, and one that is another field or the machine. */
const FIELDS_OF_ALL: readonly string[] = [
  'level',
  'source',
  'file',
  'tag',
  'tags',
  'message',
  'pattern',
  HOST_KEY,
];

/** The query that finds the entries a rule counts; null: its condition is a function of a program. */
export function matchesText(rule: Rule): string | null {
  if (rule.when.kind !== 'query') return null;
  const { text } = rule.when;
  if (rule.kind === 'rate') {
    const { of } = rule;
    const isAll = of.kind !== 'query' || of.filter.kind === 'everything';
    return isAll ? text : `(${text}) (${of.text})`;
  }
  if (!('field' in rule) || FIELDS_OF_ALL.includes(rule.field)) return text;
  const field = fieldText(rule.field);
  // What is no number is no part of a metric.
  const test = rule.kind === 'metric' ? `(${field}<0 OR ${field}>=0)` : `has:${field}`;
  return `(${text}) ${test}`;
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
