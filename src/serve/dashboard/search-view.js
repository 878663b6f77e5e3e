/** The search: query, chart, list, facets, live; one question of each kind under way, the newest. */
import { asked, linkTo, writeAddress } from './address.js';
import { ask, callOff, isCalledOff, Refused } from './api.js';
import { askAgain, askNoMore, wasAnswered } from './asking-again.js';
import { copying } from './copying.js';
import { showCount } from './count-line.js';
import { openDownloadPanel } from './download-panel.js';
import { button, byId, element } from './elements.js';
import { detailsOf } from './entry-details.js';
import { Facets } from './facets.js';
import { Histogram } from './histogram.js';
import { openListLook } from './list-look.js';
import { Live } from './live.js';
import { QueryBox } from './query-box.js';
import { queryTable } from './query-table.js';
import { openRangePanel, showRange } from './range-panel.js';
import { EntryList } from './results.js';
import { openSavedPanel } from './saved-panel.js';
import { emptyAdvice, offerAround } from './search-advice.js';
import { withTerm } from './terms.js';
import { lengthText, timezone } from './time.js';

/** @typedef {import('./api.js').SearchAnswer} SearchAnswer @typedef {import('./api.js').HistogramAnswer} HistogramAnswer */

/** The first page fills a window, the others a second of scrolling. */
const FIRST_ROWS = 200;
const PAGE_ROWS = 1_000;
/** Rows of the list; the rest is reached by a narrower time. */
const ROWS_MAX = 100_000;
/** Rows while it is live; older ones are asked for again. */
const LIVE_ROWS_MAX = 10_000;
/** Rows stay undimmed for so long while newer ones are fetched. */
const DIM_AFTER_MS = 150;
/** The chart is shown so soon after it was asked for: what is counted by then is in it, the rest follows. */
const CHART_MS = 95;
/** What the daemon may count meanwhile: all but what the way there and back takes, as far as that is known. */
const COUNT_MS_MIN = 40;
const COUNT_MS_MAX = 100;
/** What arrives while it is live is counted so often, and so seldom that it takes this share of the time at most. */
const LIVE_COUNT_EVERY_MS = 3_000;
const LIVE_COUNT_SHARE_MAX = 0.05;
/** How much the last answer counts for in what the next is thought to take. */
const LAST_SHARE = 0.3;

