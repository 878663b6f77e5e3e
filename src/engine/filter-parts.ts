/**
 * What of a filter can be decided without reading a text.
 *
 * `columnFilter` is implied by the filter: a row that fails it cannot match. Where `needsText` is false it is the
 * filter itself. `cellFilter` says the same for cells of rollups; it is null where cells cannot decide.
 */
import type { Filter } from '../query/query-tree.ts';
import { type TimeBounds, timeBounds } from '../query/word-plan.ts';
import { NEED } from './segment-format.ts';

export type FilterParts = Readonly<{
  filter: Filter;
  bounds: TimeBounds;
  columnFilter: Filter;
  needsText: boolean;
  /** Columns that `columnFilter` and the filter look at (`NEED`). */
  need: number;
  /** The filter without its time bounds, which callers apply to whole minutes themselves. */
  cellFilter: Filter | null;
}>;

const EVERYTHING: Filter = { kind: 'everything' };

export function partsOfFilter(filter: Filter): FilterParts {
  const needsText = !isDecidedBy(filter, COLUMN_KINDS);
  const timeless = withoutOuterTime(filter);
  return {
    filter,
    bounds: timeBounds(filter),
    columnFilter: needsText ? weakened(filter) : filter,
    needsText,
    need: needOf(filter),
    cellFilter: isDecidedBy(timeless, CELL_KINDS) ? timeless : null,
  };
}

function needOf(filter: Filter): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.parts.reduce((need, part) => need | needOf(part), 0);
    case 'not':
      return needOf(filter.part);
    case 'level':
      return NEED.CLASS;
    case 'source':
      return NEED.SOURCE;
    case 'tag':
      return NEED.TAG_SET;
    case 'file':
      return NEED.PATH;
    case 'time':
      return NEED.TIMESTAMP;
    case 'everything':
    case 'text':
    case 'field':
    case 'has':
      return 0;
  }
}

const CELL_KINDS: ReadonlySet<Filter['kind']> = new Set(['everything', 'level', 'source', 'tag']);
const COLUMN_KINDS: ReadonlySet<Filter['kind']> = new Set([...CELL_KINDS, 'file', 'time']);

function isDecidedBy(filter: Filter, kinds: ReadonlySet<Filter['kind']>): boolean {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.parts.every((part) => isDecidedBy(part, kinds));
    case 'not':
      return isDecidedBy(filter.part, kinds);
    default:
      return kinds.has(filter.kind);
  }
}

/** The filter with everything that needs a text taken for true. */
function weakened(filter: Filter): Filter {
  switch (filter.kind) {
    case 'and':
      return {
        kind: 'and',
        parts: filter.parts.map(weakened).filter(({ kind }) => kind !== 'everything'),
      };
    case 'or': {
      const parts = filter.parts.map(weakened);
      return parts.some(({ kind }) => kind === 'everything') ? EVERYTHING : { kind: 'or', parts };
    }
    case 'not':
      return isDecidedBy(filter, COLUMN_KINDS) ? filter : EVERYTHING;
    default:
      return COLUMN_KINDS.has(filter.kind) ? filter : EVERYTHING;
  }
}

/** Time nodes that hold for every match are in `bounds` already. */
function withoutOuterTime(filter: Filter): Filter {
  if (filter.kind === 'time') return EVERYTHING;
  if (filter.kind !== 'and') return filter;
  return { kind: 'and', parts: filter.parts.map(withoutOuterTime) };
}
