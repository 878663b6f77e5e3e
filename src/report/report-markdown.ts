/** The report as Markdown, for issues, wikis and chats. Text from outside stands in code spans or is escaped. */
import { formatBytesExact } from '../base/byte-size.ts';
import { formatDuration } from '../base/duration.ts';
import { escapeLine } from '../base/escape.ts';
import { formatCount, formatCounted, formatShare } from '../base/number-text.ts';
import { levelNameOf } from '../model/level.ts';
import { coverageFacts, coverageSentence } from './coverage-facts.ts';
import { errorCountOf, LEVELS_WORST_FIRST, totalOf, warnCountOf } from './level-counts.ts';
import type { NameTally } from './name-groups.ts';
import type { PatternTally } from './pattern-tallies.ts';
import { cutNames, NEWS_SHOWN_MAX, type Report } from './report.ts';
import {
  exactText,
  momentText,
  periodText,
  type TimeStyle,
  timeStyleOf,
  writtenText,
} from './report-time.ts';
import { moreNewsText, notListedText, severityAndGroup } from './report-words.ts';
import type { RouteLine } from './request-summary.ts';
import { requestsSentence, timeOr } from './requests-html.ts';
import { formatFactor } from './verdict.ts';

export function reportMarkdown(report: Report): string {
  const style = timeStyleOf(report.period, report.timezone);
  const { verdict, period, timezone, host } = report;
  const lead = verdict.lead
    .map(({ text, strong }) => (strong ? `**${words(text)}**` : words(text)))
    .join(' ');
  const when = period === null ? 'no entries' : periodText(period, timezone);
  const sections = [
    `# ${words(verdict.title)}`,
    lead,
    `${words(host)}, ${when}`,
    ...newsSections(report, style),
    patternSection('Top errors', report.topErrors, style),
    patternSection('Top messages', report.topMessages, style),
    levelSection(report),
    nameSection('Sources', report.sources),
    nameSection('Files', report.files),
    requestSection(report),
    incidentSection(report, style),
    coverageSection(report),
    `Written ${writtenText(report.writtenAtMs, timezone)} by Logstead on ${words(host)}.`,
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

function newsSections({ news }: Report, style: TimeStyle): string[] {
  if (news === null) return [];
  const history = `never seen in ${formatCounted(news.historyDays, 'day')} of history`;
  const fresh = news.fresh.slice(0, NEWS_SHOWN_MAX);
  const more = (count: number, kind: 'new pattern' | 'pattern'): string[] =>
    count <= NEWS_SHOWN_MAX ? [] : [`${moreNewsText(count, kind)}.`];
  const sections = [
    `## New (${history})`,
    patternList(fresh, style) || 'Nothing.',
    ...more(news.fresh.length, 'new pattern'),
  ];
  const { comparison } = news;
  if (comparison === null) return sections;
  const stopped = comparison.stopped
    .slice(0, NEWS_SHOWN_MAX)
    .map(
      ({ pattern, perDay }) =>
        `- 0 × ${patternText(pattern)}, usually ${formatCount(perDay)} a day`,
    );
  const moved = comparison.moved.slice(0, NEWS_SHOWN_MAX).map((change) => {
    const { pattern, count, previousCount, factor, rose } = change;
    const counts = `${formatCount(previousCount)} → ${formatCount(count)}`;
    return `- ${rose ? '↑' : '↓'} ${formatFactor(factor)} (${counts}) ${patternText(pattern)}`;
  });
  return [
    ...sections,
    '## Stopped',
    stopped.join('\n') || 'Nothing.',
    ...more(comparison.stopped.length, 'pattern'),
    '## Rose or fell',
    moved.join('\n') || 'Nothing.',
    ...more(comparison.moved.length, 'pattern'),
  ];
}

function patternSection(
  title: string,
  patterns: readonly PatternTally[],
  style: TimeStyle,
): string {
  return patterns.length === 0 ? '' : `## ${title}\n\n${patternList(patterns, style)}`;
}

function patternList(patterns: readonly PatternTally[], style: TimeStyle): string {
  return patterns
    .map((pattern) => {
      const head = `- ${formatCount(pattern.count)} × ${patternText(pattern)}`;
      if (pattern.example === pattern.template) return head;
      return `${head}\n  ${code(`${exactText(pattern.exampleUs / 1000, style)} ${pattern.example}`)}`;
    })
    .join('\n');
}

function patternText(pattern: PatternTally): string {
  return `**${levelNameOf(pattern.levelCode)}** ${code(pattern.template)} (${words(pattern.source)})`;
}

function requestSection({ requests }: Report): string {
  if (requests === null) return '';
  const list = (title: string, lines: readonly RouteLine[]): string[] =>
    lines.length === 0
      ? []
      : [
          tableOf(
            [title, 'Source', 'Requests', 'Failed', '95 % below', 'Longest'],
            lines.map(({ route, source, count, failedCount, times }) => [
              code(route),
              words(source),
              ...[formatCount(count), formatCount(failedCount)],
              ...[timeOr(times?.p95Us), timeOr(times?.maxUs)],
            ]),
          ),
        ];
  return [
    '## Requests',
    requestsSentence(requests),
    ...list('Most frequent', requests.frequent),
    ...list('Slowest', requests.slowest),
  ].join('\n\n');
}

function levelSection(report: Report): string {
  const rows = LEVELS_WORST_FIRST.map((code) => {
    const count = report.levels[code]!;
    const share = report.entryCount === 0 ? '' : formatShare(count / report.entryCount);
    return [levelNameOf(code), formatCount(count), share];
  });
  const table = tableOf(
    ['Level', 'Entries', 'Share'],
    [...rows, ['Total', formatCount(report.entryCount), '']],
  );
  return `## Levels\n\n${table}`;
}

function nameSection(title: string, names: readonly NameTally[]): string {
  const { rows, more } = cutNames(names);
  if (rows.length === 0) return '';
  const cells = rows.map(({ name, counts }) => [code(name), ...countCells(counts)]);
  if (more !== null)
    cells.push([`${formatCount(more.nameCount)} more`, ...countCells(more.counts)]);
  return `## ${title}\n\n${tableOf([title.slice(0, -1), 'Entries', 'Warn', 'Error +'], cells)}`;
}

function countCells(counts: NameTally['counts']): string[] {
  return [totalOf(counts), warnCountOf(counts), errorCountOf(counts)].map(formatCount);
}

function incidentSection(report: Report, style: TimeStyle): string {
  if (report.incidents.length === 0) return '## Incidents\n\nNone: no rule fired.';
  const rows = report.incidents.map((incident) => {
    const endMs = incident.resolvedAtMs ?? report.writtenAtMs;
    return [
      words(incident.rule),
      words(severityAndGroup(incident)),
      incident.resolvedAtMs === null ? '**open**' : 'resolved',
      momentText(incident.openedAtMs, style),
      formatDuration(Math.max(0, endMs - incident.openedAtMs)),
      formatCount(incident.count),
    ];
  });
  const table = tableOf(['Rule', 'Severity', 'State', 'Opened', 'Lasted', 'Matches'], rows);
  const notListed = notListedText(report, rows.length);
  return ['## Incidents', table, ...(notListed === '' ? [] : [`${notListed}.`])].join('\n\n');
}

function coverageSection(report: Report): string {
  const { lostBytes, losses } = report.coverage;
  const sentence = coverageSentence(report);
  const lines = losses.map(
    (loss) => `- ${code(loss.path)}: ${formatBytesExact(loss.sizeBytes)}, ${words(loss.reason)}`,
  );
  const rows = coverageFacts(report).map(({ label, value }) => [label, value]);
  return [
    '## Coverage',
    lostBytes > 0 ? `**${sentence}**` : sentence,
    ...(lines.length > 0 ? [lines.join('\n')] : []),
    tableOf(['What', 'How much'], rows),
  ].join('\n\n');
}

function tableOf(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const rule = heads.map((_, index) => (index === 0 ? '---' : '---:'));
  return [line(heads), line(rule), ...rows.map(line)].join('\n');
}

/** Foreign text as itself: nothing in it is markup. */
function words(text: string): string {
  return escapeLine(text).replace(/[\\`*_{}[\]<>()#+!|~&-]/g, (character) => `\\${character}`);
}

/** Foreign text in a code span, whose fence is longer than any run of backticks in it; bars would end a table cell. */
function code(text: string): string {
  const line = escapeLine(text).replaceAll('|', '¦');
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  const edge = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  return `${fence}${edge}${line}${edge}${fence}`;
}
