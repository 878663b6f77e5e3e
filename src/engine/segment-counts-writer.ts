/**
 * What a segment counts of its rows while it is written: by minute, by file, by route and by template.
 *
 * One of it lives as long as its encoder. V8 drops the shape of objects, and all code compiled for it, when garbage is
 * collected while none of them is left; with counters of their own for each segment that was a sixth of the CPU of a load.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { ByteWriter } from './byte-writer.ts';
import { FileSeriesWriter } from './file-part.ts';
import type { LocalNames } from './local-names.ts';
import { RequestCounts, writeRequestPart } from './request-part.ts';
import { RollupWriter } from './rollup.ts';
import type { KnownRequests } from './seal-ahead.ts';
import { TemplateSeriesWriter } from './template-part.ts';

export class SegmentCountsWriter {
  /** By template; `TemplateWriter` writes them. */
  readonly templates = new TemplateSeriesWriter();
  readonly #rollup = new RollupWriter();
  readonly #files = new FileSeriesWriter();
  readonly #requests = new RequestCounts();
  /** Those of the rows before are counted. */
  #requestsFromRow = 0;

  /** Begin a segment, of which the requests of some rows are known. */
  start({ rowCount, routes }: KnownRequests): void {
    this.templates.clear();
    this.#rollup.clear();
    this.#files.clear();
    this.#requests.clear();
    this.#requests.addAll(routes);
    this.#requestsFromRow = rowCount;
  }

  /** Count rows by all but their templates, the numbers of which are known last. */
  add(columns: EntryColumns, rows: Int32Array): void {
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index]!;
      this.#rollup.add(columns, row);
      this.#files.add(columns, row);
      if (row >= this.#requestsFromRow) this.#requests.add(columns, row);
    }
  }

  /** Count rows that have templates of these numbers. */
  addTemplates(columns: EntryColumns, rows: Int32Array, numbers: Uint16Array): void {
    for (let index = 0; index < rows.length; index += 1) {
      this.templates.add(columns, rows[index]!, numbers[index]!);
    }
  }

  writeRollup(out: ByteWriter, names: LocalNames): void {
    this.#rollup.write(out, { source: names.sources.idOf, tagSet: names.tagSets.idOf });
  }

  writeFiles(out: ByteWriter, names: LocalNames): void {
    this.#files.write(out, names);
  }

  writeRequests(out: ByteWriter, columns: EntryColumns, names: LocalNames): void {
    const { sources } = columns.names;
    writeRequestPart(out, this.#requests.list(), (name) => sources.idOf(name), names);
  }
}
