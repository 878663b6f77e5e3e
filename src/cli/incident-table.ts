/** Incidents as a table: one a row, with what was found, how long it lasted, and how often people were told. */
import { formatDuration } from '../base/duration.ts';
import { formatCount } from '../base/number-text.ts';
import type { Incident } from '../model/incident.ts';
import type { AlertSeverity } from '../model/notification.ts';
import { columnWidth, leftCell, rightCell } from './cells.ts';
import type { CliContext } from './context.ts';
import type { LocalTime } from './local-time.ts';
import { type Style, styled, terminalOf } from './terminal.ts';

const SEVERITY_STYLES: Readonly<Record<AlertSeverity, Style>> = {
  critical: 'error',
  high: 'error',
  medium: 'warn',
  low: 'plain',
};

export function incidentTable(
  incidents: readonly Incident[],
  { context, time }: Readonly<{ context: CliContext; time: LocalTime }>,
): string {
  const { colour } = terminalOf(context.output, context.environment);
  const nowMs = context.clock.nowMs();
  const groups = incidents.map(groupText);
  const ruleWidth = columnWidth(
    incidents.map(({ rule }) => rule),
    { min: 8, max: 32 },
  );
  const groupWidth = columnWidth(groups, { min: 0, max: 40 });
  const head = `${leftCell('id', 9)}${leftCell('state', 10)}${leftCell('severity', 10)}${leftCell('rule', ruleWidth + 2)}${leftCell('opened', 13)}${leftCell('lasted', 12)}${rightCell('entries', 8)}  ${leftCell('told', 6)}${groupWidth === 0 ? '' : 'group'}`;
  const rows = incidents.map((incident, index) => {
    const isOpen = incident.resolvedAtMs === null;
    const lastedMs = (incident.resolvedAtMs ?? nowMs) - incident.openedAtMs;
    const cells = [
      leftCell(incident.id.slice(0, 8), 9),
      styled(leftCell(isOpen ? 'open' : 'resolved', 10), isOpen ? 'bold' : 'dim', colour),
      styled(leftCell(incident.severity, 10), SEVERITY_STYLES[incident.severity], colour && isOpen),
      leftCell(incident.rule, ruleWidth + 2),
      leftCell(time.short(incident.openedAtMs, nowMs), 13),
      leftCell(formatDuration(Math.max(0, lastedMs)), 12),
      rightCell(formatCount(incident.count), 8),
      `  ${leftCell(toldText(incident), 6)}`,
      leftCell(groups[index]!, groupWidth),
    ];
    return `${cells.join('').trimEnd()}\n`;
  });
  return `${styled(head.trimEnd(), 'dim', colour)}\n${rows.join('')}`;
}

/** How often people were told; `old`: the entries were too old when they arrived. */
function toldText({ notified, backfill }: Incident): string {
  return notified === 0 && backfill ? 'old' : formatCount(notified);
}

function groupText({ group }: Incident): string {
  return Object.entries(group)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}
