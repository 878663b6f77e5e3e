/**
 * The report as one HTML file: no script, no remote content, light and dark, phone and paper.
 *
 * All text from outside goes through `html`, which escapes it; the page's own policy forbids everything but
 * its styles, so even a mistake here could load or run nothing.
 */
import { formatBytes, formatBytesExact } from '../base/byte-size.ts';
import { formatDuration } from '../base/duration.ts';
import { type Html, html } from '../base/html.ts';
import { formatCount, formatCounted, formatShare } from '../base/number-text.ts';
import { chartFigures } from './chart-svg.ts';
import { coverageFacts, coverageSentence } from './coverage-facts.ts';
import {
  errorCountOf,
  LEVELS_WORST_FIRST,
  type LevelCounts,
  totalOf,
  warnCountOf,
} from './level-counts.ts';
import type { News } from './news.ts';
import { newsHtml } from './news-html.ts';
import { levelMark, patternItem } from './pattern-html.ts';
import type { PatternTally } from './pattern-tallies.ts';
import type { PreviousPeriod } from './previous-period.ts';
import { type CutNames, cutNames, type Report } from './report.ts';
import { REPORT_STYLE } from './report-style.ts';
import {
  dayText,
  momentText,
  type TimeStyle,
  timeStyleOf,
  weekdayOf,
  writtenText,
} from './report-time.ts';
import { notListedText, severityAndGroup, toldText, whenOf } from './report-words.ts';
import { requestsHtml } from './requests-html.ts';

