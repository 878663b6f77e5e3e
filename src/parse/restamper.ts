/**
 * The time that a stored entry has if stamps without a zone are read in another one: its original bytes are read again.
 *
 * Only a stamp that prints no zone moves. What differs by more than zones can (another year, a date understood otherwise) is not
 * a matter of the zone, and stays. Entries are given in order of arrival, which is the order of their file: of an hour
 * that exists twice the first pass comes first. The answer does not depend on the zone that was used before, so asking
 * again after a correction gives the same time.
 */
import { ColumnNames, EntryColumns, FLAG } from '../model/entry-columns.ts';
import { HASH } from './bytes.ts';
import type { FormatDeclaration } from './declared/declared-format.ts';
import { FileParser } from './file-parser.ts';
import { formatNames } from './formats/table.ts';
import type { Encoding } from './line-text.ts';

/** How the bytes of a file generation are to be read. */
export type RestampReading = Readonly<{
  /** IANA name of the zone of stamps that print none. */
  timezone: string;
  encoding: Encoding;
}>;

export type RestamperOptions = Readonly<{
  /** Null: nobody knows, and its entries stay. */
  readingOf: (generation: number) => RestampReading | null;
  /** The formats of the config. */
  declared: readonly FormatDeclaration[];
}>;

/** Parsers kept, one for each file and format; a file that is asked for again gets a new one. */
const PARSERS_MAX = 64;
const DAY_US = 86_400_000_000;
/** Zones lie at most 26 hours apart (+14 and -12). */
const SHIFT_US_MAX = 26 * 3_600_000_000;
/** Zones differ by whole quarters of an hour. */
const SHIFT_STEP_US = 15 * 60_000_000;

export class Restamper {
  readonly #options: RestamperOptions;
  readonly #builtIn = new Set(formatNames());
  readonly #names = new ColumnNames();
  readonly #out = new EntryColumns(this.#names);
  /** By generation and format, in order of use, the latest last; null: not known how to read it. */
  readonly #parsers = new Map<string, FileParser | null>();
  /** The entry before, for the rest of a record that was too long for one entry: it has the time of its beginning. */
  #generation = -1;
  #endOffset = -1;
  #storedUs = Number.NaN;
  #givenUs = Number.NaN;

  constructor(options: RestamperOptions) {
    this.#options = options;
  }

  /** In µs; NaN where the stamp is not understood any more, or nobody knows how the file is to be read. */
  timeOf(columns: EntryColumns, row: number): number {
    const storedUs = columns.timestampUs[row]!;
    if ((columns.flags[row]! & FLAG.TIMESTAMP_NONE) !== 0) {
      // The header of a table says what the columns of the lines behind it are.
      if (columns.bytes[columns.rawStart[row]!] === HASH) this.#read(columns, row);
      return storedUs;
    }
    const generation = columns.generation[row]!;
    const offset = columns.offset[row]!;
    const readUs = this.#read(columns, row);
    const isRest =
      generation === this.#generation && offset === this.#endOffset && storedUs === this.#storedUs;
    let givenUs = moved(storedUs, readUs, columns.flags[row]!);
    if (Number.isNaN(readUs) && isRest) givenUs = this.#givenUs;
    this.#generation = generation;
    this.#endOffset = offset + columns.originLength[row]!;
    this.#storedUs = storedUs;
    this.#givenUs = givenUs;
    return givenUs;
  }

  /** The stamp of an entry, read anew; NaN: none is found. */
  #read(columns: EntryColumns, row: number): number {
    const parser = this.#parserOf(columns, row);
    if (parser === null) return Number.NaN;
    if ((columns.flags[row]! & (FLAG.YEAR_ASSUMED | FLAG.DATE_ASSUMED)) !== 0) {
      // The year or the day that was right then is near the time that is stored.
      parser.setTimes({ fileTimeMs: columns.timestampUs[row]! / 1000 });
    }
    const out = this.#out;
    out.clear();
    const start = columns.rawStart[row]!;
    const end = start + columns.rawLength[row]!;
    parser.push(out, columns.bytes, start, end, columns.offset[row]!);
    parser.flush(out);
    if (out.count === 0 || (out.flags[0]! & FLAG.TIMESTAMP_NONE) !== 0) return Number.NaN;
    return out.timestampUs[0]!;
  }

  #parserOf(columns: EntryColumns, row: number): FileParser | null {
    const generation = columns.generation[row]!;
    const format = columns.names.formats.valueOf(columns.format[row]!);
    const key = `${generation}:${format}`;
    let parser = this.#parsers.get(key);
    if (parser === undefined) parser = this.#open(generation, format);
    else this.#parsers.delete(key);
    this.#parsers.set(key, parser);
    if (this.#parsers.size > PARSERS_MAX) {
      const [oldest] = this.#parsers.keys();
      this.#parsers.delete(oldest!);
    }
    return parser;
  }

  #open(generation: number, format: string): FileParser | null {
    const reading = this.#options.readingOf(generation);
    if (reading === null) return null;
    const declared = this.#options.declared.find(({ name }) => name === format) ?? null;
    return FileParser.open(this.#names, {
      source: '',
      path: '',
      tags: [],
      format: declared !== null || this.#builtIn.has(format) ? format : null,
      declared,
      timezone: reading.timezone,
      encoding: reading.encoding,
      multiline: 'auto',
      generation,
      fileTimeMs: 0,
      isStamped: true,
    });
  }
}

/** The time read anew, where it differs from the one that is stored as zones do; else NaN. */
function moved(storedUs: number, readUs: number, flags: number): number {
  if (Number.isNaN(readUs)) return readUs;
  let shiftUs = readUs - storedUs;
  // Without a date in the line: on the day that moves it least.
  if ((flags & FLAG.DATE_ASSUMED) !== 0) shiftUs -= Math.round(shiftUs / DAY_US) * DAY_US;
  const isOfZones = Math.abs(shiftUs) <= SHIFT_US_MAX && shiftUs % SHIFT_STEP_US === 0;
  return isOfZones ? storedUs + shiftUs : Number.NaN;
}
