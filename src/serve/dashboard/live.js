/**
 * Matches as they arrive, and the bar that says how it stands: live, paused with so many held, disconnected.
 *
 * While it is paused entries are held, not dropped; past `HELD_MAX` it says so, and resuming searches anew.
 *
 * @typedef {import('./api.js').EntryRecord} EntryRecord
 * @typedef {import('./api.js').Hit} Hit
 * @typedef {{ records: EntryRecord[], hits: Hit[][], skipped: number }} Arrival
 */
import { byId, element, formatCount } from './elements.js';
import { clockText, timezone } from './time.js';

/** Held while paused: a minute at some hundred a second, and no burden for a browser. */
const HELD_MAX = 20_000;

export class Live {
  #bar = /** @type {HTMLElement} */ (byId('live'));
  /** @type {EventSource | null} */
  #source = null;
  /** @type {Date | null} */
  #pausedAt = null;
  /** @type {Date | null} */
  #lostAt = null;
  /** @type {Arrival[]} */
  #held = [];
  #heldCount = 0;
  #skipped = 0;
  #show;
  #searchAnew;

  /**
   * @param {(arrival: Arrival) => void} show called with entries, oldest first
   * @param {() => void} searchAnew called where more arrived than was held
   */
  constructor(show, searchAnew) {
    this.#show = show;
    this.#searchAnew = searchAnew;
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
    const source = new EventSource(`/api/tail?${new URLSearchParams({ q: query, tz: timezone })}`);
    this.#source = source;
    source.addEventListener('entries', (event) => this.#arrived(JSON.parse(event.data)));
    source.addEventListener('error', () => {
      this.#lostAt ??= new Date();
      this.#showBar();
    });
    source.addEventListener('open', () => {
      this.#lostAt = null;
      this.#showBar();
    });
    this.#showBar();
    return new Promise((resolve) => {
      source.addEventListener('open', () => resolve(), { once: true });
      source.addEventListener('error', () => resolve(), { once: true });
    });
  }

  stop() {
    this.#source?.close();
    this.#source = null;
    this.#pausedAt = null;
    this.#lostAt = null;
    this.#held = [];
    this.#heldCount = 0;
    this.#skipped = 0;
    this.#showBar();
  }

  pause() {
    if (!this.isOn || this.isPaused) return;
    this.#pausedAt = new Date();
    this.#showBar();
  }

  resume() {
    if (!this.isPaused) return;
    const held = this.#held;
    const isWhole = this.#heldCount <= HELD_MAX;
    this.#pausedAt = null;
    this.#held = [];
    this.#heldCount = 0;
    if (isWhole) for (const arrival of held) this.#show(arrival);
    else this.#searchAnew();
    this.#showBar();
  }

  /** @param {Arrival} arrival */
  #arrived(arrival) {
    this.#skipped += arrival.skipped;
    if (this.isPaused) {
      this.#heldCount += arrival.records.length + arrival.skipped;
      if (this.#heldCount <= HELD_MAX) this.#held.push(arrival);
      else this.#held = [];
    } else {
      this.#show(arrival);
    }
    this.#showBar();
  }

  #showBar() {
    this.#bar.hidden = !this.isOn;
    if (!this.isOn) return;
    const text = element('p', {}, ...this.#barText());
    if (this.#pausedAt === null) {
      this.#bar.replaceChildren(
        text,
        this.#button('Pause', () => this.pause()),
      );
    } else {
      this.#bar.replaceChildren(
        text,
        this.#button('Resume', () => this.resume()),
      );
    }
  }

  #barText() {
    const parts = [];
    if (this.#lostAt !== null) {
      parts.push(
        element('b', {}, 'Disconnected'),
        ` since ${clock(this.#lostAt)}; nothing will be missed`,
      );
    } else if (this.#pausedAt !== null) {
      const count = this.#heldCount;
      const held =
        count > HELD_MAX
          ? `more than ${formatCount(HELD_MAX)} newer matches: resuming searches anew`
          : `${formatCount(count)} newer ${count === 1 ? 'match' : 'matches'} held, none dropped`;
      parts.push(element('b', {}, 'Paused'), ` at ${clock(this.#pausedAt)} · ${held}`);
    } else {
      parts.push(element('b', {}, 'Live'), ' · new matches appear at the top');
    }
    if (this.#skipped > 0)
      parts.push(` · ${formatCount(this.#skipped)} came too fast to show: refresh lists them`);
    return parts;
  }

  /** @param {string} text @param {() => void} act */
  #button(text, act) {
    const button = element(
      'button',
      { type: 'button' },
      text,
      ' ',
      element('kbd', { 'aria-hidden': 'true' }, 'Space'),
    );
    button.addEventListener('click', act);
    return button;
  }
}

/** @param {Date} at */
function clock(at) {
  return clockText(at).slice(0, 8);
}
