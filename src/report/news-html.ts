/** What is new, stopped, rose or fell, as the first sections of the HTML report. */
import { type Html, html } from '../base/html.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Comparison, News } from './news.ts';
import { levelMark, patternItem, templateHtml } from './pattern-html.ts';
import { NEWS_SHOWN_MAX } from './report.ts';
import { momentText, shortDayOf, type TimeStyle, weekdayOf } from './report-time.ts';
import { moreNewsText } from './report-words.ts';
import { formatFactor } from './verdict.ts';

export function newsHtml(news: News, style: TimeStyle): Html {
  const { comparison, fresh, historyDays } = news;
  const list = html`<ol>${fresh.slice(0, NEWS_SHOWN_MAX).map((pattern) => patternItem(pattern, { style, isShown: false }))}</ol>`;
  return html`<h2 id="new">New <span>never seen in ${formatCounted(historyDays, 'day')} of history</span></h2>
${fresh.length === 0 ? NOTHING : list}${moreHtml(moreNewsText(fresh.length, 'new pattern'))}
${comparison !== null && stoppedHtml(comparison, style)}
${comparison !== null && movedHtml(comparison, style)}`;
}

const NOTHING = html`<p class="dim">Nothing.</p>`;

function moreHtml(more: string): Html | null {
  return more === '' ? null : html`<p class="dim">${more}.</p>`;
}

function stoppedHtml({ stopped }: Comparison, style: TimeStyle): Html {
  const items = stopped.slice(0, NEWS_SHOWN_MAX).map(({ pattern, perDay }) => {
    const { levelCode, source, template, lastUs } = pattern;
    const usual = `usually ${formatCount(perDay)} a day; last ${momentText(lastUs / 1000, style)}`;
    return html`<li class="p"><b>0</b><div>${levelMark(levelCode)} <span class="pt">${templateHtml(template)}</span> <small>${source}, ${usual}</small></div></li>
`;
  });
  return html`<h2 id="stopped">Stopped <span>came every day before</span></h2>
${items.length === 0 ? NOTHING : html`<ol>${items}</ol>${moreHtml(moreNewsText(stopped.length, 'pattern'))}`}`;
}

function movedHtml(comparison: Comparison, { timezone }: TimeStyle): Html {
  const { moved, day, previousDay, weekBeforeDay } = comparison;
  const names = [day, previousDay].map((known) => weekdayOf(known, timezone));
  const week = weekBeforeDay === null ? null : shortDayOf(weekBeforeDay, timezone);
  const against = week === null ? names[1]! : `${names[1]} and ${week}`;
  const rows = moved.slice(0, NEWS_SHOWN_MAX).map((change) => {
    const { pattern, count, previousCount, weekBeforeCount, factor, rose } = change;
    const weekCell =
      week === null ? null : html`<td class="n nx">${formatCount(weekBeforeCount ?? 0)}</td>`;
    return html`<tr><td>${levelMark(pattern.levelCode)} <span class="mono">${templateHtml(pattern.template)}</span> <small>${pattern.source}</small></td><td class="n">${formatCount(count)}</td><td class="n">${formatCount(previousCount)}</td>${weekCell}<td class="n up">${rose ? '↑' : '↓'} ${formatFactor(factor)}</td></tr>
`;
  });
  const table = html`<table><thead><tr><th>Pattern</th><th class="n">${names[0]!}</th><th class="n">${names[1]!}</th>${week !== null && html`<th class="n nx">${week}</th>`}<th class="n">Change</th></tr></thead><tbody>
${rows}</tbody></table>${moreHtml(moreNewsText(moved.length, 'pattern'))}`;
  return html`<h2 id="moved">Rose or fell <span>against ${against}</span></h2>
${rows.length === 0 ? NOTHING : table}`;
}
