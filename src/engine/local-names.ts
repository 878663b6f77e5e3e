/** The names that one segment uses, numbered as they are first met: process ids → ids in the segment. */
import type { Dictionary } from '../model/dictionary.ts';
import type { ColumnNames } from '../model/entry-columns.ts';
import type { SegmentNames } from './segment-format.ts';

export class LocalNames {
  readonly sources: LocalDictionary;
  readonly paths: LocalDictionary;
  readonly keys: LocalDictionary;
  readonly tagSets: LocalDictionary;
  readonly formats: LocalDictionary;

  constructor(names: ColumnNames) {
    this.sources = new LocalDictionary(names.sources);
    this.paths = new LocalDictionary(names.paths);
    this.keys = new LocalDictionary(names.keys);
    this.tagSets = new LocalDictionary(names.tagSets);
    this.formats = new LocalDictionary(names.formats);
  }

  lists(): SegmentNames {
    return {
      sources: this.sources.values,
      paths: this.paths.values,
      keys: this.keys.values,
      tagSets: this.tagSets.values,
      formats: this.formats.values,
    };
  }
}

class LocalDictionary {
  readonly #dictionary: Dictionary;
  readonly #ids = new Map<number, number>();
  readonly values: string[] = [];

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** Bound, so that it can be handed on. */
  readonly idOf = (id: number): number => {
    let local = this.#ids.get(id);
    if (local === undefined) {
      local = this.values.length;
      this.values.push(this.#dictionary.valueOf(id));
      this.#ids.set(id, local);
    }
    return local;
  };
}
