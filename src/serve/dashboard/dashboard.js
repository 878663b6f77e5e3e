/** The page: which view is shown, keys, theme, signing in, and the sentence that says how the daemon is. */
import { asked, linkTo, readAddress, VIEWS, writeAddress } from './address.js';
import { ask, isCalledOff, Refused, reasonOf, send } from './api.js';
import { openArchives } from './archives-view.js';
import { daemonAnswers } from './asking-again.js';
import { byId, bytesText, counted, element, formatCount, icon, visible } from './elements.js';
import { openIncidents } from './incidents-view.js';
import { keysHelp } from './keys-help.js';
import { recall, remember } from './memory.js';
import { openPatterns } from './patterns-view.js';
import { openReports } from './reports-view.js';
import { SearchView } from './search-view.js';
import { openSources } from './sources-view.js';
import { dayText, lengthText, nowMs, secondsText } from './time.js';

const STATUS_EVERY_MS = 5_000;
/** A daemon that hangs, or a network that lets nothing through, says nothing: then "all read" is not known any more. */
const STATUS_MS_MAX = 10_000;
/** Whether another tab has signed in meanwhile is looked at so often. */
const SIGNED_IN_EVERY_MS = 2_000;
/** The second key of `g i` comes by then. */
const SECOND_KEY_MS = 1_500;

/** Each fills the page and says how to stop it. @type {Record<string, (page: HTMLElement) => () => void>} */
const PAGES = {
  patterns: openPatterns,
  incidents: openIncidents,
  sources: openSources,
  archives: openArchives,
  reports: openReports,
};
const GO = {
  s: 'search',
  p: 'patterns',
  i: 'incidents',
  o: 'sources',
  a: 'archives',
  r: 'reports',
};

const search = new SearchView();
/** Ends what the view that is shown keeps going. */
let leave = () => {};
let goUntilMs = 0;

function showView() {
  leave();
  const page = byId('page');
  const open = PAGES[asked.view];
  byId('search-view').hidden = open !== undefined;
  page.hidden = open === undefined;
  page.replaceChildren();
  const name = `${asked.view[0]?.toUpperCase()}${asked.view.slice(1)}`;
  document.title = `${name} · Logstead`;
  for (const tab of byId('tabs').children) {
    const isHere = /** @type {HTMLElement} */ (tab).dataset.view === asked.view;
    if (isHere) tab.setAttribute('aria-current', 'page');
    else tab.removeAttribute('aria-current');
  }
  pointTabs();
  if (open === undefined) {
    leave = () => search.leave();
    search.open();
  } else leave = open(page);
}

/** The other views are of what is asked now. */
function pointTabs() {
  for (const tab of /** @type {NodeListOf<HTMLElement>} */ (byId('tabs').querySelectorAll('a')))
    tab.setAttribute('href', linkTo({ view: tab.dataset.view ?? '', id: '' }));
}

/** @param {string} view */
function go(view) {
  if (view !== 'search' && view === asked.view) return;
  Object.assign(asked, { view, id: '' });
  writeAddress(true);
  showView();
}

function makeTabs() {
  byId('tabs').replaceChildren(
    ...VIEWS.map((view) => {
      const text = `${view[0]?.toUpperCase()}${view.slice(1)}`;
      const tab = element('a', { href: linkTo({ view }), 'data-view': view }, text);
      if (view === 'incidents')
        tab.append(element('span', { class: 'open-count', id: 'open-count' }));
      return tab;
    }),
  );
}

async function showStatus() {
  try {
    const { ready, machine, ingest } = await ask(
      '/api/status',
      { files: 'none' },
      'health',
      STATUS_MS_MAX,
    );
    byId('machine').textContent = visible(machine ?? '');
    const open = byId('open-count');
    open.textContent = ingest.openIncidentCount > 0 ? formatCount(ingest.openIncidentCount) : '';
    open.setAttribute('aria-label', `${ingest.openIncidentCount} open`);
    showHealth(ready, ingest);
    daemonAnswers();
  } catch (error) {
    if (!isCalledOff(error)) sayHealth('ERROR', troubleOf(error));
  }
  setTimeout(() => void showStatus(), STATUS_EVERY_MS);
}

/** A refusal is an answer. @param {unknown} error */
function troubleOf(error) {
  if (!(error instanceof Refused)) return 'The daemon does not answer';
  return error.details.code === 'NOT_SIGNED_IN' ? 'Signed out' : error.details.message;
}

/** @param {boolean} ready @param {any} ingest */
function showHealth(ready, ingest) {
  const { count, behindCount, lagMs } = ingest.fileTotals;
  if (!ready) sayHealth('ERROR', ingest.trouble?.message ?? 'Not ready');
  else if (ingest.lostBytes > 0) sayHealth('ERROR', `${bytesText(ingest.lostBytes)} lost`);
  else if (lagMs >= 1_000)
    sayHealth('WARN', `${lengthText(lagMs)} behind in ${behindCount} of ${counted(count, 'file')}`);
  else sayHealth('tick', `${counted(count, 'file')} followed, all read`);
}

/** @param {string} symbol @param {string} text */
function sayHealth(symbol, text) {
  const health = byId('health');
  if (health.textContent === visible(text)) return;
  health.className = `health level-${symbol}`;
  health.replaceChildren(element('span', { class: 'symbol' }, icon(symbol)), visible(text));
}

