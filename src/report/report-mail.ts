/**
 * The report as a mail: the page's news in tables and inline styles, the charts as pictures inside the mail, and
 * the whole text for clients without HTML. Nothing in it is loaded from anywhere.
 */
import { barPicture, PAPER_COLOURS } from '../chart/stacked-bars.ts';
import { svgToPng } from '../chart/svg-to-png.ts';
import type { ReportNotice } from '../model/notification.ts';
import { ALL_PICTURE, allPlot, TROUBLE_PICTURE, troublePlot } from './chart-plots.ts';
import type { Report } from './report.ts';
import { reportMailHtml } from './report-mail-html.ts';
import { reportText } from './report-text.ts';
import { mailDayText } from './report-time.ts';

/** Drawn for the width of a phone, at twice its pixels. */
const CHART = { width: 288, height: 60 } as const;
const PIXELS_PER_UNIT = 4;

/** `paths`: where the report was saved, text first. */
export async function reportNotice(
  report: Report,
  paths: readonly string[],
): Promise<ReportNotice> {
  const { verdict, host, timezone, period, writtenAtMs } = report;
  const page = paths.find((path) => path.endsWith('.html')) ?? paths[0] ?? '';
  return {
    kind: 'report',
    title: verdict.title,
    isTrouble: verdict.trouble,
    day: mailDayText(period?.lastMs ?? writtenAtMs, timezone),
    host,
    path: page,
    preview: verdict.lead.map(({ text }) => text).join(' '),
    text: reportText(report),
    html: reportMailHtml(report, page),
    pictures: await picturesOf(report),
  };
}

async function picturesOf({ chart, previous }: Report): Promise<ReportNotice['pictures']> {
  if (chart === null) return [];
  const facts = { ...CHART, colours: PAPER_COLOURS };
  const plots = [
    [ALL_PICTURE, allPlot(chart, previous?.totals ?? null, facts)],
    [TROUBLE_PICTURE, troublePlot(chart, facts)],
  ] as const;
  const pictures: ReportNotice['pictures'][number][] = [];
  for (const [name, plot] of plots) {
    if (plot === null) continue;
    const png = await svgToPng(barPicture(plot), CHART.width * PIXELS_PER_UNIT);
    pictures.push({ name, pngBase64: png.toString('base64') });
  }
  return pictures;
}
