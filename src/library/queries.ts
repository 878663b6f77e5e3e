/** What an embedding program asks, as the filter tree that everything else uses. */

import { types } from 'node:util';
import { LEVELS } from '../model/level.ts';
import { literalPattern } from '../query/name-pattern.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Filter } from '../query/query-tree.ts';
import { checkGiven, checkKeys, found, isTexts } from './checks.ts';
import { levelNamed } from './log-input.ts';

/** Conditions of a query; all that are given must hold. */
export type LogConditions = Readonly<{
  /** In the query language: `level>=error source:api "timeout"`. */
  query?: string;
  /** From this moment on. */
  startTime?: Date;
  /** Before this moment. */
  endTime?: Date;
  /** Exactly this level, or one of these. */
  level?: string | readonly string[];
  /** 0 10 20 30 40 50; entries of this severity or worse. */
  minSeverity?: number;
  source?: string | readonly string[];
  /** A word or phrase in the message or a metadata value. */
  keyword?: string;
  /** Every one of these. */
  tags?: readonly string[];
}>;

const SEVERITY_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

type ConditionType = Readonly<{ isRight: (value: unknown) => boolean; expected: string }>;

const ONE_TEXT: ConditionType = {
  isRight: (value) => typeof value === 'string',
  expected: 'a string',
};
const SOME_TEXTS: ConditionType = {
  isRight: (value) => typeof value === 'string' || isTexts(value),
  expected: 'a string or an array of strings',
};
const MOMENT: ConditionType = {
  isRight: (value) => types.isDate(value) && !Number.isNaN(value.getTime()),
  expected: 'a valid Date',
};

/** Programs in JavaScript give anything; a text where an array is meant would be searched letter by letter. */
const TYPES: Readonly<Record<keyof LogConditions, ConditionType>> = {
  query: ONE_TEXT,
  startTime: MOMENT,
  endTime: MOMENT,
  level: SOME_TEXTS,
  minSeverity: {
    isRight: (value) => typeof value === 'number' && !Number.isNaN(value),
    expected: 'a number',
  },
  source: SOME_TEXTS,
  keyword: ONE_TEXT,
  tags: { isRight: isTexts, expected: 'an array of strings' },
};

/** What else may stand beside conditions: one object may be given to every question. */
const BESIDE: readonly string[] = [
  ...['sort', 'limit', 'cursor'],
  ...['groupBy', 'top', 'histogram', 'percentiles', 'aggregation'],
];

/** Throws a `QUERY_INVALID` error for a query that cannot be read, TypeError or RangeError for another condition that cannot be meant. */
export function filterOfConditions(conditions: LogConditions, nowMs: number): Filter {
  checkTypes(conditions);
  const { query, startTime, endTime, level, minSeverity, source, keyword, tags } = conditions;
  const parts: Filter[] = [];
  if (query !== undefined) parts.push(parseQuery(query, { nowMs, timezone: 'UTC' }).filter);
  if (startTime !== undefined || endTime !== undefined) {
    parts.push({ kind: 'time', fromUs: usOf(startTime), untilUs: usOf(endTime) });
  }
  if (level !== undefined) {
    parts.push(anyOf(level, levelFilter));
  }
  if (minSeverity !== undefined) {
    const floor = SEVERITY_LEVELS[Math.min(5, Math.max(0, Math.ceil(minSeverity / 10)))]!;
    parts.push({ kind: 'level', comparison: '>=', level: floor });
  }
  if (source !== undefined) {
    parts.push(anyOf(source, (name) => ({ kind: 'source', pattern: literalPattern(name) })));
  }
  if (keyword !== undefined) parts.push(keywordFilter(keyword));
  for (const tag of tags ?? []) parts.push({ kind: 'tag', pattern: literalPattern(tag) });
  if (parts.length === 0) return { kind: 'everything' };
  return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
}

function checkTypes(conditions: LogConditions): void {
  checkGiven('Cannot look for entries', conditions);
  checkKeys('Cannot look for entries', conditions, [...Object.keys(TYPES), ...BESIDE]);
  for (const [name, { isRight, expected }] of Object.entries(TYPES)) {
    const value: unknown = conditions[name as keyof LogConditions];
    if (value === undefined || isRight(value)) continue;
    throw new TypeError(
      `Cannot look for entries: ${name} is ${found(value)}: expected ${expected}`,
    );
  }
  for (const name of ['level', 'source'] as const) {
    if (conditions[name]?.length !== 0 || conditions[name] === '') continue;
    throw new RangeError(
      `Cannot look for entries of none of the ${name}s: ${name} is an empty array; leave it out for entries of any ${name}`,
    );
  }
}

function anyOf(values: string | readonly string[], filterFor: (value: string) => Filter): Filter {
  const parts = (typeof values === 'string' ? [values] : values).map(filterFor);
  return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
}

function keywordFilter(text: string): Filter {
  if (text === '') throw new RangeError('Cannot look for the keyword "": found no text');
  return { kind: 'text', test: { kind: 'phrase', text } };
}

function levelFilter(name: string): Filter {
  const level = levelNamed(name);
  if (level !== null) return { kind: 'level', comparison: '=', level };
  throw new RangeError(
    `Cannot look for the level ${found(name)}: expected one of ${LEVELS.join(', ')}`,
  );
}

function usOf(time: Date | undefined): number | null {
  return time === undefined ? null : time.getTime() * 1000;
}
