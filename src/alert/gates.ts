/**
 * Which of some texts a row holds, asked before its words are hashed: most rows of most logs hold nothing of what their rules are
 * about.
 *
 * Texts are found by fours of bytes. Of `k` fours of a text that follow each other one stands where every `k`th byte is looked
 * at: so a text of seven bytes costs a look at every fourth. What a look finds is told apart by the rarest four of each text, and
 * then compared whole.
 *
 * Price: about 2 ns a look, without regard to the number of texts.
 */
import type { EntryColumns } from '../model/entry-columns.ts';

/** Bytes of one look. */
const LOOK_BYTES = 4;
/** Looks further apart would need longer texts than most rules have. */
const STRIDE_MAX = 4;
/** Bits of the filter that says no at once: with a thousand texts of four fours each one in 32 is set. */
const FILTER_BITS = 1 << 17;
/** The high bits of a product are used: bytes of text differ most in the low ones. */
const FACTOR = 0x9e3779b1;
const SHIFT = 32 - Math.log2(FILTER_BITS);
/** Sets the bit that tells lower-case letters from upper-case ones; other bytes that it makes equal are told apart by the comparison. */
const CASE_BITS = 0x20202020;

/** How far apart looks may be so that none of these texts is missed; 0: there are none, or one is too short. */
export function strideFor(texts: readonly Readonly<{ length: number }>[]): number {
  const shortest = Math.min(...texts.map(({ length }) => length));
  return texts.length === 0 ? 0 : Math.max(0, Math.min(shortest - LOOK_BYTES + 1, STRIDE_MAX));
}

/** What is wanted of a text. */
export const GATE = { IGNORED: 0, TOLD: 1, NOTICED: 2 } as const;

/** `wish`: by number of the text. */
export type GateWish = Readonly<{ stride: number; wish: Uint8Array }>;

/** A text, and where in it its rarest four stands. */
type Text = Readonly<{ number: number; bytes: Buffer; rareAt: number }>;

/** Texts that have one four: by the rarest four of each, and how far that is from the one they share. */
type Sharing = Readonly<{ distance: number; byRarest: Map<number, Text[]> }>;

export class Gates {
  readonly #filter = new Int32Array(FILTER_BITS / 32);
  readonly #sharing = new Map<number, Sharing[]>();
  readonly #numbers = new Map<string, number>();
  /** Of the row at hand: what is wanted, and what was found. */
  #wish: Uint8Array = new Uint8Array(0);
  #out: number[] = [];
  #viewed: Buffer | null = null;
  #view: DataView = new DataView(new ArrayBuffer(0));

