/**
 * Which words an archived file holds, as a Bloom filter: "perhaps" or "surely not".
 *
 * Ten bits a word and seven probes say "perhaps" of one word in a hundred that is not there. Words are those of
 * `query/words.ts`, so what a query looks for and what a file holds are hashed alike.
 */

const BITS_PER_WORD = 10;
const PROBES = 7;
/** 8 MiB: seven million different words in one file. With more the filter says "perhaps" more often, never less. */
const FILTER_BYTES_MAX = 8 * 1024 * 1024;
const FILTER_BYTES_MIN = 64;

export function filterOf(hashes: Int32Array): Uint8Array {
  const wanted = Math.ceil((hashes.length * BITS_PER_WORD) / 8);
  const filter = new Uint8Array(Math.min(FILTER_BYTES_MAX, Math.max(FILTER_BYTES_MIN, wanted)));
  for (const hash of hashes) {
    forEachProbe(hash, filter.length * 8, (bit) => {
      filter[bit >> 3]! |= 1 << (bit & 7);
      return true;
    });
  }
  return filter;
}

/** False: the word is surely not there. */
export function mayHold(filter: Uint8Array, hash: number): boolean {
  return forEachProbe(
    hash,
    filter.length * 8,
    (bit) => (filter[bit >> 3]! & (1 << (bit & 7))) !== 0,
  );
}

/** Until `look` says no; whether it never did. */
function forEachProbe(hash: number, bitCount: number, look: (bit: number) => boolean): boolean {
  let at = hash >>> 0;
  // A second hash of the first: odd, so that it never comes back to the same bit at once.
  const step = (Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0) | 1;
  for (let probe = 0; probe < PROBES; probe += 1) {
    if (!look(at % bitCount)) return false;
    at = (at + step) >>> 0;
  }
  return true;
}
