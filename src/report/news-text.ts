/** What is new, stopped, rose or fell, as sections of the plain-text report. */
import { escapeLine } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import { levelNameOf } from '../model/level.ts';
import type { Comparison, MovedPattern } from './news.ts';
import { patternBlock } from './pattern-text.ts';
import { NEWS_SHOWN_MAX, type Report } from './report.ts';
import { momentText, shortDayOf, type TimeStyle, weekdayOf } from './report-time.ts';
import { moreNewsText } from './report-words.ts';
import { cutText, TEXT_WIDTH, wrapText } from './text-layout.ts';

export function newsSections(report: Report, style: TimeStyle): string[][] {
  const { news } = report;
  if (news === null) return [];
  const fresh = news.fresh
    .slice(0, NEWS_SHOWN_MAX)
    .flatMap((pattern) => ['', ...patternBlock(pattern, { style, withExample: true })]);
  const history = `never seen in ${formatCounted(news.historyDays, 'day')} of history`;
  const head = news.fresh.length === 0 ? 'NEW  nothing' : `NEW  ${history}`;
  const sections = [[head, ...fresh, ...moreLines(moreNewsText(news.fresh.length, 'new pattern'))]];
  if (news.comparison !== null) {
    sections.push(
      stoppedLines(news.comparison, style),
      movedLines(news.comparison, style.timezone),
    );
  }
  return sections;
}

function moreLines(more: string): string[] {
  return more === '' ? [] : ['', `  ${more}`];
}

function stoppedLines(comparison: Comparison, style: TimeStyle): string[] {
  const { stopped } = comparison;
  if (stopped.length === 0) return ['STOPPED  nothing'];
  const blocks = stopped.slice(0, NEWS_SHOWN_MAX).flatMap(({ pattern, perDay }) => {
    const when = `last ${momentText(pattern.lastUs / 1000, style)}, usually ${formatCount(perDay)} a day`;
    return ['', ...patternBlock(pattern, { style, withExample: false, count: 0, when })];
  });
  const more = moreLines(moreNewsText(stopped.length, 'pattern'));
  return ['STOPPED  came every day before', ...blocks, ...more];
}

/** Name, then three counts of nine cells. */
const PATTERN_WIDTH = TEXT_WIDTH - 2 - 12 - 7 - 3 * 9;

function movedLines(comparison: Comparison, timezone: string): string[] {
  const { moved, day, previousDay, weekBeforeDay } = comparison;
  if (moved.length === 0) return ['ROSE OR FELL  nothing by twice or more'];
  const heads = [weekdayOf(day, timezone), weekdayOf(previousDay, timezone)];
  if (weekBeforeDay !== null) heads.push(shortDayOf(weekBeforeDay, timezone));
  const title = 'ROSE OR FELL'.padEnd(TEXT_WIDTH - heads.length * 9);
  return [
    title + heads.map((head) => head.padStart(9)).join(''),
    ...moved.slice(0, NEWS_SHOWN_MAX).flatMap((change) => movedRow(change, weekBeforeDay !== null)),
    ...moreLines(moreNewsText(moved.length, 'pattern')),
  ];
}

function movedRow(change: MovedPattern, hasWeek: boolean): string[] {
  const { pattern, count, previousCount, weekBeforeCount, factor, rose } = change;
  const times = `${factor >= 10 ? Math.round(factor) : factor.toFixed(1)} x`;
  const head = `  ${rose ? 'up  ' : 'down'} ${times.padStart(7)}  ${levelNameOf(pattern.levelCode).padEnd(5)}  `;
  const counts = [count, previousCount, ...(hasWeek ? [weekBeforeCount ?? 0] : [])];
  const numbers = counts.map((value) => formatCount(value).padStart(9)).join('');
  const width = hasWeek ? PATTERN_WIDTH : PATTERN_WIDTH + 9;
  const name = cutText(escapeLine(pattern.source), width);
  const indent = ' '.repeat(head.length);
  const template = wrapText(escapeLine(pattern.template), { first: indent, next: indent });
  return [head + name.padEnd(TEXT_WIDTH - head.length - numbers.length) + numbers, ...template];
}
