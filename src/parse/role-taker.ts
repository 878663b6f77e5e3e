/**
 * Finds stamp, level, message and component among the keys of one record (JSON, logfmt and their kin).
 *
 * A key whose role is already taken by a better-ranked one, or whose value is not what the role needs (a `level`
 * that is no level), becomes an ordinary field. The values that were taken are columns of the entry and not
 * repeated as fields, but for the component, which keeps its own name too.
 */
import { FIELD, FLAG } from '../model/entry-columns.ts';
import { LEVEL_NONE, type LevelCode } from '../model/level.ts';
import { COMMA, isDigit, QUOTE, SPACE, startsWith } from './bytes.ts';
import type { Draft } from './draft.ts';
import {
  DEBUG,
  levelOffsetEnd,
  levelOfLetter,
  levelOfNumber,
  levelOfWindows,
  levelWithOffset,
  levelWordAt,
} from './level.ts';
import { RANKS, ROLE, SCALE, SCALE_SHIFT } from './roles.ts';

const ROLE_COUNT = 9;
/** Ranks of the keys that say how a level counts. */
const NEXTCLOUD = 0;
const NOT_COUNTING = RANKS;
const HTTP_WARN = 400;
const HTTP_ERROR = 500;
/** `msg` and `message` may be a number, too; under the other names that is the number of something. */
const PLAIN_MESSAGE_RANK_MAX = 1;

export class RoleTaker {
  readonly #rank = new Int32Array(ROLE_COUNT);
  readonly #key = new Int32Array(ROLE_COUNT);
  readonly #start = new Int32Array(ROLE_COUNT);
  readonly #end = new Int32Array(ROLE_COUNT);
  readonly #kind = new Int32Array(ROLE_COUNT);
  #status = 0;
  #nanosecond = 0;
  #tagLevel: LevelCode = LEVEL_NONE;
  /** Which key says how a digit of the level counts; `NOT_COUNTING` without one. */
  #counting = NOT_COUNTING;
  /** The stamp was made of a date and a time. */
  #isJoined = false;

  begin(): void {
    const rank = this.#rank;
    for (let role = 0; role < ROLE_COUNT; role += 1) rank[role] = RANKS;
    this.#status = 0;
    this.#nanosecond = 0;
    this.#tagLevel = LEVEL_NONE;
    this.#counting = NOT_COUNTING;
    this.#isJoined = false;
  }

  has(role: number): boolean {
    return this.#rank[role]! < RANKS;
  }

  rankOf(role: number): number {
    return this.#rank[role]!;
  }

