/** Bars as SVG: where they stand, what is hatched, and that no text of any kind is in them. */
import { expect, test } from 'vitest';
import {
  type BarPlot,
  barPicture,
  barShapes,
  HATCH,
  heightOf,
  PAPER_COLOURS,
  scaleOf,
} from '../../../src/chart/stacked-bars.ts';

const plot: BarPlot = {
  width: 100,
  height: 50,
  scale: scaleOf([0, 10, 3]),
  layers: [{ counts: [0, 10, 3], fill: '#123456' }],
  line: null,
  colours: PAPER_COLOURS,
};

test('scaleOf() marks the roundest count that is reached, its half and zero', () => {
  const check = (counts: number[], marks: number[]) => expect(scaleOf(counts).marks).toEqual(marks);
  check([], [1, 0]);
  check([1], [1, 0]);
  check([7], [6, 3, 0]);
  check([999], [800, 400, 0]);
  check([204_000], [200_000, 100_000, 0]);
});

test('heightOf() puts zero on the ground and the highest below the top', () => {
  expect(heightOf(0, plot)).toBe(50);
  expect(heightOf(10, plot)).toBeCloseTo(4);
});

test('barShapes() draws a bar for each count above zero, side by side', () => {
  const text = barShapes(plot).text;
  const bars = /<path d="([^"]*)" fill="#123456"\/>/.exec(text)?.[1] ?? '';
  expect(bars.match(/M/g)).toHaveLength(2);
  expect(bars).toMatch(/^M34\.3 50h31\.3v-46\.0h-31\.3zM67\.7 50/);
});

test('barShapes() keeps a count above zero visible', () => {
  const scale = scaleOf([1_000_000]);
  const layers = [{ counts: [1, 1_000_000], fill: '#123456', heightMin: 2 }];
  expect(barShapes({ ...plot, scale, layers }).text).toContain('v-2.0h');
});

test('barShapes() brings its hatch only where a layer is hatched', () => {
  expect(barShapes(plot).text).not.toContain('<pattern');
  const layers = [{ counts: [1], fill: HATCH }];
  expect(barShapes({ ...plot, layers }).text).toContain('<pattern id="warn"');
});

test('barShapes() draws the line to compare with as one step a bar', () => {
  const text = barShapes({ ...plot, line: [10, 0, 10] }).text;
  expect(text).toContain('d="M0 4.0H33.3V50.0H66.7V4.0H100.0"');
});

test('barPicture() holds no text, so that it needs no fonts', () => {
  expect(barPicture(plot)).not.toContain('<text');
});
