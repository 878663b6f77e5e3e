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

const HASH_SEED = 0x9e3779b1;
const HASH_WORD = 0x85ebca6b;
const HASH_TAIL = 0x2c1b3c6d;
/** Finding a quote or backslash four bytes at a time. */
const QUOTES = 0x22222222;
const BACKSLASHES = 0x5c5c5c5c;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080;

/** Where the key read by `findQuoted` last ends. */
export let closingQuote = 0;

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
    let hash = Math.imul(parent + 1, HASH_SEED);
    let position = start;
    for (; position + 4 <= end; position += 4) {
      hash = Math.imul(hash ^ view.getInt32(position, true), HASH_WORD);
      hash ^= hash >>> 15;
    }
    const rest = end - position;
    const tail = rest === 0 ? 0 : view.getInt32(position, true) & (0xffffff >>> ((3 - rest) << 3));
    return this.#findHashed(draft, start, end, parent, Math.imul(hash ^ tail, HASH_TAIL));
  }

  /**
   * The same for a key in quotes whose closing quote is not known yet: `closingQuote` says where it is. -2 where the key has
   * an escape or no end before `end`.
   */
  findQuoted(draft: Draft, start: number, end: number, parent: number): number {
    const { view } = draft;
    let hash = Math.imul(parent + 1, HASH_SEED);
    for (let position = start; position < end; position += 4) {
      const word = view.getInt32(position, true);
      const quote = word ^ QUOTES;
      const slash = word ^ BACKSLASHES;
      const stops = (((quote - ONES) & ~quote) | ((slash - ONES) & ~slash)) & HIGH_BITS;
      if (stops === 0) {
        hash = Math.imul(hash ^ word, HASH_WORD);
        hash ^= hash >>> 15;
        continue;
      }
      const rest = (31 - Math.clz32(stops & -stops)) >> 3;
      const keyEnd = position + rest;
      if (keyEnd >= end || draft.bytes[keyEnd] !== 34) return -2;
      closingQuote = keyEnd;
      const tail = rest === 0 ? 0 : word & (0xffffff >>> ((3 - rest) << 3));
      return this.#findHashed(draft, start, keyEnd, parent, Math.imul(hash ^ tail, HASH_TAIL));
    }
    return -2;
  }

  #findHashed(draft: Draft, start: number, end: number, parent: number, mixed: number): number {
    const hash = mixed ^ (mixed >>> 13) ^ (end - start);
    const slots = this.#slots;
    let slot = hash & (SLOT_COUNT - 1);
    for (let probe = 0; probe < PROBES_MAX; probe += 1) {
      const entry = slots[slot]! - 1;
      if (entry < 0) return this.#add(draft, start, end, parent, hash, slot);
      if (
        this.#hashes[entry] === hash &&
        this.#parents[entry] === parent &&
        this.#isText(entry, draft, start, end - start)
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
