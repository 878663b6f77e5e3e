/**
 * An entry as an embedding program holds it: plain data with a few questions it can answer about itself.
 *
 * Made from stored entries by queries; never changed afterwards. What callers give to `ingestLog`: `log-input.ts`.
 */
import type { Entry, FieldValue } from '../model/entry.ts';
import type { Level } from '../model/level.ts';

/** Conditions of `matchesFilter`; all that are given must hold. */
export type EntryFilter = Readonly<{
  startTime?: Date;
  endTime?: Date;
  level?: Level | null;
  minSeverity?: number;
  source?: string;
  /** Every one of these. */
  tags?: readonly string[];
  /** Part of the message or of a metadata value, in any case; a list or an object is its JSON. */
  keyword?: string;
}>;

/** Field names under which thread, request and user are kept; the first is used for what callers give. */
export const THREAD_KEYS = ['thread', 'thread_name', 'threadName'];
export const REQUEST_KEYS = ['request_id', 'requestId', 'reqId', 'req.id', 'correlation_id'];
export const USER_KEYS = ['user_id', 'userId', 'user.id', 'uid'];

export class LogEntry {
  readonly timestamp: Date;
  readonly level: Level | null;
  readonly message: string;
  readonly source: string;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, FieldValue>>;
  /** 0 TRACE, 10 DEBUG, 20 INFO, 30 WARN, 40 ERROR, 50 FATAL; 20 or what the format implies without a level. */
  readonly severity: number;
  /** Path of the file it was read from; empty for an entry that never had one. */
  readonly file: string;
  readonly offset: number;

  constructor(
    fields: Omit<Entry, 'origin' | 'sequence' | 'timestampKind'> & {
      file?: string;
      offset?: number;
    },
  ) {
    this.timestamp = new Date(fields.timestampUs / 1000);
    this.level = fields.level;
    this.message = fields.message;
    this.source = fields.source;
    this.tags = fields.tags;
    this.metadata = fields.metadata;
    this.severity = fields.severity;
    this.file = fields.file ?? '';
    this.offset = fields.offset ?? 0;
  }

  static of(entry: Entry): LogEntry {
    return new LogEntry({
      ...entry,
      file: entry.origin.path,
      offset: entry.origin.offsetBytes,
    });
  }

  get thread(): string | null {
    return this.#textOf(THREAD_KEYS);
  }

  get requestId(): string | null {
    return this.#textOf(REQUEST_KEYS);
  }

  get userId(): string | null {
    return this.#textOf(USER_KEYS);
  }

  /** How long ago it happened, ms; negative for a stamp in the future. */
  ageMs(nowMs: number): number {
    return nowMs - this.timestamp.getTime();
  }

  matchesFilter(filter: EntryFilter): boolean {
    const { startTime, endTime, level, minSeverity, source, tags, keyword } = filter;
    if (startTime !== undefined && this.timestamp < startTime) return false;
    if (endTime !== undefined && this.timestamp >= endTime) return false;
    if (level !== undefined && this.level !== level) return false;
    if (minSeverity !== undefined && this.severity < minSeverity) return false;
    if (source !== undefined && this.source !== source) return false;
    if (tags !== undefined && !tags.every((tag) => this.tags.includes(tag))) return false;
    return keyword === undefined || this.#contains(keyword.toLowerCase());
  }

  #contains(lowerCaseText: string): boolean {
    if (this.message.toLowerCase().includes(lowerCaseText)) return true;
    return Object.values(this.metadata).some((value) =>
      textOf(value).toLowerCase().includes(lowerCaseText),
    );
  }

  #textOf(keys: readonly string[]): string | null {
    for (const key of keys) {
      const value = this.metadata[key];
      if (value !== undefined && value !== null) return textOf(value);
    }
    return null;
  }
}

/** What is nested is kept, and searched, as its JSON. */
function textOf(value: FieldValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
