/** What happens now, a line or time alone, and where rules say what it did: shown to every rule that may be concerned. */
import { type EntryColumns, FLAG } from '../model/entry-columns.ts';
import { isImported } from '../model/generation-numbers.ts';
import type { AlertEvent } from './alert-event.ts';

/** What happens now: a line, or a tick (`etUs` is NaN). One object, changed from row to row. */
export type Item = {
  sequence: number;
  atUs: number;
  readCompleteUs: number;
  etUs: number;
  origin: LineOrigin;
  /** What holds back a notification was decided anew, without a word: a replay has to do so at this moment, too. */
  hasDecided: boolean;
};

/** How a line came: by itself, by an import, or later than it should have, since its file could not be read. */
export type LineOrigin = 'read' | 'imported' | 'owed';

/** What happens, and where to say what it did. */
export type Moment = Readonly<{ item: Item; events: AlertEvent[] }>;

/** Event time: the stamp; for a stamp in the future the arrival. Ingest has given the unstamped theirs. */
export function eventTimeOf(columns: EntryColumns, row: number, atUs: number): number {
  return (columns.flags[row]! & FLAG.FUTURE) === 0 ? columns.timestampUs[row]! : atUs;
}

export function originOf(columns: EntryColumns, row: number): LineOrigin {
  if ((columns.flags[row]! & FLAG.OWED) !== 0) return 'owed';
  return isImported(columns.generation[row]!) ? 'imported' : 'read';
}
