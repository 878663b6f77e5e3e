/** The chart of an alert mail: matches in steps of time, those of the incident red, all others grey. No text in it. */
import { barPicture, PAPER_COLOURS, scaleOf } from '../chart/stacked-bars.ts';
import { svgToPng } from '../chart/svg-to-png.ts';
import type { AlertChart } from '../model/alert-details.ts';

/** As wide as a phone's column, at twice its pixels even where a desktop shows it larger. */
export const CHART_WIDTH = 288;
export const CHART_HEIGHT = 64;
const PIXELS_PER_UNIT = 4;

/** How the HTML names it. */
export const CHART_NAME = 'matches';

const ALARM_HEIGHT_MIN = 2;

export function alertPicture({ counts, alarms }: Omit<AlertChart, 'png'>): Promise<Buffer> {
  const part = (isAlarm: boolean): number[] =>
    counts.map((count, index) => (alarms[index] === isAlarm ? count : 0));
  const svg = barPicture({
    width: CHART_WIDTH,
    height: CHART_HEIGHT,
    scale: scaleOf(counts),
    layers: [
      { counts: part(false), fill: PAPER_COLOURS.other },
      { counts: part(true), fill: PAPER_COLOURS.error, heightMin: ALARM_HEIGHT_MIN },
    ],
    line: null,
    colours: PAPER_COLOURS,
  });
  return svgToPng(svg, CHART_WIDTH * PIXELS_PER_UNIT);
}
