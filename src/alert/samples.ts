/**
 * A few matching entries of a group, to show with an alert: the first and the newest that arrived.
 *
 * A record is made only when it is needed or the batch ends, so a flood costs a few records per batch. Where
 * more matches fit into a window than are kept, "first" is the earliest of those.
 */

import type { EntryRecord, FieldValue } from '../model/entry.ts';
import { entryAt } from '../model/entry-at.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { entryRecordOf } from '../model/entry-record.ts';

/** A sample shows what happened; the whole text of a very long entry is in the store. */
const MESSAGE_CHARACTERS_MAX = 2_000;
const FIELDS_MAX = 30;
const VALUE_CHARACTERS_MAX = 300;

type Sample = { etUs: number; row: number; record: EntryRecord | null; text?: string };

export type SavedSamples = readonly (readonly [etUs: number, record: EntryRecord])[];

export class Samples {
  /** In order of arrival. */
  #samples: Sample[];
  #columns: EntryColumns | null = null;

  constructor(saved: SavedSamples = []) {
    this.#samples = saved.map(([etUs, record]) => ({ etUs, row: -1, record }));
  }

  get count(): number {
    return this.#samples.length;
  }

  /** A match. When there are too many, the first one goes unless `isNeeded` says that its moment still counts. */
  add(
    etUs: number,
    origin: Readonly<{ columns: EntryColumns; row: number; samplesMax: number }>,
    isNeeded: (etUs: number) => boolean,
  ): void {
    const samples = this.#samples;
    this.#columns = origin.columns;
    samples.push({ etUs, row: origin.row, record: null });
    while (samples.length > origin.samplesMax) {
      let at = isNeeded(samples[0]!.etUs) ? 1 : 0;
      // `splice` makes an array of what goes, with each match of a flood.
      for (; at < samples.length - 1; at += 1) samples[at] = samples[at + 1]!;
      samples.length -= 1;
    }
  }

  /** Samples with `fromUs <= et <= untilUs`, by event time. */
  between(fromUs: number, untilUs: number): EntryRecord[] {
    this.materialize();
    return this.#samples
      .filter(({ etUs }) => fromUs <= etUs && etUs <= untilUs)
      .sort((a, b) => a.etUs - b.etUs)
      .map(({ record }) => record!);
  }

  /** Make the records, before the rows go. */
  materialize(): void {
    const columns = this.#columns;
    if (columns === null) return;
    for (const sample of this.#samples) {
      sample.record ??= clipped(entryRecordOf(entryAt(columns, sample.row)));
      sample.row = -1;
    }
    this.#columns = null;
  }

  /** `JSON.stringify` of `save()`: a sample is written with every commit as long as it is kept, and made text once. */
  text(): string {
    this.materialize();
    const texts = this.#samples.map((sample) => {
      sample.text ??= JSON.stringify([sample.etUs, sample.record]);
      return sample.text;
    });
    return `[${texts.join(',')}]`;
  }

  save(): SavedSamples {
    this.materialize();
    return this.#samples.map(({ etUs, record }) => [etUs, record!]);
  }
}

function clipped(record: EntryRecord): EntryRecord {
  const metadata: Record<string, FieldValue> = {};
  for (const [key, value] of Object.entries(record.metadata).slice(0, FIELDS_MAX)) {
    const shown = typeof value === 'string' ? clippedText(value, VALUE_CHARACTERS_MAX) : value;
    Object.defineProperty(metadata, key, {
      value: Array.isArray(shown)
        ? clippedText(JSON.stringify(shown), VALUE_CHARACTERS_MAX)
        : shown,
      configurable: true,
      enumerable: true,
      writable: true,
    });
  }
  return { ...record, message: clippedText(record.message, MESSAGE_CHARACTERS_MAX), metadata };
}

function clippedText(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax)}…`.toWellFormed();
}
