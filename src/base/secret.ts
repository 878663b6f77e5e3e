/**
 * A password or token that cannot be printed by accident: every way of turning it into text says "(hidden)".
 * Only `reveal()` gives the value, so a search for that word finds each place that uses it.
 */

/** What stands for what is not shown. */
export const HIDDEN = '(hidden)';

/** A shorter one stands in any text by chance. */
const FOUND_CHARACTERS_MIN = 4;

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** What somebody says who was told it, such as a server that repeats what it was sent: without it, plain or as base64. */
  hideIn(text: string): string {
    if (this.#value.length < FOUND_CHARACTERS_MIN) return text;
    const encoded = Buffer.from(this.#value).toString('base64');
    return text.replaceAll(this.#value, HIDDEN).replaceAll(encoded, HIDDEN);
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return HIDDEN;
  }
}
