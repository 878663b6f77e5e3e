/** Stages behind one that made a table: sort, limit, fields, dedup, over its rows. */
import type { Stage } from './stage-tree.ts';
import { type Cell, compareSorted, rankOf, type Table } from './table.ts';

export function stageOfTable(stage: Stage, table: Table): Table {
  switch (stage.kind) {
    case 'limit':
      return { ...table, rows: table.rows.slice(0, stage.count) };
    case 'sort': {
      const keys = stage.keys.map(({ name, descending }) => ({
        at: table.columns.indexOf(name),
        descending,
      }));
      const rows = table.rows.toSorted((one, other) => {
        for (const { at, descending } of keys) {
          const order = compareSorted(
            rankOf(one[at] ?? null),
            rankOf(other[at] ?? null),
            descending,
          );
          if (order !== 0) return order;
        }
        return 0;
      });
      return { ...table, rows };
    }
    case 'fields': {
      const places = stage.names.map((name) => table.columns.indexOf(name));
      return { columns: stage.names, rows: table.rows.map((row) => cellsAt(row, places)) };
    }
    case 'dedup': {
      const places = stage.names.map((name) => table.columns.indexOf(name));
      const seen = new Set<string>();
      const rows = table.rows.filter((row) => {
        const key = JSON.stringify(cellsAt(row, places));
        return !seen.has(key) && Boolean(seen.add(key));
      });
      return { ...table, rows };
    }
    default:
      throw new TypeError(`"${stage.kind}" takes entries, not a table`);
  }
}

function cellsAt(row: readonly Cell[], places: readonly number[]): Cell[] {
  return places.map((place) => row[place] ?? null);
}
