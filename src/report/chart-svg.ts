/**
 * Two charts as inline SVG: everything, and on its own scale what is WARN or worse, so that trouble is not
 * flattened by the rest. Worst at the baseline. Each says its finding in words, for those who do not see it.
 */

import { formatDuration } from '../base/duration.ts';
import { type Html, html } from '../base/html.ts';
import { formatCount } from '../base/number-text.ts';
import { type BarColours, type BarPlot, barShapes, heightOf } from '../chart/stacked-bars.ts';
import { allPlot, finding, type PlotFacts, sumOf, troublePlot } from './chart-plots.ts';
import { errorCountOf, fatalCountOf, warnCountOf } from './level-counts.ts';
import type { PreviousPeriod } from './previous-period.ts';
import { axisMarks } from './report-time.ts';
import type { Chart } from './time-buckets.ts';

const SIZE = { width: 700, height: 90 } as const;

/** The variables of the page's style sheet: they know light and dark. */
const PAGE_COLOURS: BarColours = {
  fatal: 'var(--f-fatal)',
  error: 'var(--f-error)',
  warn: 'var(--f-warn)',
  warnStripe: 'var(--f-warn2)',
  info: 'var(--f-info)',
  other: 'var(--edge)',
  mark: 'var(--line)',
  edge: 'var(--edge)',
  line: 'var(--text)',
};

/** `previous`: the chart of an earlier day, bar for bar, and what it is called; null: none. */
export function chartFigures(
  chart: Chart,
  options: Readonly<{ timezone: string; previous: PreviousPeriod | null }>,
): Html {
  const every = formatDuration(chart.widthMs);
  const facts: PlotFacts = { ...SIZE, colours: PAGE_COLOURS };
  const { previous } = options;
  const all = allPlot(chart, previous?.totals ?? null, facts);
  const figures = [
    html`<figure><figcaption><span><i class="sw i"></i>all entries per ${every}</span>${previous !== null && html` <span><i class="sw l"></i>${previous.name}</span>`}</figcaption>${plot(all, finding('All entries', { every, counts: all.layers[0]!.counts }))}</figure>`,
  ];
  const worse = troublePlot(chart, facts);
  if (worse !== null) figures.push(troubleFigure(chart, worse, every));
  return html`${figures}${axis(chart, options.timezone)}`;
}

function troubleFigure(chart: Chart, worse: BarPlot, every: string): Html {
  const sum = sumOf(chart);
  const legend = [
    ['f', 'FATAL', fatalCountOf(sum)],
    ['e', 'ERROR', errorCountOf(sum) - fatalCountOf(sum)],
    ['w', 'WARN', warnCountOf(sum)],
  ] as const;
  return html`<figure><figcaption>${legend.map(
    ([kind, name, count]) =>
      html`<span><i class="sw ${kind}"></i>${name} ${formatCount(count)}</span> `,
  )}<span>own scale</span></figcaption>${plot(worse, finding('Warnings and worse', { every, counts: worse.layers[0]!.counts }))}</figure>`;
}

function plot(shown: BarPlot, label: string): Html {
  const { width, height, scale } = shown;
  const labels = scale.marks.map(
    (mark) =>
      html`<span class="ax" style="top:${heightOf(mark, shown).toFixed(1)}px">${shortCount(mark)}</span> `,
  );
  return html`<div class="plot">${labels}<svg viewBox="0 0 ${width} ${height}" height="${height}" preserveAspectRatio="none" role="img" aria-label="${label}">${barShapes(shown)}</svg></div>`;
}

/** Five marks under the charts; two of them have no room on a phone. */
function axis(chart: Chart, timezone: string): Html {
  const marks = axisMarks(chart, timezone).map(
    (text, index) => html`<span${index % 2 === 1 ? html` class="nophone"` : null}>${text}</span> `,
  );
  return html`<div class="tx">${marks}</div>`;
}

/** `200 k`, `1.5 M`. */
function shortCount(count: number): string {
  if (count >= 1e6) return `${count / 1e6} M`;
  if (count >= 1e4) return `${count / 1e3} k`;
  return formatCount(count);
}
