/**
 * Field keys: from the bytes of a key, and the object it is nested in, to its number in `ColumnNames.keys`
 * and to what it means, without making a string.
 *
 * One table per `ColumnNames`, shared by all parsers of the process. It is bounded: keys made of data (ids as
 * keys of an object) would otherwise grow it for ever. A key that finds no room gets -1: its value is not a
 * field of the entry, and is still in the entry's original bytes. Open addressing over typed arrays; the texts lie
 * one behind the other and are compared four bytes at a time.
 */
import type { ColumnNames } from '../model/entry-columns.ts';
import type { Draft } from './draft.ts';
import { KnownKeys } from './known-keys.ts';
import { roleOf } from './roles.ts';

/** Distinct keys in one process. A hundred services with a hundred keys each are below; 100 bytes a key. */
export const KEYS_MAX = 16_384;
/** Longest key kept, in bytes, nesting included. Longer ones are data. */
const KEY_BYTES_MAX = 256;
/** Twice the keys, so that chains stay short; a power of two. */
const SLOT_COUNT = 32_768;
/** Keys chosen to collide find no room after so many steps, and cost no more than that. */
const PROBES_MAX = 32;
/** All texts together; keys are mostly shorter than 32 bytes. */
const TEXT_BYTES_MAX = KEYS_MAX * 32;

export class KeyTable {
  readonly #names: ColumnNames;
  readonly known: KnownKeys;
  /** Slot → entry number + 1; 0 is free. */
  readonly #slots = new Int32Array(SLOT_COUNT);
  readonly #hashes = new Int32Array(KEYS_MAX);
  readonly #parents = new Int32Array(KEYS_MAX);
  readonly #textStart = new Int32Array(KEYS_MAX + 1);
  readonly #texts = new Uint8Array(TEXT_BYTES_MAX);
  readonly #textView = new DataView(this.#texts.buffer);
  /** By entry: number in `names.keys`, and the role of the key. */
  readonly ids = new Int32Array(KEYS_MAX);
  readonly roles = new Int32Array(KEYS_MAX);
  #count = 0;

  constructor(names: ColumnNames) {
    this.#names = names;
    this.known = new KnownKeys((name) => names.keys.idOf(name));
  }

  nameOf(id: number): string {
    return this.#names.keys.valueOf(id);
  }

  /**
   * The entry of the key [start, end) of the draft's bytes inside the object whose entry is `parent` (-1: the top).
   * -1 where there is no room. `ids` and `roles` are indexed by it.
   */
  find(draft: Draft, start: number, end: number, parent: number): number {
    const { view } = draft;
    const length = end - start;
    const wordsEnd = end - 3;
    let hash = Math.imul(length + Math.imul(parent, 31), 0x9e3779b1);
    let position = start;
    for (; position < wordsEnd; position += 4) {
      hash = Math.imul(hash ^ view.getInt32(position, true), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    const rest = end - position;
    if (rest > 0) {
      const tail = view.getInt32(position, true) & (0xffffff >>> ((3 - rest) << 3));
      hash = Math.imul(hash ^ tail, 0x2c1b3c6d);
    }
    hash ^= hash >>> 13;
    let slot = hash & (SLOT_COUNT - 1);
    for (let probe = 0; probe < PROBES_MAX; probe += 1) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return this.#add(draft, start, end, parent, hash, slot);
      if (
        this.#hashes[entry] === hash &&
        this.#parents[entry] === parent &&
        this.#isText(entry, draft, start, length)
      ) {
        return entry;
      }
      slot = (slot + 1) & (SLOT_COUNT - 1);
    }
    return -1;
  }

  #isText(entry: number, draft: Draft, start: number, length: number): boolean {
    const from = this.#textStart[entry]!;
    if (this.#textStart[entry + 1]! - from !== length) return false;
    const { bytes, view } = draft;
    let index = 0;
    for (; index + 4 <= length; index += 4) {
      if (view.getInt32(start + index, true) !== this.#textView.getInt32(from + index, true)) {
        return false;
      }
    }
    for (; index < length; index += 1) {
      if (bytes[start + index] !== this.#texts[from + index]) return false;
    }
    return true;
  }

  #add(
    draft: Draft,
    start: number,
    end: number,
    parent: number,
    hash: number,
    slot: number,
  ): number {
    const entry = this.#count;
    const from = this.#textStart[entry]!;
    const length = end - start;
    if (entry >= KEYS_MAX || length > KEY_BYTES_MAX || from + length > TEXT_BYTES_MAX) return -1;
    const own = draft.bytes.toString('utf8', start, end);
    const name = parent < 0 ? own : `${this.nameOf(this.ids[parent]!)}.${own}`;
    if (name.length > KEY_BYTES_MAX) return -1;
    this.#texts.set(draft.bytes.subarray(start, end), from);
    this.#textStart[entry + 1] = from + length;
    this.ids[entry] = this.#names.keys.idOf(name);
    this.roles[entry] = roleOf(name);
    this.#hashes[entry] = hash;
    this.#parents[entry] = parent;
    this.#slots[slot] = entry + 1;
    this.#count = entry + 1;
    return entry;
  }
}

const TABLES = new WeakMap<ColumnNames, KeyTable>();

/** The table of a process's names. */
export function keyTableOf(names: ColumnNames): KeyTable {
  let table = TABLES.get(names);
  if (table === undefined) {
    table = new KeyTable(names);
    TABLES.set(names, table);
  }
  return table;
}
