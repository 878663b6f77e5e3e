/**
 * Entries over time, by level, the worst at the baseline. Dragging over it chooses a range.
 *
 * @typedef {import('./api.js').HistogramAnswer} HistogramAnswer
 */
import { byId, element, formatCount, svg } from './elements.js';
import { axisText, lengthText } from './time.js';

const LEVELS = ['FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'none'];
const WIDTH = 1000;
const HEIGHT = 96;
/** A count above zero is never invisible. */
const HEIGHT_MIN = 1;

/** @param {(from: Date, until: Date) => void} onChoose */
export function openHistogram(onChoose) {
  const plot = /** @type {HTMLElement} */ (byId('plot'));
  /** @type {HistogramAnswer | null} */
  let shown = null;

  /** @param {HistogramAnswer} answer */
  function show(answer) {
    shown = answer;
    byId('legend').replaceChildren(...legend(answer));
    plot.replaceChildren(scale(answer), bars(answer), axis(answer));
    showNumbers(answer);
  }
  letDrag(plot, (fromShare, untilShare) => {
    const range = shown === null ? null : rangeOf(shown);
    if (range === null) return;
    const at = (/** @type {number} */ share) =>
      new Date(range.startMs + share * (range.endMs - range.startMs));
    onChoose(at(fromShare), at(untilShare));
  });
  return { show };
}

/** @param {HistogramAnswer} answer */
function rangeOf({ from, until, bucketMs }) {
  if (from === null || until === null) return null;
  const startMs = Math.floor(Date.parse(from) / bucketMs) * bucketMs;
  const endMs = Math.ceil(Date.parse(until) / bucketMs) * bucketMs;
  return { startMs, endMs: Math.max(endMs, startMs + bucketMs) };
}

/** @param {HistogramAnswer} answer */
function totals({ buckets }) {
  /** @type {Map<string, number>} */
  const sums = new Map();
  for (const { counts } of buckets) {
    for (const [level, count] of Object.entries(counts))
      sums.set(level, (sums.get(level) ?? 0) + count);
  }
  return sums;
}

/** @param {HistogramAnswer} answer */
function legend(answer) {
  const sums = totals(answer);
  const items = LEVELS.filter((level) => sums.has(level)).map((level) =>
    element(
      'span',
      {},
      element('i', { class: `swatch swatch-${level}` }),
      `${level} ${formatCount(sums.get(level) ?? 0)}`,
    ),
  );
  const hint =
    answer.total === 0 ? 'no entries' : `entries per ${lengthText(answer.bucketMs)}, drag to zoom`;
  return [...items, element('span', { class: 'end' }, hint)];
}

/** @param {HistogramAnswer} answer */
function bars(answer) {
  const range = rangeOf(answer);
  const picture = svg('svg', {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  if (range === null) return picture;
  const largest = Math.max(1, ...answer.buckets.map(({ total }) => total));
  const bucketWidth = (WIDTH * answer.bucketMs) / (range.endMs - range.startMs);
  for (const { start, counts } of answer.buckets) {
    const left = ((Date.parse(start) - range.startMs) / answer.bucketMs) * bucketWidth;
    let bottom = HEIGHT;
    for (const level of LEVELS) {
      const count = counts[level] ?? 0;
      if (count === 0) continue;
      const height = Math.min(bottom, Math.max(HEIGHT_MIN, (count / largest) * HEIGHT));
      bottom -= height;
      picture.append(
        svg('rect', {
          class: `bar-${level}`,
          x: left + bucketWidth * 0.06,
          y: bottom,
          width: bucketWidth * 0.88,
          height,
        }),
      );
    }
  }
  return picture;
}

/** What the height stands for. @param {HistogramAnswer} answer */
function scale({ buckets }) {
  const largest = Math.max(0, ...buckets.map(({ total }) => total));
  const text = largest === 0 ? '' : formatCount(largest);
  return element('div', { class: 'scale', 'aria-hidden': 'true' }, text);
}

/** @param {HistogramAnswer} answer */
function axis(answer) {
  const range = rangeOf(answer);
  const line = element('div', { class: 'axis', 'aria-hidden': 'true' });
  if (range === null) return line;
  const parts = window.innerWidth > 760 ? 6 : 3;
  for (let index = 0; index <= parts; index += 1) {
    const at = new Date(range.startMs + ((range.endMs - range.startMs) * index) / parts);
    line.append(element('span', {}, axisText(at, answer.bucketMs)));
  }
  return line;
}

/** @param {HistogramAnswer} answer */
function showNumbers(answer) {
  const present = totals(answer);
  const levels = LEVELS.filter((level) => present.has(level));
  byId('numbers-head').replaceChildren(
    element(
      'tr',
      {},
      ...['from', ...levels, 'all'].map((name) => element('th', { scope: 'col' }, name)),
    ),
  );
  byId('numbers-body').replaceChildren(
    ...answer.buckets.map(({ start, counts, total }) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, new Date(start).toLocaleString('en-GB')),
        ...levels.map((level) => element('td', {}, formatCount(counts[level] ?? 0))),
        element('td', {}, formatCount(total)),
      ),
    ),
  );
}

/** Less than this is a click. */
const DRAG_PIXELS_MIN = 5;

/**
 * @param {HTMLElement} plot
 * @param {(fromShare: number, untilShare: number) => void} onDrag shares of the width, 0 to 1
 */
function letDrag(plot, onDrag) {
  const brush = element('div', { class: 'brush' });
  /** @type {number | null} */
  let startX = null;
  const xOf = (/** @type {PointerEvent} */ event) => {
    const { left, width } = plot.getBoundingClientRect();
    return Math.max(0, Math.min(width, event.clientX - left));
  };
  plot.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    startX = xOf(event);
    plot.setPointerCapture(event.pointerId);
  });
  plot.addEventListener('pointermove', (event) => {
    if (startX === null) return;
    const x = xOf(event);
    if (Math.abs(x - startX) < DRAG_PIXELS_MIN) return;
    brush.style.left = `${Math.min(x, startX)}px`;
    brush.style.width = `${Math.abs(x - startX)}px`;
    plot.append(brush);
  });
  plot.addEventListener('pointerup', (event) => {
    const from = startX;
    startX = null;
    brush.remove();
    if (from === null) return;
    const x = xOf(event);
    if (Math.abs(x - from) < DRAG_PIXELS_MIN) return;
    const { width } = plot.getBoundingClientRect();
    onDrag(Math.min(x, from) / width, Math.max(x, from) / width);
  });
  plot.addEventListener('pointercancel', () => {
    startX = null;
    brush.remove();
  });
}
