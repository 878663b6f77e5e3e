/**
 * The entry being read from one line: what formats write and the file parser turns into a row.
 *
 * A format reads `bytes[start, end)` and leaves time, level, message and flags here; fields go straight to the
 * end of the columns' field arrays, behind the rows already there, so nothing is copied twice. `reset` forgets a
 * format that turned out not to fit.
 *
 * Texts that had to be made (unescaped, stripped of colour, joined) are appended to the columns' bytes with
 * `reserve` and `made`. Room for them is reserved for a whole chunk before it is parsed; `bytes` and `view` are
 * taken anew after any call that may have grown it.
 */
import { type EntryColumns, FIELD, FLAG } from '../model/entry-columns.ts';
import { LEVEL_NONE, type LevelCode } from '../model/level.ts';
import { isDigit, NEWLINE } from './bytes.ts';
import type { Calendar } from './calendar.ts';
import { type KeyTable, keyTableOf } from './keys.ts';
import type { KnownKeys } from './known-keys.ts';
import { StampReader } from './stamp.ts';

/** Fields of one entry. An object with more keys is data: those behind are one text, the field `rest`. */
export const FIELDS_PER_ENTRY_MAX = 256;

const NO_FIELDS: Int32Array = new Int32Array(0);
const NO_KINDS: Uint8Array = new Uint8Array(0);

export class Draft {
  readonly calendar: Calendar;
  readonly stamps: StampReader;
  readonly keys: KeyTable;
  readonly known: KnownKeys;
  columns: EntryColumns;
  bytes: Buffer;
  view: DataView;

  timestampUs = Number.NaN;
  flags: number = FLAG.TIMESTAMP_NONE;
  level: LevelCode = LEVEL_NONE;
  /** -1: what the level implies. */
  severity = -1;
  messageStart = 0;
  messageEnd = 0;
  /** Whether the message ends where the line ends, so that continuation lines simply lengthen it. */
  messageIsTail = true;
  /** Whether a made text has a terminal escape in it. */
  hasColour = false;
  /** Where this entry's fields begin in the columns. */
  fieldsFrom = 0;
  /** Where the texts made for this entry begin. */
  bytesFrom = 0;
  #fieldsLimit = 0;
  /** The columns' field arrays; taken anew when they have grown. */
  #fieldKey: Int32Array = NO_FIELDS;
  #fieldStart: Int32Array = NO_FIELDS;
  #fieldLength: Int32Array = NO_FIELDS;
  #fieldKind: Uint8Array = NO_KINDS;

  constructor(columns: EntryColumns, calendar: Calendar) {
    this.calendar = calendar;
    this.stamps = new StampReader(calendar);
    this.keys = keyTableOf(columns.names);
    this.known = this.keys.known;
    this.columns = columns;
    this.bytes = columns.bytes;
    this.view = viewOf(columns.bytes);
    this.stamps.view = this.view;
  }

  /** Write to these columns from now on. */
  attach(columns: EntryColumns): void {
    this.columns = columns;
    this.refresh();
  }

  /** Take the arrays of the columns anew. */
  refresh(): void {
    if (this.bytes === this.columns.bytes) return;
    this.bytes = this.columns.bytes;
    this.view = viewOf(this.bytes);
    this.stamps.view = this.view;
  }

  /** Begin an entry whose first line is [start, end): no stamp, no level, the whole line is the message. */
  begin(start: number, end: number): void {
    const { columns } = this;
    columns.reserveFields(FIELDS_PER_ENTRY_MAX + 1);
    if (columns.fieldKey !== this.#fieldKey) this.#takeFieldArrays();
    this.fieldsFrom = columns.fieldCount;
    this.#fieldsLimit = columns.fieldCount + FIELDS_PER_ENTRY_MAX;
    this.bytesFrom = columns.bytesLength;
    this.#clear(start, end);
  }

  /** Forget what a format wrote since `begin`. */
  reset(start: number, end: number): void {
    this.columns.fieldCount = this.fieldsFrom;
    this.columns.bytesLength = this.bytesFrom;
    this.#clear(start, end);
  }

  #clear(start: number, end: number): void {
    this.timestampUs = Number.NaN;
    this.flags = FLAG.TIMESTAMP_NONE;
    this.level = LEVEL_NONE;
    this.severity = -1;
    this.messageStart = start;
    this.messageEnd = end;
    this.messageIsTail = true;
    this.hasColour = false;
  }

