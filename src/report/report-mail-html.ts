/**
 * The body of the report mail: what a phone shows first, the charts, and the short tables. The saved page has more,
 * and is named at the end. Colours are inline for light, and replaced by class for dark, as in every mail of ours.
 */
import { formatDuration } from '../base/duration.ts';
import { type Html, html } from '../base/html.ts';
import { formatCount, formatCounted, formatShare } from '../base/number-text.ts';
import { BREAKS, COLOUR, mailPage, mono, sans, TABLE } from '../notify/mail-look.ts';
import { ALL_PICTURE, finding, TROUBLE_PICTURE, troubleTotals } from './chart-plots.ts';
import { coverageFacts, coverageSentence } from './coverage-facts.ts';
import { errorCountOf, fatalCountOf, totalOf, warnCountOf } from './level-counts.ts';
import type { Report } from './report.ts';
import { mailNews } from './report-mail-news.ts';
import { dataCell, headCell, mailHeading, mailLine } from './report-mail-parts.ts';
import { axisMarks, timeStyleOf } from './report-time.ts';
import {
  notListedText,
  reportSubject,
  severityAndGroup,
  toldText,
  whenOf,
} from './report-words.ts';
import { requestsMail } from './requests-html.ts';

/** Rows of each table: a mail is skimmed, the page has the rest. */
const ROWS_MAX = 8;

export function reportMailHtml(report: Report, pagePath: string): string {
  const { verdict, host, period, timezone } = report;
  const style = timeStyleOf(period, timezone);
  return mailPage({
    subject: reportSubject(report),
    preview: verdict.lead.map(({ text }) => text).join(' '),
    isTrouble: verdict.trouble,
    status: `Report of ${host}, ${whenOf(report)}`,
    heading: verdict.title,
    body: html`${leadOf(report)}
${countsOf(report)}
${mailNews(report, style)}
${chartsOf(report)}
${sourcesOf(report)}
${requestsMail(report)}
${incidentsOf(report)}
${coverageOf(report)}
${commandOf(pagePath)}`,
    footer: `You get this because [report] in the config of Logstead on ${host} asks for it; mail = no there ends it.`,
  });
}

function leadOf({ verdict }: Report): Html {
  const sentences = verdict.lead.map(({ text, strong }) =>
    strong ? html`<b class="t1" style="color:${COLOUR.text};">${text}</b> ` : html`${text} `,
  );
  return html`<p class="t2" style="margin:0 0 14px;${sans('15px/22px')}color:${COLOUR.text2};${BREAKS}">${sentences}</p>`;
}

/** New, stopped, rose, open: four numbers, before anything is scrolled. */
function countsOf(report: Report): Html {
  const { news, incidentCounts, levels, entryCount } = report;
  const { open } = incidentCounts;
  const counts: readonly (readonly [number, string])[] =
    news === null
      ? [
          [entryCount, 'entries'],
          [errorCountOf(levels), 'errors'],
          [warnCountOf(levels), 'warnings'],
          [open, 'still open'],
        ]
      : [
          [news.fresh.length, 'new'],
          [news.comparison?.stopped.length ?? 0, 'stopped'],
          [news.comparison?.moved.length ?? 0, 'rose or fell'],
          [open, 'still open'],
        ];
  return html`<table ${TABLE} width="100%" class="ln" style="border:1px solid ${COLOUR.line};border-collapse:separate;border-radius:8px;"><tr>${counts.map(
    ([count, what]) =>
      html`<td class="hf" width="25%" valign="top" style="padding:8px 4px 8px 10px;"><span class="t1" style="${sans('20px/26px')}font-weight:bold;color:${COLOUR.text};">${formatCount(count)}</span><br><span class="t2" style="${sans('12px/16px')}color:${COLOUR.text2};">${what}</span></td>`,
  )}</tr></table>`;
}

function chartsOf(report: Report): Html | null {
  const { chart, previous, levels, timezone } = report;
  if (chart === null) return null;
  const every = formatDuration(chart.widthMs);
  const all = finding('All entries', { every, counts: chart.bars.map(totalOf) });
  const worse = troubleTotals(chart);
  const beside = previous === null ? '' : `, the line is ${previous.name}`;
  const figures = [
    picture(ALL_PICTURE, { caption: `all entries per ${every}${beside}`, says: all }),
  ];
  if (worse !== null) {
    const fatal = fatalCountOf(levels);
    const caption = `FATAL ${formatCount(fatal)}, ERROR ${formatCount(errorCountOf(levels) - fatal)}, WARN ${formatCount(warnCountOf(levels))} (hatched), own scale`;
    const says = finding('Warnings and worse', { every, counts: worse });
    figures.push(picture(TROUBLE_PICTURE, { caption, says }));
  }
  const marks = axisMarks(chart, timezone);
  const axis = [marks[0]!, marks[2]!, marks[4]!].map(
    (mark, index) =>
      html`<td width="33%" align="${['left', 'center', 'right'][index]!}" class="t2" style="${sans('11px/16px')}color:${COLOUR.text2};">${mark}</td>`,
  );
  return html`${mailHeading('Levels')}${figures}<table ${TABLE} width="100%"><tr>${axis}</tr></table>`;
}

