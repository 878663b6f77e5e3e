/** What an embedding program asks, as the filter tree that everything else uses. */

import { LEVELS } from '../model/level.ts';
import { literalPattern } from '../query/name-pattern.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Filter } from '../query/query-tree.ts';
import { found } from './checks.ts';
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

/** Throws a `QUERY_INVALID` error for a query that cannot be read, RangeError for an unknown level or an empty keyword. */
export function filterOfConditions(conditions: LogConditions, nowMs: number): Filter {
  const { query, startTime, endTime, level, minSeverity, source, keyword, tags } = conditions;
  const parts: Filter[] = [];
  if (query !== undefined) parts.push(parseQuery(query, { nowMs, timezone: 'UTC' }).filter);
  if (startTime !== undefined || endTime !== undefined) {
    parts.push({ kind: 'time', fromUs: usOf(startTime), untilUs: usOf(endTime) });
  }
  if (level !== undefined) {
    parts.push(anyOf(level, (name) => levelFilter(name)));
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
