/**
 * The list of entries: one line each, the date once, unfolded where it was clicked. Only what is near the window is in
 * the page, so a hundred thousand rows scroll like forty; what is unfolded keeps its height while it is out of sight.
 *
 * @typedef {import('./api.js').EntryRecord} EntryRecord
 * @typedef {import('./api.js').Hit} Hit
 * @typedef {{ record: EntryRecord, hits: Hit[], id: string, number: number, day: string, row: HTMLElement | null, strip: HTMLElement | null,
 *   details: HTMLElement | null, detailsHeight: number }} Item
 */
import { byId, element } from './elements.js';
import { rowOf } from './entry-row.js';
import { dayKey, dayText } from './time.js';

/** ERROR and worse. */
const SEVERITY_ERROR = 40;
/** Kept in the page above and below the window. */
const MARGIN_PIXELS = 400;
/** Rows from the end at which the next page is asked for. */
const NEAR_END_ROWS = 100;
/** Of a strip that begins a day; the same in dashboard.css. */
const STRIP_PIXELS = 25;

export class EntryList {
  #list = byId('results');
  #day = element('span', { role: 'gridcell' });
  #top = element('div', { class: 'day top', role: 'row' }, this.#day);
  #runway = element('div', { class: 'runway', role: 'rowgroup' });
  /** @type {Item[]} */
  #items = [];
  /** Where each row begins, and the end. Made anew when heights change. */
  #offsets = new Float64Array(1);
  #isStale = true;
  /** @type {Set<Item>} */
  #shown = new Set();
  #current = -1;
  #number = 0;
  #rowPixels = 24;
  #isPlanned = false;
  #parts;
  #sizes = new ResizeObserver((entries) => this.#measure(entries));

