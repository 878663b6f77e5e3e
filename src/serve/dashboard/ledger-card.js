/** The ledger of one file: each life of it, with what was read, indexed, skipped and lost, and why. */
import { ask, isCalledOff, reasonOf } from './api.js';
import { bytesText, card, counted, element, formatCount, tableOf, visible } from './elements.js';
import { whenText } from './time.js';

/** @typedef {{ kind: string, start: number, end: number, reason: string, at: string }} Span
 * @typedef {{ number: number, path: string, firstPath: string, state: string, skipReason: string | null, sizeBytes: number,
 *   startOffset: number, readBytes: number, indexedBytes: number, skippedBytes: number, lostBytes: number, lastReadAt: string,
 *   spanCount: number, spans: Span[] }} Generation */

/** @param {string} path */
export async function ledgerCard(path) {
  try {
    /** @type {{ generations: Generation[] }} */
    const { generations } = await ask('/api/ledger', { path });
    const note = `ledger, ${counted(generations.length, 'generation')}, the newest first`;
    const made = card(path, note, tableOf(COLUMNS, generations.map(cellsOf)));
    made.classList.add('ledger');
    return made;
  } catch (error) {
    if (isCalledOff(error)) throw error;
    return card(path, 'ledger', element('p', { class: 'empty' }, visible(reasonOf(error))));
  }
}

const COLUMNS = [
  { name: 'Generation' },
  { name: 'Size', number: true },
  { name: 'Read', number: true },
  { name: 'Indexed', number: true },
  { name: 'Skipped', number: true },
  { name: 'Lost', number: true },
  { name: 'Last read', number: true },
];

/** @param {Generation} generation */
function cellsOf(generation) {
  const { number, path, firstPath, state, skipReason, startOffset, lostBytes } = generation;
  const { spans, spanCount } = generation;
  const said = [
    skipReason === null ? state : `${state}: ${skipReason}`,
    firstPath === path ? '' : `before at ${firstPath}`,
    startOffset === 0 ? '' : `read from byte ${formatCount(startOffset)} on`,
    ...spans.map(spanText),
    spanCount > spans.length ? `and ${formatCount(spanCount - spans.length)} more before` : '',
  ].filter((text) => text !== '');
  return [
    [
      element('b', {}, `Generation ${number}`),
      element('small', {}, element('code', {}, visible(path))),
      ...said.map((text) => element('small', {}, visible(text))),
    ],
    bytesText(generation.sizeBytes),
    bytesText(generation.readBytes),
    bytesText(generation.indexedBytes),
    bytesText(generation.skippedBytes),
    lostBytes === 0 ? '0 B' : element('strong', { class: 'bad-text' }, bytesText(lostBytes)),
    whenText(generation.lastReadAt),
  ];
}

/** @param {Span} span */
function spanText({ kind, start, end, reason, at }) {
  const place = kind === 'gap' ? `at byte ${formatCount(start)}` : bytesText(end - start);
  return `${kind} ${place}, ${whenText(at)}: ${reason}`;
}
