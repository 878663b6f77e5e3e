/**
 * Tree → text in its one canonical form: `parse(print(tree))` is the tree again.
 *
 * Whatever could be read as anything else than itself is quoted.
 */
import { levelCodeOf, levelNameOf } from '../model/level.ts';
import { partsOf } from './name-pattern.ts';
import { RESERVED_NAMES } from './parse-term.ts';
import { printStages } from './print-stages.ts';
import type { FieldTest, Filter, Query, TextTest } from './query-tree.ts';
import { printTimeUs } from './time-text.ts';

export function printQuery({ filter, stages }: Pick<Query, 'filter' | 'stages'>): string {
  return printFilter(filter) + printStages(stages);
}

export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'everything':
      return '*';
    case 'and':
      return filter.parts.map(printPart).join(' ');
    case 'or':
      return filter.parts.map(printPart).join(' OR ');
    case 'not': {
      const { part } = filter;
      // A minus sign before a second one, or before a word in brackets, would be text.
      return part.kind === 'not' ? `NOT ${printFilter(part)}` : `-${printPart(part)}`;
    }
    case 'text':
      return printText(filter.test);
    case 'level': {
      const name = levelNameOf(levelCodeOf(filter.level)).toLowerCase();
      return filter.comparison === '=' ? `level:${name}` : `level${filter.comparison}${name}`;
    }
    case 'source':
    case 'file':
    case 'tag':
      return `${filter.kind}:${printPattern(filter.pattern)}`;
    case 'field':
      return `${printKey(filter.key)}:${printFieldTest(filter.test)}`;
    case 'has':
      return `has:${SAFE_KEY.test(filter.key) && !isReserved(filter.key) ? filter.key : quoted(filter.key)}`;
    case 'time':
      return printTime(filter.fromUs, filter.untilUs);
  }
}

function printPart(part: Filter): string {
  return part.kind === 'and' || part.kind === 'or' ? `(${printFilter(part)})` : printFilter(part);
}

function printText(test: TextTest): string {
  switch (test.kind) {
    case 'phrase':
      return literal(test.text);
    case 'prefix':
      return `${literal(test.text)}*`;
    case 'suffix':
      return `*${literal(test.text)}`;
    case 'infix':
      return `*${literal(test.text)}*`;
    case 'regex':
      return `/${test.source}/${test.ignoreCase ? 'i' : ''}`;
  }
}

function printFieldTest(test: FieldTest): string {
  switch (test.kind) {
    case 'equals':
      return `=${literal(test.value)}`;
    case 'pattern':
      return printPattern(test.pattern);
    case 'compare':
      return `${test.comparison}${test.value}`;
    case 'range':
      return `[${test.from} TO ${test.until}${test.includesUntil ? ']' : '}'}`;
    default:
      return printText(test);
  }
}

function printTime(fromUs: number | null, untilUs: number | null): string {
  const since = fromUs === null ? [] : [`since:${printTimeUs(fromUs)}`];
  const until = untilUs === null ? [] : [`until:${printTimeUs(untilUs)}`];
  return [...since, ...until].join(' ') || '*';
}

const SAFE_WORD = /^\w[\w.\-/@#%~+\u0080-\uffff]*$/;
const SAFE_KEY = /^[\p{L}_@][\p{L}\p{M}\p{N}_./$-]*$/u;
const SPACE = /\s/;
const KEYWORDS = new Set(['AND', 'OR', 'NOT', 'TO']);

function isReserved(key: string): boolean {
  return RESERVED_NAMES.some((name) => name === key);
}

function printKey(key: string): string {
  return SAFE_KEY.test(key) && !isReserved(key) ? key : quoted(key);
}

/** Bare where it can only be read as this text. */
function literal(text: string): string {
  const safe = SAFE_WORD.test(text) && !SPACE.test(text) && !KEYWORDS.has(text);
  return safe ? text : quoted(text);
}

/** In quotes, as a query has it. */
export function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

function printPattern(pattern: string): string {
  return partsOf(pattern)
    .map((part) => (part === '' ? '' : literal(part)))
    .join('*');
}
