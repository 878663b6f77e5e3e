/** Why a rule that was tried finds nothing, or all of it in one group, where that is most likely not what was meant. */
import { GROUP_NONE } from '../alert/group-key.ts';
import { firesAtOnce, type Rule } from '../alert/rule.ts';
import type { RuleStatus } from '../alert/rule-status.ts';
import { formatDuration } from '../base/duration.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Incident } from '../model/incident.ts';

const WHICH_FIELDS = '`logstead fields` shows which there are.';

/** `statuses`: of the rules as they were in the end. */
export function hintsOf(
  rules: readonly Rule[],
  statuses: readonly RuleStatus[],
  incidents: readonly Incident[],
): string[] {
  const statusByName = new Map(statuses.map((status) => [status.name, status]));
  return rules.flatMap((rule) => {
    const found = incidents.filter((incident) => incident.rule === rule.name);
    if (found.length > 0) return ungroupedHints(rule, found);
    const status = statusByName.get(rule.name);
    return status === undefined ? [] : nothingHints(rule, status);
  });
}

function ungroupedHints({ name, groupBy }: Rule, found: readonly Incident[]): string[] {
  return groupBy
    .filter((field) => found.every(({ group }) => group[field] === GROUP_NONE))
    .map(
      (field) =>
        `"${name}": no entry that it found has the field ${field}, so all of them are one group; ${WHICH_FIELDS}`,
    );
}

function nothingHints(rule: Rule, { counters }: RuleStatus): string[] {
  const { name, latenessUs } = rule;
  const { matchedCount, lateCount, valuelessCount } = counters;
  if ('field' in rule && matchedCount === 0 && valuelessCount > 0) {
    const entries = formatCounted(valuelessCount, 'entry that matches', 'entries that match');
    const what =
      rule.kind === 'metric' ? `a number in the field ${rule.field}` : `the field ${rule.field}`;
    return [`"${name}": of ${entries}, none has ${what}; ${WHICH_FIELDS}`];
  }
  if (firesAtOnce(rule) || lateCount === 0) return [];
  const late = `${formatCount(lateCount)} of ${formatCounted(matchedCount, 'entry', 'entries')}`;
  const lateness = formatDuration(latenessUs / 1_000);
  return [
    `"${name}": ${late} were read more than \`lateness\` (${lateness}) behind the rest, and do not count; --as-if-live takes them as if they had been read when they were written.`,
  ];
}
