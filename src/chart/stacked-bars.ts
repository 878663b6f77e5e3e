/**
 * Bars over time as SVG: layers drawn over each other, a scale with round marks, and a line to compare with.
 *
 * Holds shapes only, no text: a page puts its own labels beside it, and a picture made of it needs no fonts,
 * which a server may not have. Colours are given: variables of a page, or fixed ones for a mail.
 */
import { type Html, html } from '../base/html.ts';

/** Counts of one kind per bar, from the left. A later layer covers an earlier one: give sums, the largest first. */
export type BarLayer = Readonly<{
  counts: readonly number[];
  /** Colour, or `url(#warn)` for the hatch. */
  fill: string;
  /** A count above zero is never lower than this; default 1. */
  heightMin?: number;
}>;

export type BarColours = Readonly<{
  fatal: string;
  error: string;
  warn: string;
  /** Stripes over `warn`, so that it is told from ERROR without colour. */
  warnStripe: string;
  info: string;
  /** Bars that are not what it is about. */
  other: string;
  /** Marks of the scale, and the line at zero. */
  mark: string;
  edge: string;
  /** The line to compare with. */
  line: string;
}>;

/** On white ground, for pictures in mails. */
export const PAPER_COLOURS: BarColours = {
  fatal: '#6B0F3D',
  error: '#AD3410',
  warn: '#E0A42C',
  warnStripe: '#8A5C00',
  info: '#6E97BF',
  other: '#868F95',
  mark: '#DDE1DE',
  edge: '#7D868C',
  line: '#1B2125',
};

export type BarPlot = Readonly<{
  width: number;
  height: number;
  scale: Scale;
  layers: readonly BarLayer[];
  /** Counts of an earlier time, bar for bar; null: none. */
  line: readonly number[] | null;
  colours: BarColours;
}>;

export type Scale = Readonly<{
  /** The count that reaches the headroom. */
  highest: number;
  /** Round counts, the highest first; the last is 0. */
  marks: readonly number[];
}>;

/** Room above the highest bar. */
const HEADROOM = 0.92;

/** A scale for counts up to the highest of these. */
export function scaleOf(counts: readonly number[]): Scale {
  const highest = counts.reduce((most, count) => Math.max(most, count), 1);
  const power = 10 ** Math.floor(Math.log10(highest));
  const top = Math.max(
    1,
    [8, 6, 4, 2, 1].map((step) => step * power).find((mark) => mark <= highest)!,
  );
  return { highest, marks: top >= 2 ? [top, top / 2, 0] : [top, 0] };
}

/** Where a count lies, from the top. */
export function heightOf(count: number, plot: Readonly<{ height: number; scale: Scale }>): number {
  return plot.height - (count * plot.height * HEADROOM) / plot.scale.highest;
}

/** What stands inside the `svg` element; its own hatch included. */
export function barShapes(plot: BarPlot): Html {
  const { width, height, scale, layers, colours, line } = plot;
  const marks = scale.marks
    .filter((mark) => mark > 0)
    .map(
      (mark) =>
        html`<path d="M0 ${heightOf(mark, plot).toFixed(1)}H${width}" stroke="${colours.mark}"/>`,
    );
  const isHatched = layers.some(({ fill }) => fill === HATCH);
  return html`${isHatched && hatchOf(colours)}${marks}${layers.map((layer) => barPath(layer, plot))}${line !== null && stepLine(line, plot)}<path d="M0 ${height}H${width}" stroke="${colours.edge}"/>`;
}

/** The whole picture, on white: what a mail shows. */
export function barPicture(plot: BarPlot): string {
  const { width, height } = plot;
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"><path d="M0 0h${width}v${height}H0z" fill="#FFFFFF"/>${barShapes(plot)}</svg>`
    .text;
}

/** The fill of WARN. */
export const HATCH = 'url(#warn)';

function hatchOf({ warn, warnStripe }: BarColours): Html {
  return html`<defs><pattern id="warn" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0h4v4H0z" fill="${warn}"/><path d="M0 0v4" stroke="${warnStripe}" stroke-width="1.6"/></pattern></defs>`;
}

const BAR_HEIGHT_MIN = 1;

function barPath({ counts, fill, heightMin = BAR_HEIGHT_MIN }: BarLayer, plot: BarPlot): Html {
  const step = plot.width / Math.max(counts.length, 1);
  const gap = Math.min(2, step * 0.15);
  const barWidth = (step - gap).toFixed(1);
  const path = counts.map((count, index) => {
    if (count === 0) return '';
    const high = Math.max(plot.height - heightOf(count, plot), heightMin).toFixed(1);
    return `M${(index * step + gap / 2).toFixed(1)} ${plot.height}h${barWidth}v-${high}h-${barWidth}z`;
  });
  return html`<path d="${path.join('')}" fill="${fill}"/>`;
}

/** One step a bar: the outline that the bars of the earlier time would have. */
function stepLine(counts: readonly number[], plot: BarPlot): Html {
  const step = plot.width / Math.max(counts.length, 1);
  const path = counts.map((count, index) => {
    const at = heightOf(count, plot).toFixed(1);
    return `${index === 0 ? `M0 ${at}` : `V${at}`}H${((index + 1) * step).toFixed(1)}`;
  });
  return html`<path d="${path.join('')}" fill="none" stroke="${plot.colours.line}" stroke-width="1.5"/>`;
}
