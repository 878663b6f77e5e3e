/**
 * Gives every row of a segment the number of its message's template, and counts them; see `template-part.ts`.
 *
 * The same rows in the same order get the same numbers: what a writer remembers of earlier segments only saves time.
 * Price: 0.2 to 0.4 µs a row, and some 20 µs for each template that is new to the writer.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import { TemplateCache } from '../pattern/template-cache.ts';
import { OTHERS, Templates } from '../pattern/templates.ts';
import type { ByteWriter } from './byte-writer.ts';
import type { LocalNames } from './local-names.ts';
import type { TemplateHashes } from './template-ahead.ts';
import { TEMPLATE_LIMITS, type TemplateSeriesWriter, writeTemplatePart } from './template-part.ts';

export class TemplateWriter {
  readonly #cache = new TemplateCache();
  /** Number in this segment by number in the cache, from 1; 0: not met, -1: no room. */
  #localOf = new Int32Array(1024);
  #texts: string[] = [];
  /** The first row of each template. */
  #firstRows: number[] = [];
  #numbers = new Uint16Array(0);
  #count = 0;

  /** Begin a segment of so many rows. */
  start(rowCount: number): void {
    this.#cache.trim();
    this.#localOf.fill(0);
    this.#texts = [];
    this.#firstRows = [];
    this.#count = 0;
    if (this.#numbers.length < rowCount) this.#numbers = new Uint16Array(rowCount);
  }

  /**
   * Number the next rows; `hashes` may know some of them already. A call for each chunk, so that what V8 has compiled is
   * entered with each.
   */
  add(columns: EntryColumns, rows: Int32Array, { count, lows, highs }: TemplateHashes): void {
    const { bytes, messageStart, messageLength } = columns;
    const numbers = this.#numbers;
    const cache = this.#cache;
    const hash = { low: 0, high: 0 };
    let at = this.#count;
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index]!;
      const start = messageStart[row]!;
      const end = start + messageLength[row]!;
      let id: number;
      if (row < count) {
        hash.low = lows[row]!;
        hash.high = highs[row]!;
        id = cache.idOfHashed(hash, bytes, start, end);
      } else {
        id = cache.idOf(bytes, start, end);
      }
      const local = id < this.#localOf.length ? this.#localOf[id]! : 0;
      numbers[at] = local > 0 ? local : this.#number(id, row);
      at += 1;
    }
    this.#count = at;
  }

  /** No more rows. Only now their numbers are the last. */
  end(): void {
    if (this.#texts.length > TEMPLATE_LIMITS.mergeFrom) this.#merge(this.numbers);
  }

  /** The numbers of all rows, in their order: 1 and up, 0 for what found no room. Valid until the next start. */
  get numbers(): Uint16Array {
    return this.#numbers.subarray(0, this.#count);
  }

  /** Write the part for these rows, and what was counted of them. */
  write(
    out: ByteWriter,
    columns: EntryColumns,
    series: TemplateSeriesWriter,
    names: LocalNames,
  ): void {
    const templates = this.#texts.map((text, index) => ({
      text,
      example: exampleOf(columns, this.#firstRows[index]!),
    }));
    writeTemplatePart(out, templates, series.list(), names);
  }

  #number(id: number, row: number): number {
    if (id >= this.#localOf.length) {
      const larger = new Int32Array(Math.max(id + 1, this.#localOf.length * 2));
      larger.set(this.#localOf);
      this.#localOf = larger;
    }
    if (this.#localOf[id] === 0) {
      const isFull = this.#texts.length >= TEMPLATE_LIMITS.masksMax;
      this.#localOf[id] = isFull ? -1 : this.#texts.push(this.#cache.textOf(id));
      if (!isFull) this.#firstRows.push(row);
    }
    return Math.max(0, this.#localOf[id]!);
  }

  /** So many differ by words that vary, too: make those one, number what is left anew, and count the rest as others. */
  #merge(numbers: Uint16Array): void {
    const templates = new Templates(TEMPLATE_LIMITS.masksMax);
    const ids = this.#texts.map((text) => templates.idOfTemplate(text));
    const localOf = new Map<number, number>();
    const texts: string[] = [];
    const firstRows: number[] = [];
    const renumbered = ids.map((given, index) => {
      const id = given === OTHERS ? OTHERS : templates.merged(given);
      const known = localOf.get(id);
      if (known !== undefined) return known;
      if (id === OTHERS || texts.length >= TEMPLATE_LIMITS.templatesMax) return 0;
      const local = texts.push(templates.textOf(id));
      firstRows.push(this.#firstRows[index]!);
      localOf.set(id, local);
      return local;
    });
    for (let index = 0; index < numbers.length; index += 1) {
      const number = numbers[index]!;
      if (number > 0) numbers[index] = renumbered[number - 1]!;
    }
    this.#texts = texts;
    this.#firstRows = firstRows;
  }
}

/** The first line of a message, cut between characters. */
export function exampleOf(columns: EntryColumns, row: number): string {
  const start = columns.messageStart[row]!;
  const end = start + columns.messageLength[row]!;
  const cut = Math.min(end, start + TEMPLATE_LIMITS.exampleBytesMax);
  const text = columns.bytes.toString('utf8', start, cut);
  const line = text.split('\n', 1)[0]!;
  return cut < end && line === text ? `${line.replace(/\uFFFD+$/, '')}…` : line;
}
