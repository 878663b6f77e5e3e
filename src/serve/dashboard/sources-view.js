/** Whether everything is being read: each file, how far behind, what was lost; each source, what it wrote lately. */
import { linkTo } from './address.js';
import { ask } from './api.js';
import {
  button,
  bytesText,
  card,
  counted,
  element,
  formatCount,
  icon,
  sparkOf,
  tableOf,
  visible,
} from './elements.js';
import { ledgerCard } from './ledger-card.js';
import { keepShown, verdictOf } from './page-view.js';
import { termOf } from './terms.js';
import { lengthText, whenText } from './time.js';

/** @typedef {{ path: string, source: string, generation: number | null, state: string, sizeBytes: number, readBytes: number,
 *   committedBytes: number, lagBytes: number, lagMs: number, error: string | null }} FileStatus
 * @typedef {{ source: string, counts: number[], warnings: number, errors: number, newest: { timestamp: string } | null }} Activity
 * @typedef {{ path: string, sizeBytes: number, reason: string, atMs: number }} Loss */

const EVERY_MS = 5_000;
/** Behind for less than this is how reading works. */
const LAG_MS_MIN = 1_000;

/** @param {HTMLElement} page */
export function openSources(page) {
  /** The file whose ledger is shown. */
  let shown = '';
  const view = keepShown(page, () => make(shown, show), { everyMs: EVERY_MS });
  return view.stop;

  /** @param {string} path */
  function show(path) {
    shown = path === shown ? '' : path;
    void view.refresh().then(() =>
      // Below a list that may be long nobody would see that it is there.
      page.querySelector('.ledger')?.scrollIntoView({ block: 'nearest' }),
    );
  }
}

/** @param {string} shown @param {(path: string) => void} show */
async function make(shown, show) {
  const [{ ingest }, activity, ledger] = await Promise.all([
    ask('/api/status', { files: 'worst' }, 'sources'),
    ask('/api/activity'),
    shown === '' ? null : ledgerCard(shown),
  ]);
  /** @type {FileStatus[]} */
  const files = ingest.files;
  /** @type {Activity[]} */
  const sources = activity.sources;
  /** @type {Loss[]} */
  const losses = ingest.losses;
  const sum = sources.reduce(
    (all, { counts }) => all + counts.reduce((one, count) => one + count, 0),
    0,
  );
  const rate = (sum / ((activity.stepMs / 1_000) * 60)).toFixed(sum < 6_000 ? 1 : 0);
  const sub = `${bytesText(ingest.byteCount)} read since the start · ${rate} entries/s in the last 10 min · ${counted(ingest.storedEntryCount, 'entry', 'entries')} in ${bytesText(ingest.indexBytes)}`;
  return [
    ...verdictOf(headingOf(ingest, losses), sub),
    ...(ingest.trouble === null
      ? []
      : [element('p', { class: 'bar bad' }, icon('ERROR'), visible(ingest.trouble.message))]),
    card(
      'Files',
      filesNote(files.length, ingest.fileTotals.count),
      filesTable(files, losses, { shown, show }),
    ),
    ...(ledger === null ? [] : [ledger]),
    ...(losses.length === 0
      ? []
      : [card('Lost', 'the newest losses; the ledger has all of them', lossTable(losses))]),
    card('Sources', 'the last 10 minutes', sourceTable(sources)),
  ];
}

/** @param {number} shown @param {number} count */
const filesNote = (shown, count) =>
  count > shown ? `by trouble, ${formatCount(shown)} of ${formatCount(count)}` : 'by trouble';

/** Of all files, of which the rows may be a few. @param {any} ingest @param {Loss[]} losses */
function headingOf({ fileTotals, lostBytes }, losses) {
  const { count, troubledCount: broken, behindCount, lagMs } = fileTotals;
  const lagging = lagMs >= LAG_MS_MIN ? behindCount : 0;
  const parts = [
    lostBytes > 0
      ? `${bytesText(lostBytes)} lost in ${counted(new Set(losses.map(({ path }) => path)).size, 'file')}`
      : '',
    broken > 0 ? `${counted(broken, 'file')} cannot be read` : '',
    lagging > 0 ? `${counted(lagging, 'file is', 'files are')} catching up` : '',
  ].filter((part) => part !== '');
  return `${counted(count, 'file')} followed; ${parts.length === 0 ? 'all is read, nothing lost' : parts.join(', ')}`;
}

