/**
 * Entries over time, by level, the worst at the baseline. Dragging over it marks a range, which Zoom takes.
 *
 * @typedef {import('./api.js').HistogramAnswer} HistogramAnswer
 * @typedef {{ from: Date, until: Date }} Range
 */
import { button, byId, counted, element, formatCount } from './elements.js';
import { axisTexts, lengthText, passText, rangeText } from './time.js';

/** From the baseline up. */
const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'none'];
const HEIGHT_PIXELS = 126;
/** Of these the bars take so much; a count above zero is one of them high at least. */
const BARS_PIXELS = 96;
/** Of the counts beside them, at least, and for each character of the longest. */
const COUNTS_PIXELS_MIN = 46;
const DIGIT_PIXELS = 6.2;
/** A drag of less is a click. */
const DRAG_PIXELS_MIN = 5;
/** As many bars as can be told apart, within reason. */
const BAR_PIXELS = 12;
const BARS_MIN = 40;
const BARS_MAX = 120;
/** Buckets of a chart that may hold more gaps than bars. */
const BUCKETS_MAX = 1_200;

/** @type {{ uPlot: typeof import('uplot') }} */
const { uPlot } = /** @type {any} */ (globalThis);

export class Histogram {
  #plot = byId('plot');
  #bubble = element('div', { class: 'bubble' });
  #hint = element('span', { class: 'end' });
  /** @type {import('uplot') | null} */
  #chart = null;
  /** @type {HistogramAnswer | null} */
  #answer = null;
  /** Something else was asked for since. */
  #isOld = false;
  /** @type {Range | null} */
  #brush = null;
  #onZoom;

