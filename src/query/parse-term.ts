/**
 * One term of a query: a word, a phrase, a regular expression, or `field:value` in all its forms.
 *
 * What looks like a field and is none stays text: `10.0.0.1:8080`, `http://…`, `a::b`, `a->b`.
 */
import { nearestName } from '../base/nearest.ts';
import { LEVELS, type Level } from '../model/level.ts';
import { literalOf, patternOf, type QueryScanner, type Word } from './query-scanner.ts';
import {
  type Comparison,
  type FieldTest,
  type Filter,
  MESSAGE_KEY,
  type TextTest,
} from './query-tree.ts';
import { compileRegex } from './regex.ts';
import { expectedTime, parseTime, type TimeContext } from './time-text.ts';

/** A name before a colon. Quoted names and those that are not reserved are metadata keys. */
export type Field = Readonly<{ name: string; kind: ReservedName | 'metadata' }>;

export const RESERVED_NAMES = ['level', 'source', 'file', 'tag', 'since', 'until', 'has'] as const;
export type ReservedName = (typeof RESERVED_NAMES)[number];

/** `name:`; not `::` (C++), not `://` (an address). */
const KEY = /([\p{L}_@][\p{L}\p{M}\p{N}_./$-]*):(?!:|\/\/)/uy;
const COMPARED_KEY = /[\p{L}_@][\p{L}\p{M}\p{N}_./$-]*(?=[<>=!])/uy;
const OPERATOR = />=|<=|>|<|=/y;
/** `!==` is code, and stays text. */
const UNEQUAL = /!=(?!=)/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Whether an entry has exactly one value of the field. */
export function singleValued(field: Field): boolean {
  return field.kind === 'level' || field.kind === 'source' || field.kind === 'file';
}

export type TermOptions = Readonly<{
  context: TimeContext;
  /** Parses the `( … )` of `field:( … )`, which begins at the scanner. */
  group: (field: Field) => Filter;
}>;

export function parseTerm(scanner: QueryScanner, { context, group }: TermOptions): Filter {
  const field = takeField(scanner);
  if (field !== null)
    return scanner.sees('(') ? group(field) : parseValue(scanner, { field, context });
  const compared = takeComparison(scanner);
  if (compared !== null) return compared;
  const regex = takeRegexTest(scanner);
  if (regex !== null) return { kind: 'text', test: regex };
  const word = scanner.takeWord();
  if (word.pieces.length === 1 && word.pieces[0]!.kind === 'star') return { kind: 'everything' };
  return { kind: 'text', test: textTest(scanner, word) };
}

function takeField(scanner: QueryScanner): Field | null {
  const at = scanner.at;
  if (scanner.sees('"')) {
    const name = scanner.takeQuoted();
    if (name !== '' && scanner.take(':')) return { name, kind: 'metadata' };
    scanner.at = at;
    return null;
  }
  const match = scanner.takeMatch(KEY);
  return match === null ? null : fieldNamed(match[1]!);
}

function fieldNamed(name: string): Field {
  const reserved = RESERVED_NAMES.find((known) => known === name);
  return { name, kind: reserved ?? 'metadata' };
}

/** `level>=warn`, `status>=500`, `status!=404`: a comparison without a colon. */
function takeComparison(scanner: QueryScanner): Filter | null {
  const at = scanner.at;
  const field = takeComparedField(scanner);
  if (field !== null) {
    if (scanner.takeMatch(UNEQUAL) !== null) return unequalTo(scanner, field);
    const comparison = scanner.takeMatch(OPERATOR)?.[0] as Comparison | undefined;
    if (field.kind === 'level' && comparison !== undefined) return levelFilter(scanner, comparison);
    const text = literalOf(scanner.takeWord());
    const isNumber = text !== null && NUMBER.test(text);
    if (field.kind === 'metadata' && comparison !== undefined && comparison !== '=' && isNumber) {
      return compareFilter(field.name, { comparison, value: Number(text) });
    }
  }
  scanner.at = at;
  return null;
}

function takeComparedField(scanner: QueryScanner): Field | null {
  if (scanner.sees('"')) {
    const name = scanner.takeQuoted();
    return name === '' ? null : { name, kind: 'metadata' };
  }
  const match = scanner.takeMatch(COMPARED_KEY);
  return match === null ? null : fieldNamed(match[0]);
}

/** What stands behind `!=`. As with `-field:value`, entries without the field are found too. */
function unequalTo(scanner: QueryScanner, field: Field): Filter {
  if (scanner.atWordEnd) {
    throw scanner.error({
      at: scanner.at,
      expected: `a value right after "${field.name}!="`,
      suggestion: scanner.sees('(')
        ? `-${field.name}:( … )`
        : `"${field.name}!=" in quotes, as text`,
    });
  }
  switch (field.kind) {
    case 'level':
      return { kind: 'not', part: levelFilter(scanner, '=') };
    case 'source':
    case 'file':
    case 'tag':
      return { kind: 'not', part: nameFilter(scanner, field.kind) };
    case 'metadata':
      return { kind: 'not', part: equalFilter(scanner, field.name) };
    default:
      throw scanner.error({
        at: scanner.at - 2,
        length: 2,
        expected: `no != behind "${field.name}"`,
        suggestion: `-${field.name}:…`,
      });
  }
}

