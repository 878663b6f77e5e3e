/**
 * The list of entries: one line each, the date once, unfolded where it was clicked. Only what is near the window is in
 * the page, so a hundred thousand rows scroll like forty; what is unfolded keeps its height while it is out of sight.
 *
 * A row has the height that dashboard.css says. Where long lines are wrapped it has its own, which is measured when it
 * comes near the window; until then it counts as one of one line, and what is read stays where it is when it turns out higher.
 *
 * @typedef {import('./api.js').EntryRecord} EntryRecord
 * @typedef {import('./api.js').Hit} Hit
 * @typedef {{ record: EntryRecord, hits: Hit[], id: string, number: number, day: string, row: HTMLElement | null, rowPixels: number,
 *   strip: HTMLElement | null, details: HTMLElement | null, detailsHeight: number }} Item
 * @typedef {{ index: number, beyond: number }} Anchor
 */
import { byId, element } from './elements.js';
import { columnHeads, rowOf } from './entry-row.js';
import { beginsDay, RowPlaces, STRIP_PIXELS } from './row-places.js';
import { dayKey, dayText } from './time.js';

/** ERROR and worse. */
const SEVERITY_ERROR = 40;
/** Kept in the page above and below the window. */
const MARGIN_PIXELS = 400;
/** Rows from the end at which the next page is asked for. */
const NEAR_END_ROWS = 100;
/** Rows that turn out higher leave room for fewer: the second time seldom changes anything. */
const PLACED_TIMES_MAX = 4;
/** Rows on paper: some thirty sheets. */
const PRINTED_ROWS_MAX = 2_000;

