/**
 * Which chunks of a segment hold a word: sorted word hashes → chunk sets, in a few bits a word.
 *
 *     part      = head · directory · groups
 *     head      = bucketBits u8 · restBits u8 · chunkCount u16 · groupCount u32 · crc32 of these u32
 *     directory = for each group: its end, in bytes from the first group, u32
 *     group     = crc32 of (group number u32 · the rest) u32 · entryCount u16 · bits
 *     bits      = for each of the group's buckets: a 1 for each entry, then a 0
 *               · for each entry: the next `restBits` bits of its hash, then its chunk in `chunkBits` bits
 *               · for each entry whose chunk is `chunkCount` (several chunks): a set
 *     set       = 00 · count - 2 in 4 bits · chunks          (few)
 *               | 01 · first chunk · last chunk               (all from first to last)
 *               | 10 · a bit for each chunk
 *
 * The top `bucketBits` of a 32-bit hash choose its bucket, `GROUP_BUCKETS` buckets are a group. Bits are filled from the
 * lowest of each byte. A lookup of a word that is not there finds one with probability 2^-restBits: a chunk read in vain.
 * A lookup reads two ends of the directory and one group, which carries its own checksum for that.
 */
import { crc32 } from 'node:zlib';
import { finishWordHash, hashWord } from '../query/words.ts';

export const GROUP_BUCKETS = 256;
export const HEAD_BYTES = 12;
export const GROUP_HEAD_BYTES = 6;
/** 1 of 64 lookups of an absent word costs one chunk (about 0.1 ms); each bit more costs an eighth of a byte a word. */
export const REST_BITS = 6;
export const BUCKET_BITS_MAX = 26;
/** A chunk set of more than this is a range or a bitmap. */
export const FEW_MAX = 17;

/**
 * Of a UUID only the first group is a word of the index; this stands for "a UUID's other groups are here".
 * So a query for a word that could be one of them (4 or 12 hex digits) also takes the chunks of this hash.
 */
export const UUID_REST_HASH = hashWord(Buffer.from('uuid_rest_of_logstead'), 0, 21);
export const UUID_LENGTH = 36;

/** What stands in the index for "a field with this key is here". Keys compare exactly, so this is no word's hash. */
export function fieldKeyHash(key: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return finishWordHash(hash);
}

/** Bits that hold a chunk number, or the number of chunks, which stands for a set. */
export function chunkBitsOf(chunkCount: number): number {
  return 32 - Math.clz32(chunkCount);
}

/** Seeded with the group's number, so that a wrong directory cannot pass one group for another. */
export function groupChecksum(group: number, bytes: Uint8Array): number {
  seed.writeUInt32LE(group);
  return crc32(bytes, crc32(seed));
}

const seed = Buffer.alloc(4);