  /** ASCII, lowered, and such that there is a stride for each. */
  constructor(texts: Iterable<string>) {
    for (const text of texts) {
      if (!this.#numbers.has(text)) this.#numbers.set(text, this.#numbers.size);
    }
    const counts = countFours(this.#numbers.keys());
    for (const [text, number] of this.#numbers) this.#place(Buffer.from(text), number, counts);
  }

  get count(): number {
    return this.#numbers.size;
  }

  /** The number of one of the texts. */
  numberOf(text: string): number {
    return this.#numbers.get(text)!;
  }

  /**
   * The numbers of the texts in the message and the fields of a row, letters of either case, put into `out`: those that are to be
   * told, some perhaps twice. False: one that is only to be noticed is there, and the rest was not looked at.
   */
  find(columns: EntryColumns, row: number, { stride, wish }: GateWish, out: number[]): boolean {
    const { fieldStart, fieldLength } = columns;
    if (columns.bytes !== this.#viewed) this.#viewOf(columns.bytes);
    this.#wish = wish;
    this.#out = out;
    const start = columns.messageStart[row]!;
    if (!this.#scan(start, start + columns.messageLength[row]!, stride)) return false;
    const fieldEnd = columns.fieldEnd[row]!;
    for (let field = columns.fieldFirst(row); field < fieldEnd; field += 1) {
      const length = fieldLength[field]!;
      if (length < LOOK_BYTES) continue;
      const from = fieldStart[field]!;
      if (!this.#scan(from, from + length, stride)) return false;
    }
    return true;
  }

  /** A text is found by those of its fours that the fewest other texts have. */
  #place(bytes: Buffer, number: number, counts: ReadonlyMap<number, number>): void {
    const shared = foursOf(bytes).map((four) => counts.get(four)!);
    const rareAt = shared.indexOf(Math.min(...shared));
    const stride = strideFor([bytes]);
    const sumFrom = (first: number): number =>
      shared.slice(first, first + stride).reduce((sum, count) => sum + count, 0);
    let first = 0;
    for (let at = 1; at + stride <= shared.length; at += 1) {
      if (sumFrom(at) < sumFrom(first)) first = at;
    }
    for (let at = first; at < first + stride; at += 1) this.#add({ number, bytes, rareAt }, at);
  }

  /** Find a text by its four at `at`. */
  #add(text: Text, at: number): void {
    const four = fourAt(text.bytes, at);
    const bit = Math.imul(four, FACTOR) >>> SHIFT;
    this.#filter[bit >>> 5] = this.#filter[bit >>> 5]! | (1 << (bit & 31));
    const sharing = this.#sharing.get(four) ?? [];
    this.#sharing.set(four, sharing);
    const distance = text.rareAt - at;
    let texts = sharing.find((each) => each.distance === distance);
    if (texts === undefined) {
      texts = { distance, byRarest: new Map() };
      sharing.push(texts);
    }
    const rarest = fourAt(text.bytes, text.rareAt);
    const there = texts.byRarest.get(rarest);
    if (there === undefined) texts.byRarest.set(rarest, [text]);
    else there.push(text);
  }

  #viewOf(bytes: Buffer): void {
    this.#viewed = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  #scan(start: number, end: number, stride: number): boolean {
    const view = this.#view;
    const filter = this.#filter;
    const last = end - LOOK_BYTES;
    for (let at = start; at <= last; at += stride) {
      const four = view.getInt32(at, true) | CASE_BITS;
      const bit = Math.imul(four, FACTOR) >>> SHIFT;
      if ((filter[bit >>> 5]! & (1 << (bit & 31))) === 0) continue;
      if (!this.#compare(four, start, at, end)) return false;
    }
    return true;
  }

  #compare(four: number, start: number, at: number, end: number): boolean {
    const wish = this.#wish;
    const sharing = this.#sharing.get(four);
    if (sharing === undefined) return true;
    for (const { distance, byRarest } of sharing) {
      const rareAt = at + distance;
      if (rareAt < start || rareAt + LOOK_BYTES > end) continue;
      const texts = byRarest.get(this.#view.getInt32(rareAt, true) | CASE_BITS);
      if (texts === undefined) continue;
      for (const { number, bytes, rareAt: offset } of texts) {
        const from = rareAt - offset;
        if (wish[number] === GATE.IGNORED || from < start || from + bytes.length > end) continue;
        if (!this.#equals(bytes, from)) continue;
        if (wish[number] === GATE.NOTICED) return false;
        this.#out.push(number);
      }
    }
    return true;
  }

  #equals(text: Buffer, from: number): boolean {
    const bytes = this.#viewed!;
    for (let index = 0; index < text.length; index += 1) {
      const wanted = text[index]!;
      const found = bytes[from + index]!;
      const isLetter = wanted >= 0x61 && wanted <= 0x7a;
      if (found !== wanted && !(isLetter && found === wanted - 0x20)) return false;
    }
    return true;
  }
}

function fourAt(text: Buffer, offset: number): number {
  return text.readInt32LE(offset) | CASE_BITS;
}

function foursOf(text: Buffer): number[] {
  return Array.from({ length: text.length - LOOK_BYTES + 1 }, (_, offset) => fourAt(text, offset));
}

/** How many texts have each four; twice where a text has it twice. */
function countFours(texts: Iterable<string>): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const text of texts) {
    for (const four of foursOf(Buffer.from(text))) counts.set(four, (counts.get(four) ?? 0) + 1);
  }
  return counts;
}
