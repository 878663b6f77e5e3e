/**
 * Proposals for the word under the caret: names of fields, and what is in them. `Tab` takes one, `Esc` closes, and nothing
 * is ever taken by itself.
 *
 * @typedef {{ text: string, count: number | null, insert: string }} Proposal
 */
import { ask } from './api.js';
import { byId, element, formatCount, visible } from './elements.js';

const LEVELS = ['error', 'warn', 'info', 'debug', 'trace', 'fatal', 'none'];
const NAMES = ['level', 'source', 'tag', 'file', 'since', 'until', 'has', 'message'];
/** Names that have no values to ask for. */
const WITHOUT_VALUES = ['since', 'until', 'has', 'message'];
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
  /** Where the word under the caret begins and ends. */
  #place = { start: 0, end: 0 };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** Questions that were overtaken by typing are not shown. */
  #turn = 0;
  /** @type {{ atMs: number, names: string[] }} */
  #fields = { atMs: Number.NEGATIVE_INFINITY, names: [] };
  #onTake;

  /** @param {HTMLInputElement} input @param {() => void} onTake called when a proposal was put in */
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
    if (name === null) {
      if (prefix.length === 0) return [];
      const known = [...NAMES, ...(await this.#fieldNames())];
      return known
        .filter((field) => field.toLowerCase().startsWith(prefix.toLowerCase()))
        .map((field) => ({ text: `${field}:`, count: null, insert: `${quotedName(field)}:` }));
    }
    if (name === 'level') {
      return LEVELS.filter((level) => level.startsWith(prefix.toLowerCase())).map((level) => ({
        text: level,
        count: null,
        insert: level,
      }));
    }
    if (WITHOUT_VALUES.includes(name)) return [];
    const { values } = await ask('/api/values', { field: name, prefix, limit: SHOWN_MAX });
    return values.map((/** @type {{ name: string, count: number }} */ value) => ({
      text: value.name,
      count: value.count,
      insert: quotedValue(value.name),
    }));
  }

  async #fieldNames() {
    const now = performance.now();
    if (now - this.#fields.atMs > NAMES_KEPT_MS) {
      const { fields } = await ask('/api/fields');
      this.#fields = {
        atMs: now,
        names: fields.map((/** @type {{ name: string }} */ field) => field.name),
      };
    }
    return this.#fields.names;
  }

  /** @param {Proposal[]} proposals */
  #show(proposals) {
    this.#proposals = proposals;
    this.#chosen = 0;
    const isOpen = proposals.length > 0;
    this.#list.hidden = !isOpen;
    this.#input.setAttribute('aria-expanded', String(isOpen));
    this.#list.replaceChildren(
      ...proposals.map((proposal, index) => this.#option(proposal, index)),
    );
    this.#mark();
  }

  /** @param {Proposal} proposal @param {number} index */
  #option({ text, count }, index) {
    const option = element(
      'div',
      { role: 'option', id: `proposal-${index}` },
      element('span', {}, visible(text)),
      element('span', { class: 'number' }, count === null ? '' : formatCount(count)),
    );
    // The box keeps the focus.
    option.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      this.#take(index);
    });
    return option;
  }

  #mark() {
    for (const [index, option] of [...this.#list.children].entries()) {
      option.setAttribute('aria-selected', String(index === this.#chosen));
    }
    if (this.isOpen) this.#input.setAttribute('aria-activedescendant', `proposal-${this.#chosen}`);
    else this.#input.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (!this.isOpen) return;
    const count = this.#proposals.length;
    if (event.key === 'ArrowDown') this.#chosen = (this.#chosen + 1) % count;
    else if (event.key === 'ArrowUp') this.#chosen = (this.#chosen + count - 1) % count;
    else if (event.key === 'Tab' && !event.shiftKey) this.#take(this.#chosen);
    else if (event.key === 'Escape') this.close();
    else return;
    event.preventDefault();
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
  const match = /(?:^|[\s(])-?(?:([A-Za-z_@][\w.$-]*)(?::=?|>=|<=))?("?)([^\s()"|]*)$/.exec(
    text.slice(0, caret),
  );
  if (match === null) return null;
  const [, name = null, quote = '', prefix = ''] = match;
  const behind = /^[^\s()"|]*"?/.exec(text.slice(caret))?.[0] ?? '';
  return { name, prefix, start: caret - prefix.length - quote.length, end: caret + behind.length };
}

/** @param {string} name */
function quotedName(name) {
  return /^[A-Za-z_@][\w./$-]*$/.test(name) ? name : quoted(name);
}

/** @param {string} value */
function quotedValue(value) {
  return /^\w[\w./@-]*$/.test(value) ? value : quoted(value);
}

/** @param {string} text */
function quoted(text) {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
