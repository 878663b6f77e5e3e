/**
 * An entry as programs see it: one log record, a stack trace included.
 *
 * This is the shape at the edges (CLI, HTTP, library). Inside, entries travel as `EntryColumns`.
 */
import type { Level, Severity } from './level.ts';

/** A value of a metadata field. Objects are flattened with dots; arrays stay arrays. */
export type FieldValue = string | number | boolean | null | readonly FieldValue[];

export type Entry = Readonly<{
  /** UTC, µs since the epoch (an integer). For a line without a stamp: when it was read, see `timestampKind`. */
  timestampUs: number;
  timestampKind: TimestampKind;
  /** Null where the line prints none. */
  level: Level | null;
  /** 0 10 20 30 40 50; for a null level what the format implies (an HTTP 5xx: 40), else 20. */
  severity: Severity;
  /** Which system it comes from. */
  source: string;
  message: string;
  tags: readonly string[];
  metadata: Readonly<Record<string, FieldValue>>;
  origin: Origin;
  /** Arrival number, kept through grouping and compaction. */
  sequence: number;
  /** The machine that read it; only where entries come from several. */
  host?: string;
}>;

/** `printed`: in the line. `assumed-year`, `assumed-date`: a part came from the file. `arrival`: the line has none. */
export type TimestampKind = 'printed' | 'assumed-year' | 'assumed-date' | 'arrival';

/** Where an entry's bytes are. */
export type Origin = Readonly<{
  /** Number of the file generation in the ledger; 0 for an entry that never had a file. */
  generation: number;
  /** Path as read; empty for an entry that never had a file. */
  path: string;
  offsetBytes: number;
  /** Length in the file, the newline included. */
  lengthBytes: number;
}>;

/** One entry as `search --json`, `GET /api/search` and exports print it. A contract. */
export type EntryRecord = Readonly<{
  timestamp: string;
  level: Level | null;
  severity: Severity;
  source: string;
  message: string;
  tags: readonly string[];
  metadata: Readonly<Record<string, FieldValue>>;
  file: string;
  offset: number;
  /** The machine that read it; only in answers of a cluster. */
  host?: string;
}>;
