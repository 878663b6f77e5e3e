/**
 * The search page: query box, histogram, list, status sentence. The address holds what is shown, so that it can be
 * sent to somebody.
 */
import { ask, isCalledOff, Refused } from './api.js';
import { Completion } from './completion.js';
import { byId, element, formatCount, visible } from './elements.js';
import { openHistogram } from './histogram.js';
import { Live } from './live.js';
import { tableOf } from './query-table.js';
import { EntryList } from './results.js';
import { timezone } from './time.js';

/** @typedef {import('./api.js').SearchAnswer} SearchAnswer @typedef {import('./api.js').HistogramAnswer} HistogramAnswer */

/** What is asked for; the same names as in the address. */
const state = { q: '', since: '', until: '', order: 'newest' };
/** Ranges to go back to. @type {{ since: string, until: string }[]} */
const zoomedFrom = [];

const PAGE_ROWS = 200;
/** Typing pauses this long before it is searched. */
const TYPING_PAUSE_MS = 150;
/** Rows stay undimmed for so long while newer ones are fetched. */
const DIM_AFTER_MS = 150;
const STATUS_EVERY_MS = 5_000;

const queryBox = /** @type {HTMLInputElement} */ (byId('query'));
const rangeBox = /** @type {HTMLSelectElement} */ (byId('range'));
const moreButton = /** @type {HTMLButtonElement} */ (byId('more'));
const results = new EntryList(byId('results'), narrow);
const histogram = openHistogram((from, until) => {
  zoomedFrom.push({ since: state.since, until: state.until });
  setRange(from.toISOString(), until.toISOString());
});
/** @type {string | null} */
let cursor = null;
/** Rows of the list while it is live; older ones go. */
const LIVE_ROWS_MAX = 2_000;
/** Entries that the first page of a live list has already. @type {Set<string>} */
let shown = new Set();
const live = new Live(showArrival, () => void search());

function readAddress() {
  const parameters = new URLSearchParams(location.search);
  state.q = parameters.get('q') ?? '';
  state.since = parameters.get('since') ?? '';
  state.until = parameters.get('until') ?? '';
  state.order = parameters.get('order') === 'oldest' ? 'oldest' : 'newest';
  queryBox.value = state.q;
  showRange();
}

/** @param {boolean} isStep whether the browser's Back comes here again */
function writeAddress(isStep) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) {
    if (value !== '' && value !== 'newest') parameters.set(name, value);
  }
  const address = parameters.size === 0 ? '/' : `/?${parameters}`;
  if (address === location.pathname + location.search) return;
  if (isStep) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
}

async function search() {
  const list = byId('results');
  const dimming = setTimeout(() => list.classList.add('waiting'), DIM_AFTER_MS);
  const question = { q: state.q, since: state.since, until: state.until, tz: timezone };
  // Both are asked at once; the list does not wait for the chart.
  const counted = showHistogram(question);
  try {
    const answer = await /** @type {Promise<SearchAnswer>} */ (
      ask('/api/search', { ...question, order: state.order, limit: PAGE_ROWS, hits: true })
    );
    showError(null);
    results.clear();
    shown = new Set(answer.records.map(keyOf));
    showPage(answer);
    showCount(answer, await counted);
  } catch (error) {
    if (!isCalledOff(error)) showError(error);
  } finally {
    clearTimeout(dimming);
    list.classList.remove('waiting');
  }
}

/** @param {Record<string, string>} question @returns {Promise<number | null>} how many entries match; null: not known */
async function showHistogram(question) {
  try {
    const answer = await /** @type {Promise<HistogramAnswer>} */ (ask('/api/histogram', question));
    histogram.show(answer);
    return answer.total;
  } catch {
    return null; // The list says what is wrong.
  }
}

/** @param {SearchAnswer} answer */
function showPage(answer) {
  results.append(answer.records, answer.hits);
  byId('table').replaceChildren(...(answer.table === undefined ? [] : [tableOf(answer.table)]));
  cursor = answer.cursor;
  moreButton.hidden = cursor === null;
}

async function loadMore() {
  if (cursor === null) return;
  moreButton.disabled = true;
  try {
    const { q, since, until, order } = state;
    const question = { q, since, until, order, tz: timezone, limit: PAGE_ROWS, cursor, hits: true };
    showPage(await ask('/api/search', question));
  } catch (error) {
    if (!isCalledOff(error)) showError(error);
  } finally {
    moreButton.disabled = false;
  }
}