/** What stands behind `field:`, or one item of `field:( … )`. */
export function parseValue(
  scanner: QueryScanner,
  { field, context }: Readonly<{ field: Field; context: TimeContext }>,
): Filter {
  if (scanner.atWordEnd) {
    throw scanner.error({
      at: scanner.at,
      expected: `a value right after "${field.name}:"`,
      suggestion: `"${field.name}:" in quotes, as text`,
    });
  }
  if (scanner.takeMatch(UNEQUAL) !== null) return unequalTo(scanner, field);
  switch (field.kind) {
    case 'level': {
      const operator = scanner.takeMatch(OPERATOR);
      return levelFilter(scanner, (operator?.[0] ?? '=') as Comparison);
    }
    case 'source':
    case 'file':
    case 'tag':
      return nameFilter(scanner, field.kind);
    case 'since':
    case 'until':
      return timeFilter(scanner, { kind: field.kind, context });
    case 'has':
      return hasFilter(scanner);
    case 'metadata':
      return metadataFilter(scanner, field.name);
  }
}

function nameFilter(scanner: QueryScanner, kind: 'source' | 'file' | 'tag'): Filter {
  return { kind, pattern: patternOf(takeNonEmpty(scanner, 'a name')) };
}

/** What other programs call the six levels. A map: `constructor` is none. */
const LEVEL_ALIASES: ReadonlyMap<string, Level> = new Map([
  ['warning', 'WARN'],
  ['err', 'ERROR'],
  ['critical', 'FATAL'],
  ['crit', 'FATAL'],
  ['alert', 'FATAL'],
  ['emerg', 'FATAL'],
  ['emergency', 'FATAL'],
  ['panic', 'FATAL'],
  ['notice', 'INFO'],
]);
const LEVEL_NAMES = [...LEVELS.map((level) => level.toLowerCase()), 'none'];

/** By its own name, or what other programs call it, in either case. */
export function levelNamed(written: string): Level | undefined {
  const name = written.toLowerCase();
  return LEVELS.find((level) => level.toLowerCase() === name) ?? LEVEL_ALIASES.get(name);
}

function levelFilter(scanner: QueryScanner, comparison: Comparison): Filter {
  const word = scanner.takeWord();
  const written = literalOf(word) ?? '*';
  const name = written.toLowerCase();
  const level = levelNamed(name);
  if (level !== undefined) return { kind: 'level', comparison, level };
  if (name === 'none' && comparison === '=') return { kind: 'level', comparison, level: null };
  const several = name.split(',');
  throw scanner.error({
    at: word.at,
    length: word.end - word.at,
    expected: 'a level (trace, debug, info, warn, error, fatal)',
    suggestion:
      several.length > 1 && several.every((part) => LEVEL_NAMES.includes(part))
        ? `level:(${several.join(' OR ')})`
        : (nearestName(written, LEVEL_NAMES) ?? undefined),
  });
}

function timeFilter(
  scanner: QueryScanner,
  { kind, context }: Readonly<{ kind: 'since' | 'until'; context: TimeContext }>,
): Filter {
  const word = scanner.takeWord();
  const text = literalOf(word);
  const timeUs = text === null ? null : parseTime(text, context);
  if (timeUs === null) {
    throw scanner.error({
      at: word.at,
      length: word.end - word.at,
      expected: expectedTime(text),
      suggestion:
        text === null
          ? undefined
          : (nearestName(text, ['now', 'today', 'yesterday', 'tomorrow']) ?? undefined),
    });
  }
  return kind === 'since'
    ? { kind: 'time', fromUs: timeUs, untilUs: null }
    : { kind: 'time', fromUs: null, untilUs: timeUs };
}

function hasFilter(scanner: QueryScanner): Filter {
  const word = takeNonEmpty(scanner, 'the name of a field');
  const key = literalOf(word);
  if (key === null) {
    throw scanner.error({
      at: word.at,
      length: word.end - word.at,
      expected: 'the name of a field, without *',
    });
  }
  if (word.bare) {
    if (key === 'level')
      return { kind: 'not', part: { kind: 'level', comparison: '=', level: null } };
    if (key === 'source' || key === 'file' || key === 'tag') return { kind: key, pattern: '*' };
  }
  return { kind: 'has', key };
}

function metadataFilter(scanner: QueryScanner, key: string): Filter {
  if (scanner.sees('[')) return rangeFilter(scanner, key);
  const regex = takeRegexTest(scanner);
  if (regex !== null) return { kind: 'field', key, test: regex };
  const operator = scanner.takeMatch(OPERATOR)?.[0];
  if (operator !== undefined && operator !== '=') {
    const value = numberOf(scanner, scanner.takeWord());
    return compareFilter(key, { comparison: operator as NumberComparison, value });
  }
  if (operator === '=') return equalFilter(scanner, key);
  const word = scanner.takeWord();
  const text = literalOf(word);
  if (text === null && key === MESSAGE_KEY && !isStar(word)) {
    return { kind: 'field', key, test: textTest(scanner, word) };
  }
  if (text === null) return patternFilter(key, word);
  const test: FieldTest = text === '' ? { kind: 'equals', value: '' } : { kind: 'phrase', text };
  return { kind: 'field', key, test };
}

