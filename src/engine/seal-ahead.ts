/**
 * What sealing a head needs to know of its rows, found before: by the thread that fills heads, while it waits for the one that
 * seals them, which is the longer half of a load. A sixth of the work of that one.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { RequestCounts, type RouteCounts } from './request-part.ts';
import { TemplateAhead, type TemplateHashes } from './template-ahead.ts';

/** Requests of the first `rowCount` rows of a head. */
export type KnownRequests = Readonly<{ rowCount: number; routes: readonly RouteCounts[] }>;

export type KnownRows = Readonly<{ hashes: TemplateHashes; requests: KnownRequests }>;

const NO_REQUESTS: KnownRequests = { rowCount: 0, routes: [] };

export const NOTHING_KNOWN: KnownRows = {
  hashes: { count: 0, lows: new Int32Array(0), highs: new Int32Array(0) },
  requests: NO_REQUESTS,
};

export class SealAhead {
  readonly #templates = new TemplateAhead();
  readonly #requests = new RequestCounts();

  /** Look at up to so many rows; false where there is nothing left to know. */
  step(columns: EntryColumns, rowsMax: number): boolean {
    const from = this.#templates.hashes.count;
    if (!this.#templates.step(columns, rowsMax)) return false;
    const until = this.#templates.hashes.count;
    for (let row = from; row < until; row += 1) this.#requests.add(columns, row);
    return true;
  }

  /** For a head of so many segments. Requests are counted by segment: those of a head that becomes several are not known. */
  known(segmentCount: number): KnownRows {
    const { hashes } = this.#templates;
    if (segmentCount > 1) return { hashes, requests: NO_REQUESTS };
    return { hashes, requests: { rowCount: hashes.count, routes: this.#requests.list() } };
  }

  clear(): void {
    this.#templates.clear();
    this.#requests.clear();
  }
}