/** @param {import('./live.js').Arrival} arrival */
function showArrival({ records, hits }) {
  const isNew = records.map((record) => !shown.has(keyOf(record)));
  results.prepend(
    records.filter((_, index) => isNew[index]),
    hits.filter((_, index) => isNew[index]),
    LIVE_ROWS_MAX,
  );
}

/** @param {import('./api.js').EntryRecord} record */
function keyOf({ timestamp, file, offset, message }) {
  return `${timestamp} ${file} ${offset} ${message}`;
}

async function toggleLive() {
  if (live.isOn) {
    live.stop();
  } else {
    state.order = 'newest';
    state.until = '';
    showRange();
    showOrder();
    // Listening comes first, so that nothing falls between the page and what follows it.
    await live.start(state.q);
    void search();
  }
  byId('live-toggle').setAttribute('aria-pressed', String(live.isOn));
}

/** Nothing moves under the eyes of a reader. */
function pauseForReader() {
  const isScrolled = byId('results').getBoundingClientRect().top < 0;
  if (results.hasUnfolded || isScrolled) live.pause();
}

/** @param {SearchAnswer} answer @param {number | null} total */
function showCount(answer, total) {
  const shown = results.count;
  const all = total ?? shown;
  const took = `${answer.elapsedMs < 10 ? answer.elapsedMs.toFixed(1) : Math.round(answer.elapsedMs)} ms`;
  const damaged =
    answer.damagedSegments === 0
      ? ''
      : `. ${answer.damagedSegments} damaged segments are left out: see logstead check`;
  if (answer.table !== undefined) {
    const rows = answer.table.rows.length;
    byId('count').replaceChildren(
      element('b', {}, formatCount(rows)),
      rows === 1 ? ' row' : ' rows',
      element('span', {}, ` · ${took}${damaged}`),
    );
    return;
  }
  const nothing = state.since === '' ? 'No entry matches' : 'No entry matches in this time range';
  byId('count').replaceChildren(
    ...(all === 0
      ? [element('b', {}, nothing)]
      : [
          element('b', {}, formatCount(all)),
          total === null && answer.cursor !== null
            ? ' entries or more'
            : all === 1
              ? ' entry'
              : ' entries',
        ]),
    element('span', {}, ` · ${took}${damaged}`),
  );
}

/** Under the query box: what was expected, and the query with the place marked. @param {unknown} error */
function showError(error) {
  const place = /** @type {HTMLElement} */ (byId('query-error'));
  place.hidden = error === null;
  queryBox.setAttribute(
    'aria-invalid',
    String(error instanceof Refused && error.details.code === 'QUERY_INVALID'),
  );
  if (error === null) return;
  if (!(error instanceof Refused)) {
    place.replaceChildren('The daemon does not answer. What is shown is from before.');
    return;
  }
  const { column, length, expected, suggestion, message, hint } = error.details;
  if (column === undefined || length === undefined) {
    place.replaceChildren(visible(message), hint === undefined ? '' : `. ${visible(hint)}`);
    return;
  }
  const characters = Array.from(state.q);
  place.replaceChildren(
    element('b', {}, `column ${column}: expected ${visible(expected ?? '')}`),
    element(
      'code',
      {},
      visible(characters.slice(0, column - 1).join('')),
      element('u', {}, visible(characters.slice(column - 1, column - 1 + length).join('')) || ' '),
      visible(characters.slice(column - 1 + length).join('')),
    ),
    suggestion === undefined ? '' : `Did you mean ${visible(suggestion)}?`,
  );
}

/** @param {string} term */
function narrow(term) {
  state.q =
    state.q === '' || state.q === '*'
      ? term
      : `${/ OR /.test(state.q) ? `(${state.q})` : state.q} ${term}`;
  submit(state.q, true);
}

/** @param {string} since @param {string} until */
function setRange(since, until) {
  state.since = since;
  state.until = until;
  stopLive();
  showRange();
  writeAddress(true);
  void search();
}

function showRange() {
  const custom = /** @type {HTMLOptionElement} */ (byId('range-custom'));
  const isKnown =
    state.until === '' &&
    [...rangeBox.options].some((option) => option !== custom && option.value === state.since);
  custom.hidden = isKnown;
  rangeBox.value = isKnown ? state.since : 'custom';
}

function zoomOut() {
  const { since, until } = zoomedFrom.pop() ?? { since: '', until: '' };
  setRange(since, until);
}

