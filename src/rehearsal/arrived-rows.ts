/**
 * Entries that match, in the order in which they arrived: page by page, so that a month of them needs no more memory than
 * a day. A page is so many arrival numbers that it holds about `PAGE_ROWS` matches; segments keep arrival numbers
 * together, so that each page opens few of them.
 */
import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { copyRow, EntryColumns } from '../model/entry-columns.ts';

/** Matches of one page: 20 to 60 MB with their text. */
const PAGE_ROWS = 65_536;

/** Valid until the next are asked for. */
export type Arrived = Readonly<{ columns: EntryColumns; rows: Int32Array }>;

type Page = Arrived & Readonly<{ until: number }>;

const NO_ROWS = new Int32Array(0);

export class ArrivedRows {
  readonly #reader: EntryReader;
  readonly #request: SearchRequest;
  readonly #pageSpan: number;
  #page: Page;
  #next = 0;

  /** `request`: what matches; its order and limits are ignored. `[from, until)`: the arrival numbers that will be asked for. */
  constructor(
    reader: EntryReader,
    request: SearchRequest,
    { from, until }: Readonly<{ from: number; until: number }>,
  ) {
    this.#reader = reader;
    this.#request = request;
    const matchCount = reader.count({ ...request, arrived: { from, until } });
    this.#pageSpan = Math.ceil(((until - from) * PAGE_ROWS) / Math.max(matchCount, PAGE_ROWS));
    this.#page = { columns: new EntryColumns(reader.names), rows: NO_ROWS, until: from };
  }

  /** Matches with arrival numbers `[first, end)`. Callers ask in ascending order. */
  take(first: number, end: number): Arrived {
    if (end > this.#page.until) this.#load(first, Math.max(end, first + this.#pageSpan));
    const { columns, rows } = this.#page;
    let from = this.#next;
    while (from < rows.length && columns.sequence[rows[from]!]! < first) from += 1;
    let to = from;
    while (to < rows.length && columns.sequence[rows[to]!]! < end) to += 1;
    this.#next = to;
    return { columns, rows: from === to ? NO_ROWS : rows.subarray(from, to) };
  }

  #load(from: number, until: number): void {
    const columns = this.#reader.fold({ ...this.#request, arrived: { from, until } }, () => {
      const held = new EntryColumns(this.#reader.names);
      return {
        take: (batch) => {
          for (let index = 0; index < batch.count; index += 1) {
            copyRow(batch.columns, batch.rows[index]!, held);
          }
        },
        result: () => held,
      };
    });
    const { sequence } = columns;
    const rows = Int32Array.from({ length: columns.count }, (_, row) => row);
    rows.sort((a, b) => sequence[a]! - sequence[b]!);
    this.#page = { columns, rows, until };
    this.#next = 0;
  }
}