  /**
   * @param {{ detailsOf: (item: Item) => HTMLElement, onEnd: () => void, onToggle: () => void }} parts
   *   `detailsOf`: what an unfolded row shows; `onEnd`: the end of the list comes near
   */
  constructor(parts) {
    this.#parts = parts;
    addEventListener('scroll', () => this.#plan(), { passive: true });
    addEventListener('resize', () => this.#relayout());
    this.#list.addEventListener('click', (event) => this.#onClick(event));
    this.#relayout();
  }

  get count() {
    return this.#items.length;
  }

  get hasUnfolded() {
    return this.#items.some((item) => item.details !== null);
  }

  /** @returns {Item | undefined} */
  get current() {
    return this.#items[this.#current];
  }

  /** @returns {Item | undefined} */
  get last() {
    return this.#items.at(-1);
  }

  clear() {
    this.#items = [];
    this.#shown.clear();
    this.#sizes.disconnect();
    this.#current = -1;
    this.#isStale = true;
    this.#list.removeAttribute('aria-activedescendant');
    this.#list.replaceChildren();
    this.#runway.replaceChildren();
  }

  /** @param {import('./api.js').SearchAnswer} answer `hits` and `ids` beside its records */
  append({ records, hits = [], ids = [] }) {
    this.#items.push(...this.#itemsOf(records, hits, ids));
    this.#changed();
  }

  /**
   * Newer entries, oldest first, above all others; rows at the end go where there are more than `rowsMax`.
   * @param {Pick<import('./api.js').SearchAnswer, 'records' | 'hits' | 'ids'>} arrival
   * @param {number} rowsMax
   */
  prepend({ records, hits, ids }, rowsMax) {
    const added = this.#itemsOf(records, hits, ids).reverse();
    this.#items = [...added, ...this.#items].slice(0, rowsMax);
    if (this.#current >= 0) this.#current = Math.min(this.#current + added.length, rowsMax - 1);
    this.#changed();
  }

  /** How many entries there are in all. @param {number} total */
  setTotal(total) {
    this.#list.setAttribute('aria-rowcount', String(Math.max(total, this.count)));
  }

  /** @param {number} step */
  move(step) {
    this.#select(Math.max(0, Math.min(this.count - 1, this.#current + step)));
  }

  /** To the next entry of ERROR or worse, in a direction. @param {number} step @returns {boolean} whether there is one */
  moveToError(step) {
    for (let index = this.#current + step; index >= 0 && index < this.count; index += step) {
      if ((this.#items[index]?.record.severity ?? 0) < SEVERITY_ERROR) continue;
      this.#select(index);
      return true;
    }
    return false;
  }

  toggleCurrent() {
    if (this.current !== undefined) this.#toggle(this.current);
  }

  /** Unfold the first entry, which a link names. */
  openFirst() {
    this.#select(0);
    if (this.current?.details === null) this.toggleCurrent();
  }

  /** Fold everything that is unfolded. @returns {boolean} whether anything was */
  fold() {
    const open = this.#items.filter((item) => item.details !== null);
    for (const item of open) this.#toggle(item);
    return open.length > 0;
  }

  focus() {
    this.#list.focus({ preventScroll: true });
  }

  /** @param {EntryRecord[]} records @param {Hit[][]} hits @param {string[]} ids @returns {Item[]} */
  #itemsOf(records, hits, ids) {
    return records.map((record, index) => {
      this.#number += 1;
      const id = ids[index] ?? '';
      const day = dayKey(new Date(record.timestamp));
      const item = { record, hits: hits[index] ?? [], id, number: this.#number, day };
      return { ...item, row: null, strip: null, details: null, detailsHeight: 0 };
    });
  }

  #changed() {
    this.#isStale = true;
    if (this.#runway.parentElement === null && this.count > 0)
      this.#list.replaceChildren(this.#top, this.#runway);
    if (this.#current < 0 && this.count > 0) this.#list.tabIndex = 0;
    this.#render();
  }

  #plan() {
    if (this.#isPlanned || this.count === 0) return;
    this.#isPlanned = true;
    requestAnimationFrame(() => {
      this.#isPlanned = false;
      this.#render();
    });
  }

  #relayout() {
    const style = getComputedStyle(this.#list);
    const pixels = Number.parseFloat(style.getPropertyValue('--row-pixels')) || 24;
    if (pixels !== this.#rowPixels) this.#isStale = true;
    this.#rowPixels = pixels;
    this.#plan();
  }

  /** Where rows begin. Adding up a hundred thousand numbers takes less than a millisecond. */
  #layout() {
    if (!this.#isStale) return;
    this.#isStale = false;
    if (this.#offsets.length <= this.count) this.#offsets = new Float64Array(this.count * 2 + 1);
    let at = 0;
    for (let index = 0; index < this.count; index += 1) {
      this.#offsets[index] = at;
      const item = /** @type {Item} */ (this.#items[index]);
      at += this.#rowPixels + (item.details === null ? 0 : item.detailsHeight);
      if (this.#beginsDay(index)) at += STRIP_PIXELS;
    }
    this.#offsets[this.count] = at;
  }

  /** Another day than the row above. @param {number} index */
  #beginsDay(index) {
    return index > 0 && this.#items[index - 1]?.day !== this.#items[index]?.day;
  }

  /** The row at a height. @param {number} pixels */
  #indexAt(pixels) {
    let low = 0;
    let high = Math.max(0, this.count - 1);
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (/** @type {number} */ (this.#offsets[middle]) <= pixels) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #render() {
    if (this.count === 0) return;
    this.#layout();
    const above = -this.#runway.getBoundingClientRect().top;
    const first = this.#indexAt(above - MARGIN_PIXELS);
    const last = this.#indexAt(above + innerHeight + MARGIN_PIXELS);
    const wanted = new Set(this.#items.slice(first, last + 1));
    for (const item of this.#shown) if (!wanted.has(item)) this.#takeOut(item);
    this.#shown = wanted;
    let next = this.#runway.firstElementChild;
    for (let index = first; index <= last; index += 1) {
      const item = /** @type {Item} */ (this.#items[index]);
      for (const part of this.#partsOf(item, index)) {
        if (part === next) next = next.nextElementSibling;
        else this.#runway.insertBefore(part, next);
      }
    }
    const end = /** @type {number} */ (this.#offsets[this.count]);
    this.#runway.style.paddingTop = `${this.#offsets[first]}px`;
    this.#runway.style.paddingBottom = `${end - /** @type {number} */ (this.#offsets[last + 1])}px`;
    const top = this.#items[this.#indexAt(above + STRIP_PIXELS)];
    if (top !== undefined) this.#day.textContent = dayText(new Date(top.record.timestamp));
    if (last >= this.count - NEAR_END_ROWS) this.#parts.onEnd();
  }

  /** @param {Item} item @param {number} index @returns {HTMLElement[]} */
  #partsOf(item, index) {
    item.row ??= rowOf(item);
    item.row.setAttribute('aria-rowindex', String(index + 1));
    if (!this.#beginsDay(index)) {
      item.strip?.remove();
      item.strip = null;
    } else item.strip ??= stripOf(item.record);
    return [item.strip, item.row, item.details].filter((part) => part !== null);
  }

  /** @param {Item} item */
  #takeOut(item) {
    if (item.details !== null) this.#sizes.unobserve(item.details);
    for (const part of [item.strip, item.row, item.details]) part?.remove();
    if (item.details?.contains(document.activeElement)) this.focus();
    // What is unfolded keeps what was loaded into it.
    if (item !== this.current) item.row = null;
    item.strip = null;
  }

  /** @param {ResizeObserverEntry[]} entries */
  #measure(entries) {
    for (const { target } of entries) {
      const item = [...this.#shown].find(({ details }) => details === target);
      const height = /** @type {HTMLElement} */ (target).offsetHeight;
      if (item === undefined || height === 0 || height === item.detailsHeight) continue;
      item.detailsHeight = height;
      this.#isStale = true;
    }
    if (this.#isStale) this.#plan();
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const row = /** @type {HTMLElement} */ (event.target).closest('.runway > .row');
    // Marking text with the mouse is no click.
    if (row === null || String(getSelection()) !== '') return;
    const index = this.#items.findIndex((item) => item.row === row);
    const item = this.#items[index];
    if (item === undefined) return;
    this.#select(index);
    this.#toggle(item);
  }

  /** @param {Item} item */
  #toggle(item) {
    if (item.details === null) {
      item.details = this.#parts.detailsOf(item);
      item.row?.after(item.details);
      item.detailsHeight = item.details.offsetHeight;
      this.#sizes.observe(item.details);
    } else {
      this.#sizes.unobserve(item.details);
      item.details.remove();
      item.details = null;
    }
    item.row?.setAttribute('aria-expanded', String(item.details !== null));
    this.#isStale = true;
    this.#render();
    this.#parts.onToggle();
  }

  /** @param {number} index */
  #select(index) {
    const item = this.#items[index];
    if (item === undefined) return;
    this.current?.row?.classList.remove('current');
    this.#current = index;
    this.#layout();
    const top =
      /** @type {number} */ (this.#offsets[index]) + (this.#beginsDay(index) ? STRIP_PIXELS : 0);
    const inWindow = this.#runway.getBoundingClientRect().top + top;
    const bottom = innerHeight - 60;
    if (inWindow < STRIP_PIXELS) scrollBy(0, inWindow - STRIP_PIXELS * 2);
    else if (inWindow + this.#rowPixels > bottom) scrollBy(0, inWindow + this.#rowPixels - bottom);
    this.#render();
    item.row?.classList.add('current');
    this.#list.setAttribute('aria-activedescendant', `entry-${item.number}`);
    this.focus();
  }
}

/** @param {EntryRecord} record */
function stripOf({ timestamp }) {
  const text = element('span', { role: 'gridcell' }, dayText(new Date(timestamp)));
  return element('div', { class: 'day', role: 'row' }, text);
}