  /** Read the stamp at `at`; returns its end or -1. */
  readStamp(at: number, end: number): number {
    const stampEnd = this.stamps.read(this.bytes, at, end);
    if (stampEnd >= 0) this.takeStamp();
    return stampEnd;
  }

  /** The calendar's instant is this entry's. */
  takeStamp(): void {
    this.timestampUs = this.calendar.us;
    this.flags = (this.flags & ~FLAG.TIMESTAMP_NONE) | this.calendar.flags;
    if (this.timestampUs > this.calendar.futureUs) this.flags |= FLAG.FUTURE;
  }

  get hasStamp(): boolean {
    return (this.flags & FLAG.TIMESTAMP_NONE) === 0;
  }

  /** Add a field. False: the entry has as many as it may have. */
  field(keyId: number, start: number, end: number, kind: number): boolean {
    const { columns } = this;
    const index = columns.fieldCount;
    if (index >= this.#fieldsLimit) return false;
    columns.fieldCount = index + 1;
    this.#fieldKey[index] = keyId;
    this.#fieldStart[index] = start;
    this.#fieldLength[index] = end - start;
    this.#fieldKind[index] = kind;
    return true;
  }

  /** The text of the fields that there was no room for, so that their words are found: one field more. */
  rest(start: number, end: number): void {
    if (end <= start) return;
    this.#fieldsLimit += 1;
    this.field(this.known.rest, start, end, FIELD.STRING);
    this.#fieldsLimit -= 1;
  }

  #takeFieldArrays(): void {
    const { columns } = this;
    this.#fieldKey = columns.fieldKey;
    this.#fieldStart = columns.fieldStart;
    this.#fieldLength = columns.fieldLength;
    this.#fieldKind = columns.fieldKind;
  }

  /** Add a text field under a name that the format always gives; nothing for an empty text. */
  text(keyId: number, start: number, end: number): void {
    if (end > start) this.field(keyId, start, end, FIELD.STRING);
  }

  /** Add a field that is a number as JSON writes it. */
  number(keyId: number, start: number, end: number): void {
    this.field(keyId, start, end, FIELD.NUMBER);
  }

  /** Add a field whose kind is told by its bytes: a plain decimal number, or text. */
  value(keyId: number, start: number, end: number): void {
    if (end > start) this.field(keyId, start, end, kindOf(this.bytes, start, end));
  }

  /** Make room for `count` bytes of made text and return where it goes; close it with `made`. */
  reserve(count: number): number {
    this.columns.reserveBytes(count);
    this.refresh();
    return this.columns.bytesLength;
  }

  /** The made text ends at `end`. Whatever looks one byte too far sees the end of a line there. */
  made(end: number): void {
    this.columns.bytesLength = end;
    this.bytes[end] = NEWLINE;
  }
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Digits a double holds exactly. */
const NUMBER_DIGITS_MAX = 15;

/** `FIELD.NUMBER` for a decimal number as JSON writes it and a double holds, else `FIELD.STRING`. */
export function kindOf(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  if (bytes[position] === 45) position += 1;
  const first = position;
  while (position < end && isDigit(bytes[position]!)) position += 1;
  if (position === first || end - first > NUMBER_DIGITS_MAX) return FIELD.STRING;
  if (bytes[first] === 48 && position > first + 1) return FIELD.STRING;
  if (position < end && bytes[position] === 46) {
    const fraction = position + 1;
    position = fraction;
    while (position < end && isDigit(bytes[position]!)) position += 1;
    if (position === fraction) return FIELD.STRING;
  }
  return position === end ? FIELD.NUMBER : FIELD.STRING;
}
