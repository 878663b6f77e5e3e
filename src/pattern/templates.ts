/**
 * Templates with numbers: messages of one pattern share one, counted from 0; at most `templatesMax` of them.
 *
 * Masking leaves words that vary (user names, hosts, tables). Where at least `VARIANTS_MIN` templates differ in
 * one and the same word only, that word becomes `<name>` and they become one: `login failed for <name>`. Few
 * variants stay apart (`accepted`, `rejected`): that difference is what a report is read for.
 *
 * Bounded and deterministic in the order of arrival. Looked up by hash and bytes: no string is made for a
 * message whose template is known. A number may later be merged into another: ask `merged` at the end.
 */
import { METHODS, TemplateMasker } from './template.ts';

/** The number of everything that found no room. */
export const OTHERS = -1;

/** From so many different words in one place on, the place is a variable. States and kinds are mostly fewer. */
const VARIANTS_MIN = 5;
/** Words that must be the same around it: shorter messages are told apart by just the one word. */
const CONSTANT_WORDS_MIN = 2;
/** Places looked at in one template: variables stand early enough. */
const PLACES_MAX = 24;
/** Places tried two by two: 28 pairs. */
const PAIRED_PLACES_MAX = 8;

/** Templates that differ in one word, at one place. */
type Variants = { readonly words: Set<string>; readonly members: number[]; mergedId: number };
const NO_VARIANTS = (): Variants => ({ words: new Set(), members: [], mergedId: OTHERS });

export class Templates {
  readonly #templatesMax: number;
  readonly #masker = new TemplateMasker();
  readonly #texts: string[] = [];
  readonly #idsByText = new Map<string, number>();
  /** What each number was merged into; itself: nothing. */
  readonly #targets: number[] = [];
  /** By the text around the place. */
  readonly #variants = new Map<string, Variants>();
  /** Templates with two variables, by the text around both: a message may be new in both at once. */
  readonly #pairs = new Map<string, number>();
  /** Masked bytes seen, and their numbers: open addressing, twice as many slots as entries; entry + 1, or 0. */
  readonly #entryBytes: Buffer[] = [];
  readonly #entryIds: number[] = [];
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

  /** The number that `id` has become a part of. */
  merged(id: number): number {
    let at = id;
    while (at >= 0 && this.#targets[at] !== at) at = this.#targets[at]!;
    return at;
  }

  /** The number of the template of message `from[start, end)`, or `OTHERS`. */
  idOf(from: Uint8Array, start: number, end: number): number {
    const masker = this.#masker;
    masker.mask(from, start, end);
    const hash = hashOf(masker.bytes, masker.length);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return this.#addEntry(slot, hash);
      if (this.#hashes[slot] === hash && equal(this.#entryBytes[entry]!, masker)) {
        return this.merged(this.#entryIds[entry]!);
      }
    }
  }

  /** The number of a template that is text already. */
  idOfTemplate(template: string): number {
    const known = this.#idsByText.get(template);
    return known === undefined ? this.#addTemplate(template) : this.merged(known);
  }

  #addEntry(slot: number, hash: number): number {
    const id = this.idOfTemplate(this.#masker.text());
    if (id === OTHERS || this.#entryIds.length >= this.#templatesMax) return id;
    this.#entryIds.push(id);
    this.#entryBytes.push(Buffer.from(this.#masker.bytes.subarray(0, this.#masker.length)));
    this.#slots[slot] = this.#entryIds.length;
    this.#hashes[slot] = hash;
    return id;
  }

  #addTemplate(template: string): number {
    const places = placesOf(template);
    for (const { around } of places) {
      const mergedId = this.#variants.get(around)?.mergedId ?? OTHERS;
      if (mergedId !== OTHERS) return this.merged(mergedId);
    }
    const pairId = this.#pairs.size === 0 ? undefined : this.#pairOf(places);
    if (pairId !== undefined) return this.merged(pairId);
    const id = this.#texts.length;
    if (id >= this.#templatesMax) return OTHERS;
    this.#texts.push(template);
    this.#targets.push(id);
    this.#idsByText.set(template, id);
    if (template.includes(NAME)) this.#takeVariants(id, template);
    for (const place of places) this.#addVariant(id, place);
    return this.merged(id);
  }

  /** A template with `<name>` in it, merged here or wherever it was read: it takes in those that differ at that place. */
  #takeVariants(id: number, template: string): void {
    const pieces = template.split(NAME);
    for (let hole = 1; hole < pieces.length; hole += 1) {
      const around = pieces.slice(0, hole).join(NAME) + HOLE + pieces.slice(hole).join(NAME);
      const variants = this.#variants.get(around) ?? NO_VARIANTS();
      this.#variants.set(around, variants);
      this.#merge(variants, id);
    }
    if (pieces.length === 3) this.#pairs.set(template.replaceAll(NAME, HOLE), id);
  }

  #merge(variants: Variants, mergedId: number): void {
    variants.mergedId = mergedId;
    for (const member of variants.members) {
      const root = this.merged(member);
      if (root !== this.merged(mergedId)) this.#targets[root] = mergedId;
    }
  }

  #pairOf(places: readonly Place[]): number | undefined {
    const early = places.slice(0, PAIRED_PLACES_MAX);
    for (const [index, first] of early.entries()) {
      for (const second of early.slice(index + 1)) {
        const before = second.around.slice(0, first.start);
        const key = before + HOLE + second.around.slice(first.start + first.word.length);
        const id = this.#pairs.get(key);
        if (id !== undefined) return id;
      }
    }
    return undefined;
  }

  #addVariant(id: number, { around, word }: Place): void {
    let variants = this.#variants.get(around);
    if (variants === undefined) {
      variants = NO_VARIANTS();
      this.#variants.set(around, variants);
    }
    variants.words.add(word);
    variants.members.push(id);
    if (variants.words.size < VARIANTS_MIN || variants.mergedId !== OTHERS) return;
    const mergedId = this.idOfTemplate(around.replace(HOLE, NAME));
    if (mergedId !== OTHERS) this.#merge(variants, mergedId);
  }
}

type Place = Readonly<{ around: string; word: string; start: number }>;

/** Not in any text that is looked at: `placesOf` takes it out. */
const HOLE = '\0';
const NAME = '<name>';

/** Each word that might be a variable, with the text around it. */
function placesOf(template: string): Place[] {
  const clean = template.replaceAll(HOLE, ' ');
  const words = [...clean.matchAll(WORDS)].filter((match) => !match[0].includes('<'));
  if (words.length <= CONSTANT_WORDS_MIN) return [];
  return words.slice(0, PLACES_MAX).flatMap((match): Place[] => {
    const word = match[0];
    if (METHODS.has(word)) return [];
    const around = clean.slice(0, match.index) + HOLE + clean.slice(match.index + word.length);
    return [{ around, word, start: match.index }];
  });
}
const WORDS = /[^\s=,:;()[\]{}"'`]*[\p{L}\p{N}][^\s=,:;()[\]{}"'`]*/gu;

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
