/** The state of the rules as data: all of it, for a start; and what changed of it, for the next commit. */
import type { Incident } from '../model/incident.ts';
import type { Silence } from '../model/silence.ts';
import type { SavedGroup, UnsavedGroup } from './group-state.ts';

/** The state of all rules; plain data. */
export type SavedAlerts = Readonly<{
  /** Arrival number of the last row seen. */
  sequence: number;
  runs: readonly (readonly [ruleKey: string, run: SavedRun])[];
  silences?: readonly Silence[];
}>;

export type SavedRun = Readonly<{
  ruleName: string;
  /** Since when it is taken to have watched, and since when it has; they differ where it began on stored lines. */
  armedUs: number | null;
  begunUs: number | null;
  counters: Readonly<RuleCounters>;
  groups: readonly (readonly [key: string, group: SavedGroup])[];
}>;

/** What a rule has counted since it is there. */
export type RuleCounters = {
  matchedCount: number;
  lateCount: number;
  /** What its bounds took away: see `RuleGroups`. */
  evictedGroupCount: number;
  otherCount: number;
  cutLineCount: number;
  /** Matches without a usable value in the field the rule is about. */
  valuelessCount: number;
};

/** What has to be written with the next commit. */
export type UnsavedAlerts = Readonly<{
  sequence: number;
  /** Arrival clock of the last batch. */
  atUs: number;
  rules: readonly UnsavedRun[];
  /** Rules that are gone, or find something else: so are their open incidents. */
  removedRuleKeys: readonly string[];
  /** But these, which go on under another rule. */
  keptIncidents: readonly string[];
  incidents: readonly Incident[];
}>;

/** What changed of a rule's state. */
export type UnsavedRun = Readonly<{
  ruleKey: string;
  ruleName: string;
  /** Since when it is taken to have watched, and since when it has; they differ where it began on stored lines. */
  armedUs: number | null;
  begunUs: number | null;
  counters: Readonly<RuleCounters>;
  /** Null: the group is gone. */
  groups: readonly (readonly [key: string, group: UnsavedGroup | null])[];
}>;
