/** What `top` shows, as lines of a window: totals, the last ten minutes, sources, incidents, keys. Pure. */
import { formatBytes } from '../base/byte-size.ts';
import { formatDuration } from '../base/duration.ts';
import { escapeTerminal } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Incident } from '../model/incident.ts';
import type { DaemonStatus } from '../serve/daemon-status.ts';
import { columnWidth, cutToWidth, leftCell, rightCell, sparkline } from './cells.ts';
import { styled } from './terminal.ts';
import { type SourceActivity, STEP_COUNT, STEP_MS } from './top-activity.ts';

export const SORTS = ['lines', 'errors', 'behind', 'name'] as const;
export type Sort = (typeof SORTS)[number];

export type TopView = Readonly<{
  host: string;
  clock: string;
  nowMs: number;
  /** Null: no daemon runs. */
  status: DaemonStatus | null;
  sources: readonly SourceActivity[];
  incidents: readonly Incident[];
  sort: Sort;
  /** Only sources that contain it. */
  filter: string;
  /** Being typed. */
  isTyping: boolean;
  isPaused: boolean;
  showsHelp: boolean;
  width: number;
  height: number;
  colour: boolean;
}>;

const HELP: readonly string[] = [
  'q       quit',
  'Space   stop the picture, and let it go on',
  's       sort by lines, errors, bytes behind, name',
  '/       only sources that contain a text; Enter ends it, Esc clears it',
  '?       this',
];

const NAME_WIDTH = { min: 14, max: 30 };
/** Columns of the bars over ten minutes. */
const BARS = 20;
const INCIDENTS_SHOWN = 5;

export function topScreen(view: TopView): string {
  const lines = [headLine(view), '', ...totalLines(view), ''];
  const foot = [...incidentLines(view), keyLine(view)];
  const body = view.showsHelp
    ? HELP
    : sourceLines(view, view.height - lines.length - foot.length - 1);
  const all = [...lines, ...body, '', ...foot].slice(0, view.height);
  return all.map((line) => cutToWidth(line, view.width)).join('\n');
}

function headLine(view: TopView): string {
  const { host, clock, status, incidents, isPaused, sources } = view;
  const rate = sources.reduce((sum, { linesPerSecond }) => sum + linesPerSecond, 0);
  const parts = [escapeTerminal(host), clock, `${formatCount(Math.round(rate))} lines/s`];
  if (status === null) parts.push('no daemon runs');
  else {
    const { count, behindCount, lagMs } = status.ingest.fileTotals;
    const files = formatCount(count);
    parts.push(
      behindCount === 0
        ? `all of ${files} files read`
        : `${formatDuration(lagMs)} behind in ${formatCount(behindCount)} of ${files} files`,
    );
  }
  parts.push(`${formatCount(incidents.length)} open`);
  if (isPaused) parts.push('stopped: Space goes on');
  return parts.join('   ');
}

/** All sources together over ten minutes: lines, and errors. */
function totalLines({ sources, width }: TopView): string[] {
  const room = Math.max(20, Math.min(STEP_COUNT, width - 20));
  const sumOf = (pick: (source: SourceActivity) => readonly number[]): number[] =>
    Array.from({ length: STEP_COUNT }, (_, step) =>
      sources.reduce((sum, source) => sum + pick(source)[step]!, 0),
    ).slice(-room);
  const lines = sumOf(({ steps }) => steps);
  const errors = sumOf(({ errorSteps }) => errorSteps);
  const perSecond = (steps: readonly number[]): string =>
    formatCount(Math.round((steps.at(-2) ?? 0) / (STEP_MS / 1_000)));
  return [
    `lines/s  ${sparkline(lines)} ${perSecond(lines)}`,
    `error+   ${sparkline(errors)} ${perSecond(errors)}`,
    `         ${formatDuration(room * STEP_MS)} ago`.padEnd(6 + room) + 'now',
  ];
}

function sourceLines(view: TopView, room: number): string[] {
  const { sources, status, sort, filter, colour } = view;
  const behind = new Map<string, number>();
  for (const { source, lagBytes } of status?.ingest.files ?? []) {
    behind.set(source, (behind.get(source) ?? 0) + lagBytes);
  }
  const rows = sources
    .filter(({ source }) => source.toLowerCase().includes(filter.toLowerCase()))
    .map((source) => ({ ...source, behind: behind.get(source.source) ?? 0 }))
    .sort((one, other) => {
      const order = {
        lines: other.linesPerSecond - one.linesPerSecond || sumOf(other.steps) - sumOf(one.steps),
        errors: other.errorsPerMinute - one.errorsPerMinute,
        behind: other.behind - one.behind,
        name: 0,
      }[sort];
      return order || (one.source < other.source ? -1 : 1);
    });
  const shown = rows.slice(0, Math.max(1, room - 1));
  const width = columnWidth(
    shown.map(({ source }) => source),
    NAME_WIDTH,
  );
  const head = `${leftCell('source', width)}${rightCell('lines/s', 11)}${rightCell('warn/min', 10)}${rightCell('error/min', 11)}${rightCell('behind', 10)}  last 10 min`;
  const lines = shown.map((row) => {
    const error = rightCell(formatCount(row.errorsPerMinute), 11);
    return [
      leftCell(row.source, width),
      rightCell(formatCount(Math.round(row.linesPerSecond)), 11),
      rightCell(formatCount(row.warningsPerMinute), 10),
      row.errorsPerMinute > 0 ? styled(error, 'error', colour) : error,
      rightCell(formatBytes(row.behind), 10),
      `  ${sparkline(grouped(row.steps))}`,
    ].join('');
  });
  return [styled(head, 'dim', colour), ...lines];
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Sixty steps as a row of twenty bars. */
function grouped(steps: readonly number[]): number[] {
  const each = STEP_COUNT / BARS;
  return Array.from({ length: BARS }, (_, bar) => sumOf(steps.slice(bar * each, (bar + 1) * each)));
}

function incidentLines({ incidents, nowMs, colour }: TopView): string[] {
  if (incidents.length === 0) return [];
  const shown = incidents.slice(0, INCIDENTS_SHOWN).map((incident) => {
    const state = styled('open', 'error', colour);
    const lasted = formatDuration(nowMs - incident.openedAtMs);
    return `${state}  ${leftCell(incident.rule, 24)}  ${leftCell(incident.severity, 8)}  ${rightCell(lasted, 12)}  ${formatCounted(incident.count, 'match', 'matches')}`;
  });
  const more = incidents.length - shown.length;
  return more === 0 ? shown : [...shown, `${formatCount(more)} more: logstead alerts --state open`];
}

function keyLine({ isTyping, filter, colour }: TopView): string {
  if (isTyping) return `/${escapeTerminal(filter)}`;
  const shown = filter === '' ? '' : `   filter: ${escapeTerminal(filter)}`;
  return styled(`q quit   Space stop   s sort   / filter   ? help${shown}`, 'dim', colour);
}
