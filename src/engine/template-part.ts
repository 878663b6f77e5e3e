/**
 * The templates of a segment's messages, and how often each occurs: patterns are counted without a text.
 *
 *     templates = count varint · (text · example text) for each
 *               · series count varint · seven columns (`column-codec.ts`) of as many values, left out where there are none:
 *                 template, source, tagSet, class, count, earliest time, latest time
 *
 * Templates are numbered from 1; 0 is what found no room. A series is what the rows of one template, source, tag set and
 * class (`entry-class.ts`) have in common. Which row has which template is column 9. Names are numbered as in the footer.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { ColumnEncoder, readColumn, writeColumn } from './column-codec.ts';
import { ENTRY_CLASS_COUNT, entryClassOf } from './entry-class.ts';
import type { LocalNames } from './local-names.ts';

export const TEMPLATE_LIMITS = {
  /** Masked messages told apart while a segment is written. */
  masksMax: 8192,
  /** From so many on, those that differ in a word that varies are merged: fewer are left to whoever reads. */
  mergeFrom: 1024,
  /** Templates of one segment. Real logs have some hundreds. */
  templatesMax: 4096,
  /** An example is cut there: about four lines of a report. */
  exampleBytesMax: 320,
} as const;

export type TemplateText = Readonly<{ text: string; example: string }>;

/** Columns of equal length, a value for each series. */
export type TemplateSeries = Readonly<{
  count: number;
  template: Float64Array;
  /** Ids of this process. */
  source: Float64Array;
  tagSet: Float64Array;
  entryClass: Float64Array;
  counts: Float64Array;
  firstUs: Float64Array;
  lastUs: Float64Array;
}>;

export type TemplatePart = Readonly<{
  /** Template number n is at n - 1. */
  templates: readonly TemplateText[];
  series: TemplateSeries;
}>;

type OpenSeries = {
  readonly template: number;
  readonly source: number;
  readonly tagSet: number;
  readonly entryClass: number;
  count: number;
  firstUs: number;
  lastUs: number;
};

/** Counts rows one by one. */
export class TemplateSeriesWriter {
  readonly #all: OpenSeries[] = [];
  readonly #bySourceAndTags = new Map<number, Map<number, Map<number, OpenSeries>>>();
  #last = new Map<number, OpenSeries>();
  #lastSource = -1;
  #lastTagSet = -1;

  clear(): void {
    this.#all.length = 0;
    this.#bySourceAndTags.clear();
    this.#lastSource = -1;
  }

  add(columns: EntryColumns, row: number, template: number): void {
    const source = columns.source[row]!;
    const tagSet = columns.tagSet[row]!;
    if (source !== this.#lastSource || tagSet !== this.#lastTagSet) {
      this.#last = this.#of(source, tagSet);
      this.#lastSource = source;
      this.#lastTagSet = tagSet;
    }
    const entryClass = entryClassOf(columns.level[row]!, columns.severity[row]!);
    const us = columns.timestampUs[row]!;
    const key = template * ENTRY_CLASS_COUNT + entryClass;
    const series = this.#last.get(key);
    if (series === undefined) {
      const opened = { template, source, tagSet, entryClass, count: 1, firstUs: us, lastUs: us };
      this.#last.set(key, opened);
      this.#all.push(opened);
      return;
    }
    series.count += 1;
    if (us < series.firstUs) series.firstUs = us;
    if (us > series.lastUs) series.lastUs = us;
  }

  /** In the order of their first rows. */
  list(): readonly Readonly<OpenSeries>[] {
    return this.#all;
  }

  #of(source: number, tagSet: number): Map<number, OpenSeries> {
    const byTagSet = this.#bySourceAndTags.get(source) ?? new Map();
    this.#bySourceAndTags.set(source, byTagSet);
    const found = byTagSet.get(tagSet) ?? new Map();
    byTagSet.set(tagSet, found);
    return found;
  }
}

export function writeTemplatePart(
  out: ByteWriter,
  templates: readonly TemplateText[],
  series: ReturnType<TemplateSeriesWriter['list']>,
  names: LocalNames,
): void {
  out.varint(templates.length);
  for (const { text, example } of templates) {
    out.text(text);
    out.text(example);
  }
  out.varint(series.length);
  if (series.length === 0) return;
  const encoder = new ColumnEncoder();
  const write = (numberOf: (one: Readonly<OpenSeries>) => number): void =>
    writeColumn(out, encoder.encode(Float64Array.from(series, numberOf), series.length), 0);
  write(({ template }) => template);
  write(({ source }) => names.sources.idOf(source));
  write(({ tagSet }) => names.tagSets.idOf(tagSet));
  write(({ entryClass }) => entryClass);
  write(({ count }) => count);
  write(({ firstUs }) => firstUs);
  write(({ lastUs }) => lastUs);
}

/** Most examples are never asked for: they stay bytes until then. */
class StoredTemplate implements TemplateText {
  readonly text: string;
  readonly #example: Buffer;

  constructor(text: string, example: Buffer) {
    this.text = text;
    this.#example = example;
  }

  get example(): string {
    return this.#example.toString('utf8');
  }
}

/** The names are turned into ids of this process. */
export function readTemplatePart(
  input: ByteReader,
  names: Readonly<{ source(local: number): number; tagSet(local: number): number }>,
): TemplatePart {
  const templates: TemplateText[] = [];
  for (let left = input.count(2); left > 0; left -= 1) {
    templates.push(new StoredTemplate(input.text(), input.bytes(input.count(1))));
  }
  const count = input.varint();
  const column = (): Float64Array => (count === 0 ? new Float64Array(0) : readColumn(input, count));
  const series = {
    count,
    template: column(),
    source: column().map(names.source),
    tagSet: column().map(names.tagSet),
    entryClass: column(),
    counts: column(),
    firstUs: column(),
    lastUs: column(),
  };
  return { templates, series };
}
