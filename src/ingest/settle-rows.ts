/**
 * What parsers leave open, settled when rows arrive: their arrival number and the time of unstamped lines.
 *
 * A line without a stamp gets the earlier of the arrival clock and its file's modification time, so that an
 * old file without stamps is old. A stamp in the future is kept as printed and marked.
 */
import { type EntryColumns, FLAG } from '../model/entry-columns.ts';

/** A stamp this far behind the arrival clock is a clock a little fast, not a wrong one. */
export const FUTURE_TOLERANCE_US = 60_000_000;

export type Arrival = Readonly<{
  /** Arrival clock of the batch, µs. */
  atUs: number;
  /** Modification time of a generation's file at the start of the read round, µs; infinite if it has none. */
  modifiedUs(generation: number): number;
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
  let lastGeneration = -1;
  let unstampedUs = atUs;
  for (let row = from; row < columns.count; row += 1) {
    columns.sequence[row] = sequence + row - from;
    const stamp = timestampUs[row]!;
    if (stamp > futureUs) {
      flags[row] = flags[row]! | FLAG.FUTURE;
    } else if (Number.isNaN(stamp)) {
      if (generation[row] !== lastGeneration) {
        lastGeneration = generation[row]!;
        // File systems keep fractions of a µs; entries do not.
        unstampedUs = Math.floor(Math.min(atUs, arrival.modifiedUs(lastGeneration)));
      }
      timestampUs[row] = unstampedUs;
      flags[row] = flags[row]! | FLAG.TIMESTAMP_NONE;
    }
  }
  return sequence + columns.count - from;
}
