/**
 * From a pattern as people write it to a regular expression and the names of its groups.
 *
 * A pattern is a regular expression with `(?<name>…)`, with `%{WORD:name}` of grok, or with both. Everything that can be
 * wrong with it is told with its column; what the linear-time engine cannot do (look-around, back references) is refused.
 */
import { grokPattern, nearestGrokName } from './grok-patterns.ts';
import { PatternError } from './pattern-error.ts';

/** Fields of one entry that a pattern may name. */
const GROUPS_MAX = 64;
const GROUP_NAME = /^[A-Za-z_@][A-Za-z0-9_.@-]{0,63}$/;
const GROK = /^%\{([A-Za-z0-9_]+)(?::([^:}]+))?(?::(int|float|string))?\}/;

export type PatternSource = Readonly<{
  expression: string;
  /** Name of the group `g0`, `g1`, … of the expression. */
  names: readonly string[];
}>;

export function readPattern(text: string): PatternSource {
  const names: string[] = [];
  const openAt: number[] = [];
  let expression = '';
  let position = 0;
  const open = (name: string, at: number): string => {
    if (!GROUP_NAME.test(name)) {
      throw new PatternError(
        at + 1,
        `"${name}" is no name of a field: expected letters, digits, . _ - @`,
      );
    }
    if (names.includes(name)) throw new PatternError(at + 1, `the field "${name}" is named twice`);
    if (names.length === GROUPS_MAX) {
      throw new PatternError(at + 1, `a pattern names at most ${GROUPS_MAX} fields`);
    }
    names.push(name);
    return `(?P<g${names.length - 1}>`;
  };
  while (position < text.length) {
    const sign = text[position]!;
    if (sign === '\\') {
      expression += escapeAt(text, position);
      position += 2;
    } else if (sign === '[') {
      const end = classEnd(text, position);
      expression += text.slice(position, end);
      position = end;
    } else if (sign === '%' && text[position + 1] === '{') {
      const { name, pattern, length } = grokAt(text, position);
      expression += name === null ? `(?:${pattern})` : `${open(name, position)}${pattern})`;
      position += length;
    } else if (sign === '(') {
      openAt.push(position);
      const named = namedGroupAt(text, position);
      expression += named === null ? '(' : open(named.name, position);
      position += named === null ? 1 : named.length;
    } else {
      if (sign === ')' && openAt.pop() === undefined) {
        throw new PatternError(
          position + 1,
          'this ) closes nothing; a bracket of the line is written \\)',
        );
      }
      expression += sign;
      position += 1;
    }
  }
  const unclosed = openAt.pop();
  if (unclosed !== undefined) {
    throw new PatternError(
      unclosed + 1,
      'this ( is never closed; a bracket of the line is written \\(',
    );
  }
  return { expression, names };
}

function escapeAt(text: string, at: number): string {
  const letter = text[at + 1];
  if (letter === undefined) throw new PatternError(at + 1, 'a \\ at the end stands for nothing');
  if (/[1-9k]/.test(letter)) {
    throw new PatternError(
      at + 1,
      'a group cannot be asked for again: lines are read in linear time',
    );
  }
  return `\\${letter}`;
}

/** End of the character class at `at`. */
function classEnd(text: string, at: number): number {
  let position = at + 1;
  if (text[position] === '^') position += 1;
  // A bracket right behind the opening one is a member.
  if (text[position] === ']') position += 1;
  for (; position < text.length; position += 1) {
    if (text[position] === '\\') position += 1;
    else if (text[position] === '[' && text[position + 1] === ':') {
      const close = text.indexOf(':]', position + 2);
      if (close > 0) position = close + 1;
    } else if (text[position] === ']') return position + 1;
  }
  throw new PatternError(at + 1, 'this [ is never closed; a bracket of the line is written \\[');
}

function grokAt(
  text: string,
  at: number,
): Readonly<{ name: string | null; pattern: string; length: number }> {
  const found = GROK.exec(text.slice(at));
  if (found === null) {
    throw new PatternError(
      at + 1,
      'expected %{WORD} or %{WORD:field}; a %{ of the line is written %\\{',
    );
  }
  const [whole, word = '', field] = found;
  const pattern = grokPattern(word);
  if (pattern === null) {
    const nearest = nearestGrokName(word);
    const meant = nearest === null ? '' : `; did you mean %{${nearest}}?`;
    throw new PatternError(at + 3, `there is no grok pattern ${word}${meant}`);
  }
  return { name: field?.trim() ?? null, pattern, length: whole.length };
}

/** The named group that opens at `at`; null for another kind of group. */
function namedGroupAt(text: string, at: number): Readonly<{ name: string; length: number }> | null {
  const rest = text.slice(at);
  if (/^\(\?<?[=!]/.test(rest)) {
    throw new PatternError(
      at + 1,
      'nothing can look ahead or behind: lines are read in linear time',
    );
  }
  if (/^\(\?>/.test(rest)) {
    throw new PatternError(
      at + 1,
      'there are no atomic groups; they are not needed: lines are read in linear time',
    );
  }
  const found = /^\(\?P?<([^>]*)>/.exec(rest);
  return found === null ? null : { name: found[1]!, length: found[0].length };
}
