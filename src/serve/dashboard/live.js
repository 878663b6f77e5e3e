/**
 * Matches as they arrive, and the bar that says how it stands: live, paused with so many held, disconnected.
 *
 * Every match comes once: a stream that breaks goes on where it was, and what comes twice is known by its id. While it is
 * paused entries are held, not dropped; past `HELD_MAX` it says so, and resuming searches anew.
 *
 * @typedef {Pick<import('./api.js').SearchAnswer, 'records' | 'hits' | 'ids'> & { skipped: number }} Arrival
 */
import { addressOf } from './api.js';
import { button, byId, counted, element, formatCount } from './elements.js';
import { splitQuery } from './terms.js';
import { nowMs, secondsText, timezone } from './time.js';

/** Held while paused: a minute at some hundred a second, and no burden for a browser. */
const HELD_MAX = 20_000;
/** Ids that are remembered: more than can come twice. */
const KNOWN_MAX = 40_000;
/** The rate is that of so many seconds. */
const RATE_SECONDS = 10;
/** How it stands is looked at so often, also while nothing arrives. */
const LOOK_EVERY_MS = 2_000;
/**
 * The daemon says something every 15 s. Where it says nothing during so many looks, the connection is gone and nobody told the browser:
 * a laptop that slept, a network that was left. Looks are counted, not time: while a page sleeps nobody looks.
 */
const QUIET_LOOKS_MAX = 20;
/**
 * A page that nobody sees for so many looks gives its connection back: a browser has six for all its pages, and the seventh
 * waited for one.
 */
const HIDDEN_LOOKS_MAX = 5;

export class Live {
  #bar = byId('live');
  #toggle = byId('live-toggle');
  /** @type {EventSource | null} */
  #source = null;
  /** @type {Date | null} */
  #pausedAt = null;
  /** @type {Date | null} */
  #lostAt = null;
  /** What came before the list was there; null: it is. @type {Arrival[] | null} */
  #early = null;
  /** The daemon will not send any more, and the browser does not ask again. */
  #isRefused = false;
  /** Something came that was neither sent nor is in the list: that is to be made anew. */
  #hasGap = false;
  #hasStages = false;
  /** @type {Arrival[]} */
  #held = [];
  #heldCount = 0;
  #skipped = 0;
  #received = 0;
  /** @type {Set<string>} */
  #known = new Set();
  /** @type {{ atMs: number, count: number }[]} */
  #recent = [];
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #looking;
  /** Looks since the connection gave a sign. */
  #quietLooks = 0;
  /** Looks since the page is hidden. */
  #hiddenLooks = 0;
  #query = '';
  #show;
  #searchAnew;
  #startAnew;

