/** A table that is shown again every few seconds: a row of which nothing changed stays where it is. */
import { placeChildren, rowOf, tableOf } from './elements.js';

/**
 * @template Item
 * @param {import('./elements.js').Column[]} columns
 * @param {{ keyOf: (item: Item) => string, saidOf: (item: Item) => string, cellsOf: (item: Item) => import('./elements.js').Cell[] }} row
 *   `saidOf`: all that its cells say and do
 * @returns {(items: Item[]) => HTMLElement} always the same table
 */
export function keptTable(columns, { keyOf, saidOf, cellsOf }) {
  const table = tableOf(columns, []);
  const body = /** @type {HTMLElement} */ (table.querySelector('tbody'));
  /** @type {Map<string, { said: string, row: HTMLElement }>} */
  let known = new Map();
  return (items) => {
    known = new Map(
      items.map((item) => {
        const key = keyOf(item);
        const said = saidOf(item);
        const old = known.get(key);
        const isSame = old?.said === said;
        return [key, isSame ? old : { said, row: rowOf(columns, cellsOf(item)) }];
      }),
    );
    placeChildren(
      body,
      [...known.values()].map(({ row }) => row),
    );
    return table;
  };
}
