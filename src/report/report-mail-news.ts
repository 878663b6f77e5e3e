/** What is new, stopped, rose or fell, and the top errors, as sections of the report mail. */
import { type Html, html } from '../base/html.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import { levelNameOf } from '../model/level.ts';
import { BREAKS, COLOUR, mono, sans } from '../notify/mail-look.ts';
import { PLACEHOLDER_PATTERN } from '../pattern/template.ts';
import type { Comparison, News } from './news.ts';
import type { PatternTally } from './pattern-tallies.ts';
import { whenText } from './pattern-text.ts';
import { NEWS_SHOWN_MAX, type Report } from './report.ts';
import { dataCell, headCell, mailHeading, mailLine } from './report-mail-parts.ts';
import { exactText, momentText, type TimeStyle, weekdayOf } from './report-time.ts';
import { formatFactor } from './verdict.ts';

/** A mail names the worst few; the page has all. */
const PATTERNS_MAX = 5;
const MOVED_MAX = 8;

export function mailNews(report: Report, style: TimeStyle): Html {
  const { news, topErrors } = report;
  const shown = new Set(news?.fresh.slice(0, PATTERNS_MAX));
  const errors = topErrors.filter((pattern) => !shown.has(pattern)).slice(0, PATTERNS_MAX);
  const comparison = news?.comparison ?? null;
  return html`${news !== null && freshOf(news, style)}
${comparison !== null && stoppedOf(comparison, style)}
${comparison !== null && movedOf(comparison, style)}
${errors.length > 0 && html`${mailHeading('Top errors', shown.size > 0 ? 'besides the new ones' : '')}${errors.map((pattern) => item(pattern, { count: pattern.count, when: whenText(pattern, style), style, withExample: true }))}`}`;
}

function freshOf({ fresh, historyDays }: News, style: TimeStyle): Html {
  const items = fresh.slice(0, PATTERNS_MAX).map((pattern) =>
    item(pattern, {
      count: pattern.count,
      when: whenText(pattern, style),
      style,
      withExample: true,
    }),
  );
  const history = `never seen in ${formatCounted(historyDays, 'day')} of history`;
  return html`${mailHeading('New', history)}${items.length === 0 ? mailLine('Nothing.') : items}${moreOf(fresh.length)}`;
}

function stoppedOf({ stopped }: Comparison, style: TimeStyle): Html {
  const items = stopped.slice(0, PATTERNS_MAX).map(({ pattern, perDay }) => {
    const last = momentText(pattern.lastUs / 1000, style);
    const when = `usually ${formatCount(perDay)} a day, last ${last}`;
    return item(pattern, { count: 0, when, style, withExample: false });
  });
  return html`${mailHeading('Stopped', 'came every day before')}${items.length === 0 ? mailLine('Nothing.') : items}${moreOf(stopped.length)}`;
}

/** The page, too, names the first alone; its JSON has all. */
function moreOf(count: number, shownMax = PATTERNS_MAX): Html | null {
  const more = count - shownMax;
  if (more <= 0) return null;
  const text = formatCounted(more, 'more pattern');
  return count <= NEWS_SHOWN_MAX
    ? mailLine(`${text} on the page.`)
    : mailLine(`${text}: ${NEWS_SHOWN_MAX - shownMax} on the page, all in the JSON beside it.`);
}

function movedOf(comparison: Comparison, { timezone }: TimeStyle): Html {
  const { moved, day, previousDay } = comparison;
  const heading = mailHeading('Rose or fell', `against ${weekdayOf(previousDay, timezone)}`);
  if (moved.length === 0) return html`${heading}${mailLine('Nothing by 2 × or more.')}`;
  const rows = moved.slice(0, MOVED_MAX).map(({ pattern, count, previousCount, factor, rose }) => {
    const name = html`${levelOf(pattern.levelCode)} ${templateOf(pattern.template)}<br><span class="t2" style="${sans('12px/16px')}color:${COLOUR.text2};">${pattern.source}</span>`;
    const change = html`<b>${rose ? '↑' : '↓'} ${formatFactor(factor)}</b>`;
    return html`<tr>${dataCell(name, 'left')}${dataCell(formatCount(count), 'right')}${dataCell(formatCount(previousCount), 'right')}${dataCell(change, 'right')}</tr>
`;
  });
  return html`${heading}<table cellpadding="0" cellspacing="0" border="0" width="100%"><tr>${headCell('Pattern', 'left')}${headCell(weekdayOf(day, timezone), 'right')}${headCell(weekdayOf(previousDay, timezone), 'right')}${headCell('Change', 'right')}</tr>
${rows}</table>${moreOf(moved.length, MOVED_MAX)}`;
}

type ItemLook = Readonly<{ count: number; when: string; style: TimeStyle; withExample: boolean }>;

/** Count and level, the pattern, where and when, one real line. */
function item(pattern: PatternTally, { count, when, style, withExample }: ItemLook): Html {
  const { source, template, example, levelCode, exampleUs } = pattern;
  const edge = EDGES[levelCode] ?? { name: 'en', colour: COLOUR.line };
  const line = html`<span class="t2" style="color:${COLOUR.text2};">${exactText(exampleUs / 1000, style)}</span> ${example}`;
  return html`<p class="t1" style="margin:10px 0 0;${sans('14px/20px')}color:${COLOUR.text};${BREAKS}"><b>${formatCount(count)}</b> &nbsp;${levelOf(levelCode)} ${templateOf(template)}<br><span class="t2" style="${sans('13px/18px')}color:${COLOUR.text2};">${source}, ${when}</span></p>
${withExample && example !== template && html`<p class="b t1 ${edge.name}" style="margin:4px 0 0;padding:4px 8px;border-left:3px ${levelCode === 3 ? 'dashed' : 'solid'} ${edge.colour};background-color:${COLOUR.page};${mono('12px/17px')}color:${COLOUR.text};${BREAKS}">${line}</p>`}
`;
}

/** Class and colour of an example's edge, by level code. */
const EDGES: Readonly<Record<number, Readonly<{ name: string; colour: string }>>> = {
  3: { name: 'ew', colour: '#E0A42C' },
  4: { name: 'eh', colour: COLOUR.trouble },
  5: { name: 'ef', colour: '#6B0F3D' },
};
const WORDS: Readonly<Record<number, Readonly<{ name: string; colour: string }>>> = {
  3: { name: 'wa', colour: COLOUR.warn },
  4: { name: 'er', colour: COLOUR.trouble },
  5: { name: 'fa', colour: COLOUR.fatal },
};

function levelOf(levelCode: number): Html {
  const { name, colour } = WORDS[levelCode] ?? { name: 't2', colour: COLOUR.text2 };
  return html`<b class="${name}" style="${mono('12px/18px')}color:${colour};">${levelNameOf(levelCode)}</b>`;
}

/** Placeholders on grey ground, as the page has them. */
function templateOf(template: string): Html {
  const parts: (Html | string)[] = [];
  let at = 0;
  for (const match of template.matchAll(PLACEHOLDER_PATTERN)) {
    parts.push(
      template.slice(at, match.index),
      html`<span class="b t2" style="background-color:#ECEEEB;color:${COLOUR.text2};">&nbsp;${match[1] ?? ''}&nbsp;</span>`,
    );
    at = match.index + match[0].length;
  }
  parts.push(template.slice(at));
  return html`<span style="${mono('13px/19px')}">${parts}</span>`;
}
