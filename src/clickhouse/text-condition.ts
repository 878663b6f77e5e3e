/**
 * Tests of texts as SQL: the same answer as `query/text-matcher.ts`, or a condition that lets more through and says so.
 *
 * Words of ASCII are exact: the text is lowered byte by byte and a regular expression looks at the word's edges. What
 * folds by Unicode's rules (`größe`), and regular expressions, are only narrowed down here; the matcher of the
 * program decides about the rows that come back.
 */

import { partsOf } from '../query/name-pattern.ts';
import type { FieldTest, TextTest } from '../query/query-tree.ts';
import { longestOf, regexLiterals } from '../query/regex-literals.ts';
import { foldText, isWordUnit } from '../query/words.ts';
import { WORDS_EXPRESSION } from './schema.ts';
import { allOf, anyOf, type Condition, type SqlParameters } from './sql-text.ts';

/** Whether a text, given as SQL, passes the test. */
export type TextCondition = (expression: string) => Condition;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the range is "ASCII".
const ASCII = /^[\x00-\x7f]*$/;

/** What may stand before or behind a word: an end of the text, or an ASCII character that belongs to no word. */
const EDGE = '[\\x00-/:-@\\[-^`{-\\x7f]';
/** A combining mark makes another letter of the one before it. */
const NO_MARK = '(?:$|[^\\x{300}-\\x{36f}])';

export function textCondition(test: TextTest, parameters: SqlParameters): TextCondition {
  if (test.kind === 'regex') return regexCondition(test.source, parameters);
  const folded = foldText(test.text);
  if (folded === '') return () => ({ sql: '1', isExact: false });
  if (!ASCII.test(folded)) return foldedCondition(folded, parameters);
  const beginsWord = isWordUnit(folded.charCodeAt(0));
  const endsWord = isWordUnit(folded.charCodeAt(folded.length - 1));
  const left = test.kind === 'phrase' || test.kind === 'prefix' ? beginsWord : false;
  const right = test.kind === 'phrase' || test.kind === 'suffix' ? endsWord : false;
  const start = `${left ? `(?:^|${EDGE})` : ''}${escapedForRegex(folded)}`;
  if (!right && endsWord) return openEndCondition(start, parameters);
  const pattern = parameters.of(right ? `${start}(?:$|${EDGE})` : start, 'String');
  return (expression) => ({ sql: `match(lower(${expression}), ${pattern})`, isExact: true });
}

/** Letters that may go on, but into no other letter: where a mark follows, the text is composed to see. */
function openEndCondition(start: string, parameters: SqlParameters): TextCondition {
  const closed = parameters.of(`${start}${NO_MARK}`, 'String');
  const open = parameters.of(start, 'String');
  return (expression) => ({ sql: unlessComposed(expression, { closed, open }), isExact: true });
}

/**
 * `closed` finds the needle where no mark follows it, `open` wherever it stands. Composing a text takes ten times as long as
 * looking for one, and few have marks; bytes that are no UTF-8 are no character to a server, not even "no mark".
 */
function unlessComposed(
  expression: string,
  { closed, open }: Readonly<{ closed: string; open: string }>,
): string {
  const text = `lower(${expression})`;
  const composed = `normalizeUTF8NFC(toValidUTF8(${text}))`;
  return `(match(${text}, ${open}) AND (match(${text}, ${closed}) OR match(${composed}, ${open})))`;
}

/** A word index that the server can use: what every text that passes must hold, or nothing. */
export function wordsCondition(test: TextTest, parameters: SqlParameters): string | null {
  const tokens = test.kind === 'regex' ? [] : indexTokens(test);
  if (tokens.length === 0) return null;
  return `hasAllTokens(${WORDS_EXPRESSION}, ${parameters.of(tokens, 'Array(String)')})`;
}

