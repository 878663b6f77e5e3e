/** The report as plain text, 72 cells wide: for mail clients without HTML, terminals and `less`. */
import { formatBytesExact } from '../base/byte-size.ts';
import { formatDuration } from '../base/duration.ts';
import { escapeLine } from '../base/escape.ts';
import { formatCount, formatCounted, formatShare } from '../base/number-text.ts';
import { levelNameOf } from '../model/level.ts';
import { coverageFacts } from './coverage-facts.ts';
import {
  errorCountOf,
  LEVELS_WORST_FIRST,
  type LevelCounts,
  totalOf,
  warnCountOf,
} from './level-counts.ts';
import { newsSections } from './news-text.ts';
import type { PatternTally } from './pattern-tallies.ts';
import { patternBlock } from './pattern-text.ts';
import { type CutNames, cutNames, type Report } from './report.ts';
import {
  axisOf,
  axisText,
  momentText,
  periodText,
  type TimeStyle,
  timeStyleOf,
  writtenText,
} from './report-time.ts';
import { notListedText, severityAndGroup } from './report-words.ts';
import type { RouteLine } from './request-summary.ts';
import { requestsSentence, timeOr } from './requests-html.ts';
import { textTable, unindentFirst, wrapText } from './text-layout.ts';
import { type Chart, coarserChart } from './time-buckets.ts';

