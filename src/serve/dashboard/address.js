/** What the address says: which view is shown and what is asked. A link shows another person the same. */
import { addressOf } from './api.js';

export const VIEWS = ['search', 'patterns', 'incidents', 'sources', 'archives', 'reports'];

/** The same names as in the address; empty: not there. */
export const asked = {
  view: 'search',
  q: '',
  since: '',
  until: '',
  order: 'newest',
  id: '',
  wrap: '',
  columns: '',
};

/** What stands in an address when nothing is said. @type {Record<string, string>} */
const DEFAULTS = { view: 'search', order: 'newest' };

export function readAddress() {
  const parameters = new URLSearchParams(location.search);
  for (const name of /** @type {(keyof typeof asked)[]} */ (Object.keys(asked))) {
    asked[name] = parameters.get(name) ?? DEFAULTS[name] ?? '';
  }
  if (!VIEWS.includes(asked.view)) asked.view = 'search';
  if (asked.order !== 'oldest') asked.order = 'newest';
}

/** The address of what is asked, but for these. @param {Partial<typeof asked>} [changes] */
export function linkTo(changes = {}) {
  const said = Object.entries({ ...asked, ...changes }).filter(
    ([name, value]) => value !== DEFAULTS[name],
  );
  return addressOf('/', Object.fromEntries(said));
}

/** @param {boolean} isStep whether the browser's Back comes here again */
export function writeAddress(isStep) {
  const address = linkTo();
  if (address === location.pathname + location.search) return;
  if (isStep) history.pushState(null, '', address);
  else history.replaceState(null, '', address);
  dispatchEvent(new Event('addresschange'));
}
