/** How much history before its first day a rehearsal has to see, so that a rule knows there what it would have known. */

import { SEASON_US, SEASONS_BACK } from '../alert/kinds/season-kind.ts';
import { DAY_US, type Rule } from '../alert/rule.ts';
import { unreachable } from '../base/assert.ts';

/** Event time, µs; infinite: all there is. */
export function warmUpUs(rule: Rule): number {
  return rule.latenessUs + rule.resolveAfterUs + rule.cooldownUs + rememberedUs(rule);
}

function rememberedUs(rule: Rule): number {
  switch (rule.kind) {
    case 'any':
      return 0;
    case 'threshold':
    case 'cardinality':
    case 'rate':
    case 'metric':
      return 2 * rule.windowUs;
    case 'absence':
      // What was there last before that is forgotten, and missed no more.
      return Math.max(rule.silenceUs + DAY_US, rule.forgetAfterUs);
    case 'spike':
    case 'drop':
      return rule.season === 'none'
        ? (rule.baselineWindows + 2) * rule.windowUs
        : SEASONS_BACK * SEASON_US[rule.season] + 2 * rule.windowUs;
    case 'sequence':
      return rule.withinUs + rule.holdUs;
    case 'change':
      return DAY_US;
    case 'new':
      return Number.POSITIVE_INFINITY;
    default:
      return unreachable(rule);
  }
}
