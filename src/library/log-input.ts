/**
 * What callers give to `ingestLog`, checked and made into what is stored.
 *
 * Programs in JavaScript give anything. All of it is looked at here, before the first byte goes anywhere: what gets
 * past this is stored whole, and an entry that cannot be is refused with the rest of its batch.
 */
import { types } from 'node:util';
import { messageOf } from '../base/errors.ts';
import type { OwnEntry } from '../ingest/own-entries.ts';
import { STAMP_US_MAX } from '../ingest/settle-rows.ts';
import type { Entry, FieldValue } from '../model/entry.ts';
import { LEVELS, type Level, levelCodeOf, severityOf } from '../model/level.ts';
import { found } from './checks.ts';
import { REQUEST_KEYS, THREAD_KEYS, USER_KEYS } from './log-entry.ts';

/** What `ingestLog` accepts. Only `message` is needed. */
export type LogInput = Readonly<{
  message: string;
  /** A Date, ms since the epoch, or an ISO text; from 1684-07-30 to 2255-06-03. Default: now. */
  timestamp?: Date | number | string;
  /** Any case; common names too (`warning`, `critical`, `notice`). Default: none. */
  level?: string | null;
  source?: string;
  tags?: readonly string[];
  /** Kept as its JSON: a Date as text, what JSON leaves out (`undefined`) not at all. */
  metadata?: Readonly<Record<string, FieldValue>>;
  thread?: string;
  requestId?: string;
  userId?: string;
}>;

/** Names people give levels beside ours. */
const LEVEL_ALIASES: Readonly<Record<string, Level>> = {
  WARNING: 'WARN',
  ERR: 'ERROR',
  SEVERE: 'ERROR',
  CRITICAL: 'FATAL',
  ALERT: 'FATAL',
  EMERGENCY: 'FATAL',
  PANIC: 'FATAL',
  NOTICE: 'INFO',
  LOG: 'INFO',
  INFORMATION: 'INFO',
  VERBOSE: 'TRACE',
};

/** The entry that `ingestLog` stores. Throws TypeError for a value of another type, RangeError for a time or level that none is. */
export function entryOfInput(given: LogInput, nowMs: number): OwnEntry {
  const input: GivenFields = givenFields(given);
  const { message, source, tags } = input;
  if (typeof message !== 'string') throw refusedType('message is', message, 'a string');
  const level = isAbsent(input.level) ? null : levelOfInput(input.level);
  return {
    timestampUs: isAbsent(input.timestamp) ? Math.round(nowMs * 1000) : timeUsOf(input.timestamp),
    level,
    severity: severityOf(levelCodeOf(level)),
    source: sourceOfInput(source) ?? 'library',
    message,
    tags: tagsOfInput(tags),
    metadata: storedFields({ ...metadataOfInput(given), ...idsOf(given) }),
  };
}

/** What a caller has given under these names, whatever it is. */
type GivenFields = Readonly<Partial<Record<keyof LogInput, unknown>>>;

function givenFields(given: unknown): GivenFields {
  return givenEntry(given);
}

/** Throws TypeError where it is no object. */
export function givenEntry(given: unknown): LogInput {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) {
    return given as LogInput;
  }
  throw new TypeError(`Cannot store ${found(given)}: expected an object with a message`);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

function refusedType(what: string, value: unknown, expected: string): TypeError {
  return new TypeError(`Cannot store an entry whose ${what} ${found(value)}: expected ${expected}`);
}

/** Null: none is given. Throws TypeError. */
export function sourceOfInput(source: unknown): string | null {
  if (isAbsent(source)) return null;
  if (typeof source === 'string') return source;
  throw refusedType('source is', source, 'a string');
}

/** The level of this name. Throws TypeError or RangeError. */
function levelOfInput(value: unknown): Level {
  const level = typeof value === 'string' ? levelNamed(value) : null;
  if (level !== null) return level;
  const problem = `Cannot store an entry whose level is ${found(value)}: expected one of ${LEVELS.join(', ')}`;
  throw typeof value === 'string' ? new RangeError(problem) : new TypeError(problem);
}

