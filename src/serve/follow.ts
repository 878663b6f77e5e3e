/**
 * Matches as they arrive: what was committed since the last look, in order of time. Needs nothing of the daemon but
 * its store, so it works from any process.
 *
 * Every match comes once: a look gives entries behind an arrival number, and the next one goes on behind the
 * largest it gave. Entries committed during a look may come with it or with the next one, never with both.
 */
import type { Database } from '../base/database.ts';
import type { Picked } from '../engine/pipeline/entry-stages.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import type { Filter } from '../query/query-tree.ts';

export class Follower {
  readonly #reader: StoreReader;
  readonly #database: Database;
  readonly #filter: Filter;
  #sequence: number;
  /** What SQLite said when the store was last looked at; it changes with every commit of another connection. */
  #version: number | null = null;

  /** `sequence`: go on behind this arrival number; null: with what comes from now on. */
  constructor(
    parts: Readonly<{ reader: StoreReader; database: Database; filter: Filter }>,
    sequence: number | null,
  ) {
    this.#reader = parts.reader;
    this.#database = parts.database;
    this.#filter = parts.filter;
    this.#sequence = sequence ?? this.#newest();
  }

  /** Everything up to this arrival number was looked at. */
  get sequence(): number {
    return this.#sequence;
  }

  /** What is new; cheap where nothing was committed. Finish it before the next look. */
  *look(): Generator<Picked, void, void> {
    const version = Number(this.#database.prepare('PRAGMA data_version').get()?.data_version ?? 0);
    if (version === this.#version) return;
    this.#version = version;
    const newest = this.#newest();
    if (newest <= this.#sequence) return;
    let seen = newest;
    const request = {
      query: this.#filter,
      order: 'oldest',
      afterSequence: this.#sequence,
    } as const;
    let match = 0;
    for (const { columns, rows, count } of this.#reader.matches(request)) {
      for (let index = 0; index < count; index += 1) {
        const row = rows[index]!;
        seen = Math.max(seen, columns.sequence[row]!);
        yield { columns, row, match, isMatch: true };
        match += 1;
      }
    }
    this.#sequence = seen;
  }

  #newest(): number {
    return newestSequence(this.#reader);
  }
}

/** The largest arrival number that is committed. */
export function newestSequence(reader: StoreReader): number {
  return reader.segments().reduce((most, { maxSequence }) => Math.max(most, maxSequence), 0);
}
