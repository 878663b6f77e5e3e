/**
 * A password or token that cannot be printed by accident: every way of turning it into text says "(hidden)".
 * Only `reveal()` gives the value, so a search for that word finds each place that uses it.
 */

const HIDDEN = '(hidden)';

export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
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
