/**
 * Numbers for the templates of messages, remembered by hash: a message of a known template costs its hash and one look.
 *
 * The numbers mean nothing beyond one cache; the texts are those of `TemplateMasker`. What is held is bounded by
 * `trim`, which whoever holds no numbers calls now and then.
 */
import { TemplateMasker } from './template.ts';
import { TemplateHasher } from './template-hash.ts';

/** Templates kept from one `trim` to the next: some megabytes. */
const KEPT_MAX = 32_768;
const SLOTS_INITIAL = 4096;

export class TemplateCache {
  readonly #hasher = new TemplateHasher();
  readonly #masker = new TemplateMasker();
  readonly #idsByText = new Map<string, number>();
  readonly #texts: string[] = [];
  /** Open addressing: low and high half of the hash, number + 1 (0: free). */
  #lows = new Int32Array(SLOTS_INITIAL);
  #highs = new Int32Array(SLOTS_INITIAL);
  #ids = new Int32Array(SLOTS_INITIAL);
  #used = 0;

  /** Numbers given so far. */
  get size(): number {
    return this.#texts.length;
  }

  textOf(id: number): string {
    return this.#texts[id] ?? '';
  }

  /** The number of the template of message `from[start, end)`. One byte behind it must be readable. */
  idOf(from: Uint8Array, start: number, end: number): number {
    const hasher = this.#hasher;
    hasher.hash(from, start, end);
    return this.idOfHashed(hasher, from, start, end);
  }

  /** The same where the hash of its template is known. */
  idOfHashed(
    { low, high }: Readonly<{ low: number; high: number }>,
    from: Uint8Array,
    start: number,
    end: number,
  ): number {
    const mask = this.#ids.length - 1;
    let slot = (low ^ high) & mask;
    for (;;) {
      const id = this.#ids[slot]! - 1;
      if (id < 0) break;
      if (this.#lows[slot] === low && this.#highs[slot] === high) return id;
      slot = (slot + 1) & mask;
    }
    this.#masker.mask(from, start, end);
    const id = this.#idOfText(this.#masker.text());
    this.#lows[slot] = low;
    this.#highs[slot] = high;
    this.#ids[slot] = id + 1;
    this.#used += 1;
    if (this.#used * 2 > this.#ids.length) this.#grow();
    return id;
  }

  /** Forget everything where it has become much. */
  trim(): void {
    if (this.#used <= KEPT_MAX) return;
    this.#idsByText.clear();
    this.#texts.length = 0;
    this.#lows = new Int32Array(SLOTS_INITIAL);
    this.#highs = new Int32Array(SLOTS_INITIAL);
    this.#ids = new Int32Array(SLOTS_INITIAL);
    this.#used = 0;
  }

  #idOfText(text: string): number {
    const known = this.#idsByText.get(text);
    if (known !== undefined) return known;
    const id = this.#texts.length;
    this.#texts.push(text);
    this.#idsByText.set(text, id);
    return id;
  }

  #grow(): void {
    const lows = this.#lows;
    const highs = this.#highs;
    const ids = this.#ids;
    const capacity = ids.length * 2;
    this.#lows = new Int32Array(capacity);
    this.#highs = new Int32Array(capacity);
    this.#ids = new Int32Array(capacity);
    for (let from = 0; from < ids.length; from += 1) {
      if (ids[from] === 0) continue;
      let slot = (lows[from]! ^ highs[from]!) & (capacity - 1);
      while (this.#ids[slot] !== 0) slot = (slot + 1) & (capacity - 1);
      this.#lows[slot] = lows[from]!;
      this.#highs[slot] = highs[from]!;
      this.#ids[slot] = ids[from]!;
    }
  }
}
