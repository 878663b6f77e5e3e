/** How the list looks: long lines wrapped or cut, and which fields are columns. The address has both, so a link shows the same. */
import { asked, writeAddress } from './address.js';
import { ask, isCalledOff, reasonOf } from './api.js';
import { byId, element, visible } from './elements.js';
import { onEnterOrClick, openPanel } from './panel.js';
import { filterOf } from './terms.js';
import { timezone } from './time.js';

/** @typedef {Readonly<{ isWrapped: boolean, columns: readonly string[] }>} Look */

/** More leave the message no room on a usual screen. */
const COLUMNS_MAX = 4;
/** Fields to choose from, the most frequent; any other can be typed. */
const FIELDS_SHOWN = 40;
const WRAPPED = 'lines';

/** What the address says. @returns {Look} */
export function askedLook() {
  // A comma inside of a name is written as in an address, once more.
  const names = asked.columns.split(',').map((name) => name.replace(/%(2C|25)/g, codeText));
  const columns = [...new Set(names.filter((name) => name !== ''))].slice(0, COLUMNS_MAX);
  return { isWrapped: asked.wrap === WRAPPED, columns };
}

/** @param {string} code */
const codeText = (code) => (code === '%2C' ? ',' : '%');

/** @param {(look: Look) => void} show @returns {{ show: () => void, toggleWrap: () => void, openColumns: () => void }} */
export function openListLook(show) {
  const wrap = byId('wrap');
  const says = byId('columns-says');
  const list = byId('columns-list');
  const name = /** @type {HTMLInputElement} */ (byId('columns-name'));
  const panel = openPanel('columns', () => void fill());
  wrap.addEventListener('click', toggleWrap);
  onEnterOrClick('columns-form', 'columns-add', () => {
    const added = name.value.trim();
    name.value = '';
    if (added !== '') choose(added, true);
    void fill();
  });
  return { show: showAsked, toggleWrap, openColumns: panel.open };

  function showAsked() {
    const look = askedLook();
    wrap.setAttribute('aria-pressed', String(look.isWrapped));
    show(look);
  }

  function toggleWrap() {
    asked.wrap = asked.wrap === WRAPPED ? '' : WRAPPED;
    writeAddress(false);
    showAsked();
  }

  /** @param {string} column @param {boolean} isChosen */
  function choose(column, isChosen) {
    const others = askedLook().columns.filter((other) => other !== column);
    if (isChosen && others.length === COLUMNS_MAX) return;
    const names = isChosen ? [...others, column] : others;
    asked.columns = names.map((each) => each.replace(/[%,]/g, encodeURIComponent)).join(',');
    writeAddress(false);
    showAsked();
    showLimit();
  }

  function showLimit() {
    const { columns } = askedLook();
    const isFull = columns.length === COLUMNS_MAX;
    says.textContent = isFull ? `${COLUMNS_MAX} columns at most: take one out for another` : '';
    for (const box of list.querySelectorAll('input')) box.disabled = isFull && !box.checked;
  }

  /** What is chosen comes first, also where no entry has it. */
  async function fill() {
    const chosen = askedLook().columns;
    offer(chosen, chosen);
    const { since, until } = asked;
    try {
      const question = { q: filterOf(asked.q), since, until, tz: timezone };
      const { fields } = await ask('/api/fields', question, 'columns');
      /** @type {string[]} */
      const found = fields.map((/** @type {{ name: string }} */ field) => field.name);
      const now = askedLook().columns;
      const others = found.filter((field) => !now.includes(field)).slice(0, FIELDS_SHOWN);
      offer([...now, ...others], now);
    } catch (error) {
      if (!isCalledOff(error)) says.textContent = visible(reasonOf(error));
    }
  }

  /** @param {readonly string[]} names @param {readonly string[]} chosen */
  function offer(names, chosen) {
    const rows = names.map((column) => {
      const box = element('input', { type: 'checkbox' });
      box.checked = chosen.includes(column);
      box.addEventListener('change', () => choose(column, box.checked));
      return element('li', {}, element('label', {}, box, ' ', visible(column)));
    });
    list.replaceChildren(...rows);
    showLimit();
  }
}
