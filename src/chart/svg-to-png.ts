/**
 * The one door to resvg: an SVG without text as a PNG, without a browser.
 *
 * Loads no fonts, no files and nothing remote, so the same SVG gives the same bytes on every machine.
 */

/** Wider than any mail shows, twice over; what is drawn is ours, but a width may be computed. */
const WIDTH_PX_MAX = 4_096;

/** `widthPx` pixels wide, as high as the SVG's own shape asks. */
export async function svgToPng(svg: string, widthPx: number): Promise<Buffer> {
  // Its native part takes some megabytes: loaded only where a picture is made.
  const { Resvg } = await import('@resvg/resvg-js');
  const picture = new Resvg(svg, {
    fitTo: { mode: 'width', value: Math.min(Math.max(Math.round(widthPx), 1), WIDTH_PX_MAX) },
    font: { loadSystemFonts: false },
  });
  return picture.render().asPng();
}
