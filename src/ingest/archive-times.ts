/**
 * From when to when the entries of files are, where the books say it, when entries get other times. Written inside the caller's
 * transaction.
 */
import type { Database } from '../base/database.ts';
import { storable } from './storable-time.ts';

/** By how much the first and the last entry of a file moved, in µs. */
export type GenerationMove = Readonly<{
  generation: number;
  firstByUs: number;
  lastByUs: number;
}>;

/** Of an archived file, by the number of its row. */
export type ArchiveTimes = Readonly<{ id: number; firstUs: number; lastUs: number }>;

/** Files that reports have seen, in the archive or not yet. */
export function moveFileTimes(database: Database, moves: readonly GenerationMove[]): void {
  const statements = [MOVE_SEEN, MOVE_ARCHIVED].map((sql) => database.prepare(sql));
  for (const { generation, firstByUs, lastByUs } of moves) {
    for (const statement of statements) statement.run(firstByUs, lastByUs, generation);
  }
}

/** One archived file, where they are known exactly. */
export function setArchiveTimes(database: Database, { id, firstUs, lastUs }: ArchiveTimes): void {
  database.prepare(SET_ARCHIVED).run(storable(firstUs), storable(lastUs), id);
}

const MOVE_SEEN =
  'UPDATE generation_time SET first_us = first_us + ?, last_us = last_us + ? WHERE generation = ?';
const MOVE_ARCHIVED =
  'UPDATE archive SET first_at_us = first_at_us + ?, last_at_us = last_at_us + ? WHERE generation = ?';
const SET_ARCHIVED = 'UPDATE archive SET first_at_us = ?, last_at_us = ? WHERE id = ?';