async function showStatus() {
  const health = byId('health');
  try {
    const { ready, ingest } = await ask('/api/status');
    const troubles = [];
    if (!ready) troubles.push(ingest.trouble?.message ?? 'not ready');
    if (ingest.lostBytes > 0) troubles.push(`${formatCount(ingest.lostBytes)} B lost`);
    if (ingest.openIncidentCount > 0) {
      troubles.push(
        `${formatCount(ingest.openIncidentCount)} ${ingest.openIncidentCount === 1 ? 'incident' : 'incidents'} open`,
      );
    }
    const files = `${formatCount(ingest.files.length)} ${ingest.files.length === 1 ? 'file' : 'files'} followed`;
    const behind = ingest.lagBytes > 0 ? `${formatCount(ingest.lagBytes)} B behind` : 'all read';
    health.textContent = visible([`${files}, ${behind}`, ...troubles].join('; '));
    health.classList.toggle('trouble', troubles.length > 0);
  } catch (error) {
    if (isCalledOff(error)) return;
    health.textContent = 'The daemon does not answer';
    health.classList.add('trouble');
  }
  setTimeout(showStatus, STATUS_EVERY_MS);
}

const THEMES = ['system', 'light', 'dark'];

/** @param {string} theme */
function showTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId('theme').textContent = `Theme: ${theme}`;
}

function nextTheme() {
  const next =
    THEMES[
      (THEMES.indexOf(document.documentElement.dataset.theme ?? 'system') + 1) % THEMES.length
    ];
  localStorage.setItem('theme', next);
  showTheme(next);
}

/** @type {Record<string, () => void>} */
const KEYS = {
  '/': () => queryBox.select(),
  t: () => rangeBox.focus(),
  j: () => results.move(1),
  k: () => results.move(-1),
  e: () => results.moveToError(1),
  E: () => results.moveToError(-1),
  Enter: () => results.toggleCurrent(),
  Z: zoomOut,
  l: () => void toggleLive(),
  ' ': () => (live.isPaused ? live.resume() : live.pause()),
  d: nextTheme,
  '?': () => /** @type {HTMLDialogElement} */ (byId('help')).showModal(),
};

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const inField = target.closest('input, select, textarea, dialog');
  if (event.key === 'Escape' && target === queryBox) {
    if (queryBox.value === '') queryBox.blur();
    else submit('', true);
    return;
  }
  if (inField) return;
  if (event.key === 'Escape') {
    results.fold();
    return;
  }
  // Enter and Space on a button or a link press it.
  if ((event.key === 'Enter' || event.key === ' ') && target.closest('button, a, summary')) return;
  if (event.key === ' ' && !live.isOn) return;
  const act = KEYS[event.key];
  if (act === undefined) return;
  event.preventDefault();
  act();
}

/** @param {string} text @param {boolean} isStep */
function submit(text, isStep) {
  queryBox.value = text;
  state.q = text;
  stopLive();
  writeAddress(isStep);
  void search();
}

/** Another question: what arrives is no longer what is asked for. */
function stopLive() {
  if (live.isOn) void toggleLive();
}

byId('query')
  .closest('.box')
  ?.addEventListener('click', () => queryBox.focus());
const completion = new Completion(queryBox, () => submit(queryBox.value, false));
/** @type {ReturnType<typeof setTimeout> | undefined} */
let typing;
queryBox.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => submit(queryBox.value, false), TYPING_PAUSE_MS);
});
byId('query-form').addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(typing);
  completion.close();
  submit(queryBox.value, true);
});
rangeBox.addEventListener('change', () => setRange(rangeBox.value, ''));
function showOrder() {
  byId('order').textContent = state.order === 'newest' ? 'Newest first' : 'Oldest first';
}

byId('order').addEventListener('click', () => {
  state.order = state.order === 'newest' ? 'oldest' : 'newest';
  showOrder();
  stopLive();
  writeAddress(true);
  void search();
});
byId('live-toggle').addEventListener('click', () => void toggleLive());
byId('results').addEventListener('click', pauseForReader);
addEventListener('scroll', pauseForReader, { passive: true });
byId('refresh').addEventListener('click', () => void search());
byId('help-open').addEventListener('click', () => KEYS['?']());
byId('theme').addEventListener('click', nextTheme);
moreButton.addEventListener('click', () => void loadMore());
document.addEventListener('keydown', onKey);
addEventListener('popstate', () => {
  readAddress();
  void search();
});
new IntersectionObserver(([entry]) => {
  if (entry?.isIntersecting) void loadMore();
}).observe(moreButton);

showTheme(localStorage.getItem('theme') ?? 'system');
readAddress();
void search();
void showStatus();