  /** @param {(range: Range) => void} onZoom */
  constructor(onZoom) {
    this.#onZoom = onZoom;
    new ResizeObserver(() => {
      const width = this.#plot.clientWidth;
      if (width > 0 && width !== this.#chart?.width) this.#draw();
    }).observe(this.#plot);
    // Colours of a canvas do not follow the theme by themselves.
    for (const media of ['(prefers-color-scheme: dark)', 'print'])
      matchMedia(media).addEventListener('change', () => this.#draw());
    addEventListener('themechange', () => this.#draw());
  }

  /**
   * The range that is counted, exactly: the bars begin before it and end behind it. Null: not known, or not for what is asked now.
   * @returns {{ since: string, until: string } | null}
   */
  get range() {
    if (this.#isOld) return null;
    const { from = null, until = null } = this.#answer ?? {};
    return from === null || until === null ? null : { since: from, until };
  }

  get bucketsThatFit() {
    return Math.max(BARS_MIN, Math.min(BARS_MAX, Math.floor(this.#plot.clientWidth / BAR_PIXELS)));
  }

  /** What is shown stays until the answer to something else is there. */
  outdate() {
    this.#isOld = true;
  }

  /** @param {HistogramAnswer} answer */
  show(answer) {
    this.#answer = answer;
    this.#isOld = false;
    this.#hideBrush();
    const sums = sumsOf(answer);
    const items = LEVELS.filter((level) => sums.has(level)).map((level) =>
      element(
        'span',
        {},
        element('i', { class: `swatch fill-${level}` }),
        `${level} ${formatCount(sums.get(level) ?? 0)}`,
      ),
    );
    byId('legend').replaceChildren(...items, this.#hint);
    this.#draw();
    const numbers = /** @type {HTMLDetailsElement} */ (byId('numbers'));
    if (numbers.open) this.showNumbers();
  }

  /** The same as a table, for who cannot see the bars. */
  showNumbers() {
    const answer = this.#answer;
    if (answer === null) return;
    const sums = sumsOf(answer);
    const levels = LEVELS.filter((level) => sums.has(level));
    const head = ['from', ...levels, 'all'].map((name) => element('th', { scope: 'col' }, name));
    byId('numbers-head').replaceChildren(element('tr', {}, ...head));
    byId('numbers-body').replaceChildren(
      ...answer.buckets.map(({ start, counts, total }) => {
        const from = new Date(start);
        const until = new Date(from.getTime() + answer.bucketMs);
        const name = `${from.toLocaleString('en-GB')}${passText(from)}`;
        const zoom = button(name, () => this.#onZoom({ from, until }), {
          class: 'quiet',
          label: `Zoom to ${name}`,
        });
        return element(
          'tr',
          {},
          element('th', { scope: 'row' }, zoom),
          ...levels.map((level) => element('td', {}, formatCount(counts[level] ?? 0))),
          element('td', {}, formatCount(total)),
        );
      }),
    );
  }

  /** Take the marked range. @returns {boolean} whether one was marked */
  zoom() {
    const brush = this.#brush;
    if (brush === null) return false;
    this.#hideBrush();
    this.#onZoom(brush);
    return true;
  }

  /** Whether somebody marks a range, points at a bar, or reads the numbers: then it does not move. */
  get isInUse() {
    const isPointedAt = this.#plot.matches(':hover');
    return this.#brush !== null || isPointedAt || byId('numbers').contains(document.activeElement);
  }

  /** @returns {boolean} whether a range was marked */
  clearBrush() {
    const had = this.#brush !== null;
    this.#hideBrush();
    return had;
  }

  #draw() {
    this.#chart?.destroy();
    this.#chart = null;
    const answer = this.#answer;
    const width = this.#plot.clientWidth;
    const data = answer === null ? null : stacked(answer);
    this.#say(null);
    if (answer === null || data === null || width === 0) return;
    this.#chart = new uPlot(this.#optionsOf(answer, width), data, this.#plot);
    this.#chart.root.append(this.#bubble);
    this.#chart.root.setAttribute('aria-hidden', 'true');
  }

  /** @param {HistogramAnswer} answer @param {number} width @returns {import('uplot').Options} */
  #optionsOf(answer, width) {
    const { bucketMs } = answer;
    const range = /** @type {Range} */ (rangeOf(answer));
    const bars = uPlot.paths.bars?.({ size: [0.86, 100], align: 1 });
    const font = '11px "Liberation Sans", Arial, sans-serif';
    const look = { font, stroke: colourOf('axis'), ticks: { show: false } };
    return {
      width,
      height: HEIGHT_PIXELS,
      // The last time on the axis stands half beyond it.
      padding: [6, bucketMs >= 3_600_000 ? 48 : 34, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
      scales: {
        x: { time: false, range: () => [range.from.getTime(), range.until.getTime()] },
        y: { range: (_, __, max) => [0, Math.max(1, max)] },
      },
      axes: [
        {
          ...look,
          size: 20,
          gap: 4,
          grid: { show: false },
          incrs: [1, 2, 3, 5, 6, 10, 15, 20, 30, 60, 120, 240, 480].map((many) => many * bucketMs),
          space: bucketMs >= 3_600_000 ? 110 : 84,
          values: (_, splits) =>
            axisTexts(
              splits.map((at) => new Date(at)),
              bucketMs,
            ),
        },
        {
          ...look,
          size: (_, counts) => {
            const digits = Math.max(0, ...(counts ?? []).map((count) => count.length));
            return Math.max(COUNTS_PIXELS_MIN, 8 + digits * DIGIT_PIXELS);
          },
          gap: 6,
          space: 28,
          grid: { stroke: colourOf('line'), width: 1 },
          values: (_, splits) => splits.map((count) => (count % 1 === 0 ? formatCount(count) : '')),
        },
      ],
      // The highest first: those below are drawn over it.
      series: [
        {},
        ...LEVELS.toReversed().map((level) => ({
          fill: fillOf(level),
          width: 0,
          ...(bars === undefined ? {} : { paths: bars }),
          points: { show: false },
        })),
      ],
      hooks: {
        setCursor: [(/** @type {import('uplot')} */ { cursor }) => this.#say(cursor.idx ?? null)],
        setSelect: [(/** @type {import('uplot')} */ chart) => this.#marked(chart)],
      },
    };
  }

  /** What is under the pointer, or how to use it. @param {number | null} index */
  #say(index) {
    const answer = this.#answer;
    const range = answer === null ? null : rangeOf(answer);
    if (answer === null || range === null) {
      this.#hint.textContent = 'no entries';
      return;
    }
    const startMs = range.from.getTime() + (index ?? 0) * answer.bucketMs;
    const bucket = answer.buckets.find(({ start }) => Date.parse(start) === startMs);
    this.#hint.textContent =
      index === null || this.#brush !== null
        ? `${answer.countedFrom === null ? '' : 'counting … · '}entries per ${lengthText(answer.bucketMs)} · drag to zoom`
        : `${rangeText(new Date(startMs), new Date(startMs + answer.bucketMs))} · ${counted(bucket?.total ?? 0, 'entry', 'entries')}`;
  }

  /** @param {import('uplot')} chart */
  #marked(chart) {
    const { left, width } = chart.select;
    if (width < DRAG_PIXELS_MIN) {
      this.#hideBrush();
      return;
    }
    const from = new Date(Math.round(chart.posToVal(left, 'x')));
    const until = new Date(Math.round(chart.posToVal(left + width, 'x')));
    this.#brush = { from, until };
    this.#plot.classList.add('marked');
    let inside = 0;
    for (const { start, total } of this.#answer?.buckets ?? []) {
      const at = Date.parse(start);
      if (at + (this.#answer?.bucketMs ?? 0) > from.getTime() && at < until.getTime())
        inside += total;
    }
    const zoom = button('Zoom ', () => this.zoom(), { class: 'primary', key: 'z' });
    this.#bubble.replaceChildren(
      element(
        'p',
        {},
        element('b', {}, rangeText(from, until)),
        ` · ${lengthText(until.getTime() - from.getTime())}`,
      ),
      element(
        'p',
        {},
        `about ${formatCount(inside)} of ${counted(this.#answer?.total ?? 0, 'entry', 'entries')}`,
      ),
      zoom,
      button('Clear', () => this.clearBrush(), {}),
    );
    const room =
      left > 190 ? left - 196 : Math.min(left + width + 60, this.#plot.clientWidth - 190);
    this.#bubble.style.left = `${Math.max(0, room + (left > 190 ? 46 : 0))}px`;
    zoom.focus({ preventScroll: true });
  }

  #hideBrush() {
    this.#brush = null;
    this.#bubble.replaceChildren();
    this.#plot.classList.remove('marked');
    this.#chart?.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  }
}

/** @param {HistogramAnswer} answer @returns {Range | null} */
function rangeOf({ from, until, bucketMs }) {
  if (from === null || until === null) return null;
  const startMs = Math.floor(Date.parse(from) / bucketMs) * bucketMs;
  const endMs = Math.ceil(Date.parse(until) / bucketMs) * bucketMs;
  return { from: new Date(startMs), until: new Date(Math.max(endMs, startMs + bucketMs)) };
}

/** @param {HistogramAnswer} answer */
function sumsOf({ buckets }) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { counts } of buckets) {
    for (const [level, count] of Object.entries(counts))
      sums.set(level, (sums.get(level) ?? 0) + count);
  }
  return sums;
}

/**
 * Times, and for each level, highest first, the height up to which it goes.
 * @param {HistogramAnswer} answer
 * @returns {[number[], ...(number | null)[][]] | null}
 */
function stacked(answer) {
  const range = rangeOf(answer);
  if (range === null) return null;
  const startMs = range.from.getTime();
  const length = Math.min(
    BUCKETS_MAX,
    Math.round((range.until.getTime() - startMs) / answer.bucketMs),
  );
  const times = Array.from({ length }, (_, index) => startMs + index * answer.bucketMs);
  const heights = LEVELS.map(() => /** @type {(number | null)[]} */ (Array(length).fill(null)));
  const least = Math.max(0, ...answer.buckets.map(({ total }) => total)) / BARS_PIXELS;
  for (const { start, counts } of answer.buckets) {
    const at = Math.round((Date.parse(start) - startMs) / answer.bucketMs);
    if (at < 0 || at >= length) continue;
    let below = 0;
    for (const [index, level] of LEVELS.entries()) {
      const count = counts[level] ?? 0;
      if (count === 0) continue;
      below += Math.max(count, level === 'FATAL' ? least * 2 : least);
      /** @type {(number | null)[]} */ (heights[index])[at] = below;
    }
  }
  return [times, ...heights.toReversed()];
}

/** A colour of dashboard.css, as the theme has it now. @param {string} name */
function colourOf(name) {
  const probe = element('i', { class: `probe fill-${name}` });
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** @param {string} level */
function fillOf(level) {
  const colour = colourOf(level);
  if (level !== 'WARN') return colour;
  const size = Math.round(6 * devicePixelRatio);
  const tile = element('canvas', { width: String(size), height: String(size) });
  const context = /** @type {CanvasRenderingContext2D} */ (tile.getContext('2d'));
  context.fillStyle = colour;
  context.fillRect(0, 0, size, size);
  context.strokeStyle = colourOf('hatch');
  context.lineWidth = devicePixelRatio * 1.3;
  for (const shift of [-size, 0, size]) {
    context.moveTo(shift - 1, size + 1);
    context.lineTo(shift + size + 1, -1);
  }
  context.stroke();
  const pattern = context.createPattern(tile, 'repeat');
  return () => /** @type {CanvasPattern} */ (pattern);
}
