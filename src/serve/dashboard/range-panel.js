/** Which times are searched: one of the usual ranges, or any two times as the query language reads them. */
import { asked } from './address.js';
import { button, byId } from './elements.js';
import { onEnterOrClick, openPanel } from './panel.js';
import { rangeText } from './time.js';

const RANGES = [
  ['15m', 'Last 15 min'],
  ['1h', 'Last hour'],
  ['6h', 'Last 6 h'],
  ['24h', 'Last 24 h'],
  ['7d', 'Last 7 days'],
  ['30d', 'Last 30 days'],
  ['', 'All times'],
];

/** @param {(since: string, until: string) => void} onChoose */
export function openRangePanel(onChoose) {
  const panel = openPanel('range', fill);
  const since = /** @type {HTMLInputElement} */ (byId('range-since'));
  const until = /** @type {HTMLInputElement} */ (byId('range-until'));
  byId('range-list').replaceChildren(
    ...RANGES.map(([value = '', text = '']) => {
      const choice = button(text, () => choose(value, ''));
      choice.dataset.since = value;
      return choice;
    }),
  );
  onEnterOrClick('range-form', 'range-take', () => choose(since.value.trim(), until.value.trim()));

  function fill() {
    since.value = asked.since;
    until.value = asked.until;
    for (const choice of byId('range-list').children) {
      const isChosen =
        asked.until === '' && asked.since === /** @type {HTMLElement} */ (choice).dataset.since;
      choice.setAttribute('aria-pressed', String(isChosen));
    }
  }
  /** @param {string} from @param {string} to */
  function choose(from, to) {
    panel.close();
    byId('range').focus();
    onChoose(from, to);
  }
  return { open: panel.open };
}

export function showRange() {
  byId('range-text').replaceChildren(rangeName());
}

/** What the range is called: `Last 6 h`, `13:55 – 14:20`. */
export function rangeName() {
  const { since, until } = asked;
  const known = RANGES.find(([value]) => until === '' && value === since)?.[1];
  if (known !== undefined) return known;
  const from = new Date(since);
  const to = new Date(until);
  const isExact = /^\d{4}-.*Z$/.test(since) && /^\d{4}-.*Z$/.test(until);
  if (isExact) return rangeText(from, to);
  return until === '' ? `Since ${since}` : since === '' ? `Until ${until}` : `${since} – ${until}`;
}
