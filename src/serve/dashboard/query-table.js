/**
 * The table that a query with stages makes.
 *
 * @typedef {{ columns: string[], rows: (string | number | null)[][], rowCount: number }} QueryTable `rows`: the first of them
 */
import { element, formatCount, visible } from './elements.js';

/** Columns whose numbers are shares of all. */
const SHARE = 'share';
const TIMES = ['time', 'timestamp'];
/** Characters of a text: an entry may be a megabyte. The download has all. */
const TEXT_CHARACTERS_MAX = 2_000;

/** @param {QueryTable} table */
export function queryTable({ columns, rows }) {
  const isNumeric = columns.map((_, index) => rows.every((row) => typeof row[index] !== 'string'));
  const head = element(
    'tr',
    {},
    ...columns.map((column, index) =>
      element('th', { scope: 'col', class: isNumeric[index] ? 'number' : 'text' }, visible(column)),
    ),
  );
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      ...row.map((cell, index) => {
        const column = columns[index] ?? '';
        const kind = isNumeric[index] ? 'number' : TIMES.includes(column) ? 'time' : 'text';
        return element('td', { class: kind }, textOf(cell, column));
      }),
    ),
  );
  return element(
    'table',
    { class: 'query-table' },
    element('thead', {}, head),
    element('tbody', {}, ...body),
  );
}

/** @param {string | number | null} cell @param {string} column */
function textOf(cell, column) {
  if (cell === null) return '–';
  if (typeof cell === 'string') {
    const at = TIMES.includes(column) ? new Date(cell) : null;
    if (at !== null && !Number.isNaN(at.getTime())) return at.toLocaleString('en-GB');
    const rest = cell.length > TEXT_CHARACTERS_MAX ? '…' : '';
    return visible(cell.slice(0, TEXT_CHARACTERS_MAX)) + rest;
  }
  if (column === SHARE) return `${(cell * 100).toFixed(2)} %`;
  return Number.isInteger(cell) ? formatCount(cell) : String(Number(cell.toPrecision(6)));
}
