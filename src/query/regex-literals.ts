/**
 * Texts that whatever matches a regular expression must hold: one list for each alternative, all texts of one of them.
 *
 * It looks no deeper than it must to be sure: classes, escapes and optional parts say nothing, groups with alternatives neither.
 * Empty where an alternative says nothing.
 */
import { foldText } from './words.ts';

/**
 * One escape at the beginning of a text. `\101` is the character of that octal code: references back, which digits behind a
 * `\` may be as well, are refused (`regex.ts`). `\8` and `\9` are digits.
 */
export const REGEX_ESCAPE =
  /^\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|c[A-Za-z]|k<[^>]*>|[0-3][0-7]{1,2}|[4-7][0-7]|[\s\S])?/;

/** Shorter texts are in too many rows to be worth a look. */
const LITERAL_LENGTH_MIN = 3;

export function regexLiterals(source: string): string[][] {
  return literalsOf(source).map((literals) => literals.map(({ text }) => text));
}

/**
 * The same for who looks in a folded text (`words.ts`). An expression sees an accent behind a letter, a folded text has the
 * letter with its accent: so the last letter is left out where an accent may follow it.
 */
export function foldedRegexLiterals(source: string): string[][] {
  return literalsOf(source).map((literals) =>
    literals.map(({ text, isClosed }) => foldText(isClosed ? text : text.replace(/\w$/, ''))),
  );
}

/** `isClosed`: what stands behind it in a match is no accent, if there is anything. */
type Literal = { readonly text: string; isClosed: boolean };

function literalsOf(source: string): Literal[][] {
  const reader = new LiteralReader(source);
  const alternatives = reader
    .alternatives()
    .map((literals) => literals.filter(({ text }) => text.length >= LITERAL_LENGTH_MIN));
  return alternatives.some(({ length }) => length === 0) ? [] : alternatives;
}

/** One atom: the ASCII character it is, or null; and what it may stand for, `nothing` being a place between characters. */
type Atom = Readonly<{ literal: string | null; holds: 'no accent' | 'anything' | 'nothing' }>;

class LiteralReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Up to the end, or to the `)` that closes the group. */
  alternatives(): Literal[][] {
    const all: Literal[][] = [];
    let literals: Literal[] = [];
    /** Those of which it is not known yet what follows. */
    let undecided: Literal[] = [];
    let run = '';
    const endRun = (): void => {
      if (run === '') return;
      const literal = { text: run, isClosed: false };
      literals.push(literal);
      undecided.push(literal);
      run = '';
    };
    const decide = (isClosed: boolean): void => {
      for (const literal of undecided) literal.isClosed = isClosed;
      undecided = [];
    };
    while (this.#at < this.#source.length && this.#source[this.#at] !== ')') {
      const unit = this.#source[this.#at]!;
      if (unit === '|') {
        this.#at += 1;
        endRun();
        decide(false);
        all.push(literals);
        literals = [];
      } else if (unit === '(') {
        endRun();
        decide(false);
        literals.push(...this.#group());
      } else {
        const { literal, holds } = this.#atom();
        const repeat = this.#repeat();
        if (literal === null || repeat === 'optional') {
          endRun();
          if (holds === 'anything') decide(false);
          else if (holds === 'no accent' && repeat !== 'optional') decide(true);
        } else {
          decide(true);
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
  #group(): Literal[] {
    const head = /^\((?:\?(?:<[A-Za-z_$][\w$]*>|<?[=!]|[a-z-]*:))?/.exec(
      this.#source.slice(this.#at),
    )![0];
    this.#at += head.length;
    const inner = this.alternatives();
    this.#at += 1;
    // What stands before or behind the match is none of it: `(?<!…)` is even what must not be there.
    const isPlain = head === '(' || head === '(?:' || /^\(\?<.*>$/.test(head);
    const isRequired = this.#repeat() !== 'optional';
    return isPlain && isRequired && inner.length === 1 ? inner[0]! : [];
  }

  #atom(): Atom {
    const unit = this.#source[this.#at]!;
    if (unit === '[') {
      const found = /^\[(?:\\[\s\S]|[^\]\\])*\]?/.exec(this.#source.slice(this.#at))![0];
      this.#at += found.length;
      return { literal: null, holds: PLAIN_CLASS.test(found) ? 'no accent' : 'anything' };
    }
    if (unit === '\\') {
      const escaped = REGEX_ESCAPE.exec(this.#source.slice(this.#at))![0];
      this.#at += escaped.length;
      // Punctuation stands for itself; letters and digits are classes, controls or references.
      if (/^\\[!-/:-@[-`{-~]$/.test(escaped)) return { literal: escaped[1]!, holds: 'no accent' };
      if (/^\\[bB]$/.test(escaped)) return { literal: null, holds: 'nothing' };
      return { literal: null, holds: /^\\[dwsnrt]$/.test(escaped) ? 'no accent' : 'anything' };
    }
    this.#at += 1;
    // Behind `$` is the end of a line.
    if (unit === '$') return { literal: null, holds: 'no accent' };
    const isLiteral = unit !== '.' && unit !== '^' && unit >= ' ' && unit <= '~';
    return isLiteral ? { literal: unit, holds: 'no accent' } : { literal: null, holds: 'anything' };
  }

  #repeat(): 'once' | 'repeated' | 'optional' {
    const found = /^(?:[?*+]|\{\d+(?:,\d*)?\})\??/.exec(this.#source.slice(this.#at));
    if (found === null) return 'once';
    this.#at += found[0].length;
    return found[0].startsWith('+') || /^\{0*[1-9]/.test(found[0]) ? 'repeated' : 'optional';
  }
}

/** Of texts that all have to be there: what is looked for first lets fewest through. Empty: there are none. */
export function longestOf(texts: readonly string[]): string {
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

/** A class of ASCII characters and the simplest escapes. */
const PLAIN_CLASS = /^\[(?!\^)(?:[ -Z^-~]|\\[dwsnrt!-/:-@[-`{-~])*\]$/;
