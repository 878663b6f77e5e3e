/**
 * Two charts as inline SVG: everything, and on its own scale what is WARN or worse, so that trouble is not
 * flattened by the rest. Worst at the baseline. Each says its finding in words, for those who do not see it.
 */

import { formatDuration } from '../base/duration.ts';
import { type Html, html } from '../base/html.ts';
import { formatCount } from '../base/number-text.ts';
import {
  addCounts,
  errorCountOf,
  fatalCountOf,
  type LevelCounts,
  noCounts,
  totalOf,
  warnCountOf,
} from './level-counts.ts';
import { axisText } from './report-time.ts';
import type { Chart } from './time-buckets.ts';

const WIDTH = 700;
const HEIGHT = 90;
/** Room above the highest bar. */
const HEADROOM = 0.92;
/** A count above zero stays visible. */
const BAR_HEIGHT_MIN = 1;
const FATAL_HEIGHT_MIN = 2;

export function chartFigures(chart: Chart, timezone: string): Html {
  const every = formatDuration(chart.widthMs);
  const totals = chart.bars.map(totalOf);
  const sum = noCounts();
  for (const counts of chart.bars) addCounts(sum, counts);
  const all = scaleOf(totals);
  const figures = [
    html`<figure><figcaption><span><i class="sw i"></i>all entries per ${every}</span></figcaption>${plot(
      { scale: all, label: finding('All entries', { every, counts: totals }) },
      bars(totals, { scale: all, fill: 'var(--f-info)' }),
    )}</figure>`,
  ];
  const worse = chart.bars.map((counts) => errorCountOf(counts) + warnCountOf(counts));
  if (worse.some((count) => count > 0)) figures.push(troubleFigure(chart, { sum, worse, every }));
  return html`${figures}${axis(chart, timezone)}`;
}

function troubleFigure(
  chart: Chart,
  facts: Readonly<{ sum: LevelCounts; worse: readonly number[]; every: string }>,
): Html {
  const { sum, worse, every } = facts;
  const scale = scaleOf(worse);
  const fatal = chart.bars.map(fatalCountOf);
  const errors = chart.bars.map(errorCountOf);
  const legend = [
    ['f', 'FATAL', fatalCountOf(sum)],
    ['e', 'ERROR', errorCountOf(sum) - fatalCountOf(sum)],
    ['w', 'WARN', warnCountOf(sum)],
  ] as const;
  // Drawn from the top of each stack down: the lower, worse layers cover the ones behind.
  const layers = [
    bars(worse, { scale, fill: 'url(#warn)' }),
    bars(errors, { scale, fill: 'var(--f-error)' }),
    bars(fatal, { scale, fill: 'var(--f-fatal)', heightMin: FATAL_HEIGHT_MIN }),
  ];
  return html`<figure><figcaption>${legend.map(
    ([kind, name, count]) =>
      html`<span><i class="sw ${kind}"></i>${name} ${formatCount(count)}</span>`,
  )}<span>own scale</span></figcaption>${plot(
    { scale, label: finding('Warnings and worse', { every, counts: worse }) },
    html`${HATCH}${layers}`,
  )}</figure>`;
}

const HATCH = html`<defs><pattern id="warn" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0h4v4H0z" fill="var(--f-warn)"/><path d="M0 0v4" stroke="var(--f-warn2)" stroke-width="1.6"/></pattern></defs>`;

type Scale = Readonly<{ perCount: number; marks: readonly number[] }>;

/** A scale with marks at round counts: 0, half and the roundest number the highest bar reaches. */
function scaleOf(counts: readonly number[]): Scale {
  const highest = Math.max(...counts, 1);
  const power = 10 ** Math.floor(Math.log10(highest));
  const top = Math.max(
    1,
    [8, 6, 4, 2, 1].map((step) => step * power).find((mark) => mark <= highest)!,
  );
  const marks = top >= 2 ? [top, top / 2, 0] : [top, 0];
  return { perCount: (HEIGHT * HEADROOM) / highest, marks };
}

function plot(head: Readonly<{ scale: Scale; label: string }>, content: Html): Html {
  const { scale, label } = head;
  const at = (count: number): string => (HEIGHT - count * scale.perCount).toFixed(1);
  const labels = scale.marks.map(
    (mark) => html`<span class="ax" style="top:${at(mark)}px">${shortCount(mark)}</span>`,
  );
  const lines = scale.marks
    .filter((mark) => mark > 0)
    .map((mark) => html`<path d="M0 ${at(mark)}H${WIDTH}" stroke="var(--line)"/>`);
  return html`<div class="plot">${labels}<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" height="${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}">${lines}${content}<path d="M0 ${HEIGHT}H${WIDTH}" stroke="var(--edge)"/></svg></div>`;
}

function bars(
  counts: readonly number[],
  look: Readonly<{ scale: Scale; fill: string; heightMin?: number }>,
): Html {
  const step = WIDTH / counts.length;
  const gap = Math.min(2, step * 0.15);
  const path = counts.map((count, index) => {
    if (count === 0) return '';
    const height = Math.max(count * look.scale.perCount, look.heightMin ?? BAR_HEIGHT_MIN).toFixed(
      1,
    );
    const width = (step - gap).toFixed(1);
    return `M${(index * step + gap / 2).toFixed(1)} ${HEIGHT}h${width}v-${height}h-${width}z`;
  });
  return html`<path d="${path.join('')}" fill="${look.fill}"/>`;
}

/** Five marks under the charts; two of them have no room on a phone. */
function axis(chart: Chart, timezone: string): Html {
  const endMs = chart.startMs + chart.widthMs * chart.bars.length;
  const style = { timezone, widthMs: chart.widthMs };
  const marks = [0, 1, 2, 3, 4].map((quarter) => {
    const bar = Math.round((chart.bars.length * quarter) / 4);
    const isEnd = quarter === 4;
    const text = axisText(isEnd ? endMs : chart.startMs + bar * chart.widthMs, { ...style, isEnd });
    return html`<span${quarter % 2 === 1 ? html` class="nophone"` : null}>${text}</span>`;
  });
  return html`<div class="tx">${marks}</div>`;
}

/** "All entries per 30 min: usually 1,041, highest 204,000." */
function finding(
  what: string,
  facts: Readonly<{ every: string; counts: readonly number[] }>,
): string {
  const sorted = [...facts.counts].sort((a, b) => a - b);
  const usual = formatCount(sorted[Math.floor(sorted.length / 2)]!);
  return `${what} per ${facts.every}: usually ${usual}, highest ${formatCount(sorted.at(-1)!)}`;
}

/** `200 k`, `1.5 M`. */
function shortCount(count: number): string {
  if (count >= 1e6) return `${count / 1e6} M`;
  if (count >= 1e4) return `${count / 1e3} k`;
  return formatCount(count);
}
