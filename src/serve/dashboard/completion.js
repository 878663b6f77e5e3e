/**
 * Proposals for the word under the caret: names of fields, and what is in them. `Tab` takes one, `Esc` closes, and nothing
 * is ever taken by itself.
 *
 * @typedef {{ text: string, count: number | null, insert: string }} Proposal
 */
import { ask } from './api.js';
import { byId, element, formatCount, visible } from './elements.js';
import { fieldName, quoted, splitQuery } from './terms.js';

const LEVELS = ['error', 'warn', 'info', 'debug', 'trace', 'fatal', 'none'];
const NAMES = ['level', 'source', 'tag', 'file', 'since', 'until', 'has', 'message'];
/** Names that have no values to ask for. */
const WITHOUT_VALUES = ['since', 'until', 'has', 'message'];
/** Behind a bar. */
const STAGES = [
  'count by',
  'top 10',
  'timechart by',
  'p95',
  'avg',
  'sum',
  'min',
  'max',
  'median',
  'distinct',
  'patterns',
  'fields',
  'sort',
  'limit',
  'dedup',
  'context',
];
const SHOWN_MAX = 8;
/** Typing pauses this long before values are asked for. */
const PAUSE_MS = 120;
/** Field names are asked for again after this long. */
const NAMES_KEPT_MS = 60_000;

export class Completion {
  #input;
  #list = /** @type {HTMLElement} */ (byId('completion'));
  /** @type {Proposal[]} */
  #proposals = [];
  #chosen = 0;
  /** @type {HTMLElement[]} */
  #options = [];
  /** Where the word under the caret begins and ends. */
  #place = { start: 0, end: 0 };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Questions that were overtaken by typing are not shown. */
  #turn = 0;
  /** @type {{ atMs: number, fields: { name: string, values: { value: string, count: number }[] }[] }} */
  #fields = { atMs: Number.NEGATIVE_INFINITY, fields: [] };
  #onTake;