/** @param {FileStatus[]} files @param {Loss[]} losses @param {{ shown: string, show: (path: string) => void }} ledger */
function filesTable(files, losses, { shown, show }) {
  if (files.length === 0) return element('p', { class: 'empty' }, 'No file is followed yet.');
  const lost = new Set(losses.map(({ path }) => path));
  const rows = files.map((file) => [
    [
      element('b', {}, visible(file.source)),
      element('small', {}, element('code', {}, visible(file.path))),
    ],
    [stateOf(file, lost.has(file.path)), element('small', {}, visible(file.error ?? ''))],
    [
      bytesText(file.lagBytes),
      element('small', {}, file.lagBytes === 0 ? '' : lengthText(file.lagMs)),
    ],
    file.generation === null ? '–' : String(file.generation),
    [
      meterOf(file),
      element(
        'small',
        {},
        `${bytesText(file.committedBytes)} of ${bytesText(file.sizeBytes)} indexed`,
      ),
    ],
    file.generation === null ? '' : ledgerButton(file.path, file.path === shown, show),
  ]);
  const columns = [
    { name: 'Source and file' },
    { name: 'State' },
    { name: 'Behind', number: true },
    { name: 'Generation', number: true },
    { name: 'Ledger' },
    { name: 'Actions', hidden: true },
  ];
  return tableOf(columns, rows);
}

/** @param {string} path @param {boolean} isShown @param {(path: string) => void} show */
function ledgerButton(path, isShown, show) {
  const label = `${isShown ? 'Close the ledger' : 'Ledger'} of ${path}`;
  const made = button(isShown ? 'Close' : 'Ledger', () => show(path), { label });
  made.setAttribute('aria-expanded', String(isShown));
  return element('div', { class: 'actions' }, made);
}

/** @param {FileStatus} file @param {boolean} isLost */
function stateOf({ error, state, lagMs }, isLost) {
  const [name, symbol, look] =
    error !== null && state !== 'skipped'
      ? ['Not readable', 'ERROR', 'level-ERROR']
      : state === 'skipped'
        ? ['Skipped', 'dashed', '']
        : isLost
          ? ['Lost bytes', 'ERROR', 'level-ERROR']
          : lagMs >= LAG_MS_MIN
            ? ['Catching up', 'WARN', 'level-WARN']
            : ['Following', 'tick', 'ok'];
  return element(
    'span',
    { class: `state ${look}` },
    icon(symbol ?? ''),
    element('span', { class: 'level' }, name ?? ''),
  );
}

/** @param {FileStatus} file */
function meterOf({ committedBytes, sizeBytes }) {
  const share = sizeBytes === 0 ? 1 : Math.min(1, committedBytes / sizeBytes);
  const fill = element('i');
  fill.style.width = `${share * 100}%`;
  return element(
    'div',
    { class: 'meter', role: 'img', 'aria-label': `${Math.floor(share * 100)} % indexed` },
    fill,
  );
}

/** @param {Loss[]} losses */
function lossTable(losses) {
  const columns = [
    { name: 'File' },
    { name: 'Lost', number: true },
    { name: 'Why' },
    { name: 'When', number: true },
  ];
  return tableOf(
    columns,
    losses.map(({ path, sizeBytes, reason, atMs }) => [
      element('code', {}, visible(path)),
      element('b', { class: 'bad-text' }, bytesText(sizeBytes)),
      visible(reason),
      whenText(atMs),
    ]),
  );
}

/** @param {Activity[]} sources */
function sourceTable(sources) {
  if (sources.length === 0)
    return element('p', { class: 'empty' }, 'No source wrote anything in the last ten minutes.');
  const columns = [
    { name: 'Source' },
    { name: 'Last 10 min' },
    { name: 'Entries', number: true },
    { name: 'Warnings', number: true },
    { name: 'Errors', number: true },
    { name: 'Newest', number: true },
  ];
  return tableOf(
    columns,
    sources.map(({ source, counts, warnings, errors, newest }) => {
      const sum = counts.reduce((all, count) => all + count, 0);
      const href = linkTo({ view: 'search', q: termOf('source', source), since: '1h', until: '' });
      return [
        element('a', { href }, visible(source)),
        sparkOf(counts, `${formatCount(sum)} entries in ten minutes`),
        formatCount(sum),
        formatCount(warnings),
        errors === 0 ? '0' : element('b', { class: 'bad-text' }, formatCount(errors)),
        newest === null ? '–' : whenText(newest.timestamp),
      ];
    }),
  );
}