  /** Whether the value was taken for its role; if not, the caller adds it as a field. */
  take(
    draft: Draft,
    packed: number,
    keyId: number,
    start: number,
    end: number,
    kind: number,
  ): boolean {
    const role = (packed >> 8) & 0xff;
    let rank = packed & 0xff;
    if (rank >= this.#rank[role]! || end === start) return false;
    switch (role) {
      case ROLE.TIME:
        if (!takeTime(draft, start, end, kind)) return false;
        break;
      case ROLE.LEVEL: {
        const level = levelOfValue(draft, packed >> SCALE_SHIFT, start, end, kind);
        if (level === LEVEL_NONE) return false;
        draft.level = level;
        break;
      }
      case ROLE.MESSAGE:
        if (kind !== FIELD.STRING) {
          if (rank > PLAIN_MESSAGE_RANK_MAX || !isPlain(kind) || this.has(role)) return false;
          // Any text says more.
          rank = RANKS - 1;
        }
        draft.messageStart = start;
        draft.messageEnd = end;
        break;
      case ROLE.NANOSECOND:
        this.#nanosecond = Number(draft.bytes.toString('latin1', start, end));
        break;
      case ROLE.STATUS:
        this.#status = statusOf(draft.bytes, start, end);
        return false;
      case ROLE.COUNTING:
        if (rank < this.#counting) this.#counting = rank;
        return false;
      case ROLE.TAGS:
        if (kind === FIELD.JSON) this.#tagLevel = levelAmong(draft.bytes, start, end);
        return false;
      default:
        if (kind !== FIELD.STRING) return false;
    }
    const displaced = this.#rank[role]! < RANKS;
    if (displaced && role !== ROLE.COMPONENT) {
      draft.field(this.#key[role]!, this.#start[role]!, this.#end[role]!, this.#kind[role]!);
    }
    this.#rank[role] = rank;
    this.#key[role] = keyId;
    this.#start[role] = start;
    this.#end[role] = end;
    this.#kind[role] = kind;
    return role !== ROLE.COMPONENT;
  }

  /** A stamp that no single value holds, and behind its date the time. Whether it is one, and is now the entry's. */
  takeStamp(draft: Draft, start: number, end: number, timeStart: number, timeEnd: number): boolean {
    if (!takeTime(draft, start, end, FIELD.STRING)) return false;
    this.#rank[ROLE.TIME] = 0;
    this.#start[ROLE.TIME] = timeStart;
    this.#end[ROLE.TIME] = timeEnd;
    this.#isJoined = true;
    return true;
  }

  /** After the last key: component under its common name, severity from an HTTP status. */
  finish(draft: Draft): void {
    if (this.has(ROLE.COMPONENT)) {
      const id = draft.known.component;
      const key = this.#key[ROLE.COMPONENT]!;
      if (key !== id) draft.text(id, this.#start[ROLE.COMPONENT]!, this.#end[ROLE.COMPONENT]!);
    }
    const isDateless = (draft.flags & FLAG.DATE_ASSUMED) !== 0 && this.has(ROLE.TIME);
    if (isDateless || this.#isJoined) this.#joinDate(draft);
    // log4j2 prints seconds and nanoseconds apart.
    if (this.#nanosecond > 0 && draft.timestampUs % 1_000_000 === 0) {
      draft.timestampUs += Math.floor(this.#nanosecond / 1000);
    }
    if (this.#counting !== NOT_COUNTING) this.#count(draft);
    if (draft.level === LEVEL_NONE) draft.level = this.#tagLevel;
    if (draft.level === LEVEL_NONE && this.#status >= HTTP_WARN) {
      draft.severity = this.#status >= HTTP_ERROR ? 40 : 30;
      draft.flags |= FLAG.SEVERITY_DERIVED;
    }
  }

  /**
   * Fields of their own may be the date of the time, and the zone of both (FortiGate's `tz="+0200"`, Sophos' `timezone="CEST"`):
   * they are read as one stamp, made for the purpose.
   */
  #joinDate(draft: Draft): void {
    const { columns, known } = draft;
    const date = fieldOf(draft, known.date);
    if (date < 0 || columns.fieldLength[date]! > DATE_LENGTH_MAX) return;
    let zone = fieldOf(draft, known.tz);
    if (zone < 0) zone = fieldOf(draft, known.timezone);
    if (zone < 0 && this.#isJoined) return;
    const stampAt = columns.bytesLength;
    const timeAt = this.#start[ROLE.TIME]!;
    addWord(draft, columns.fieldStart[date]!, columns.fieldLength[date]!);
    addWord(draft, timeAt, this.#end[ROLE.TIME]! - timeAt);
    if (zone >= 0 && columns.fieldLength[zone]! <= ZONE_LENGTH_MAX) {
      addWord(draft, columns.fieldStart[zone]!, columns.fieldLength[zone]!);
    }
    takeTime(draft, stampAt, columns.bytesLength - 1, FIELD.STRING);
    // Only read, not kept.
    columns.bytesLength = stampAt;
  }

  /** A level of one digit counts as the record says: Nextcloud from 0, debug, to 4, fatal; Windows from 1, critical, to 5, verbose. */
  #count(draft: Draft): void {
    const at = this.#start[ROLE.LEVEL]!;
    const digit = draft.bytes[at]! - 48;
    if (!this.has(ROLE.LEVEL) || this.#end[ROLE.LEVEL]! - at !== 1 || digit < 0) return;
    if (this.#counting !== NEXTCLOUD) {
      const level = levelOfWindows(digit);
      if (level !== LEVEL_NONE) draft.level = level;
    } else if (this.#kind[ROLE.LEVEL] === FIELD.NUMBER && digit <= 4) draft.level = DEBUG + digit;
  }
}

/** The field of this key in the entry that is read; -1: none. */
function fieldOf(draft: Draft, key: number): number {
  const { columns } = draft;
  for (let field = draft.fieldsFrom; field < columns.fieldCount; field += 1) {
    if (columns.fieldKey[field] === key) return field;
  }
  return -1;
}

/** Copy a text and a space behind what was made so far. */
function addWord(draft: Draft, start: number, length: number): void {
  const made = draft.reserve(length + 1);
  draft.bytes.copyWithin(made, start, start + length);
  draft.bytes[made + length] = SPACE;
  draft.made(made + length + 1);
}

function isPlain(kind: number): boolean {
  return kind === FIELD.NUMBER || kind === FIELD.BOOLEAN;
}

/** Severity that an HTTP status implies: 4xx a warning, 5xx an error. */
export function deriveSeverity(draft: Draft, start: number, end: number): void {
  const status = statusOf(draft.bytes, start, end);
  if (status < HTTP_WARN) return;
  draft.severity = status >= HTTP_ERROR ? 40 : 30;
  draft.flags |= FLAG.SEVERITY_DERIVED;
}

/** A three-digit status below 600, or 0. */
function statusOf(bytes: Uint8Array, start: number, end: number): number {
  if (end - start !== 3 || !isDigit(bytes[start + 1]!) || !isDigit(bytes[start + 2]!)) return 0;
  const hundreds = bytes[start]! - 48;
  if (hundreds < 1 || hundreds > 5) return 0;
  return hundreds * 100 + (bytes[start + 1]! - 48) * 10 + bytes[start + 2]! - 48;
}

/** `20 November 2026`, at most. */
const DATE_LENGTH_MAX = 16;
/** `America/Argentina/ComodRivadavia`, at most. */
const ZONE_LENGTH_MAX = 32;

/** Digits of ms since 1970, from 2001 on. */
const EPOCH_MS_LENGTH = 13;

/** pino's time: ms since 1970. False where it is not all digits. */
function takeEpochMs(draft: Draft, start: number): boolean {
  const { bytes } = draft;
  let high = 0;
  let low = 0;
  for (let index = 0; index < 7; index += 1) {
    const digit = (bytes[start + index]! - 48) >>> 0;
    if (digit > 9) return false;
    high = high * 10 + digit;
  }
  for (let index = 7; index < EPOCH_MS_LENGTH; index += 1) {
    const digit = (bytes[start + index]! - 48) >>> 0;
    if (digit > 9) return false;
    low = low * 10 + digit;
  }
  // Others are ids: 2001 to 2096 have ten digits of seconds.
  if (high < 1_000_000 || high > 4_000_000) return false;
  draft.calendar.resolveEpoch((high * 1_000_000 + low) * 1000);
  draft.flags &= ~(FLAG.YEAR_ASSUMED | FLAG.DATE_ASSUMED | FLAG.FUTURE);
  draft.takeStamp();
  return true;
}

function takeTime(draft: Draft, start: number, end: number, kind: number): boolean {
  if (kind === FIELD.NUMBER && end - start === EPOCH_MS_LENGTH && takeEpochMs(draft, start))
    return true;
  if (kind !== FIELD.STRING && kind !== FIELD.NUMBER) return false;
  const stampEnd = draft.stamps.read(draft.bytes, start, end);
  if (stampEnd < 0 && !readMinutes(draft, start, end)) {
    return startsWith(draft.bytes, start, DOTNET_DATE) && takeDotnetDate(draft, start, end);
  }
  draft.flags &= ~(FLAG.YEAR_ASSUMED | FLAG.DATE_ASSUMED | FLAG.FUTURE);
  draft.takeStamp();
  return true;
}

/** A date as Windows PowerShell and older .NET write it in JSON: `/Date(1795082401250)/`, ms since 1970. */
function takeDotnetDate(draft: Draft, start: number, end: number): boolean {
  const at = start + DOTNET_DATE.length;
  if (at + EPOCH_MS_LENGTH >= end) return false;
  return !isDigit(draft.bytes[at + EPOCH_MS_LENGTH]!) && takeEpochMs(draft, at);
}

const DOTNET_DATE = '/Date(';

/** `9.1.26 9:05`. */
const MINUTE_STAMP_LENGTH_MIN = 11;

/** A date and a time to the minute, and nothing else. Without a date it may be how long something took. */
function readMinutes(draft: Draft, start: number, end: number): boolean {
  if (end - start < MINUTE_STAMP_LENGTH_MIN) return false;
  const { bytes, calendar, stamps } = draft;
  calendar.takesMinutes = true;
  const stampEnd = stamps.read(bytes, start, end);
  calendar.takesMinutes = false;
  return stampEnd === end && (calendar.flags & FLAG.DATE_ASSUMED) === 0;
}

function levelOfValue(
  draft: Draft,
  scale: number,
  start: number,
  end: number,
  kind: number,
): LevelCode {
  const { bytes } = draft;
  if (isDigit(bytes[start]!)) return levelOfDigits(bytes, scale, start, end);
  if (kind !== FIELD.STRING) return LEVEL_NONE;
  if (end - start === 1) return levelOfLetter(bytes[start]! & ~32);
  const word = levelWordAt(bytes, start, end, true);
  const stop = start + (word >> 3);
  if (word < 0) return isDetail(bytes, start, end) ? DEBUG : LEVEL_NONE;
  if (stop === end) return word & 7;
  const offsetEnd = levelOffsetEnd(bytes, stop, end);
  return offsetEnd === end ? levelWithOffset(word & 7, bytes, stop, end) : LEVEL_NONE;
}

/** MongoDB's `D1` to `D5`. */
function isDetail(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 2 && bytes[start] === LETTER_D && isDigit(bytes[start + 1]!);
}

const LETTER_D = 68;

/** Tags looked at for a level. */
const TAGS_MAX = 16;

/** The first level among the strings of an array. */
function levelAmong(bytes: Uint8Array, start: number, end: number): LevelCode {
  let position = start + 1;
  for (let tag = 0; tag < TAGS_MAX && bytes[position] === QUOTE; tag += 1) {
    const word = levelWordAt(bytes, position + 1, end, false);
    if (word >= 0 && bytes[position + 1 + (word >> 3)] === QUOTE) return word & 7;
    position += 1;
    while (position < end && bytes[position] !== COMMA) position += 1;
    position += 1;
    if (bytes[position] === SPACE) position += 1;
  }
  return LEVEL_NONE;
}

/** A level number means what its field says. */
function levelOfDigits(bytes: Uint8Array, scale: number, start: number, end: number): LevelCode {
  if (end - start > 3) return LEVEL_NONE;
  let value = 0;
  for (let position = start; position < end; position += 1) {
    if (!isDigit(bytes[position]!)) return LEVEL_NONE;
    value = value * 10 + bytes[position]! - 48;
  }
  if (scale === SCALE.PYTHON) {
    return value >= 10 && value <= 50 ? Math.floor(value / 10) : LEVEL_NONE;
  }
  if (scale === SCALE.OPEN_TELEMETRY) {
    return value >= 1 && value <= 24 ? Math.floor((value - 1) / 4) : LEVEL_NONE;
  }
  if (scale === SCALE.WINDOWS) return levelOfWindows(value);
  if (scale === SCALE.APPLICATION_INSIGHTS) return value <= 4 ? DEBUG + value : LEVEL_NONE;
  return value >= 100 && value <= 600 ? levelOfMonolog(value) : levelOfNumber(value);
}

/** Monolog: 100 debug, 200 info, 250 notice, 300 warning, 400 error, 500 critical, 550 alert, 600 emergency. */
function levelOfMonolog(value: number): LevelCode {
  if (value % 50 !== 0) return LEVEL_NONE;
  return Math.min(Math.floor(value / 100), 5);
}