/** The picture, and its words as text: they are read, and they are dark where the mail is dark. */
function picture(
  name: string,
  { caption, says }: Readonly<{ caption: string; says: string }>,
): Html {
  return html`<p class="t2" style="margin:8px 0 4px;${sans('12px/16px')}color:${COLOUR.text2};">${caption}</p>
<img src="cid:${name}" width="552" alt="${says}" style="display:block;width:100%;max-width:552px;height:auto;border:0;background-color:#FFFFFF;">
<p class="t2" style="margin:2px 0 0;${sans('12px/16px')}color:${COLOUR.text2};">${says}.</p>
`;
}

function sourcesOf({ sources, previous }: Report): Html | null {
  if (sources.length === 0) return null;
  const rows = sources.slice(0, ROWS_MAX).map(({ name, counts }) => {
    const errors = errorCountOf(counts);
    const before = previous?.sources.get(name) ?? 0;
    return html`<tr>${dataCell(errors > 0 ? html`<b>${name}</b>` : name, 'left')}${dataCell(formatCount(totalOf(counts)), 'right')}${previous !== null && dataCell(formatCount(before), 'right', 'wide')}${dataCell(formatCount(errors), 'right')}${dataCell(formatShare(errors / Math.max(totalOf(counts), 1)), 'right')}</tr>
`;
  });
  const more = sources.length - ROWS_MAX;
  return html`${mailHeading('Sources', more > 0 ? `${formatCounted(more, 'more')} on the page` : '')}<table cellpadding="0" cellspacing="0" border="0" width="100%"><tr>${headCell('Source', 'left')}${headCell('Entries', 'right')}${previous !== null && headCell(previous.name, 'right', 'wide')}${headCell('Error +', 'right')}${headCell('Share', 'right')}</tr>
${rows}</table>`;
}

function incidentsOf(report: Report): Html {
  const { incidents, writtenAtMs } = report;
  if (incidents.length === 0) {
    return html`${mailHeading('Incidents')}${mailLine('None: no rule fired.')}`;
  }
  const rows = incidents.slice(0, ROWS_MAX).map((incident) => {
    const { rule, resolvedAtMs, openedAtMs, count } = incident;
    const lasted = formatDuration(Math.max(0, (resolvedAtMs ?? writtenAtMs) - openedAtMs));
    const state =
      resolvedAtMs === null
        ? html`<b class="er" style="color:${COLOUR.trouble};">Open</b>`
        : html`<span style="white-space:nowrap;">Resolved</span>`;
    return html`<tr>${dataCell(html`<b>${rule}</b><br><span class="t2" style="color:${COLOUR.text2};">${severityAndGroup(incident)}; ${toldText(incident)}</span>`, 'left')}${dataCell(state, 'left')}${dataCell(lasted, 'right')}${dataCell(formatCount(count), 'right')}</tr>
`;
  });
  return html`${mailHeading('Incidents', notListedText(report, rows.length))}<table cellpadding="0" cellspacing="0" border="0" width="100%"><tr>${headCell('Rule', 'left')}${headCell('State', 'left')}${headCell('Lasted', 'right')}${headCell('Matches', 'right')}</tr>
${rows}</table>`;
}

function coverageOf(report: Report): Html {
  const rows = coverageFacts(report).map(
    ({ label, value, isTrouble }) =>
      html`<tr>${dataCell(label, 'left')}${dataCell(isTrouble ? html`<b class="er" style="color:${COLOUR.trouble};">${value}</b>` : value, 'right')}</tr>
`,
  );
  return html`${mailHeading('Coverage', 'can this report be trusted?')}${mailLine(coverageSentence(report))}<table cellpadding="0" cellspacing="0" border="0" width="100%">${rows}</table>`;
}

function commandOf(pagePath: string): Html {
  return html`${mailHeading('The whole report')}<table ${TABLE} width="100%"><tr><td class="b t1" style="padding:10px;background-color:${COLOUR.page};border-radius:6px;${mono('13px/18px')}color:${COLOUR.text};${BREAKS}">${pagePath}</td></tr></table>`;
}