export class EntryList {
  #list = byId('results');
  #day = element('span', { role: 'gridcell' });
  #top = element('div', { class: 'day top', role: 'row' }, this.#day);
  #runway = element('div', { class: 'runway', role: 'rowgroup' });
  /** @type {Item[]} */
  #items = [];
  /** Of these. @type {Set<string>} */
  #ids = new Set();
  #places = new RowPlaces();
  /** @type {Set<Item>} */
  #shown = new Set();
  #current = -1;
  #number = 0;
  /** The width for which wrapped rows were measured. */
  #width = 0;
  /** Which rows are in the page. */
  #span = { first: 0, last: -1 };
  /** @type {import('./list-look.js').Look} */
  #look = { isWrapped: false, columns: [] };
  #isPlanned = false;
  /** Paper has no window: all rows are on it. */
  #isPrinted = false;
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
    addEventListener('beforeprint', () => this.#print(true));
    addEventListener('afterprint', () => this.#print(false));
    this.#list.addEventListener('click', (event) => this.#onClick(event));
    this.#relayout();
  }

  get count() {
    return this.#items.length;
  }

  get hasUnfolded() {
    return this.#items.some((item) => item.details !== null);
  }

  /** Whether somebody marks text in it. */
  get isMarked() {
    const selection = getSelection();
    return (
      selection !== null && !selection.isCollapsed && this.#list.contains(selection.anchorNode)
    );
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
    this.#ids.clear();
    this.#shown.clear();
    this.#sizes.disconnect();
    this.#current = -1;
    this.#span = { first: 0, last: -1 };
    this.#places.changed();
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
   * Those that arrived, oldest first, above all others; rows at the end go where there are more than `rowsMax`. Late ones
   * stand among them with times of long ago: the newest of what went stays as the last row, so that the list can go on behind it.
   * @param {Pick<import('./api.js').SearchAnswer, 'records' | 'hits' | 'ids'>} arrival
   * @param {number} rowsMax
   * @returns {boolean} whether any went
   */
  prepend({ records, hits, ids }, rowsMax) {
    const added = this.#itemsOf(records, hits, ids).reverse();
    const items = [...added, ...this.#items];
    const gone = items.slice(rowsMax);
    this.#items = [...items.slice(0, rowsMax), ...newestOf(gone)];
    for (const { id } of gone) if (id !== this.last?.id) this.#ids.delete(id);
    if (this.#current >= 0) this.#current = Math.min(this.#current + added.length, rowsMax - 1);
    this.#changed();
    return gone.length > 0;
  }

  /** What is at the top of the window stays there. @param {import('./list-look.js').Look} look */
  setLook(look) {
    if (JSON.stringify(look) === JSON.stringify(this.#look)) return;
    const anchor = this.#anchor();
    this.#look = look;
    const { isWrapped, columns } = look;
    this.#list.classList.toggle('wrapped', isWrapped);
    this.#list.classList.toggle('columned', columns.length > 0);
    this.#list.style.setProperty('--columns', String(columns.length));
    this.#top.replaceChildren(this.#day, ...(columns.length === 0 ? [] : [columnHeads(columns)]));
    for (const item of this.#items) {
      item.row?.remove();
      item.row = null;
      item.rowPixels = 0;
    }
    this.#readRowPixels();
    this.#places.changed();
    this.#render(anchor);
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

  /**
   * Those that are not in the list yet: one that arrived late belongs to a page further down as well.
   * @param {EntryRecord[]} records @param {Hit[][]} hits @param {string[]} ids @returns {Item[]}
   */
  #itemsOf(records, hits, ids) {
    return records.flatMap((record, index) => {
      const id = ids[index] ?? '';
      if (this.#ids.has(id)) return [];
      if (id !== '') this.#ids.add(id);
      this.#number += 1;
      const at = new Date(record.timestamp);
      // What a day is called ends with the zone: an hour may come twice in it.
      const day = `${dayKey(at)} ${at.getTimezoneOffset()}`;
      const item = { record, hits: hits[index] ?? [], id, number: this.#number, day };
      return [{ ...item, row: null, rowPixels: 0, strip: null, details: null, detailsHeight: 0 }];
    });
  }

  #changed() {
    this.#places.changed();
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

  /** @param {boolean} isPrinted */
  #print(isPrinted) {
    this.#isPrinted = isPrinted;
    this.#render();
  }

  #relayout() {
    this.#readRowPixels();
    const width = this.#list.clientWidth;
    if (this.#look.isWrapped && width !== this.#width) {
      for (const item of this.#items) item.rowPixels = 0;
      this.#places.changed();
    }
    this.#width = width;
    this.#plan();
  }

  #readRowPixels() {
    const style = getComputedStyle(this.#list);
    const pixels = Number.parseFloat(style.getPropertyValue('--row-pixels')) || 24;
    if (pixels !== this.#places.rowPixels) this.#places.changed();
    this.#places.rowPixels = pixels;
  }

  #layOut() {
    this.#places.layOut(this.#items);
  }

  /** The row below the day at the top of the window, and how far it is beyond that; null: the window shows where the list begins. @returns {Anchor | null} */
  #anchor() {
    const above = -this.#runway.getBoundingClientRect().top;
    if (this.count === 0 || above <= 0) return null;
    this.#layOut();
    const index = this.#places.indexAt(above + STRIP_PIXELS);
    return { index, beyond: above + STRIP_PIXELS - this.#places.of(index) };
  }

  /** @param {Anchor | null} anchor where the rows changed: the place from before */
  #render(anchor = this.#look.isWrapped ? this.#anchor() : null) {
    if (this.count === 0) return;
    for (let times = 0; times < PLACED_TIMES_MAX; times += 1) {
      this.#layOut();
      if (anchor !== null) this.#keep(anchor);
      this.#place();
      if (!this.#look.isWrapped || !this.#measureRows()) break;
    }
    if (this.#places.isStale) this.#plan();
    if (!this.#isPrinted && this.#span.last >= this.count - NEAR_END_ROWS) this.#parts.onEnd();
  }

  /** @param {Anchor} anchor */
  #keep({ index, beyond }) {
    const item = /** @type {Item} */ (this.#items[index]);
    // The page has to be as long as it will be, or it cannot be scrolled to there.
    this.#pad();
    // One that is lower now than what was beyond is shown whole.
    const isGone = item.details === null && beyond >= this.#places.pixelsOf(item);
    const above = -this.#runway.getBoundingClientRect().top + STRIP_PIXELS;
    const moved = this.#places.of(index) + (isGone ? 0 : beyond) - above;
    if (Math.abs(moved) >= 1) scrollBy(0, moved);
  }

  /** @returns {boolean} whether any is of another height than it was taken for */
  #measureRows() {
    let isAny = false;
    for (const item of this.#shown) {
      const pixels = item.row?.offsetHeight ?? 0;
      if (pixels === 0 || pixels === item.rowPixels) continue;
      isAny ||= pixels !== this.#places.pixelsOf(item);
      item.rowPixels = pixels;
    }
    if (isAny) this.#places.changed();
    return isAny;
  }

  /** What is above and below the rows that are in the page. */
  #pad() {
    const { first, last } = this.#span;
    const places = this.#places;
    this.#runway.style.paddingTop = `${places.of(Math.min(first, this.count))}px`;
    const behind = places.endPixels - places.of(Math.min(last + 1, this.count));
    this.#runway.style.paddingBottom = this.#isPrinted ? '0' : `${behind}px`;
  }

  #place() {
    const above = -this.#runway.getBoundingClientRect().top;
    const [first, last] = this.#rowsAround(above);
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
    this.#span = { first, last };
    this.#pad();
    const top = this.#items[this.#places.indexAt(above + STRIP_PIXELS)];
    if (top !== undefined) this.#day.textContent = dayText(new Date(top.record.timestamp));
  }

  /**
   * The rows in the window and near it. After a jump none of them is in the page yet: those in the window come first, with
   * the next frame the others.
   * @param {number} above @returns {[first: number, last: number]}
   */
  #rowsAround(above) {
    if (this.#isPrinted) return [0, Math.min(this.count, PRINTED_ROWS_MAX) - 1];
    const first = this.#places.indexAt(above);
    const last = this.#places.indexAt(above + innerHeight);
    if (last < this.#span.first || first > this.#span.last) {
      this.#plan();
      return [first, last];
    }
    return [
      this.#places.indexAt(above - MARGIN_PIXELS),
      this.#places.indexAt(above + innerHeight + MARGIN_PIXELS),
    ];
  }

  /** @param {Item} item @param {number} index @returns {HTMLElement[]} */
  #partsOf(item, index) {
    if (item.row === null) {
      item.row = rowOf(item, this.#look);
      item.row.classList.toggle('current', item === this.current);
    }
    item.row.setAttribute('aria-rowindex', String(index + 1));
    if (!beginsDay(this.#items, index)) {
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
      this.#places.changed();
    }
    if (this.#places.isStale) this.#plan();
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
    this.#places.changed();
    this.#render();
    this.#parts.onToggle();
  }

  /** @param {number} index */
  #select(index) {
    const item = this.#items[index];
    if (item === undefined) return;
    this.current?.row?.classList.remove('current');
    this.#current = index;
    this.#scrollTo(item, index);
    this.#render();
    // What was between may have turned out higher.
    if (this.#look.isWrapped && this.#scrollTo(item, index)) this.#render();
    item.row?.classList.add('current');
    this.#list.setAttribute('aria-activedescendant', `entry-${item.number}`);
    this.focus();
  }

  /** Into the window. @param {Item} item @param {number} index @returns {boolean} whether that moved anything */
  #scrollTo(item, index) {
    this.#layOut();
    const top = this.#places.of(index) + (beginsDay(this.#items, index) ? STRIP_PIXELS : 0);
    const inWindow = this.#runway.getBoundingClientRect().top + top;
    const below = inWindow + this.#places.pixelsOf(item) - (innerHeight - 60);
    if (inWindow < STRIP_PIXELS) scrollBy(0, inWindow - STRIP_PIXELS * 2);
    else if (below > 0) scrollBy(0, below);
    return inWindow < STRIP_PIXELS || below > 0;
  }
}

/** In the order of a search; empty where there is none. @param {readonly Item[]} items @returns {Item[]} */
function newestOf([first, ...others]) {
  if (first === undefined) return [];
  return [others.reduce((one, other) => (isNewer(other, one) ? other : one), first)];
}

/** An id begins with the time, in µs, and the arrival number. @param {Item} one @param {Item} other */
function isNewer(one, other) {
  const numbersOf = (/** @type {Item} */ { id }) =>
    (/^(-?\d+)-(\d+)/.exec(id) ?? []).slice(1).map(Number);
  const [atUs = 0, number = 0] = numbersOf(one);
  const [otherUs = 0, otherNumber = 0] = numbersOf(other);
  return atUs === otherUs ? number > otherNumber : atUs > otherUs;
}

/** @param {EntryRecord} record */
function stripOf({ timestamp }) {
  const text = element('span', { role: 'gridcell' }, dayText(new Date(timestamp)));
  return element('div', { class: 'day', role: 'row' }, text);
}
