/** The requests of a report, as a part of its page and of its mail. */
import { type Html, html } from '../base/html.ts';
import { formatCount, formatCounted, formatShare } from '../base/number-text.ts';
import { COLOUR } from '../notify/mail-look.ts';
import type { Report } from './report.ts';
import { dataCell, headCell, mailHeading } from './report-mail-parts.ts';
import { type RequestSummary, type RouteLine, timeText } from './request-summary.ts';

/** Rows of each table of the mail: it is skimmed, the page has the rest. */
const MAIL_ROWS_MAX = 5;

export function requestsSentence({
  requestCount,
  failedCount,
  routeCount,
}: RequestSummary): string {
  const all = `${formatCounted(requestCount, 'request')} for ${formatCounted(routeCount, 'route')}`;
  return `${all}; ${formatCount(failedCount)} failed (${formatShare(failedCount / Math.max(requestCount, 1))}).`;
}

export function requestsHtml({ requests }: Report): Html | null {
  if (requests === null) return null;
  return html`<h2 id="requests">Requests <span>routes with their ids left out</span></h2>
<p class="dim">${requestsSentence(requests)}</p>
${table('Most frequent', requests.frequent)}${requests.slowest.length > 0 && table('Slowest', requests.slowest)}`;
}

function table(title: string, lines: readonly RouteLine[]): Html {
  const rows = lines.map(({ route, source, count, failedCount, times }) => {
    const strong = failedCount > 0 ? ' up' : '';
    return html`<tr><td><span class="mono">${route}</span> <small>${source}</small></td><td class="n">${formatCount(count)}</td><td class="n nx${strong}">${formatCount(failedCount)}</td><td class="n nophone">${timeOr(times?.p50Us)}</td><td class="n">${timeOr(times?.p95Us)}</td><td class="n nx">${timeOr(times?.maxUs)}</td></tr>`;
  });
  return html`<table><thead><tr><th>${title}</th><th class="n">Requests</th><th class="n nx">Failed</th><th class="n nophone">Half below</th><th class="n">95 % below</th><th class="n nx">Longest</th></tr></thead><tbody>
${rows}</tbody></table>`;
}

export function requestsMail({ requests }: Report): Html | null {
  if (requests === null) return null;
  const rows = (lines: readonly RouteLine[]): Html[] =>
    lines.slice(0, MAIL_ROWS_MAX).map(
      ({ route, source, count, failedCount, times }) =>
        html`<tr>${dataCell(html`${route}<br><span class="t2" style="color:${COLOUR.text2};">${source}</span>`, 'left')}${dataCell(formatCount(count), 'right')}${dataCell(formatCount(failedCount), 'right')}${dataCell(timeOr(times?.p95Us), 'right')}</tr>
`,
    );
  const head = (title: string): Html =>
    html`<tr>${headCell(title, 'left')}${headCell('Requests', 'right')}${headCell('Failed', 'right')}${headCell('95 % below', 'right')}</tr>`;
  const { frequent, slowest } = requests;
  return html`${mailHeading('Requests', requestsSentence(requests))}<table cellpadding="0" cellspacing="0" border="0" width="100%">${head('Most frequent')}
${rows(frequent)}${slowest.length > 0 && html`${head('Slowest')}${rows(slowest)}`}</table>`;
}

export function timeOr(us: number | undefined): string {
  return us === undefined ? '–' : timeText(us);
}
