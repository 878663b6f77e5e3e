/**
 * Matches as they arrive: what was committed since the last look, in order of time. Needs nothing of the daemon but
 * its store, so it works from any process.
 *
 * Every match comes once: a look gives entries behind one arrival number and up to another, and the next one goes on behind
 * that. Entries committed during a look come with the next one.
 */
import type { Database } from '../base/database.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { Picked } from '../engine/pipeline/entry-stages.ts';
import type { Filter } from '../query/query-tree.ts';

/** What is written before the end of the asked time is committed so much later at most, where the daemon keeps up. */
export const COMMIT_LATE_MS = 2_000;

/** When nothing more can arrive of what was asked for; infinite: never. */
export function endOfFollowing(untilUs: number | null): number {
  return untilUs === null ? Number.POSITIVE_INFINITY : untilUs / 1_000 + COMMIT_LATE_MS;
}

export class Follower {
  readonly #reader: EntryReader;
  readonly #database: Database | null;
  readonly #filter: Filter;
  #sequence: number;
  /** What SQLite said when the store was last looked at; it changes with every commit of another connection. */
  #version: number | null = null;

  /** `sequence`: go on behind this arrival number; null: with what comes from now on. */
  constructor(
    parts: Readonly<{ reader: EntryReader; database: Database | null; filter: Filter }>,
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
    if (this.#database !== null) {
      const found = this.#database.prepare('PRAGMA data_version').get();
      const version = Number(found?.data_version ?? 0);
      if (version === this.#version) return;
      this.#version = version;
    }
    const newest = this.#newest();
    if (newest <= this.#sequence) return;
    const request = {
      query: this.#filter,
      order: 'oldest',
      afterSequence: this.#sequence,
      upToSequence: newest,
    } as const;
    let match = 0;
    for (const { columns, rows, count } of this.#reader.matches(request)) {
      for (let index = 0; index < count; index += 1) {
        yield { columns, row: rows[index]!, match, isMatch: true };
        match += 1;
      }
    }
    this.#sequence = newest;
  }

  #newest(): number {
    return this.#reader.newestSequence();
  }
}

/** The largest arrival number that can be seen. */
export function newestSequence(reader: Pick<EntryReader, 'newestSequence'>): number {
  return reader.newestSequence();
}