export function reportHtml(report: Report): string {
  const { verdict, host, timezone, period, writtenAtMs } = report;
  const style = timeStyleOf(period, timezone);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"><title>${verdict.title}, ${dayText(period?.lastMs ?? writtenAtMs, timezone)}, ${host}</title>
<style>
${REPORT_STYLE}
</style></head><body><main>
<p class="meta"><b>Logstead report</b> <span>${host}</span> <span>${whenOf(report)}</span></p>
<h1>${verdict.title}</h1>
<p class="lead">${verdict.lead.map(({ text, strong }) => (strong ? html`<b>${text}</b> ` : html`${text} `))}</p>
${contents(report)}
${report.news !== null && newsHtml(report.news, style)}
${patterns('Top errors', report.topErrors, { id: 'errors', style, shown: new Set(report.news?.fresh) })}
${patterns('Top messages', report.topMessages, { id: 'messages', style, shown: new Set([...report.topErrors, ...(report.news?.fresh ?? [])]) })}
<h2 id="levels">Levels <span>over the time of the report</span></h2>
${report.chart === null ? null : chartFigures(report.chart, { timezone, previous: report.previous })}
${levelTable(report)}
${nameTable('Sources', 'source', cutNames(report.sources), report.previous)}
${nameTable('Files', 'file', cutNames(report.files), null)}
${requestsHtml(report)}
${incidents(report, style)}
${coverage(report, style)}
<footer><p>Written ${writtenText(writtenAtMs, timezone)} by Logstead on ${host}.</p></footer>
</main></body></html>
`;
  return page.text;
}

/** Target, number, what it counts, and of what. */
type Link = readonly [target: string, count: string, what: string, of: string];

function newsLinks({ fresh, comparison }: News, timezone: string): readonly Link[] {
  const links: Link[] = [['#new', formatCount(fresh.length), 'new', 'patterns never seen before']];
  if (comparison === null) return links;
  const { stopped, moved, previousDay } = comparison;
  const since = `seen until ${weekdayOf(previousDay, timezone)}`;
  links.push(
    ['#stopped', formatCount(stopped.length), 'stopped', since],
    ['#moved', formatCount(moved.length), 'rose or fell', 'by 2 × or more'],
  );
  return links;
}

/** The first screen of a phone: what there is, and where. */
function contents(report: Report): Html {
  const { levels, incidentCounts, coverage, topErrors } = report;
  const open: Link = [
    '#incidents',
    formatCount(incidentCounts.open),
    'still open',
    `of ${formatCounted(incidentCounts.total, 'incident')}`,
  ];
  const links: readonly Link[] =
    report.news === null
      ? [
          [
            topErrors.length > 0 ? '#errors' : '#levels',
            formatCount(errorCountOf(levels)),
            'errors',
            `in ${formatCounted(report.entryCount, 'entry', 'entries')}`,
          ],
          [
            '#levels',
            formatCount(warnCountOf(levels)),
            'warnings',
            `from ${formatCounted(report.sources.length, 'source')}`,
          ],
          open,
          [
            '#coverage',
            formatBytesExact(coverage.lostBytes),
            'lost',
            `of ${formatBytes(coverage.readBytes)} read`,
          ],
        ]
      : [...newsLinks(report.news, report.timezone), open];
  return html`<nav class="toc" aria-label="In this report">${links.map(
    ([target, count, what, of]) =>
      html`<a href="${target}"><b>${count}</b> ${what} <span>${of}</span></a> `,
  )}</nav>`;
}

function patterns(
  title: string,
  rows: Report['topErrors'],
  at: Readonly<{ id: string; style: TimeStyle; shown: ReadonlySet<PatternTally> }>,
): Html | null {
  if (rows.length === 0) return null;
  return html`<h2 id="${at.id}">${title}</h2>
<ol>${rows.map((pattern) => patternItem(pattern, { style: at.style, isShown: at.shown.has(pattern) }))}</ol>`;
}

function levelTable(report: Report): Html {
  const rows = LEVELS_WORST_FIRST.map((code) => {
    const count = report.levels[code]!;
    const share = report.entryCount === 0 ? '' : formatShare(count / report.entryCount);
    return html`<tr><td>${levelMark(code)}</td><td class="n">${formatCount(count)}</td><td class="n">${share}</td></tr>`;
  });
  return html`<table><thead><tr><th>Level</th><th class="n">Entries</th><th class="n">Share</th></tr></thead><tbody>
${rows}<tr><td><b>Total</b></td><td class="n up">${formatCount(report.entryCount)}</td><td class="n"></td></tr></tbody></table>`;
}

function nameTable(
  title: string,
  noun: string,
  names: CutNames,
  previous: PreviousPeriod | null,
): Html | null {
  if (names.rows.length === 0) return null;
  const before = (name: string): number => previous?.sources.get(name) ?? 0;
  const rows = names.rows.map(({ name, counts }) =>
    nameRow(noun === 'file' ? html`<span class="mono">${name}</span>` : name, {
      counts,
      before: previous === null ? null : before(name),
    }),
  );
  if (names.more !== null) {
    const shownBefore = names.rows.reduce((sum, { name }) => sum + before(name), 0);
    rows.push(
      nameRow(formatCounted(names.more.nameCount, `more ${noun}`), {
        counts: names.more.counts,
        before: previous === null ? null : previous.entryCount - shownBefore,
      }),
    );
  }
  return html`<h2>${title}</h2>
<table><thead><tr><th>${title.slice(0, -1)}</th><th class="n">Entries</th>${previous !== null && html`<th class="n nx">${previous.name}</th>`}<th class="n nx">Warn</th><th class="n">Error +</th><th class="n nophone">Error share</th></tr></thead><tbody>
${rows}</tbody></table>`;
}

function nameRow(
  name: Html | string,
  { counts, before }: Readonly<{ counts: LevelCounts; before: number | null }>,
): Html {
  const total = totalOf(counts);
  const errors = errorCountOf(counts);
  const strong = errors > 0 ? ' up' : '';
  const share = formatShare(total === 0 ? 0 : errors / total);
  return html`<tr><td>${errors > 0 ? html`<b>${name}</b>` : name}</td><td class="n">${formatCount(total)}</td>${before !== null && html`<td class="n nx">${formatCount(before)}</td>`}<td class="n nx">${formatCount(warnCountOf(counts))}</td><td class="n${strong}">${formatCount(errors)}</td><td class="n nophone${strong}">${share}</td></tr>`;
}

function incidents(report: Report, style: TimeStyle): Html {
  const head = html`<h2 id="incidents">Incidents</h2>`;
  if (report.incidents.length === 0) return html`${head}<p class="dim">None: no rule fired.</p>`;
  const rows = report.incidents.map((incident) => {
    const { rule, resolvedAtMs, openedAtMs, count } = incident;
    const lasted = formatDuration(Math.max(0, (resolvedAtMs ?? report.writtenAtMs) - openedAtMs));
    const state =
      resolvedAtMs === null
        ? html`<td class="error"><b>Open</b></td>`
        : html`<td class="ok">Resolved</td>`;
    return html`<tr><td><b>${rule}</b> <small>${severityAndGroup(incident)}; ${toldText(incident)}</small></td>${state}<td class="n nx">${momentText(openedAtMs, style)}</td><td class="n">${lasted}</td><td class="n">${formatCount(count)}</td></tr>`;
  });
  const notListed = notListedText(report, rows.length);
  return html`${head}
<table><thead><tr><th>Rule</th><th>State</th><th class="n nx">Opened</th><th class="n">Lasted</th><th class="n">Matches</th></tr></thead><tbody>
${rows}</tbody></table>${notListed !== '' && html`<p class="dim">${notListed}.</p>`}`;
}

function coverage(report: Report, style: TimeStyle): Html {
  const { lostBytes, losses } = report.coverage;
  const sentence = html`<b class="${lostBytes > 0 ? 'error' : 'ok'}">${coverageSentence(report)}</b>`;
  const missing = losses.map(
    (loss) =>
      html` <span class="mono">${loss.path}</span>: ${formatBytesExact(loss.sizeBytes)} at ${momentText(loss.atMs, style)}, ${loss.reason}.`,
  );
  const rows = coverageFacts(report).map(
    ({ label, value, isTrouble }) =>
      html`<div><dt>${label}</dt><dd>${isTrouble ? html`<b class="error">${value}</b>` : value}</dd></div>`,
  );
  return html`<h2 id="coverage">Coverage <span>can this report be trusted?</span></h2>
<p class="lead">${sentence}${missing}</p>
<dl class="cov">${rows}</dl>`;
}