/** What stands behind `=`: the whole value, or a pattern that it fits. */
function equalFilter(scanner: QueryScanner, key: string): Filter {
  const word = scanner.takeWord();
  const text = literalOf(word);
  if (text === null) return patternFilter(key, word);
  if (text === '' && word.bare) throw scanner.error({ at: word.at, expected: 'a value after =' });
  return { kind: 'field', key, test: { kind: 'equals', value: text } };
}

function patternFilter(key: string, word: Word): Filter {
  if (isStar(word)) return { kind: 'has', key };
  return { kind: 'field', key, test: { kind: 'pattern', pattern: patternOf(word) } };
}

type NumberComparison = Exclude<Comparison, '='>;

function compareFilter(
  key: string,
  { comparison, value }: Readonly<{ comparison: NumberComparison; value: number }>,
): Filter {
  return { kind: 'field', key, test: { kind: 'compare', comparison, value } };
}

/** `[100 TO 500]`, `[100 TO 500}` without 500, `*` for an open end. */
function rangeFilter(scanner: QueryScanner, key: string): Filter {
  const opensAt = scanner.at;
  scanner.take('[');
  scanner.skipSpace();
  const from = scanner.takeWord(']}');
  scanner.skipSpace();
  const hasTo = scanner.seesKeyword('TO') && scanner.take('TO');
  scanner.skipSpace();
  const until = hasTo ? scanner.takeWord(']}') : null;
  scanner.skipSpace();
  const includesUntil = scanner.sees(']');
  if (until === null || from.pieces.length === 0 || !(scanner.take(']') || scanner.take('}'))) {
    throw scanner.error({
      at: opensAt,
      length: scanner.at - opensAt,
      expected: 'a range such as [100 TO 500]; text with [ needs quotes',
    });
  }
  const fromOpen = isStar(from);
  const untilOpen = isStar(until);
  if (fromOpen && untilOpen) return { kind: 'has', key };
  if (untilOpen) return compareFilter(key, { comparison: '>=', value: numberOf(scanner, from) });
  const untilValue = numberOf(scanner, until);
  if (fromOpen) {
    return compareFilter(key, { comparison: includesUntil ? '<=' : '<', value: untilValue });
  }
  const fromValue = numberOf(scanner, from);
  if (fromValue > untilValue) {
    throw scanner.error({
      at: from.at,
      length: until.end - from.at,
      expected: 'the smaller number first',
      suggestion: `[${untilValue} TO ${fromValue}]`,
    });
  }
  const test: FieldTest = { kind: 'range', from: fromValue, until: untilValue, includesUntil };
  return { kind: 'field', key, test };
}

function isStar(word: Word): boolean {
  return word.pieces.length === 1 && word.pieces[0]!.kind === 'star';
}

function numberOf(scanner: QueryScanner, word: Word): number {
  const text = literalOf(word) ?? '';
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value + 0;
  const digits = /^[+-]?[\d.]+/.exec(text)?.[0];
  throw scanner.error({
    at: word.at,
    length: word.end - word.at,
    expected: 'a number',
    suggestion: digits !== undefined && NUMBER.test(digits) ? digits : undefined,
  });
}

function takeNonEmpty(scanner: QueryScanner, expected: string): Word {
  const word = scanner.takeWord();
  if (word.pieces.length > 0) return word;
  throw scanner.error({ at: word.at, length: word.end - word.at, expected });
}

function takeRegexTest(scanner: QueryScanner): TextTest | null {
  const literal = scanner.takeRegex();
  if (literal === null) return null;
  const { source, ignoreCase } = literal;
  const compiled = compileRegex(source, { ignoreCase });
  if ('problem' in compiled) {
    throw scanner.error({
      at: literal.at,
      length: literal.end - literal.at,
      expected: `a regular expression: ${compiled.problem}`,
    });
  }
  return { kind: 'regex', source, ignoreCase };
}

/** A word with stars at its ends at most, as a test of text. */
function textTest(scanner: QueryScanner, word: Word): TextTest {
  const { pieces } = word;
  const length = word.end - word.at;
  const first = pieces[0];
  const last = pieces.at(-1);
  const texts = pieces.filter((piece) => piece.kind === 'text');
  if (texts.length === 0) {
    throw scanner.error({ at: word.at, length, expected: 'text between the quotes' });
  }
  if (texts.length > 1) {
    throw scanner.error({
      at: word.at,
      length,
      expected: '* only at the ends of a word; a star as text needs quotes',
      suggestion: `/${texts.map((piece) => escapeRegex(piece.text)).join('.*')}/i`,
    });
  }
  const { text } = texts[0]!;
  if (first?.kind === 'star') return { kind: last?.kind === 'star' ? 'infix' : 'suffix', text };
  return { kind: last?.kind === 'star' ? 'prefix' : 'phrase', text };
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
