/**
 * The two charts of a report as plots, whatever they are drawn on: the saved page, or a picture in a mail.
 *
 * Everything in one, and on its own scale what is WARN or worse, FATAL at the baseline.
 */
import { formatCount } from '../base/number-text.ts';
import { type BarColours, type BarPlot, HATCH, scaleOf } from '../chart/stacked-bars.ts';
import {
  addCounts,
  errorCountOf,
  fatalCountOf,
  type LevelCounts,
  noCounts,
  totalOf,
  warnCountOf,
} from './level-counts.ts';
import type { Chart } from './time-buckets.ts';

export type PlotFacts = Readonly<{ width: number; height: number; colours: BarColours }>;

const FATAL_HEIGHT_MIN = 2;

/** `previous`: totals of an earlier time, bar for bar. */
export function allPlot(
  chart: Chart,
  previous: readonly number[] | null,
  facts: PlotFacts,
): BarPlot {
  const totals = chart.bars.map(totalOf);
  return {
    ...facts,
    scale: scaleOf([...totals, ...(previous ?? [])]),
    layers: [{ counts: totals, fill: facts.colours.info }],
    line: previous,
  };
}

/** Null: no warning and nothing worse. */
export function troublePlot(chart: Chart, facts: PlotFacts): BarPlot | null {
  const worse = troubleTotals(chart);
  if (worse === null) return null;
  const { colours } = facts;
  return {
    ...facts,
    scale: scaleOf(worse),
    // From the top of each stack down: the lower, worse layers cover the ones behind.
    layers: [
      { counts: worse, fill: HATCH },
      { counts: chart.bars.map(errorCountOf), fill: colours.error },
      {
        counts: chart.bars.map(fatalCountOf),
        fill: colours.fatal,
        heightMin: FATAL_HEIGHT_MIN,
      },
    ],
    line: null,
  };
}

/** WARN and worse, bar by bar; null: there is none. */
export function troubleTotals(chart: Chart): number[] | null {
  const worse = chart.bars.map((counts) => errorCountOf(counts) + warnCountOf(counts));
  return worse.some((count) => count > 0) ? worse : null;
}

/** Names of the pictures in a mail. */
export const ALL_PICTURE = 'levels-all';
export const TROUBLE_PICTURE = 'levels-trouble';

export function sumOf(chart: Chart): LevelCounts {
  const sum = noCounts();
  for (const counts of chart.bars) addCounts(sum, counts);
  return sum;
}

/** "All entries per 30 min: usually 1,041, highest 204,000." */
export function finding(
  what: string,
  facts: Readonly<{ every: string; counts: readonly number[] }>,
): string {
  const sorted = [...facts.counts].sort((a, b) => a - b);
  const usual = formatCount(sorted[Math.floor(sorted.length / 2)]!);
  return `${what} per ${facts.every}: usually ${usual}, highest ${formatCount(sorted.at(-1)!)}`;
}
