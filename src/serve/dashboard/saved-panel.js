/** Queries that are kept on the server, for everybody who uses it: open one, save this one, remove one. */
import { asked } from './address.js';
import { ask, isCalledOff, reasonOf, send } from './api.js';
import { button, byId, element, visible } from './elements.js';
import { onEnterOrClick, openPanel } from './panel.js';

/** @typedef {{ name: string, q: string, since: string | null, until: string | null }} SavedQuery */

/** @param {(query: SavedQuery) => void} onOpen */
export function openSavedPanel(onOpen) {
  const panel = openPanel('saved', () => {
    toReplace = '';
    void change(ask('/api/queries'));
  });
  const name = /** @type {HTMLInputElement} */ (byId('saved-name'));
  const list = byId('saved-list');
  const says = byId('saved-says');
  /** @type {SavedQuery[]} */
  let known = [];
  /** What was said to have the name already, as JSON. */
  let toReplace = '';
  let turn = 0;
  onEnterOrClick('saved-form', 'saved-save', () => {
    const wanted = name.value.trim();
    if (wanted !== '') void save(wanted);
  });

  /** @param {string} wanted */
  async function save(wanted) {
    const { q, since, until } = asked;
    const body = { q, since: since === '' ? null : since, until: until === '' ? null : until };
    // Somebody may have saved one of this name while the panel was open.
    if (!(await change(ask('/api/queries')))) return;
    const taken = known.find((query) => query.name === wanted && !isSame(query, body));
    // It may be somebody else's: they are kept for all.
    if (taken !== undefined && toReplace !== JSON.stringify(taken)) {
      toReplace = JSON.stringify(taken);
      says.textContent = visible(
        `“${wanted}” is there already, for ${textOf(taken)}. Save once more to replace it`,
      );
      return;
    }
    toReplace = '';
    const path = `/api/queries/${encodeURIComponent(wanted)}`;
    void change(send('PUT', path, body), `Saved as “${wanted}”`);
  }

  /** @param {Promise<{ queries: SavedQuery[] }>} answer @param {string} [done] @returns {Promise<boolean>} whether the list is there */
  async function change(answer, done = '') {
    turn += 1;
    const own = turn;
    try {
      const { queries } = await answer;
      // The list from before a change may come behind it.
      if (own !== turn) return false;
      known = queries;
      showList();
      if (done !== '') name.value = '';
      says.textContent = visible(done === '' && queries.length === 0 ? 'None is saved yet.' : done);
      return true;
    } catch (error) {
      if (!isCalledOff(error)) says.textContent = visible(reasonOf(error));
      return false;
    }
  }

  /** The focus that goes with a row is at the next one: not at what removes that, Enter may still be held. */
  function showList() {
    const at = [...list.children].findIndex((item) => item.contains(document.activeElement));
    list.replaceChildren(...known.map(row));
    const next = list.children[Math.min(at, known.length - 1)]?.querySelector('button') ?? name;
    if (at >= 0) next.focus();
  }

  /** @param {SavedQuery} query */
  function row(query) {
    const open = button('', () => {
      panel.close();
      byId('query').focus();
      onOpen(query);
    });
    const text = visible(textOf(query));
    open.append(element('b', {}, visible(query.name)), ' ', element('code', {}, text));
    const path = `/api/queries/${encodeURIComponent(query.name)}`;
    const remove = button('Remove', () => void change(send('DELETE', path)), {
      class: 'quiet',
      label: `Remove the saved query ${query.name}`,
    });
    return element('li', {}, open, remove);
  }
  return { open: panel.open };
}

/** @param {Pick<SavedQuery, 'q'>} query */
const textOf = ({ q }) => (q === '' ? '*' : q);

/** @param {SavedQuery} one @param {Omit<SavedQuery, 'name'>} other */
function isSame(one, other) {
  return one.q === other.q && one.since === other.since && one.until === other.until;
}
