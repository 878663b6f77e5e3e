/**
 * The table that a query with stages makes.
 *
 * @typedef {{ columns: string[], rows: (string | number | null)[][], rowCount: number }} QueryTable `rows`: the first of them
 */
import { element, formatCount, visible } from './elements.js';

/** Columns whose numbers are shares of all. */
const SHARE = 'share';
const TIMES = ['time', 'timestamp'];

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
        const kind = isNumeric[index] ? 'number' : 'text';
        return element('td', { class: kind }, textOf(cell, columns[index] ?? ''));
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
    return at === null || Number.isNaN(at.getTime()) ? visible(cell) : at.toLocaleString('en-GB');
  }
  if (column === SHARE) return `${(cell * 100).toFixed(2)} %`;
  return Number.isInteger(cell) ? formatCount(cell) : String(Number(cell.toPrecision(6)));
}
