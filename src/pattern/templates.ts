/**
 * Templates with numbers: equal templates share one, counted from 0; at most `templatesMax` of them.
 *
 * A template that comes when all numbers are given is `OTHERS`: counted, not named. So hostile or random
 * messages cost a bounded amount of memory. Looked up by hash and bytes: no string is made per message.
 */
import { TemplateMasker } from './template.ts';

/** The number of everything that found no room. */
export const OTHERS = -1;

export class Templates {
  readonly #templatesMax: number;
  readonly #masker = new TemplateMasker();
  readonly #texts: string[] = [];
  readonly #bytes: Buffer[] = [];
  /** Open addressing, twice as many slots as templates: number + 1, or 0. */
  readonly #slots: Int32Array;
  readonly #hashes: Int32Array;

  constructor(templatesMax: number) {
    this.#templatesMax = templatesMax;
    const slotCount = 2 ** Math.ceil(Math.log2(templatesMax * 2));
    this.#slots = new Int32Array(slotCount);
    this.#hashes = new Int32Array(slotCount);
  }

  get size(): number {
    return this.#texts.length;
  }

  textOf(id: number): string {
    return this.#texts[id] ?? '';
  }

  /** The number of the template of message `from[start, end)`, or `OTHERS`. */
  idOf(from: Uint8Array, start: number, end: number): number {
    const masker = this.#masker;
    masker.mask(from, start, end);
    const hash = hashOf(masker.bytes, masker.length);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot]! - 1;
      if (id < 0) return this.#add(slot, hash);
      if (this.#hashes[slot] === hash && equal(this.#bytes[id]!, masker)) return id;
    }
  }

  #add(slot: number, hash: number): number {
    const id = this.#texts.length;
    if (id >= this.#templatesMax) return OTHERS;
    const { bytes, length } = this.#masker;
    this.#texts.push(this.#masker.text());
    this.#bytes.push(Buffer.from(bytes.subarray(0, length)));
    this.#slots[slot] = id + 1;
    this.#hashes[slot] = hash;
    return id;
  }
}

/** FNV-1a, mixed once more so that the low bits that choose the slot depend on all bytes. */
function hashOf(bytes: Uint8Array, length: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = 0; at < length; at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash ^ (hash >>> 15);
}

function equal(known: Buffer, masker: TemplateMasker): boolean {
  const { bytes, length } = masker;
  if (known.length !== length) return false;
  for (let at = 0; at < length; at += 1) {
    if (known[at] !== bytes[at]) return false;
  }
  return true;
}