  /**
   * @param {{ show: (arrival: Arrival) => void, searchAnew: () => void, startAnew: () => void }} parts
   *   `show`: entries, oldest first; `searchAnew`: more arrived than was held or sent; `startAnew`: somebody wants to try again
   */
  constructor({ show, searchAnew, startAnew }) {
    this.#show = show;
    this.#searchAnew = searchAnew;
    this.#startAnew = startAnew;
    document.addEventListener('visibilitychange', () => this.#awake());
  }

  get isOn() {
    return this.#source !== null;
  }

  get isPaused() {
    return this.#pausedAt !== null;
  }

  /** @param {string} query @returns {Promise<void>} resolved once entries are listened for */
  start(query) {
    this.stop();
    this.#query = query;
    this.#hasStages = splitQuery(query).stages !== '';
    const source = this.#listen();
    this.hold();
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#showBar();
    return new Promise((resolve) => {
      source.addEventListener('open', () => resolve(), { once: true });
      source.addEventListener('error', () => resolve(), { once: true });
    });
  }

  #listen() {
    const source = new EventSource(addressOf('/api/tail', { q: this.#query, tz: timezone }));
    this.#source?.close();
    this.#source = source;
    this.#quietLooks = 0;
    let hasPlace = false;
    source.addEventListener('place', () => {
      this.#quietLooks = 0;
      hasPlace = true;
    });
    source.addEventListener('entries', (event) => {
      this.#quietLooks = 0;
      this.#arrived(JSON.parse(event.data));
    });
    source.addEventListener('error', () => {
      this.#quietLooks = 0;
      this.#lostAt ??= new Date(nowMs());
      this.#isRefused = source.readyState === EventSource.CLOSED;
      // A daemon that was never heard of goes on with what comes from now on.
      if (!hasPlace) this.#hasGap = true;
      this.#showBar();
    });
    source.addEventListener('open', () => {
      this.#quietLooks = 0;
      this.#lostAt = null;
      this.#fillGap();
      this.#showBar();
    });
    return source;
  }

  get #isAsleep() {
    return this.#hiddenLooks >= HIDDEN_LOOKS_MAX;
  }

  /** Somebody looks again. */
  #awake() {
    if (document.hidden) return;
    const wasAsleep = this.#isAsleep;
    this.#hiddenLooks = 0;
    if (wasAsleep && this.isOn && !this.#isRefused) this.#listen();
  }

  #look() {
    this.#hiddenLooks = document.hidden ? this.#hiddenLooks + 1 : 0;
    if (this.#isAsleep && !this.#isRefused) {
      this.#source?.close();
      this.#hasGap = true;
      return;
    }
    this.#quietLooks += 1;
    if (this.#quietLooks > QUIET_LOOKS_MAX && !this.#isRefused) {
      this.#lostAt ??= new Date(nowMs());
      this.#hasGap = true;
      this.#listen();
    }
    this.#showBar();
  }

  stop() {
    clearInterval(this.#looking);
    this.#source?.close();
    this.#source = null;
    this.#pausedAt = null;
    this.#lostAt = null;
    this.#isRefused = false;
    this.#hasGap = false;
    this.#hiddenLooks = 0;
    this.#letGo();
    this.#early = null;
    this.#skipped = 0;
    this.#received = 0;
    this.#known.clear();
    this.#recent = [];
    this.#showBar();
  }

  /** The list is being made anew: what arrives meanwhile waits, or it would be wiped out with the old one. */
  hold() {
    if (this.isOn) this.#early ??= [];
  }

  /** The list is there, with these entries. @param {string[]} ids */
  goOn(ids) {
    for (const id of ids) this.#known.add(id);
    const early = this.#early ?? [];
    this.#early = null;
    for (const arrival of early) this.#arrived(arrival);
  }

  pause() {
    if (!this.isOn || this.isPaused) return;
    this.#pausedAt = new Date(nowMs());
    this.#showBar();
  }

  resume() {
    if (!this.isPaused) return;
    // What is marked leaves the list with its rows: it would be marked otherwise with each, and paused for again.
    getSelection()?.removeAllRanges();
    const held = this.#held;
    const isWhole = this.#heldCount <= HELD_MAX;
    this.#pausedAt = null;
    this.#letGo();
    if (!isWhole) this.#hasGap = true;
    if (!this.#hasGap) for (const arrival of held) this.#show(arrival);
    this.#fillGap();
    this.#showBar();
  }

  /** Listening comes first, so that nothing falls between; and nothing moves under the eyes of a reader. */
  #fillGap() {
    if (!this.#hasGap || this.isPaused || this.#source?.readyState !== EventSource.OPEN) return;
    this.#hasGap = false;
    this.#searchAnew();
  }

  #letGo() {
    this.#held = [];
    this.#heldCount = 0;
  }

  /** @param {Arrival} arrival */
  #arrived(arrival) {
    if (this.#early !== null) {
      this.#early.push(arrival);
      return;
    }
    const fresh = this.#freshOf(arrival);
    this.#skipped += arrival.skipped;
    this.#received += fresh.records.length;
    this.#recent.push({ atMs: performance.now(), count: fresh.records.length });
    if (this.isPaused) {
      this.#heldCount += fresh.records.length + arrival.skipped;
      if (this.#heldCount <= HELD_MAX) this.#held.push(fresh);
      else this.#held = [];
    } else {
      this.#show(fresh);
    }
    this.#showBar();
  }

  /** Those that did not come before. @param {Arrival} arrival @returns {Arrival} */
  #freshOf({ records, hits, ids, skipped }) {
    const isNew = ids.map((id) => !this.#known.has(id));
    for (const id of ids) this.#known.add(id);
    for (const id of this.#known) {
      if (this.#known.size <= KNOWN_MAX) break;
      this.#known.delete(id);
    }
    const pick = (/** @type {any[]} */ list) => list.filter((_, index) => isNew[index]);
    return { records: pick(records), hits: pick(hits), ids: pick(ids), skipped };
  }

  #showBar() {
    this.#bar.hidden = !this.isOn;
    this.#toggle.setAttribute('aria-pressed', String(this.isOn));
    if (!this.isOn) return;
    const sinceMs = performance.now() - RATE_SECONDS * 1_000;
    this.#recent = this.#recent.filter(({ atMs }) => atMs > sinceMs);
    this.#bar.dataset.received = String(this.#received);
    const text = element('p', {}, ...this.#words());
    const act = this.#isRefused
      ? button('Try again', () => this.#startAnew(), {})
      : this.isPaused
        ? button('Resume', () => this.resume(), { key: 'Space' })
        : button('Pause', () => this.pause(), { key: 'Space' });
    // The button keeps its place, and the focus, while the numbers change.
    const old = this.#bar.querySelector('button');
    // What somebody marks in it stays marked.
    if (this.#bar.textContent === `${text.textContent}${act.textContent}`) return;
    if (old?.textContent === act.textContent) this.#bar.firstElementChild?.replaceWith(text);
    else this.#bar.replaceChildren(text, act);
  }

  #words() {
    const parts = [];
    if (this.#isRefused) {
      parts.push(
        element('b', {}, 'Live has ended.'),
        this.#hasStages
          ? ' Entries can be followed, not what stages make of them: leave out what stands behind |.'
          : ' The daemon refused it: too many pages follow, or a token is needed.',
      );
    } else if (this.#lostAt !== null) {
      parts.push(
        element('b', {}, `Connection lost at ${secondsText(this.#lostAt)}.`),
        ' Trying again; nothing will be missed.',
      );
    } else if (this.#pausedAt !== null) {
      const count = this.#heldCount;
      const held = this.#hasGap
        ? 'resuming searches anew'
        : count > HELD_MAX
          ? `more than ${formatCount(HELD_MAX)} newer matches: resuming searches anew`
          : `${counted(count, 'newer match', 'newer matches')} held, none dropped`;
      parts.push(element('b', {}, 'Paused'), ` at ${secondsText(this.#pausedAt)} · ${held}`);
    } else {
      const sum = this.#recent.reduce((all, { count }) => all + count, 0);
      const rate =
        sum === 0 ? 'none in the last 10 s' : `${formatCount(Math.ceil(sum / RATE_SECONDS))}/s`;
      parts.push(
        element('b', {}, 'Live'),
        ` · ${counted(this.#received, 'match', 'matches')} · ${rate}`,
      );
    }
    if (this.#skipped > 0)
      parts.push(` · ${formatCount(this.#skipped)} came too fast to show: a search lists them`);
    return parts;
  }
}
