/**
 * From when to when the entries of files are that are about to move: what reports have seen of them, and what came since.
 *
 * A file whose bytes were read as those of another one, which it is a copy of, has the times of that one.
 */
import type { Database } from '../base/database.ts';
import { NEED } from '../engine/segment-format.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import { type GenerationTime, RunBook } from '../ingest/run-book.ts';
import { copiedFrom } from './copied-from.ts';

/** Of those that have entries; asked of the book beside the process that writes it. */
export function entryTimesOf(
  database: Database,
  reader: StoreReader,
  generations: readonly number[],
): GenerationTime[] {
  const book = RunBook.read(database);
  const sources = new Map(
    generations.map((generation) => {
      const copied = copiedFrom(database, generation)?.generation;
      return [generation, copied === undefined ? [generation] : [generation, copied]] as const;
    }),
  );
  const wanted = new Set([...sources.values()].flat());
  const afterSequence = book.lastReport()?.lastSequence ?? 0;
  const since = timesSince(reader, afterSequence, wanted);
  return [...sources].flatMap(([generation, readAs]) => {
    const known = readAs.flatMap((number) => [book.timeOf(number), since.get(number)]);
    const times = known.filter((time) => time !== undefined && time !== null);
    if (times.length === 0) return [];
    const firstUs = Math.min(...times.map((time) => time.firstUs));
    const lastUs = Math.max(...times.map((time) => time.lastUs));
    return [{ generation, firstUs, lastUs }];
  });
}

const LOOK = {
  need: NEED.TIMESTAMP | NEED.SEQUENCE | NEED.GENERATION,
  withText: false,
  withOrigins: false,
};

/** Of entries that no report has. */
function timesSince(
  reader: StoreReader,
  afterSequence: number,
  wanted: ReadonlySet<number>,
): ReadonlyMap<number, GenerationTime> {
  return reader.fold(
    { query: { kind: 'everything' }, afterSequence },
    () => {
      const found = new Map<number, { generation: number; firstUs: number; lastUs: number }>();
      const note = (generation: number, firstUs: number, lastUs: number): void => {
        if (!wanted.has(generation)) return;
        const range = found.get(generation);
        if (range === undefined) {
          found.set(generation, { generation, firstUs, lastUs });
          return;
        }
        if (firstUs < range.firstUs) range.firstUs = firstUs;
        if (lastUs > range.lastUs) range.lastUs = lastUs;
      };
      return {
        take({ columns, rows, count }) {
          for (let index = 0; index < count; index += 1) {
            const row = rows[index]!;
            const us = columns.timestampUs[row]!;
            note(columns.generation[row]!, us, us);
          }
        },
        // Where no report was ever written that is the whole store.
        takeCounts({ files }) {
          for (let index = 0; index < files.count; index += 1) {
            note(files.generation[index]!, files.firstUs[index]!, files.lastUs[index]!);
          }
          return true;
        },
        result: () => found,
      };
    },
    LOOK,
  );
}
