/** SVG as PNG: the size that was asked for, the colours that were drawn, and nothing from outside. */
import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { barPicture, PAPER_COLOURS, scaleOf } from '../../../src/chart/stacked-bars.ts';
import { svgToPng } from '../../../src/chart/svg-to-png.ts';

/** Width, height and the rows of an 8-bit RGBA image whose rows use PNG's filters 0 to 4. */
function readPng(png: Buffer): {
  width: number;
  height: number;
  pixel: (x: number, y: number) => string;
} {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  expect([png[24], png[25], png[28]]).toEqual([8, 6, 0]);
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT')
      parts.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * 4;
  const image = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)]!;
    for (let x = 0; x < stride; x += 1) {
      const left = x < 4 ? 0 : image[y * stride + x - 4]!;
      const up = y === 0 ? 0 : image[(y - 1) * stride + x]!;
      const corner = x < 4 || y === 0 ? 0 : image[(y - 1) * stride + x - 4]!;
      image[y * stride + x] = raw[y * (stride + 1) + 1 + x]! + predicted(filter, left, up, corner);
    }
  }
  return {
    width,
    height,
    pixel: (x, y) => image.toString('hex', y * stride + x * 4, y * stride + x * 4 + 3),
  };
}

function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter === 1) return left;
  if (filter === 2) return up;
  if (filter === 3) return (left + up) >> 1;
  if (filter !== 4) return 0;
  const guess = left + up - corner;
  const away = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)] as const;
  if (away[0] <= away[1] && away[0] <= away[2]) return left;
  return away[1] <= away[2] ? up : corner;
}

const picture = barPicture({
  width: 100,
  height: 50,
  scale: scaleOf([10]),
  layers: [{ counts: [0, 10], fill: PAPER_COLOURS.error }],
  line: null,
  colours: PAPER_COLOURS,
});

test('svgToPng() draws what the SVG says, at twice its size, on white', async () => {
  const { width, height, pixel } = readPng(await svgToPng(picture, 200));
  expect([width, height]).toEqual([200, 100]);
  expect(pixel(50, 60)).toBe('ffffff');
  expect(pixel(150, 60)).toBe('ad3410');
});

test('svgToPng() gives the same bytes each time', async () => {
  expect(await svgToPng(picture, 576)).toEqual(await svgToPng(picture, 576));
});

test('svgToPng() reads no file that an SVG names', async () => {
  const naming = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><path d="M0 0h10v10H0z" fill="#FFFFFF"/><image href="/etc/passwd" width="10" height="10"/></svg>`;
  expect(readPng(await svgToPng(naming, 10)).pixel(5, 5)).toBe('ffffff');
});
