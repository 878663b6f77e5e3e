/** What a rule at work has seen, holds and costs: for `status`, `/api/rules` and the metrics. */
import { learnsUntilUs } from './learning.ts';
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
  /** Before that it cannot find anything: it has to learn what is usual, or known. Null: its kind learns nothing, or it waits for its first line. */
  learnsUntilMs: number | null;
}>;

export function statusOf(run: RuleRun): RuleStatus {
  const learnsUntil = run.armedUs === null ? null : learnsUntilUs(run.rule, run.armedUs);
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
    learnsUntilMs: learnsUntil === null ? null : learnsUntil / 1_000,
  };
}
