/** A log file read once into an embedded store: any known format, plain, gzip or zstd. */
import type { Clock } from '../base/clock.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { OwnEntry } from '../ingest/own-entries.ts';
import { STAMP_US_MAX } from '../ingest/settle-rows.ts';
import { entryAt } from '../model/entry-at.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { formatNames } from '../parse/formats/table.ts';
import { parseFile } from '../parse/parse-file.ts';
import { Zone } from '../parse/zone.ts';
import { checkGiven, checkKeys, found } from './checks.ts';
import {
  entryOfInput,
  inputOfEntry,
  type LogInput,
  sourceOfInput,
  tagsOfInput,
} from './log-input.ts';

export type FileIngestOptions = Readonly<{
  /** Default: the path. */
  source?: string;
  tags?: readonly string[];
  /** A format by name; default: detected. */
  format?: string;
  /** IANA name; stamps without a zone are in it. Default UTC. */
  timezone?: string;
}>;

export type FileIngestCounts = Readonly<{
  accepted: number;
  dropped: number;
  byteCount: number;
  format: string | null;
}>;

export type FileIngestResult = FileIngestCounts &
  Readonly<{ durationMs: number; entriesPerSecond: number }>;

type Context = FileIngestOptions &
  Readonly<{ clock: Clock; hook: ((input: LogInput) => LogInput | null) | null }>;

export async function ingestFile(
  ingest: Ingest,
  path: string,
  context: Context,
): Promise<FileIngestCounts> {
  const { clock, hook, ...options } = context;
  sourceOfInput(options.source);
  tagsOfInput(options.tags);
  checkFormat(options.format);
  checkZone(options.timezone);
  let accepted = 0;
  let dropped = 0;
  const take = async (columns: EntryColumns): Promise<void> => {
    if (hook === null) {
      accepted += columns.count;
      await ingest.appendColumns(columns);
      return;
    }
    const kept = hookedEntries(columns, hook, clock.nowMs());
    accepted += kept.length;
    dropped += columns.count - kept.length;
    await ingest.append(kept);
  };
  const parsed = await parseFile(path, { ...options, names: ingest.names, onEntries: take });
  await ingest.flush();
  return {
    accepted,
    dropped,
    byteCount: parsed.sizeBytes,
    format: parsed.detection?.format ?? null,
  };
}

/** Throws TypeError. */
export function checkFileOptions(options: FileIngestOptions): void {
  checkGiven('Cannot read a file', options);
  checkKeys('Cannot read a file', options, ['source', 'tags', 'format', 'timezone']);
}

/** With a name that is none every line would be plain text. */
function checkFormat(format: unknown): void {
  if (format === undefined || formatNames().some((name) => name === format)) return;
  const problem = `Cannot read a file as ${found(format)}: expected one of ${formatNames().join(', ')}`;
  throw typeof format === 'string' ? new RangeError(problem) : new TypeError(problem);
}

function checkZone(timezone: unknown): void {
  if (timezone === undefined) return;
  if (typeof timezone === 'string' && Zone.find(timezone) !== null) return;
  const problem = `Cannot read a file with the time zone ${found(timezone)}: expected an IANA name such as Europe/Berlin`;
  throw typeof timezone === 'string' ? new RangeError(problem) : new TypeError(problem);
}

function hookedEntries(
  columns: EntryColumns,
  hook: (input: LogInput) => LogInput | null,
  nowMs: number,
): OwnEntry[] {
  const kept: OwnEntry[] = [];
  for (let row = 0; row < columns.count; row += 1) {
    const entry = entryAt(columns, row);
    const input = inputOfEntry(entry);
    // Not a number neither: a line without a stamp, or with one that no segment can hold.
    const isStamped = Math.abs(entry.timestampUs) <= STAMP_US_MAX;
    const timed = isStamped ? input : { ...input, timestamp: nowMs };
    const hooked = hook(timed);
    if (hooked !== null) kept.push(entryOfInput(hooked, nowMs));
  }
  return kept;
}