export class SearchView {
  #box = new QueryBox((query, isSent) => this.#askTyped(query, isSent));
  #list = new EntryList({
    detailsOf: (item) => detailsOf(item, this.#actions),
    onEnd: () => void this.#nextPage(),
    onToggle: () => this.#pauseForReader(),
  });
  #look = openListLook((look) => this.#list.setLook(look));
  #chart = new Histogram(({ from, until }) =>
    this.setRange(from.toISOString(), until.toISOString()),
  );
  #facets = new Facets((term) => this.#narrow(term));
  #live = new Live({
    show: (arrival) => this.#showArrived(arrival),
    searchAnew: () => void this.search(),
    startAnew: () => {
      this.#live.stop();
      void this.toggleLive();
    },
  });
  #range = openRangePanel((since, until) => this.setRange(since, until));
  #saved = openSavedPanel(({ q, since, until }) =>
    this.ask({ q, since: since ?? '', until: until ?? '', id: '' }, true),
  );
  #actions = {
    narrow: (/** @type {string} */ term) => this.#narrow(term),
    searchFor: (/** @type {string} */ q) => this.ask({ q, id: '' }, true),
    countOf: (/** @type {string} */ term) => this.#facets.countOf(term),
  };
  /** Ranges to go back to. @type {{ since: string, until: string }[]} */
  #zoomedFrom = [];
  /** What the list answers, and behind which entry it goes on; null: it does not. @type {{ question: Record<string, string>, cursor: string | null } | null} */
  #page = null;
  /** The page that is on its way. @type {object | null} */
  #paging = null;
  #took = '';
  /** What stands in the address was begun by typing, and is not sent yet. */
  #isTyped = false;
  /** What counting in time has taken beside the counting, of late, ms. */
  #wayMs = 0;
  /** Resolves when the chart shows the range that was asked for last. @type {Promise<unknown>} */
  #counted = Promise.resolve();

  constructor() {
    openDownloadPanel();
    byId('order').addEventListener('click', () =>
      this.ask({ order: asked.order === 'newest' ? 'oldest' : 'newest' }, true),
    );
    byId('live-toggle').addEventListener('click', () => void this.toggleLive());
    byId('filters').addEventListener('click', () => this.toggleFilters());
    byId('numbers').addEventListener('toggle', () => this.#chart.showNumbers());
    byId('permalink').append(copying('Permalink', () => this.#permalink(), { symbol: 'link' }));
    addEventListener('scroll', () => this.#pauseForReader(), { passive: true });
    // An entry that is unfolded is no reason: letting go of what was marked, as resuming does, would pause again.
    document.addEventListener('selectionchange', () => {
      if (this.#list.isMarked) this.#pauseForReader();
    });
  }

  /** What the keys of the page do here. @returns {Record<string, () => void>} */
  get keys() {
    const press = (/** @type {string} */ key) => () => this.#press(key);
    return {
      '/': () => this.#box.focus(),
      t: () => this.#range.open(),
      '[': () => void this.#shift(-1),
      ']': () => void this.#shift(1),
      z: () => void this.#chart.zoom(),
      Z: () => this.zoomOut(),
      f: () => this.toggleFilters(),
      j: () => this.#list.move(1),
      k: () => this.#list.move(-1),
      ArrowDown: () => this.#list.move(1),
      ArrowUp: () => this.#list.move(-1),
      e: () => this.#toError(1),
      E: () => this.#toError(-1),
      Enter: () => this.#list.toggleCurrent(),
      b: press('b'),
      a: press('a'),
      r: press('r'),
      y: press('y'),
      c: press('c'),
      v: press('v'),
      w: () => this.#look.toggleWrap(),
      C: () => this.#look.openColumns(),
      i: () => this.#onField('+'),
      x: () => this.#onField('−'),
      l: () => void this.toggleLive(),
      ' ': () => (this.#live.isPaused ? this.#live.resume() : this.#live.pause()),
      s: () => this.#saved.open(),
      Escape: () => void (this.#chart.clearBrush() || this.#list.fold()),
    };
  }

  get isLive() {
    return this.#live.isOn;
  }

  /** The address was read: show what it says. */
  open() {
    this.#isTyped = false;
    this.#box.text = asked.q;
    showRange();
    this.#look.show();
    byId('order').textContent = asked.order === 'newest' ? 'Newest first' : 'Oldest first';
    if (asked.id === '') void this.search();
    else void this.#showLinked();
  }

  /** @param {Partial<typeof asked>} changes @param {boolean} isStep whether the browser's Back comes here again */
  ask(changes, isStep) {
    Object.assign(asked, { id: '' }, changes);
    this.#live.stop();
    if (changes.q !== undefined && changes.q !== this.#box.text) this.#box.text = changes.q;
    showRange();
    byId('order').textContent = asked.order === 'newest' ? 'Newest first' : 'Oldest first';
    // The first letter that is typed leaves what was asked before to Back; the others go on with it.
    writeAddress(isStep || !this.#isTyped);
    this.#isTyped = !isStep;
    void this.search();
  }

  /** What was typed is one step, from its first letter until it is sent; clearing it is another. @param {string} q @param {boolean} isSent */
  #askTyped(q, isSent) {
    this.ask({ q }, isSent && (q === '' || !this.#isTyped));
    if (isSent) this.#isTyped = false;
  }

  async search() {
    const list = byId('results');
    const dimming = setTimeout(() => list.classList.add('waiting'), DIM_AFTER_MS);
    const question = { q: asked.q, since: asked.since, until: asked.until, tz: timezone };
    this.#live.hold();
    this.#facets.stop();
    this.#askNoMore();
    this.#chart.outdate();
    // Both are asked at once; the list does not wait for the chart.
    const counted = this.#count(question);
    this.#counted = counted;
    try {
      const page = { order: asked.order, limit: FIRST_ROWS, hits: true, ids: true };
      /** @type {SearchAnswer} */
      const answer = await ask('/api/search', { ...question, ...page }, 'search');
      this.#box.showError(null);
      wasAnswered('search');
      this.#page = { question: { ...question, order: page.order }, cursor: answer.cursor };
      this.#show(answer);
      this.#showCount(answer, null);
      const count = await counted;
      this.#showCount(answer, count);
      // Says that list and chart are both of this query.
      byId('count').dataset.query = question.q;
      const isWhole = count === null || count.countedFrom === null;
      const whole = isWhole ? this.#facets.later() : this.#countAll(question, answer, count);
      if (this.#live.isOn)
        void Promise.resolve(whole).then(() => this.#countLive(question, answer, counted));
    } catch (error) {
      if (isCalledOff(error)) return;
      this.#showError(error, 'search', () => void this.search());
      this.#live.goOn([]);
    } finally {
      clearTimeout(dimming);
      list.classList.remove('waiting');
    }
  }

  /**
   * What can be counted at once is shown at once, the newest of it; the rest follows.
   * @param {Record<string, string>} question
   * @returns {Promise<HistogramAnswer | null>} null: not known
   */
  async #count(question) {
    const budgetMs = Math.max(COUNT_MS_MIN, Math.min(COUNT_MS_MAX, CHART_MS - this.#wayMs));
    const asking = { ...question, buckets: this.#chart.bucketsThatFit };
    const askedAtMs = performance.now();
    try {
      /** @type {HistogramAnswer} */
      const answer = await ask('/api/histogram', { ...asking, budgetMs }, 'histogram');
      // One that counted everything says nothing about it: it may have been done sooner.
      const isCut = answer.countedFrom !== null;
      if (isCut) this.#learnWay(performance.now() - askedAtMs - budgetMs);
      this.#chart.show(answer);
      return answer;
    } catch {
      return null; // The list says what is wrong.
    }
  }

  /** @param {number} ms beside the counting */
  #learnWay(ms) {
    this.#wayMs += (Math.max(0, ms) - this.#wayMs) * LAST_SHARE;
  }

  /**
   * The rest of what the first count had no time for, in the same bars.
   * @param {Record<string, string>} question
   * @param {SearchAnswer} page
   * @param {HistogramAnswer} first
   */
  async #countAll(question, page, first) {
    const range = { since: first.from, until: first.until, buckets: this.#chart.bucketsThatFit };
    try {
      /** @type {HistogramAnswer} */
      const answer = await ask('/api/histogram', { ...question, ...range }, 'histogram');
      this.#chart.show(answer);
      this.#showCount(page, answer);
    } catch (error) {
      if (isCalledOff(error)) return;
      // It met its time limit: what was counted stays, and says how far back it goes.
    }
    this.#facets.later();
  }

  /** @param {SearchAnswer} answer */
  #show(answer) {
    // The next page of the list that was there belongs to no other.
    callOff('page');
    this.#list.clear();
    byId('linked').hidden = true;
    byId('advice').replaceChildren();
    byId('table').replaceChildren(
      ...(answer.table === undefined ? [] : [queryTable(answer.table)]),
    );
    this.#took = lengthText(answer.elapsedMs);
    this.#list.append(answer);
    this.#live.goOn(answer.ids ?? []);
  }

  /** The line that a link names, with its lines around. */
  async #showLinked() {
    this.#askNoMore();
    try {
      const question = { id: asked.id, before: 0, after: 0 };
      /** @type {SearchAnswer} */
      const { records, ids } = await ask('/api/context', question, 'search');
      this.#box.showError(null);
      wasAnswered('search');
      this.#page = null;
      callOff('page');
      this.#list.clear();
      this.#list.append({
        records,
        ids,
        hits: [[]],
        cursor: null,
        elapsedMs: 0,
        damagedSegments: 0,
      });
      this.#list.openFirst();
      byId('count').replaceChildren(element('b', {}, '1'), ' entry, from a permalink');
      offerAround(new Date(records[0]?.timestamp ?? 0), (changes) => this.ask(changes, true));
    } catch (error) {
      if (!isCalledOff(error)) this.#showError(error, 'search', () => void this.#showLinked());
    }
  }

  /** @param {import('./live.js').Arrival} arrival */
  #showArrived(arrival) {
    if (this.#list.count === 0 && arrival.records.length > 0) {
      // It said that there are none, and what to do.
      byId('count').replaceChildren();
      byId('advice').replaceChildren();
    }
    const isCut = this.#list.prepend(arrival, LIVE_ROWS_MAX);
    // What went at the end is asked for again, also when live is over: the next page begins behind the last one that is there.
    if (isCut && this.#page !== null)
      this.#page = { ...this.#page, cursor: this.#list.last?.id ?? null };
  }

  async #nextPage() {
    const isFull = this.#list.count >= ROWS_MAX;
    byId('end').hidden = !isFull;
    const page = this.#page;
    if (page === null || page.cursor === null || this.#paging === page || isFull) return;
    if (this.#live.isOn && !this.#live.isPaused && this.#list.count >= LIVE_ROWS_MAX) return;
    this.#paging = page;
    try {
      const question = { ...page.question, limit: PAGE_ROWS, cursor: page.cursor };
      const answer = await ask('/api/search', { ...question, hits: true, ids: true }, 'page');
      if (this.#page !== page) return;
      if (wasAnswered('page')) this.#box.showError(null);
      this.#page = { ...page, cursor: answer.cursor };
      this.#list.append(answer);
    } catch (error) {
      if (!isCalledOff(error)) this.#showError(error, 'page', () => void this.#nextPage());
    } finally {
      if (this.#paging === page) this.#paging = null;
    }
  }

  /**
   * Chart and count go on with what arrives, as long as nothing else is asked.
   * @param {Record<string, string>} question
   * @param {SearchAnswer} page
   * @param {Promise<unknown>} counted
   */
  async #countLive(question, page, counted) {
    const isOver = () => !this.#live.isOn || this.#counted !== counted;
    const asking = { ...question, buckets: this.#chart.bucketsThatFit };
    for (let pauseMs = LIVE_COUNT_EVERY_MS; ; ) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (isOver()) return;
      // Nothing moves under the eyes of a reader, and nothing is counted for nobody.
      if (this.#live.isPaused || this.#chart.isInUse || document.hidden) continue;
      const askedAtMs = performance.now();
      const count = await ask('/api/histogram', asking, 'histogram').catch(() => null);
      if (isOver()) return;
      const tookMs = performance.now() - askedAtMs;
      pauseMs = Math.max(LIVE_COUNT_EVERY_MS, tookMs / LIVE_COUNT_SHARE_MAX);
      if (count === null || this.#live.isPaused || this.#chart.isInUse) continue;
      this.#chart.show(count);
      const { last } = this.#list;
      const records = last === undefined ? [] : [last.record];
      this.#list.setTotal(count.total);
      showCount({ answer: { ...page, records }, count, took: this.#took });
    }
  }

  /** @param {SearchAnswer} answer @param {HistogramAnswer | null} count null: not counted yet */
  #showCount(answer, count) {
    // Behind stages there are none but those that are here.
    this.#list.setTotal(answer.cut === undefined ? (count?.total ?? 0) : 0);
    const page = this.#page;
    const isNothing = () => this.#page === page && this.#list.count === 0;
    if (answer.table === undefined && answer.records.length === 0 && !isNothing()) return;
    showCount({ answer, count, took: this.#took });
    if (count?.total === 0 && count.countedFrom === null && answer.table === undefined)
      void emptyAdvice((changes) => this.ask(changes, true), isNothing);
  }

  /** @param {unknown} error @param {string} name of what was asked for @param {() => void} again */
  #showError(error, name, again) {
    this.#box.showError(error);
    if (error instanceof Refused) wasAnswered(name);
    else askAgain(name, again);
    if (!(error instanceof Refused) || error.details.code !== 'QUERY_STOPPED') return;
    byId('advice').replaceChildren(
      element('p', {}, 'The search was ended before it was done, so nothing of it is shown.'),
      button('Search the last hour', () => this.setRange('1h', '')),
    );
  }

  /** @param {string} term */
  #narrow(term) {
    this.ask({ q: withTerm(asked.q, term) }, true);
  }

  /** @param {string} since @param {string} until */
  setRange(since, until) {
    this.#zoomedFrom.push({ since: asked.since, until: asked.until });
    this.ask({ since, until }, true);
  }

  zoomOut() {
    this.ask(this.#zoomedFrom.pop() ?? { since: '', until: '' }, true);
  }

  /** To the range before or behind the one that was asked for. @param {number} direction */
  async #shift(direction) {
    // The list may be there before the chart, which still has the range from before.
    for (let known; known !== this.#counted; ) {
      known = this.#counted;
      await known;
    }
    const range = this.#chart.range;
    if (range === null) return;
    const ends = [range.since, range.until].map((at) => Date.parse(at));
    const byMs = direction * ((ends[1] ?? 0) - (ends[0] ?? 0));
    const [since, until] = ends.map((atMs) => new Date(atMs + byMs).toISOString());
    this.setRange(since ?? '', until ?? '');
  }

  /** @param {number} step */
  #toError(step) {
    if (this.#list.moveToError(step)) return;
    // None among the rows that are here: there may be one further on.
    if (step > 0) void this.#nextPage();
  }

  /** What stands in the unfolded row, by its key. @param {string} key */
  #press(key) {
    const details = this.#list.current?.details ?? null;
    if (details === null && this.#list.current !== undefined && key !== 'y' && key !== 'c') {
      this.#list.toggleCurrent();
    } else if (details === null) this.#list.toggleCurrent();
    const open = this.#list.current?.details;
    /** @type {HTMLElement | null | undefined} */ (
      open?.querySelector(`[aria-keyshortcuts="${key}"]`)
    )?.click();
  }

  /** Only, or without, the value of the field that has the focus. @param {string} sign */
  #onField(sign) {
    const row = document.activeElement?.closest('.field-list > div, .facets li');
    const narrowing = [...(row?.querySelectorAll('button') ?? [])];
    const chosen = sign === '+' ? narrowing[0] : narrowing[1];
    chosen?.click();
  }

  toggleFilters() {
    const isShown = byId('facets').classList.toggle('open');
    byId('filters').setAttribute('aria-expanded', String(isShown));
    if (isShown) byId('facets').focus();
  }

  async toggleLive() {
    if (this.#live.isOn) {
      this.#live.stop();
      return;
    }
    Object.assign(asked, { order: 'newest', until: '', id: '' });
    showRange();
    writeAddress(true);
    // Listening comes first, so that nothing falls between the page and what follows it.
    await this.#live.start(asked.q);
    void this.search();
  }

  /** Nothing moves under the eyes of a reader. */
  #pauseForReader() {
    if (!this.#live.isOn || this.#live.isPaused) return;
    const isScrolled = byId('results').getBoundingClientRect().top < 0;
    if (this.#list.hasUnfolded || isScrolled || this.#list.isMarked) this.#live.pause();
  }

  /** A link for others: a range that depends on now is as it is now. */
  #permalink() {
    const { range } = this.#chart;
    const isAll = asked.since === '' && asked.until === '';
    return new URL(linkTo(range === null || isAll ? {} : range), location.href).href;
  }

  /** Something else is asked for. */
  #askNoMore() {
    askNoMore('search');
    wasAnswered('page');
  }

  /** Another view is shown: nothing of this one goes on. */
  leave() {
    this.#askNoMore();
    this.#live.stop();
    this.#facets.stop();
    for (const slot of ['search', 'page', 'histogram']) callOff(slot);
  }
}
