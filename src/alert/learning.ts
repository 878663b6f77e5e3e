/** Kinds that compare with what they know have to know it first: until when a rule cannot find anything yet. */
import { SEASON_US, SEASONS_BACK } from './kinds/season-kind.ts';
import type { Rule } from './rule.ts';

/** `armedUs`: since when the rule is taken to have watched. Null: its kind has nothing to learn. */
export function learnsUntilUs(rule: Rule, armedUs: number): number | null {
  switch (rule.kind) {
    case 'new':
      return armedUs + rule.learnUs;
    case 'spike':
    case 'drop': {
      const { season, windowUs, baselineWindows, latenessUs } = rule;
      const beforeUs =
        season === 'none' ? windowUs * baselineWindows : SEASON_US[season] * SEASONS_BACK;
      return armedUs + beforeUs + windowUs + latenessUs;
    }
    default:
      return null;
  }
}
