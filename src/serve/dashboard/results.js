/**
 * The list of entries: one line each, the date once, unfolded where it was clicked.
 *
 * @typedef {import('./api.js').EntryRecord} EntryRecord
 * @typedef {import('./api.js').Hit} Hit
 * @typedef {{ record: EntryRecord, hits: Hit[], row: HTMLElement, details: HTMLElement | null }} Item
 */
import { element } from './elements.js';
import { detailsOf } from './entry-details.js';
import { rowOf } from './entry-row.js';
import { dayKey, dayText } from './time.js';

/** ERROR and worse. */
const SEVERITY_ERROR = 40;

export class EntryList {
  #list;
  #onNarrow;
  /** @type {Item[]} */
  #items = [];
  /** The entry that keys act on; -1: none was chosen. */
  #current = -1;
  /** Local days of the last row and of the first one. */
  #day = '';
  #firstDay = '';

  /**
   * @param {HTMLElement} list
   * @param {(term: string) => void} onNarrow called with a term to add to the query
   */
  constructor(list, onNarrow) {
    this.#list = list;
    this.#onNarrow = onNarrow;
  }

  get count() {
    return this.#items.length;
  }

  clear() {
    this.#list.replaceChildren();
    this.#items = [];
    this.#current = -1;
    this.#day = '';
    this.#firstDay = '';
  }

  get hasUnfolded() {
    return this.#items.some((item) => item.details !== null);
  }

  /**
   * @param {EntryRecord[]} records
   * @param {Hit[][]} hits of each record's message
   */
  append(records, hits) {
    const added = document.createDocumentFragment();
    for (const [index, record] of records.entries()) {
      const at = new Date(record.timestamp);
      if (dayKey(at) !== this.#day) added.append(dateStrip(at));
      this.#day = dayKey(at);
      if (this.#firstDay === '') this.#firstDay = this.#day;
      const item = this.#makeItem(record, hits[index] ?? []);
      this.#items.push(item);
      added.append(item.row);
    }
    this.#list.append(added);
    this.#list.setAttribute('aria-rowcount', String(this.count));
    const first = this.#items[0];
    if (this.#current < 0 && first !== undefined) first.row.tabIndex = 0;
  }

  /**
   * Newer entries, oldest first, above all others; rows at the end go where there are more than `rowsMax`.
   * @param {EntryRecord[]} records
   * @param {Hit[][]} hits of each record's message
   * @param {number} rowsMax
   */
  prepend(records, hits, rowsMax) {
    for (const [index, record] of records.entries()) {
      const at = new Date(record.timestamp);
      const item = this.#makeItem(record, hits[index] ?? []);
      if (dayKey(at) === this.#firstDay) this.#list.firstElementChild?.after(item.row);
      else this.#list.prepend(dateStrip(at), item.row);
      this.#firstDay = dayKey(at);
      if (this.#day === '') this.#day = this.#firstDay;
      this.#items.unshift(item);
      if (this.#current >= 0) this.#current += 1;
    }
    while (this.#items.length > rowsMax) {
      const last = this.#items.pop();
      last?.details?.remove();
      last?.row.remove();
    }
    this.#list.setAttribute('aria-rowcount', String(this.count));
  }

  /** @param {number} step */
  move(step) {
    this.#select(Math.max(0, Math.min(this.count - 1, this.#current + step)), true);
  }

  /**
   * To the next entry of ERROR or worse, in a direction.
   * @param {number} step
   */
  moveToError(step) {
    for (let index = this.#current + step; index >= 0 && index < this.count; index += step) {
      if ((this.#items[index]?.record.severity ?? 0) < SEVERITY_ERROR) continue;
      this.#select(index, true);
      return;
    }
  }

  toggleCurrent() {
    const item = this.#items[this.#current];
    if (item !== undefined) this.#toggle(item);
  }

  /** Fold everything that is unfolded. */
  fold() {
    for (const item of this.#items) if (item.details !== null) this.#toggle(item);
  }

  /**
   * @param {EntryRecord} record
   * @param {Hit[]} hits
   * @returns {Item}
   */
  #makeItem(record, hits) {
    /** @type {Item} */
    const item = { record, hits, row: rowOf(record, hits), details: null };
    item.row.addEventListener('click', () => {
      // Marking text with the mouse is no click.
      if (String(getSelection()) !== '') return;
      this.#select(this.#items.indexOf(item), false);
      this.#toggle(item);
    });
    return item;
  }

  /** @param {Item} item */
  #toggle(item) {
    if (item.details === null) {
      item.details = detailsOf(item, this.#onNarrow);
      item.row.after(item.details);
    } else {
      item.details.remove();
      item.details = null;
    }
    item.row.setAttribute('aria-expanded', String(item.details !== null));
  }

  /**
   * @param {number} index
   * @param {boolean} focus
   */
  #select(index, focus) {
    const item = this.#items[index];
    if (item === undefined) return;
    for (const other of [this.#items[0], this.#items[this.#current]]) {
      if (other === undefined) continue;
      other.row.classList.remove('current');
      other.row.tabIndex = -1;
    }
    this.#current = index;
    item.row.classList.add('current');
    item.row.tabIndex = 0;
    if (focus) item.row.focus();
    item.row.scrollIntoView({ block: 'nearest' });
  }
}

/** @param {Date} at */
function dateStrip(at) {
  const text = element('span', { role: 'gridcell' }, dayText(at));
  return element('div', { class: 'day', role: 'row' }, text);
}
