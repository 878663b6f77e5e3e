/**
 * What parsers leave open, settled when rows arrive: their arrival number and the time of unstamped lines.
 *
 * A line without a stamp gets the earlier of the arrival clock and its file's modification time, so that an
 * old file without stamps is old. A stamp that no segment can hold (`9999-12-31`, the year 1) is none. A stamp in the future is kept as printed and marked. So is one that we owe: written
 * since its file is followed, and read when everything that could be read of that time had been.
 */
import { type EntryColumns, FLAG } from '../model/entry-columns.ts';

/** A line whose stamp lies so far behind S was not read when it was there: programs stamp what they write sooner. */
const OWED_AFTER_US = 60_000_000;

/** A stamp this far behind the arrival clock is a clock a little fast, not a wrong one. */
export const FUTURE_TOLERANCE_US = 60_000_000;

/** What segments and SQLite hold exactly, in the years 1684 to 2255; a day less, so that it may move to another zone. */
export const STAMP_US_MAX = Number.MAX_SAFE_INTEGER - 86_400_000_000;

export type Arrival = Readonly<{
  /** Arrival clock of the batch, µs. */
  atUs: number;
  /** Every byte that could be read up to here has been, µs. */
  readCompleteUs: number;
  /** Modification time of a generation's file at the start of the read round, µs; infinite if it has none. */
  modifiedUs(generation: number): number;
  /** Since when its file is followed, µs; infinite: it is no file that is. */
  followedUs(generation: number): number;
}>;

/** Settle rows `[from, columns.count)`; the first gets `sequence`. Returns the next free number. */
export function settleRows(
  columns: EntryColumns,
  from: number,
  sequence: number,
  arrival: Arrival,
): number {
  const { timestampUs, flags, generation } = columns;
  const { atUs } = arrival;
  const futureUs = atUs + FUTURE_TOLERANCE_US;
  const owedUs = arrival.readCompleteUs - OWED_AFTER_US;
  let lastGeneration = -1;
  let unstampedUs = atUs;
  let lastOldGeneration = -1;
  let followedUs = Number.POSITIVE_INFINITY;
  for (let row = from; row < columns.count; row += 1) {
    columns.sequence[row] = sequence + row - from;
    const stamp = timestampUs[row]!;
    // Not a number neither.
    if (!(Math.abs(stamp) <= STAMP_US_MAX)) {
      if (generation[row] !== lastGeneration) {
        lastGeneration = generation[row]!;
        // File systems keep fractions of a µs; entries do not.
        unstampedUs = Math.floor(Math.min(atUs, arrival.modifiedUs(lastGeneration)));
      }
      timestampUs[row] = unstampedUs;
      flags[row] = flags[row]! | FLAG.TIMESTAMP_NONE;
    } else if (stamp > futureUs) {
      flags[row] = flags[row]! | FLAG.FUTURE;
    } else if (stamp < owedUs) {
      if (generation[row] !== lastOldGeneration) {
        lastOldGeneration = generation[row]!;
        followedUs = arrival.followedUs(lastOldGeneration);
      }
      if (stamp >= followedUs) flags[row] = flags[row]! | FLAG.OWED;
    }
  }
  return sequence + columns.count - from;
}