const THEMES = [
  ['system', 'As the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

/** @param {string} theme */
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  remember('theme', theme);
  showTheme();
  dispatchEvent(new Event('themechange'));
}

function showTheme() {
  byId('theme').replaceChildren(
    ...THEMES.map(([theme = '', name = '']) => {
      const isOn = theme === document.documentElement.dataset.theme;
      const made = element('button', {
        type: 'button',
        'aria-label': name,
        'aria-pressed': String(isOn),
      });
      made.append(icon({ system: 'system', light: 'sun', dark: 'moon' }[theme] ?? ''));
      made.addEventListener('click', () => setTheme(theme));
      return made;
    }),
  );
}

function nextTheme() {
  const at = THEMES.findIndex(([theme]) => theme === document.documentElement.dataset.theme);
  setTheme(THEMES[(at + 1) % THEMES.length]?.[0] ?? 'system');
}

const help = /** @type {HTMLDialogElement} */ (byId('help'));

/** @param {KeyboardEvent} event */
function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
  const target = /** @type {HTMLElement} */ (event.target);
  if (target.closest('input, select, textarea, dialog') || recall('keys') === 'off') return;
  // Enter and Space on a button or a link press it.
  if ((event.key === 'Enter' || event.key === ' ') && target.closest('button, a, summary')) return;
  // A long entry is scrolled by them.
  if (event.key.startsWith('Arrow') && target.closest('.whole')) return;
  const act = actOf(latinKey(event));
  if (act === undefined) return;
  event.preventDefault();
  act();
}

/** On keyboards of other scripts, where no key has our letters, the one at the same place counts. @param {KeyboardEvent} event */
function latinKey({ key, code, shiftKey }) {
  const [, letter] = /^Key([A-Z])$/.exec(code) ?? [];
  const isForeign = /^\p{L}$/u.test(key) && !/\p{Script=Latin}/u.test(key);
  if (letter === undefined || !isForeign) return key;
  return shiftKey ? letter : letter.toLowerCase();
}

/** @param {string} key @returns {(() => void) | undefined} */
function actOf(key) {
  const view =
    performance.now() < goUntilMs
      ? Object.entries(GO).find(([second]) => second === key)?.[1]
      : undefined;
  goUntilMs = 0;
  if (view !== undefined) return () => go(view);
  if (key === 'g')
    return () => {
      goUntilMs = performance.now() + SECOND_KEY_MS;
    };
  if (key === 'd') return nextTheme;
  if (key === '?') return () => help.showModal();
  const isSearch = asked.view === 'search';
  if (!isSearch && key === '/')
    return () => {
      go('search');
      search.keys['/']?.();
    };
  if (!isSearch || (key === ' ' && !search.isLive)) return undefined;
  return search.keys[key];
}

/** Starts once we may ask; asks for a token where one is needed. */
async function start() {
  const { needsToken, signedIn } = await ask('/api/session').catch(() => ({
    needsToken: false,
    signedIn: true,
  }));
  if (needsToken && !signedIn) {
    askToken();
    return;
  }
  readAddress();
  showView();
  void showStatus();
}

async function signIn() {
  const token = /** @type {HTMLInputElement} */ (byId('token'));
  try {
    await send('POST', '/api/session', { token: token.value.trim() });
    location.reload();
  } catch (error) {
    byId('sign-in-says').textContent = visible(reasonOf(error));
    token.select();
  }
}

function askToken() {
  const dialog = /** @type {HTMLDialogElement} */ (byId('sign-in'));
  if (dialog.open) return;
  dialog.showModal();
  setTimeout(() => void goOnSignedIn(), SIGNED_IN_EVERY_MS);
}

/** Signing in in another tab is enough for all; and the config may have no tokens any more. */
async function goOnSignedIn() {
  const { signedIn } = await ask('/api/session').catch(() => ({ signedIn: false }));
  if (signedIn) location.reload();
  else setTimeout(() => void goOnSignedIn(), SIGNED_IN_EVERY_MS);
}

byId('sign-in-form').addEventListener('submit', (event) => {
  event.preventDefault();
  void signIn();
});
byId('sign-in').addEventListener('cancel', (event) => event.preventDefault());
// The browser closes it at the second Escape nevertheless, and behind it there is nothing.
byId('sign-in').addEventListener('close', () =>
  /** @type {HTMLDialogElement} */ (byId('sign-in')).showModal(),
);
addEventListener('signedout', askToken);
// The address stays as it is: another one, were it for a `#results` only, is another view to the browser, which would be asked for anew.
byId('skip').addEventListener('click', (event) => {
  event.preventDefault();
  if (asked.view === 'search') byId('results').focus();
  else byId('page').querySelector('h1')?.focus();
});
addEventListener('addresschange', pointTabs);

const keysOn = /** @type {HTMLInputElement} */ (byId('keys-on'));
keysOn.checked = recall('keys') !== 'off';
keysOn.addEventListener('change', () => remember('keys', keysOn.checked ? 'on' : 'off'));
byId('help-open').addEventListener('click', () => help.showModal());
byId('help-keys').append(...keysHelp());
// Links between views do not load the page anew.
document.addEventListener('click', (event) => {
  const link = /** @type {HTMLElement} */ (event.target).closest('a');
  if (link === null || event.ctrlKey || event.metaKey || event.shiftKey || link.target !== '')
    return;
  if (
    link.origin !== location.origin ||
    link.pathname !== '/' ||
    link.hash !== '' ||
    link.hasAttribute('download')
  )
    return;
  event.preventDefault();
  history.pushState(null, '', link.href);
  readAddress();
  showView();
  scrollTo(0, 0);
});
document.addEventListener('keydown', onKey);
// On paper nobody knows of which day a time without a date is.
addEventListener('beforeprint', () => {
  const now = new Date(nowMs());
  byId('printed').textContent = `As of ${secondsText(now)}, ${dayText(now)}`;
});
addEventListener('popstate', () => {
  readAddress();
  showView();
});
makeTabs();
showTheme();
void start();