export function fieldCondition(test: FieldTest, parameters: SqlParameters): TextCondition {
  switch (test.kind) {
    case 'equals': {
      const folded = foldText(test.value);
      if (!ASCII.test(folded)) return foldedCondition(folded, parameters);
      const value = parameters.of(folded, 'String');
      return (expression) => ({ sql: `lower(${expression}) = ${value}`, isExact: true });
    }
    case 'pattern':
      return patternCondition(test.pattern, parameters);
    case 'compare': {
      const value = parameters.of(test.value, 'Float64');
      return numberCondition((number) => `${number} ${test.comparison} ${value}`);
    }
    case 'range': {
      const { from, until, includesUntil } = test;
      const ends = [
        from === Number.NEGATIVE_INFINITY ? null : ['>=', parameters.of(from, 'Float64')],
        until === Number.POSITIVE_INFINITY
          ? null
          : [includesUntil ? '<=' : '<', parameters.of(until, 'Float64')],
      ].filter((end) => end !== null);
      return numberCondition((number) =>
        ends.length === 0
          ? '1'
          : ends.map(([sign, value]) => `${number} ${sign} ${value}`).join(' AND '),
      );
    }
    default:
      return textCondition(test, parameters);
  }
}

/** A byte that is no UTF-8 is no character to a server: its `%` and `.` end there. */
const ANY_BYTES = '\\C*';
/** Anything behind a letter but a mark that makes another one of it. */
const NO_MARK_FOLLOWS = `(?:[^\\x{300}-\\x{36f}]${ANY_BYTES})?`;

/** `*` is any run of characters; the rest literally, without regard to case. */
export function patternCondition(pattern: string, parameters: SqlParameters): TextCondition {
  const parts = partsOf(pattern).map(foldText);
  const isExact = parts.every((part) => ASCII.test(part));
  if (parts.length === 1 && isExact) {
    const value = parameters.of(parts[0]!, 'String');
    return (expression) => ({ sql: `lower(${expression}) = ${value}`, isExact });
  }
  const regex = (gap: (before: string) => string): string => {
    const text = parts
      .map((part, index) => {
        const literal = ASCII.test(part) ? escapedForRegex(part) : '';
        return index < parts.length - 1 ? `${literal}${gap(part)}` : literal;
      })
      .join('');
    return parameters.of(`^${text}${parts.length === 1 ? ANY_BYTES : ''}$`, 'String');
  };
  const whole = regex((before) =>
    isExact && before !== '' && isWordUnit(before.charCodeAt(before.length - 1))
      ? NO_MARK_FOLLOWS
      : ANY_BYTES,
  );
  const open = regex(() => ANY_BYTES);
  // A server finds a text ten times as fast as it matches an expression, and most values do not hold it.
  const held = longestOf(parts.filter((part) => ASCII.test(part)));
  const literal = held === '' ? null : parameters.of(held, 'String');
  return (expression) => {
    const fits = unlessComposed(expression, { closed: whole, open });
    const sql =
      literal === null ? fits : `(position(lower(${expression}), ${literal}) > 0 AND ${fits})`;
    return { sql, isExact };
  };
}

/** What the program takes for a number: `numberIn` of `query/text-matcher.ts`. */
const NUMBER_PATTERN = "'^[+-]?(?:[0-9]+\\\\.?[0-9]*|\\\\.[0-9]+)(?:[eE][+-]?[0-9]+)?$'";
const NUMBER_LENGTH_MAX = 32;

function numberCondition(test: (number: string) => string): TextCondition {
  return (expression) => ({
    sql: `(length(${expression}) <= ${NUMBER_LENGTH_MAX} AND match(${expression}, ${NUMBER_PATTERN}) AND ${test(`toFloat64OrZero(${expression})`)})`,
    isExact: true,
  });
}

/** A number in a text as SQL; null where it is none. For stages, which know no longest number. */
export function numberExpression(expression: string): string {
  return `if(match(${expression}, ${NUMBER_PATTERN}), toFloat64OrNull(${expression}), NULL)`;
}

/** Texts that whatever matches must hold; the engine's own pruning knows them too. */
function regexCondition(source: string, parameters: SqlParameters): TextCondition {
  const alternatives = regexLiterals(source).map((literals) =>
    literals.map((literal) => parameters.of(literal.toLowerCase(), 'String')),
  );
  if (alternatives.length === 0) return () => ({ sql: '1', isExact: false });
  return (expression) => {
    const holds = (literal: string): Condition => ({
      sql: `position(lower(${expression}), ${literal}) > 0`,
      isExact: false,
    });
    return anyOf(alternatives.map((literals) => allOf(literals.map(holds))));
  };
}

