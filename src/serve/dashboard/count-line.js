/** How many entries there are, how long it took, and what is missing. */
import { asked } from './address.js';
import { byId, counted, element, formatCount } from './elements.js';
import { whenText } from './time.js';

/**
 * @param {{ answer: import('./api.js').SearchAnswer, count: import('./api.js').HistogramAnswer | null, took: string }} found
 *   `count`: null: not counted yet
 */
export function showCount({ answer, count, took }) {
  const damaged =
    answer.damagedSegments === 0
      ? ''
      : `. ${counted(answer.damagedSegments, 'damaged segment is', 'damaged segments are')} left out: see logstead check`;
  const note = element('span', {}, ` · ${took}${damaged}`);
  byId('count').replaceChildren(...wordsOf(answer, count), note);
}

/** @param {import('./api.js').SearchAnswer} answer @param {import('./api.js').HistogramAnswer | null} count */
function wordsOf({ table, records, cursor, cut }, count) {
  if (table !== undefined) {
    const { rowCount, rows } = table;
    const shown =
      rows.length === rowCount
        ? ''
        : `, of which the first ${formatCount(rows.length)} are here: the download has all`;
    return [
      element('b', {}, formatCount(rowCount)),
      `${rowCount === 1 ? ' row' : ' rows'}${shown}`,
    ];
  }
  const { length } = records;
  if (length === 0) {
    const nothing = asked.since === '' ? 'No entry matches' : 'No entry matches in this time range';
    return [element('b', {}, nothing)];
  }
  const from = count?.countedFrom ?? null;
  if (cut !== undefined) {
    const matches =
      count === null || from !== null ? '' : `, of ${formatCount(count.total)} that match`;
    const noun = `${length === 1 ? ' entry' : ' entries'} behind the stages${matches}`;
    if (!cut) return [element('b', {}, formatCount(length)), noun];
    return ['The first ', element('b', {}, formatCount(length)), `${noun}: the download has all`];
  }
  const all = Math.max(length, count?.total ?? 0);
  const isOpen = count === null && cursor !== null;
  const noun = isOpen ? ' entries or more' : all === 1 ? ' entry' : ' entries';
  const soFar = from === null ? '' : ` so far, counted back to ${whenText(from)}`;
  return [element('b', {}, formatCount(all)), noun, soFar];
}
