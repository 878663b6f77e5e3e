/**
 * Reads a query text left to right: spaces, marks, words with quoted pieces and stars, regular expressions.
 *
 * It knows how things are written, `parse-query.ts` knows what they mean. White space, `(`, `)` and `|` end
 * a word; `"…"` inside one is literal (`\"` and `\\` are the escapes); `*` outside quotes is a star.
 */
import { literalPattern } from './name-pattern.ts';
import { QueryError, type QueryErrorPlace } from './query-error.ts';

/** One word as written: literal texts and stars in order. */
export type Word = Readonly<{
  at: number;
  end: number;
  pieces: readonly Piece[];
  /** No quotes in it, so it may be a keyword, a level, a number. */
  bare: boolean;
}>;
export type Piece = Readonly<{ kind: 'text'; text: string }> | Readonly<{ kind: 'star' }>;

export type RegexLiteral = Readonly<{
  at: number;
  end: number;
  source: string;
  ignoreCase: boolean;
}>;

const SPACE = /\s/;
const ENDS_WORD = /[\s()|]/;

export class QueryScanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  skipSpace(): void {
    while (this.at < this.text.length && SPACE.test(this.text[this.at]!)) this.at += 1;
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  /** Whether nothing of a word follows. */
  get atWordEnd(): boolean {
    return this.atEnd || ENDS_WORD.test(this.text[this.at]!);
  }

  /** The text right here. */
  sees(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  /** Step over `text` if it is right here. */
  take(text: string): boolean {
    if (!this.sees(text)) return false;
    this.at += text.length;
    return true;
  }

  /** What a sticky expression matches right here; steps over it. */
  takeMatch(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    const match = expression.exec(this.text);
    if (match !== null) this.at += match[0].length;
    return match;
  }

  /** The keyword (`AND`, `OR`, `NOT`, `TO`) standing alone here. */
  seesKeyword(keyword: string): boolean {
    if (!this.sees(keyword)) return false;
    const next = this.text[this.at + keyword.length];
    return next === undefined || /[\s()|"]/.test(next);
  }

  /** A word up to white space, a parenthesis, `|`, or a character of `alsoEndsAt`. Empty where none is. */
  takeWord(alsoEndsAt = ''): Word {
    const at = this.at;
    const pieces: Piece[] = [];
    let bare = true;
    while (!this.atWordEnd && !alsoEndsAt.includes(this.text[this.at]!)) {
      if (this.sees('"')) {
        bare = false;
        append(pieces, this.takeQuoted());
      } else if (this.take('*')) {
        if (pieces.at(-1)?.kind !== 'star') pieces.push({ kind: 'star' });
      } else {
        append(pieces, this.text[this.at]!);
        this.at += 1;
      }
    }
    return { at, end: this.at, pieces, bare };
  }

  /** The text of a `"…"` that begins here. */
  takeQuoted(): string {
    const opensAt = this.at;
    let text = '';
    for (this.at += 1; !this.atEnd; this.at += 1) {
      const unit = this.text[this.at]!;
      if (unit === '"') {
        this.at += 1;
        return text;
      }
      const next = this.text[this.at + 1];
      if (unit === '\\' && (next === '"' || next === '\\')) {
        text += next;
        this.at += 1;
      } else {
        text += unit;
      }
    }
    throw this.error({ at: opensAt, length: this.text.length - opensAt, expected: 'a closing "' });
  }

  /** `/…/` or `/…/i`, whole, or null: a path such as `/api/users` is a word. */
  takeRegex(): RegexLiteral | null {
    if (!this.sees('/')) return null;
    let inClass = false;
    /** In the class that is open. */
    let slashAt: number | null = null;
    for (let end = this.at + 1; end < this.text.length; end += 1) {
      const unit = this.text[end]!;
      if (unit === '\\') end += 1;
      else if (unit === '[') inClass = true;
      else if (unit === ']') {
        inClass = false;
        slashAt = null;
      } else if (unit === '/') {
        if (!inClass) return this.#regexUpTo(end);
        slashAt ??= end;
      }
    }
    // `/[a/`: a class that never ends is a mistake in a regular expression, and no text to look for.
    return slashAt === null ? null : this.#regexUpTo(slashAt);
  }

  #regexUpTo(closesAt: number): RegexLiteral | null {
    const at = this.at;
    const source = this.text.slice(at + 1, closesAt);
    const ignoreCase = this.text[closesAt + 1] === 'i';
    const end = closesAt + (ignoreCase ? 2 : 1);
    if (source === '' || (end < this.text.length && !ENDS_WORD.test(this.text[end]!))) return null;
    this.at = end;
    return { at, end, source, ignoreCase };
  }

  error(place: Omit<QueryErrorPlace, 'query'>): QueryError {
    return new QueryError({ query: this.text, ...place });
  }
}

/** The literal text of a word without stars, or null. */
export function literalOf(word: Word): string | null {
  if (word.pieces.length === 0) return '';
  const only = word.pieces.length === 1 ? word.pieces[0]! : null;
  return only?.kind === 'text' ? only.text : null;
}

/** A word as the text of a name pattern. */
export function patternOf(word: Word): string {
  return word.pieces
    .map((piece) => (piece.kind === 'star' ? '*' : literalPattern(piece.text)))
    .join('');
}

function append(pieces: Piece[], text: string): void {
  const last = pieces.at(-1);
  if (last?.kind === 'text') pieces[pieces.length - 1] = { kind: 'text', text: last.text + text };
  else if (text !== '') pieces.push({ kind: 'text', text });
}
