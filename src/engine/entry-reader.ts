/**
 * What whoever asks for entries may ask of a store, wherever it is: on this machine (`StoreReader`) or on a cluster.
 *
 * Answers are the same: order, counts, columns. A reader that can make the table of a stage by itself says so.
 */
import type { Stage } from '../query/stage-tree.ts';
import type { Table } from '../query/table.ts';
import type { SearchRequest } from './search-request.ts';
import type { StoreReader } from './store-reader.ts';

export type EntryReader = Disposable &
  Pick<
    StoreReader,
    | 'names'
    | 'damaged'
    | 'entryCount'
    | 'newestSequence'
    | 'matches'
    | 'context'
    | 'count'
    | 'histogram'
    | 'top'
    | 'groupBy'
    | 'distinct'
    | 'percentiles'
    | 'stats'
    | 'fold'
  > &
  Readonly<{
    /** Absent: what is asked for is counted in slices of time. */
    newestHistogram?: StoreReader['newestHistogram'];
    /** The table that a stage makes of all matches; null: it has to be made of the rows. */
    table?: (request: SearchRequest, stage: Stage) => Table | null;
  }>;