/** A text with letters beyond ASCII: each of them in any case and composition that folds to it. */
function foldedCondition(folded: string, parameters: SqlParameters): TextCondition {
  const pieces = folded.split(UNREADABLE).filter((piece) => piece !== '');
  const conditions = pieces.map((piece) => pieceCondition(piece, parameters));
  return (expression) => {
    const { sql } = allOf(conditions.map((condition) => condition(expression)));
    return { sql, isExact: false };
  };
}

/** What stands for bytes that are no UTF-8 where they are shown: a server has these bytes instead. */
const UNREADABLE = /\ufffd+/;

function pieceCondition(piece: string, parameters: SqlParameters): TextCondition {
  const pattern = [...piece]
    .map((letter) =>
      ASCII.test(letter)
        ? escapedForRegex(letter)
        : `(?:${variantsOf(letter).map(escapedForRegex).join('|')})`,
    )
    .join('');
  const value = parameters.of(pattern, 'String');
  return (expression) => ({ sql: `match(lower(${expression}), ${value})`, isExact: false });
}

let unfolded: Map<string, string[]> | null = null;

/** Everything that folds to a letter, composed and decomposed, lowered as the server lowers (ASCII alone). */
function variantsOf(letter: string): string[] {
  unfolded ??= unfoldedLetters();
  const alike = [letter, ...(unfolded.get(letter) ?? [])];
  const all = alike.flatMap((one) => [one, ...partlyComposed(one), one.normalize('NFC')]);
  return [...new Set(all.map((one) => one.replace(/[A-Z]/g, (ascii) => ascii.toLowerCase())))];
}

/** Decomposed, and with one of two marks composed, as Vietnamese in Windows-1258 becomes. */
function partlyComposed(letter: string): string[] {
  const whole = letter.normalize('NFD');
  const [base, one, other, ...rest] = whole;
  if (other === undefined || rest.length > 0) return [whole];
  return [
    whole,
    `${base}${other}${one}`,
    `${`${base}${one}`.normalize('NFC')}${other}`,
    `${`${base}${other}`.normalize('NFC')}${one}`,
  ];
}

/** Where letters with a case, and those that stand for others, lie: up to Hangul, compatibility forms, younger scripts. */
const LETTER_RANGES = [
  [0x80, 0xd800],
  [0xf900, 0x1_0000],
  [0x1_0400, 0x1_f000],
  [0x2_f800, 0x2_fa20],
] as const;

/** Letters by what they fold to; made once, in some milliseconds. */
function unfoldedLetters(): Map<string, string[]> {
  const byFold = new Map<string, string[]>();
  for (const [from, until] of LETTER_RANGES) {
    for (let code = from; code < until; code += 1) {
      const letter = String.fromCodePoint(code);
      const folded = foldText(letter);
      if (folded === letter) continue;
      const known = byFold.get(folded);
      if (known === undefined) byFold.set(folded, [letter]);
      else known.push(letter);
    }
  }
  return byFold;
}

/** Whole index words of the needle: those that an edge of the test does not cut. */
function indexTokens(test: Exclude<TextTest, { kind: 'regex' }>): string[] {
  const folded = foldText(test.text);
  const found = [...folded.matchAll(/[a-z0-9]+/g)];
  return found
    .filter(({ index, 0: token }) => {
      const end = index + token.length;
      const before = folded.charCodeAt(index - 1);
      const behind = folded.charCodeAt(end);
      const cutLeft =
        index === 0 ? test.kind === 'suffix' || test.kind === 'infix' : before >= 0x80;
      const cutRight =
        end === folded.length ? test.kind === 'prefix' || test.kind === 'infix' : behind >= 0x80;
      return !cutLeft && !cutRight;
    })
    .map(({ 0: token }) => token);
}

function escapedForRegex(text: string): string {
  return text.replace(/[\\^$.|?*+()[\]{}/-]/g, '\\$&').replace(/\0/g, '\\x00');
}
