/** A random key that stays on this machine: it signs links, so that only who got one can use it. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { systemCodeOf } from './errors.ts';

const KEY_BYTES = 32;
/** 128 bits: nobody guesses that, and a link stays short enough for a text mail. */
const SIGNATURE_DIGITS = 32;

export class SigningKey {
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  /** The key in the file, made if it is not there; nobody but the owner can read it. */
  static open(path: string): SigningKey {
    try {
      const key = readFileSync(path);
      if (key.length === KEY_BYTES) return new SigningKey(key);
    } catch (cause) {
      if (systemCodeOf(cause) !== 'ENOENT') throw cause;
    }
    // A torn one of a crash is made anew: links signed with it end, nothing else.
    const key = randomBytes(KEY_BYTES);
    const descriptor = openSync(path, 'w', 0o600);
    writeSync(descriptor, key);
    fsyncSync(descriptor);
    closeSync(descriptor);
    return new SigningKey(key);
  }

  /** Parts are told apart: no two lists of parts sign alike. */
  sign(parts: readonly string[]): string {
    const hash = createHmac('sha256', this.#key).update(JSON.stringify(parts)).digest('hex');
    return hash.slice(0, SIGNATURE_DIGITS);
  }

  isSigned(parts: readonly string[], signature: string): boolean {
    const expected = Buffer.from(this.sign(parts));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }
}
