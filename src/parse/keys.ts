/**
 * Field keys: from the bytes of a key, and the object it is nested in, to its number in `ColumnNames.keys`
 * and to what it means, without making a string.
 *
 * One table per `ColumnNames`, shared by all parsers of the process. It is bounded: keys made of data (ids as
 * keys of an object) would otherwise grow it for ever. Above the bound a new key gets -1: its value is not a
 * field of the entry, and is still in the entry's original bytes.
 */
import type { ColumnNames } from '../model/entry-columns.ts';
import { roleOf } from './roles.ts';

/** Distinct keys in one process. A hundred services with a hundred keys each are below; 100 bytes a key. */
export const KEYS_MAX = 16_384;
/** Longest key kept, in bytes, nesting included. Longer ones are data. */
const KEY_BYTES_MAX = 256;
/** Twice the keys, so that chains stay short; a power of two. */
const SLOT_COUNT = 32_768;

export class KeyTable {
  readonly #names: ColumnNames;
  /** Slot → entry number + 1; 0 is free. */
  readonly #slots = new Int32Array(SLOT_COUNT);
  readonly #hashes: number[] = [];
  readonly #parents: number[] = [];
  readonly #texts: Buffer[] = [];
  /** By entry: number in `names.keys`, and the role of the key. */
  readonly ids: number[] = [];
  readonly roles: number[] = [];
  readonly #byName = new Map<string, number>();

  constructor(names: ColumnNames) {
    this.#names = names;
  }

  /** Number of a key that a format always gives, e.g. `status`. */
  idOf(name: string): number {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const id = this.#names.keys.idOf(name);
    this.#byName.set(name, id);
    return id;
  }

  nameOf(id: number): string {
    return this.#names.keys.valueOf(id);
  }

  /**
   * The entry of the key [start, end) inside the object whose entry is `parent` (-1: the top). -1 where the table
   * is full or the key too long. `ids` and `roles` are indexed by it.
   */
  find(bytes: Uint8Array, start: number, end: number, parent: number): number {
    const length = end - start;
    let hash = Math.imul(length + parent * 31, 0x9e3779b1);
    hash = Math.imul(hash ^ bytes[start]! ^ (bytes[end - 1]! << 8), 0x85ebca6b);
    hash ^= bytes[start + (length >> 1)]! << 4;
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    hash ^= hash >>> 13;
    let slot = hash & (SLOT_COUNT - 1);
    for (;;) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return this.#add(bytes, start, end, parent, hash, slot);
      if (
        this.#hashes[entry] === hash &&
        this.#parents[entry] === parent &&
        sameBytes(this.#texts[entry]!, bytes, start, length)
      ) {
        return entry;
      }
      slot = (slot + 1) & (SLOT_COUNT - 1);
    }
  }

  #add(
    bytes: Uint8Array,
    start: number,
    end: number,
    parent: number,
    hash: number,
    slot: number,
  ): number {
    if (this.ids.length >= KEYS_MAX || end - start > KEY_BYTES_MAX) return -1;
    const text = Buffer.from(bytes.subarray(start, end));
    const own = text.toString('utf8');
    const name = parent < 0 ? own : `${this.#names.keys.valueOf(this.ids[parent]!)}.${own}`;
    if (name.length > KEY_BYTES_MAX) return -1;
    const entry = this.ids.length;
    this.ids.push(this.#names.keys.idOf(name));
    this.roles.push(roleOf(name));
    this.#hashes.push(hash);
    this.#parents.push(parent);
    this.#texts.push(text);
    this.#slots[slot] = entry + 1;
    return entry;
  }
}

function sameBytes(text: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let index = 0; index < length; index += 1) {
    if (text[index] !== bytes[start + index]) return false;
  }
  return true;
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