/** In any case, and by the names others give it; null: there is no such level. */
export function levelNamed(text: string): Level | null {
  const name = text.toUpperCase();
  return LEVELS.find((known) => known === name) ?? LEVEL_ALIASES[name] ?? null;
}

function timeUsOf(time: unknown): number {
  const expected = 'a Date, ms since the epoch, or an ISO text';
  const isTime = types.isDate(time) || typeof time === 'number' || typeof time === 'string';
  if (!isTime) throw refusedType('time is', time, expected);
  const ms = typeof time === 'string' ? Date.parse(time) : Number(time);
  if (!Number.isFinite(ms)) {
    throw new RangeError(
      `Cannot store an entry whose time is ${found(time)}: expected ${expected}`,
    );
  }
  const timeUs = Math.round(ms * 1000);
  if (Math.abs(timeUs) <= STAMP_US_MAX) return timeUs;
  throw new RangeError(
    `Cannot store an entry whose time is ${found(time)}: expected one from 1684-07-30 to 2255-06-03; a number is ms since the epoch`,
  );
}

/** The store keeps the tags of an entry as lines: an empty one would vanish, one of two lines be two. Throws TypeError or RangeError. */
export function tagsOfInput(tags: unknown): readonly string[] {
  if (isAbsent(tags)) return [];
  if (!Array.isArray(tags)) {
    throw new TypeError(
      `Cannot store an entry whose tags are ${found(tags)}: expected an array of strings`,
    );
  }
  const checked = Array.from(tags, (tag: unknown) => {
    if (typeof tag !== 'string') throw refusedType('tag is', tag, 'a string');
    if (tag !== '' && !tag.includes('\n')) return tag;
    throw new RangeError(
      `Cannot store an entry whose tag is ${found(tag)}: expected at least one character and no line break`,
    );
  });
  // Given twice, by a hook perhaps, it would count twice.
  return [...new Set(checked)];
}

/** The metadata of what a caller or a hook gave. Throws TypeError. */
export function metadataOfInput(given: LogInput): Readonly<Record<string, FieldValue>> {
  const { metadata } = givenFields(given);
  if (isAbsent(metadata)) return {};
  if (typeof metadata !== 'object' || Array.isArray(metadata)) {
    throw refusedType('metadata is', metadata, 'an object');
  }
  return metadata as Readonly<Record<string, FieldValue>>;
}

function idsOf(input: LogInput): Record<string, FieldValue> {
  const ids: Record<string, FieldValue> = {};
  if (input.thread !== undefined) ids[THREAD_KEYS[0]!] = input.thread;
  if (input.requestId !== undefined) ids[REQUEST_KEYS[0]!] = input.requestId;
  if (input.userId !== undefined) ids[USER_KEYS[0]!] = input.userId;
  return ids;
}

/** Values as JSON gives them back, for that is how they are kept: what JSON leaves out is left out. Throws TypeError. */
function storedFields(given: Readonly<Record<string, unknown>>): Record<string, FieldValue> {
  const fields: [string, FieldValue][] = [];
  for (const [key, value] of Object.entries(given)) {
    const stored = storedValue(key, value);
    if (stored !== undefined) fields.push([key, stored]);
  }
  // Unlike an assignment it makes a field of `__proto__` too.
  return Object.fromEntries(fields);
}

function storedValue(key: string, value: unknown): FieldValue | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) ? value : null;
    default:
      return value === null ? null : throughJson(key, value);
  }
}

function throughJson(key: string, value: unknown): FieldValue | undefined {
  try {
    const text: string | undefined = JSON.stringify(value);
    return text === undefined ? undefined : (JSON.parse(text) as FieldValue);
  } catch (cause) {
    throw new TypeError(
      `Cannot store an entry whose metadata field ${found(key)} has no JSON: ${messageOf(cause)}`,
      { cause },
    );
  }
}

/** A stored entry as pre-ingest hooks see it: entries of files pass through them too. */
export function inputOfEntry(entry: Entry): LogInput {
  return {
    message: entry.message,
    timestamp: entry.timestampUs / 1000,
    level: entry.level,
    source: entry.source,
    tags: entry.tags,
    metadata: entry.metadata,
  };
}
