/** Which rules hang on a field being there, or on its number being large or small enough. Each field of a row is looked at once. */
import type { ColumnNames, EntryColumns } from '../model/entry-columns.ts';
import { numberIn } from '../query/text-matcher.ts';
import type { Anchor } from './anchors.ts';

export type FieldAnchor = Extract<Anchor, { key: string }>;

type Limit = Readonly<{ limit: number; position: number }>;

/** Rules that hang on one key. */
type OfKey = {
  always: number[];
  /** Smallest limit first. */
  above: Limit[];
  /** Largest limit first. */
  below: Limit[];
};

export class FieldAnchors {
  readonly #names: ColumnNames;
  /** By the id of the key. */
  readonly #ofKeys: (OfKey | undefined)[] = [];

  constructor(names: ColumnNames) {
    this.#names = names;
  }

  add(anchor: FieldAnchor, position: number): void {
    const keyId = this.#names.keys.idOf(anchor.key);
    const ofKey = this.#ofKeys[keyId] ?? { always: [], above: [], below: [] };
    this.#ofKeys[keyId] = ofKey;
    if (anchor.kind === 'key') {
      ofKey.always.push(position);
      return;
    }
    ofKey[anchor.kind].push({ limit: anchor.limit, position });
    ofKey.above.sort((a, b) => a.limit - b.limit);
    ofKey.below.sort((a, b) => b.limit - a.limit);
  }

  /** Put the rules that something in the row's fields speaks for into `out`; one may be named twice. */
  find(columns: EntryColumns, row: number, out: number[]): void {
    const { fieldKey, fieldStart, fieldLength, bytes } = columns;
    const fieldEnd = columns.fieldEnd[row]!;
    for (let field = columns.fieldFirst(row); field < fieldEnd; field += 1) {
      const ofKey = this.#ofKeys[fieldKey[field]!];
      if (ofKey === undefined) continue;
      for (const position of ofKey.always) out.push(position);
      if (ofKey.above.length === 0 && ofKey.below.length === 0) continue;
      const start = fieldStart[field]!;
      const value = numberIn(bytes, start, start + fieldLength[field]!);
      for (const { limit, position } of ofKey.above) {
        if (!(limit <= value)) break;
        out.push(position);
      }
      for (const { limit, position } of ofKey.below) {
        if (!(limit >= value)) break;
        out.push(position);
      }
    }
  }
}
