/**
 * Texts that whatever matches a regular expression must hold: one list for each alternative, all texts of one of them.
 *
 * It looks no deeper than it must to be sure: classes, escapes and optional parts say nothing, groups with alternatives neither.
 * Empty where an alternative says nothing.
 */

/** Shorter texts are in too many rows to be worth a look. */
const LITERAL_LENGTH_MIN = 3;

export function regexLiterals(source: string): string[][] {
  const reader = new LiteralReader(source);
  const alternatives = reader
    .alternatives()
    .map((literals) => literals.filter(({ length }) => length >= LITERAL_LENGTH_MIN));
  return alternatives.some(({ length }) => length === 0) ? [] : alternatives;
}

class LiteralReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Up to the end, or to the `)` that closes the group. */
  alternatives(): string[][] {
    const all: string[][] = [];
    let literals: string[] = [];
    let run = '';
    const endRun = (): void => {
      if (run !== '') literals.push(run);
      run = '';
    };
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      const unit = this.#source[this.#at]!;
      if (unit === '|') {
        this.#at += 1;
        endRun();
        all.push(literals);
        literals = [];
      } else if (unit === '(') {
        endRun();
        literals.push(...this.#group());
      } else {
        const literal = this.#atom();
        const repeat = this.#repeat();
        if (literal === null || repeat === 'optional') {
          endRun();
        } else {
          run += literal;
          if (repeat === 'repeated') endRun();
        }
      }
    }
    endRun();
    all.push(literals);
    return all;
  }

  /** A group's literals where it must match and has no alternatives. */
  #group(): string[] {
    const head = /^\((?:\?(?:<[A-Za-z_$][\w$]*>|<?[=!]|[a-z-]*:))?/.exec(
      this.#source.slice(this.#at),
    )![0];
    this.#at += head.length;
    const inner = this.alternatives();
    this.#at += 1;
    const isPlain = head === '(' || head === '(?:' || head.startsWith('(?<');
    const isRequired = this.#repeat() !== 'optional';
    return isPlain && isRequired && inner.length === 1 ? inner[0]! : [];
  }

  /** One atom; null where it is not one ASCII character. */
  #atom(): string | null {
    const unit = this.#source[this.#at]!;
    if (unit === '[') {
      this.#at += /^\[(?:\\[\s\S]|[^\]\\])*\]?/.exec(this.#source.slice(this.#at))![0].length;
      return null;
    }
    if (unit === '\\') {
      const escaped = /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[A-Za-z]|k<[^>]*>|[\s\S])?/.exec(
        this.#source.slice(this.#at),
      )![0];
      this.#at += escaped.length;
      // Punctuation stands for itself; letters and digits are classes, controls or references.
      return /^\\[!-/:-@[-`{-~]$/.test(escaped) ? escaped[1]! : null;
    }
    this.#at += 1;
    return /[.^$]/.test(unit) || unit > '~' || unit < ' ' ? null : unit;
  }

  #repeat(): 'once' | 'repeated' | 'optional' {
    const found = /^(?:[?*+]|\{\d+(?:,\d*)?\})\??/.exec(this.#source.slice(this.#at));
    if (found === null) return 'once';
    this.#at += found[0].length;
    return found[0].startsWith('+') || /^\{0*[1-9]/.test(found[0]) ? 'repeated' : 'optional';
  }
}
