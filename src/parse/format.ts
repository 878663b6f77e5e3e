/** What a format family gives: a name, and a parser of one line (and, for some, of a whole record). */
import type { Draft } from './draft.ts';

/** The first line of a record among several: its number, from 0, and its first byte. */
export type RecordPart = Readonly<{ line: number; start: number }>;

export interface Format {
  /** As in `names.formats`, the config and `--explain`: `json`, `syslog:rfc3164`, … */
  readonly name: string;
  /** One sentence for `--explain` and the documentation. */
  readonly about: string;
  /**
   * Read the line [start, end) (no newline) into the draft. False where it does not fit; the caller then forgets
   * what was written. A line that fits begins an entry.
   */
  parse(draft: Draft, start: number, end: number): boolean;
  /**
   * Read the line that begins at `start` if it is of the format's most usual shape: up to and with its newline, which must
   * lie before `end`. Returns the position behind it, or -1 where `parse` must look. What it accepts, `parse` reads in
   * the same way; so it saves time and decides nothing. The line is no continuation, by its first byte, and the draft is
   * begun with an empty message at its start.
   */
  quick?(draft: Draft, start: number, end: number): number;
  /**
   * Whether the line continues the record that this format began, whatever it looks like. `recordStart` is the first
   * byte of the record. Absent: told by the shape of the line.
   */
  continues?(bytes: Uint8Array, recordStart: number, start: number, end: number): boolean;
  /** Read a record of several lines again as a whole, once it is complete. False: keep what the first line gave. */
  parseRecord?(draft: Draft, start: number, end: number): boolean;
  /**
   * What `continues` put together may be several records whose lines alternate: where they begin, in order. An entry is made
   * of each, by `parsePart`. Empty: it cannot be divided.
   */
  divide?(draft: Draft, start: number, end: number): readonly RecordPart[];
  /** Read a part of the record that was just divided, whole. False: keep what its first line gave. */
  parsePart?(draft: Draft, part: number, start: number, end: number): boolean;
}