export function reportText(report: Report): string {
  const style = timeStyleOf(report.period, report.timezone);
  const fresh = new Set(report.news?.fresh);
  const sections = [
    headLines(report),
    ...newsSections(report, style),
    levelLines(report),
    report.chart === null
      ? []
      : chartLines(coarserChart(report.chart, TEXT_BARS_MAX), report.timezone),
    patternLines('TOP ERRORS', report.topErrors, { style, shown: fresh }),
    patternLines('TOP MESSAGES', report.topMessages, {
      style,
      shown: new Set([...fresh, ...report.topErrors]),
    }),
    nameLines('SOURCES', 'source', cutNames(report.sources)),
    nameLines('FILES', 'file', cutNames(report.files)),
    requestLines(report),
    incidentLines(report, style),
    coverageLines(report, style),
    [
      `Written ${writtenText(report.writtenAtMs, report.timezone)} by Logstead on ${escapeLine(report.host)}`,
    ],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n\n')}\n`;
}

function headLines(report: Report): string[] {
  const { verdict, period, host, timezone } = report;
  const lead = verdict.lead.map((sentence) => escapeLine(sentence.text)).join(' ');
  const when = period === null ? 'no entries' : periodText(period, timezone);
  return [
    ...wrapText(escapeLine(verdict.title), FLUSH),
    '',
    ...wrapText(lead, FLUSH),
    '',
    ...wrapText(`${escapeLine(host)}, ${when}`, FLUSH),
  ];
}
const FLUSH = { first: '', next: '' };

function levelLines(report: Report): string[] {
  const rows = LEVELS_WORST_FIRST.map((code) => {
    const count = report.levels[code]!;
    const share = report.entryCount === 0 ? '' : formatShare(count / report.entryCount);
    return [levelNameOf(code), formatCount(count), share];
  });
  return textTable(
    [
      { title: 'LEVELS', align: 'left' },
      { title: 'entries', align: 'right' },
      { title: 'share', align: 'right' },
    ],
    [...rows, ['total', formatCount(report.entryCount), '']],
  ).map(unindentFirst);
}

/** What 72 columns leave beside names and highest counts. */
const TEXT_BARS_MAX = 40;
const BAR_CHARACTERS = '▁▂▃▄▅▆▇█';

function chartLines(chart: Chart, timezone: string): string[] {
  const rows: [string, (counts: LevelCounts) => number][] = [
    ['all entries', totalOf],
    ['ERROR, FATAL', errorCountOf],
    ['WARN', warnCountOf],
  ];
  const axis = axisOf(chart, timezone);
  const endMs = chart.startMs + chart.widthMs * chart.bars.length;
  const left = axisText(chart.startMs, { ...axis, isEnd: false });
  const right = axisText(endMs, { ...axis, isEnd: true });
  const columns = Math.max(chart.bars.length, left.length + 1 + right.length);
  const lines = rows.map(([name, countOf]) => {
    const counts = chart.bars.map(countOf);
    const highest = Math.max(...counts);
    const bars = counts.map((count) => barCharacter(count, highest)).join('');
    return `  ${name.padEnd(13)} ${bars.padEnd(columns)}  ${formatCount(highest).padStart(9)}`;
  });
  const marks = left + right.padStart(columns - left.length);
  return [
    `LEVELS PER ${formatDuration(chart.widthMs).toUpperCase()}`,
    `${' '.repeat(16)}${marks}    highest`,
    ...lines,
  ];
}

function barCharacter(count: number, highest: number): string {
  if (count === 0) return '.';
  return BAR_CHARACTERS[Math.min(7, Math.floor((count / highest) * 8))]!;
}

/** `shown`: patterns whose example stands above already. */
function patternLines(
  title: string,
  patterns: readonly PatternTally[],
  options: Readonly<{ style: TimeStyle; shown: ReadonlySet<PatternTally> }>,
): string[] {
  const blocks = patterns.map((pattern) =>
    patternBlock(pattern, { style: options.style, withExample: !options.shown.has(pattern) }),
  );
  return blocks.length === 0 ? [] : [title, ...blocks.flatMap((lines) => ['', ...lines])];
}

function nameLines(title: string, noun: string, names: CutNames): string[] {
  const rows = names.rows.map(({ name, counts }) => [escapeLine(name), ...countCells(counts)]);
  if (names.more !== null) {
    const { nameCount, counts } = names.more;
    rows.push([`${formatCounted(nameCount, `more ${noun}`)}`, ...countCells(counts)]);
  }
  if (rows.length === 0) return [];
  return textTable(
    [
      { title, align: 'left' },
      { title: 'entries', align: 'right' },
      { title: 'warn', align: 'right' },
      { title: 'error+', align: 'right' },
      { title: 'share', align: 'right' },
    ],
    rows,
  ).map(unindentFirst);
}

function requestLines({ requests }: Report): string[] {
  if (requests === null) return [];
  const table = (title: string, lines: readonly RouteLine[]): string[] =>
    textTable(
      [
        { title, align: 'left' },
        { title: 'requests', align: 'right' },
        { title: 'failed', align: 'right' },
        { title: '95 % below', align: 'right' },
      ],
      lines.map(({ route, source, count, failedCount, times }) => [
        escapeLine(`${route}, ${source}`),
        ...[formatCount(count), formatCount(failedCount), timeOr(times?.p95Us)],
      ]),
    ).map(unindentFirst);
  const { frequent, slowest } = requests;
  return [
    'REQUESTS',
    ...wrapText(requestsSentence(requests), { first: '  ', next: '  ' }),
    '',
    ...table('FREQUENT', frequent),
    ...(slowest.length === 0 ? [] : ['', ...table('SLOWEST', slowest)]),
  ];
}

function countCells(counts: LevelCounts): string[] {
  const total = totalOf(counts);
  const errors = errorCountOf(counts);
  return [
    formatCount(total),
    formatCount(warnCountOf(counts)),
    formatCount(errors),
    formatShare(total === 0 ? 0 : errors / total),
  ];
}

function incidentLines(report: Report, style: TimeStyle): string[] {
  if (report.incidents.length === 0) return ['INCIDENTS', '  none: no rule fired'];
  const rows = report.incidents.map((incident) => {
    const endMs = incident.resolvedAtMs ?? report.writtenAtMs;
    return [
      escapeLine(incident.rule),
      incident.resolvedAtMs === null ? 'OPEN' : 'resolved',
      momentText(incident.openedAtMs, style),
      formatDuration(Math.max(0, endMs - incident.openedAtMs)),
      formatCount(incident.count),
      formatCount(incident.notified),
    ];
  });
  const [head, ...lines] = textTable(
    [
      { title: 'INCIDENTS', align: 'left' },
      { title: 'state', align: 'left' },
      { title: 'opened', align: 'right' },
      { title: 'lasted', align: 'right' },
      { title: 'matches', align: 'right' },
      { title: 'told', align: 'right' },
    ],
    rows,
  ).map(unindentFirst);
  const notListed = notListedText(report, rows.length);
  return [
    head!,
    // Not a column: of incidents of one rule it is all that tells them apart, and must not be cut.
    ...lines.flatMap((line, index) => {
      const detail = escapeLine(severityAndGroup(report.incidents[index]!));
      return [line, ...wrapText(detail, { first: '    ', next: '    ' })];
    }),
    ...(notListed === '' ? [] : ['', `  ${notListed}`]),
  ];
}

function coverageLines(report: Report, style: TimeStyle): string[] {
  const { coverage } = report;
  const verdict =
    coverage.lostBytes > 0
      ? `COVERAGE  almost complete: ${formatBytesExact(coverage.lostBytes)} are missing`
      : 'COVERAGE  complete';
  const losses = coverage.losses.flatMap((loss) =>
    wrapText(
      `${escapeLine(loss.path)}: ${formatBytesExact(loss.sizeBytes)} at ${momentText(loss.atMs, style)}, ${escapeLine(loss.reason)}`,
      { first: '  ', next: '    ' },
    ),
  );
  return [
    verdict,
    ...losses,
    ...(losses.length > 0 ? [''] : []),
    ...coverageFacts(report).map(
      ({ label, value }) => `  ${label.padEnd(28)}${value.padStart(22)}`,
    ),
  ];
}
