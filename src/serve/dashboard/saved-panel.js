/** Queries that are kept on the server, for everybody who uses it: open one, save this one, remove one. */
import { asked } from './address.js';
import { ask, isCalledOff, reasonOf, send } from './api.js';
import { button, byId, element, visible } from './elements.js';
import { onEnterOrClick, openPanel } from './panel.js';

/** @typedef {{ name: string, q: string, since: string | null, until: string | null }} SavedQuery */

/** @param {(query: SavedQuery) => void} onOpen */
export function openSavedPanel(onOpen) {
  const panel = openPanel('saved', () => void change(ask('/api/queries')));
  const name = /** @type {HTMLInputElement} */ (byId('saved-name'));
  const list = byId('saved-list');
  const says = byId('saved-says');
  onEnterOrClick('saved-form', 'saved-save', () => {
    if (name.value.trim() === '') return;
    const { q, since, until } = asked;
    const body = { q, since: since === '' ? null : since, until: until === '' ? null : until };
    const path = `/api/queries/${encodeURIComponent(name.value.trim())}`;
    void change(send('PUT', path, body), `Saved as “${name.value.trim()}”`);
  });

  /** @param {Promise<{ queries: SavedQuery[] }>} answer @param {string} [done] */
  async function change(answer, done = '') {
    try {
      const { queries } = await answer;
      list.replaceChildren(...queries.map(row));
      if (done !== '') name.value = '';
      says.textContent = visible(done === '' && queries.length === 0 ? 'None is saved yet.' : done);
    } catch (error) {
      if (!isCalledOff(error)) says.textContent = visible(reasonOf(error));
    }
  }
  /** @param {SavedQuery} query */
  function row(query) {
    const open = button('', () => {
      panel.close();
      byId('query').focus();
      onOpen(query);
    });
    const text = query.q === '' ? '*' : query.q;
    open.append(element('b', {}, visible(query.name)), ' ', element('code', {}, visible(text)));
    const path = `/api/queries/${encodeURIComponent(query.name)}`;
    const remove = button('Remove', () => void change(send('DELETE', path)), {
      class: 'quiet',
      label: `Remove the saved query ${query.name}`,
    });
    return element('li', {}, open, remove);
  }
  return { open: panel.open };
}
