/**
 * How far back a new or changed rule looks when it begins: as far as lines can still count.
 *
 * So a rule that is changed on a reload goes on with what it can know, instead of being blind for a window.
 */
import { SEASON_US } from './kinds/season-kind.ts';
import type { Rule } from './rule.ts';
import type { StoredBatch } from './rule-run.ts';

/**
 * Stored lines that may concern a rule, from a moment of event time on, oldest first. Throws QUERY_STOPPED where they are
 * more than can be looked at now: the rule then begins with nothing.
 */
export type StoredLines = (rule: Rule, fromUs: number) => Iterable<StoredBatch>;

const DAY_US = 86_400_000_000;
/** A window is compared with the same one of so many days or weeks. */
const SEASONS = 4;

/** How long ago a line may have been that still counts now. */
export function lookBackUs(rule: Rule): number {
  switch (rule.kind) {
    case 'any':
      return rule.latenessUs;
    case 'threshold':
    case 'rate':
    case 'metric':
    case 'cardinality':
      return rule.latenessUs + rule.windowUs;
    case 'absence':
      return rule.latenessUs + rule.silenceUs;
    case 'sequence':
      return rule.latenessUs + rule.withinUs + Math.min(rule.holdUs, DAY_US);
    case 'spike':
    case 'drop':
      return rule.season === 'none'
        ? rule.latenessUs + rule.windowUs * (1 + rule.baselineWindows)
        : rule.latenessUs + SEASON_US[rule.season] * SEASONS + rule.windowUs;
    // What a value was before, and which there are: of the last day.
    case 'change':
    case 'new':
      return DAY_US;
  }
}
