/** What a rule at work has seen, holds and costs: for `status`, `/api/rules` and the metrics. */
import type { Rule } from './rule.ts';
import type { RuleRun } from './rule-run.ts';
import type { RuleCounters } from './saved-alerts.ts';

/** A rule at work, for `status`. */
export type RuleStatus = Readonly<{
  name: string;
  kind: Rule['kind'];
  counters: Readonly<RuleCounters>;
  groupCount: number;
  heldLineCount: number;
  openIncidentCount: number;
  /** About what its state takes. */
  bytes: number;
  /** Rows it was asked about since the start, and about how long that took. */
  testedCount: number;
  spentUs: number;
  /** Entries at which a condition that is a function of a program threw, since the start. */
  failedCount: number;
}>;

export function statusOf(run: RuleRun): RuleStatus {
  return {
    name: run.rule.name,
    kind: run.rule.kind,
    counters: { ...run.counters },
    groupCount: run.groupCount,
    heldLineCount: run.heldLineCount,
    openIncidentCount: run.openIncidentCount,
    bytes: run.bytes,
    testedCount: run.cost.testedCount,
    spentUs: Math.round(run.cost.spentUs),
    failedCount: run.failedCount,
  };
}