  /** @param {HTMLTextAreaElement} input @param {() => void} onTake called when a proposal was put in */
  constructor(input, onTake) {
    this.#input = input;
    this.#onTake = onTake;
    input.addEventListener('input', () => this.#later());
    input.addEventListener('keydown', (event) => this.#onKey(event));
    input.addEventListener('blur', () => this.close());
  }

  get isOpen() {
    return this.#proposals.length > 0;
  }

  close() {
    clearTimeout(this.#timer);
    this.#turn += 1;
    this.#show([]);
  }

  #later() {
    this.#narrow();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#propose(), PAUSE_MS);
  }

  /** What is shown must fit what is typed, also before new proposals come. */
  #narrow() {
    if (!this.isOpen) return;
    const word = wordAt(this.#input.value, this.#input.selectionStart ?? 0);
    if (word?.start !== this.#place.start) {
      this.#show([]);
      return;
    }
    this.#place = word;
    const typed = word.prefix.toLowerCase();
    this.#show(this.#proposals.filter(({ text }) => text.toLowerCase().startsWith(typed)));
  }

  async #propose() {
    this.#turn += 1;
    const turn = this.#turn;
    const caret = this.#input.selectionStart ?? 0;
    const word = wordAt(this.#input.value, caret);
    if (word === null) {
      this.#show([]);
      return;
    }
    const proposals = await this.#proposalsFor(word).catch(() => []);
    if (turn !== this.#turn) return;
    this.#place = word;
    this.#show(proposals.slice(0, SHOWN_MAX));
  }

  /** @param {Word} word @returns {Promise<Proposal[]>} */
  async #proposalsFor({ name, prefix }) {
    const { stages } = splitQuery(this.#input.value.slice(0, this.#input.selectionStart ?? 0));
    const inStage = stages.slice(stages.lastIndexOf('|') + 1).trimStart();
    if (stages !== '' && inStage === prefix) {
      return STAGES.filter((stage) => stage.startsWith(prefix)).map((stage) => ({
        text: stage,
        count: null,
        insert: stage,
      }));
    }
    if (name === null) {
      if (prefix.length === 0) return [];
      const fits = (/** @type {string} */ known) =>
        known.toLowerCase().startsWith(prefix.toLowerCase());
      const fields = (await this.#newestFields()).filter((field) => fits(field.name));
      // The language and a field may have one name: both are proposed.
      const known = [...NAMES.filter(fits), ...fields.map((field) => fieldName(field.name))];
      return known.map((text) => {
        const insert = stages === '' ? `${text}:` : text;
        return { text: insert, count: null, insert };
      });
    }
    if (name === 'level') {
      return LEVELS.filter((level) => level.startsWith(prefix.toLowerCase())).map((level) => ({
        text: level,
        count: null,
        insert: level,
      }));
    }
    if (WITHOUT_VALUES.includes(name)) return [];
    // Of a field that is called the same they would be others.
    const seen = NAMES.includes(name) ? [] : await this.#seenValues(name, prefix);
    if (seen.length > 0) return seen;
    const { values } = await ask('/api/values', { field: name, prefix, limit: SHOWN_MAX });
    return values.map((/** @type {{ name: string, count: number }} */ value) => ({
      text: value.name,
      count: value.count,
      insert: quoted(value.name),
    }));
  }

  /** What the newest entries have: to look through all of them for a proposal would take long. @param {string} name @param {string} prefix @returns {Promise<Proposal[]>} */
  async #seenValues(name, prefix) {
    const fields = await this.#newestFields();
    const values = fields.find((field) => field.name === name)?.values ?? [];
    const typed = prefix.toLowerCase();
    return values
      .filter(({ value }) => value.toLowerCase().startsWith(typed))
      .map(({ value, count }) => ({ text: value, count, insert: quoted(value) }));
  }

  async #newestFields() {
    const now = performance.now();
    if (now - this.#fields.atMs > NAMES_KEPT_MS) {
      const { fields } = await ask('/api/fields', {}, 'proposals');
      this.#fields = { atMs: now, fields };
    }
    return this.#fields.fields;
  }

  /** @param {Proposal[]} proposals */
  #show(proposals) {
    this.#proposals = proposals;
    this.#chosen = 0;
    const isOpen = proposals.length > 0;
    this.#list.hidden = !isOpen;
    byId('completion-says').textContent = isOpen
      ? `${proposals.length} proposals, Tab takes one`
      : '';
    const top = Math.max(1, ...proposals.map(({ count }) => count ?? 0));
    this.#options = proposals.map((proposal, index) => this.#option(proposal, index, top));
    this.#list.replaceChildren(...this.#options);
    byId('completion-keys').hidden = !isOpen;
    this.#list.parentElement?.style.setProperty(
      '--at',
      String(this.#place.start - this.#input.scrollLeft / 8),
    );
    this.#mark();
  }

  /** @param {Proposal} proposal @param {number} index @param {number} top the largest count */
  #option({ text, count }, index, top) {
    const option = element(
      'div',
      { role: 'option', id: `proposal-${index}` },
      element('span', {}, visible(text)),
    );
    if (count !== null) {
      const bar = element('i');
      bar.style.width = `${(count / top) * 100}%`;
      option.append(
        element('span', { class: 'bar' }, bar),
        element('span', { class: 'number' }, formatCount(count)),
      );
    }
    // The box keeps the focus.
    option.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      this.#take(index);
    });
    return option;
  }

  #mark() {
    for (const [index, option] of this.#options.entries()) {
      option.setAttribute('aria-selected', String(index === this.#chosen));
    }
    if (this.isOpen) this.#input.setAttribute('aria-activedescendant', `proposal-${this.#chosen}`);
    else this.#input.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    // While a word is composed the keys choose its signs.
    if (!this.isOpen || event.isComposing) return;
    const count = this.#proposals.length;
    if (event.key === 'ArrowDown') this.#chosen = (this.#chosen + 1) % count;
    else if (event.key === 'ArrowUp') this.#chosen = (this.#chosen + count - 1) % count;
    else if (event.key === 'Tab' && !event.shiftKey) this.#take(this.#chosen);
    else if (event.key === 'Escape') this.close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#mark();
  }

  /** @param {number} index */
  #take(index) {
    const proposal = this.#proposals[index];
    if (proposal === undefined) return;
    const { value } = this.#input;
    const { start, end } = this.#place;
    const isName = proposal.insert.endsWith(':');
    const text = isName ? proposal.insert : `${proposal.insert} `;
    this.#input.value = value.slice(0, start) + text + value.slice(end).trimStart();
    this.#input.setSelectionRange(start + text.length, start + text.length);
    this.#input.dispatchEvent(new Event('input'));
    this.close();
    // After a name its values are wanted; after a value the search is.
    if (isName) this.#later();
    else this.#onTake();
  }
}

/** @typedef {{ name: string | null, prefix: string, start: number, end: number }} Word */

/**
 * The word that ends at the caret: `sta`, or `status:5` and then what stands behind the colon.
 * @param {string} text
 * @param {number} caret
 * @returns {Word | null}
 */
function wordAt(text, caret) {
  const match =
    /(?:^|[\s(])-?(?:([\p{L}_@][\p{L}\p{M}\p{N}_.$-]*)(?::=?|>=|<=))?("?)([^\s()"|]*)$/u.exec(
      text.slice(0, caret),
    );
  if (match === null) return null;
  const [, name = null, quote = '', prefix = ''] = match;
  const behind = /^[^\s()"|]*"?/.exec(text.slice(caret))?.[0] ?? '';
  return { name, prefix, start: caret - prefix.length - quote.length, end: caret + behind.length };
}
