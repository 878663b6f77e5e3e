/**
 * A filter as a WHERE condition over the table of `schema.ts`. Where it is not exact it lets more through, never less.
 */
import { unreachable } from '../base/assert.ts';
import { levelCodeOf, severityOf } from '../model/level.ts';
import { type Filter, HOST_KEY, MESSAGE_KEY } from '../query/query-tree.ts';
import { STORED_FLAG, TIMESTAMP_US_MAX } from './schema.ts';
import { ALWAYS, allOf, anyOf, type Condition, noneOf, type SqlParameters } from './sql-text.ts';
import {
  fieldCondition,
  patternCondition,
  textCondition,
  wordsCondition,
} from './text-condition.ts';

export function filterCondition(filter: Filter, parameters: SqlParameters): Condition {
  switch (filter.kind) {
    case 'everything':
      return ALWAYS;
    case 'and':
      return allOf(filter.parts.map((part) => filterCondition(part, parameters)));
    case 'or':
      return anyOf(filter.parts.map((part) => filterCondition(part, parameters)));
    case 'not':
      return noneOf(filterCondition(filter.part, parameters));
    case 'text': {
      const passes = textCondition(filter.test, parameters);
      const words = wordsCondition(filter.test, parameters);
      const inBody = passes('Body');
      const inField = passes('v');
      const anywhere = anyOf([
        inBody,
        { ...inField, sql: `arrayExists(v -> ${inField.sql}, mapValues(LogAttributes))` },
      ]);
      return words === null ? anywhere : allOf([{ sql: words, isExact: true }, anywhere]);
    }
    case 'level':
      return levelCondition(filter, parameters);
    case 'source':
      return patternCondition(filter.pattern, parameters)('ServiceName');
    case 'file':
      return patternCondition(
        filter.pattern,
        parameters,
      )(filter.pattern.includes('/') ? 'Path' : "splitByChar('/', Path)[-1]");
    case 'tag': {
      const inner = patternCondition(filter.pattern, parameters)('t');
      return { ...inner, sql: `arrayExists(t -> ${inner.sql}, Tags)` };
    }
    case 'field':
      return keyCondition(filter.key, fieldCondition(filter.test, parameters), parameters);
    case 'has':
      return hasCondition(filter.key, parameters);
    case 'time':
      return timeCondition(filter, parameters);
    default:
      return unreachable(filter);
  }
}

function levelCondition(
  { comparison, level }: Extract<Filter, { kind: 'level' }>,
  parameters: SqlParameters,
): Condition {
  const sql =
    comparison === '='
      ? `SeverityText = ${parameters.of(level ?? '', 'String')}`
      : `Severity ${comparison} ${parameters.of(severityOf(levelCodeOf(level)), 'UInt32')}`;
  return { sql, isExact: true };
}

function keyCondition(
  key: string,
  passes: (expression: string) => Condition,
  parameters: SqlParameters,
): Condition {
  if (key === MESSAGE_KEY) return passes('Body');
  const inner = passes(fieldExpression(key, parameters));
  if (key === HOST_KEY) return inner;
  const { sql } = hasCondition(key, parameters);
  return allOf([{ sql, isExact: true }, inner]);
}

function hasCondition(key: string, parameters: SqlParameters): Condition {
  if (key === MESSAGE_KEY) return { sql: "Body != ''", isExact: true };
  if (key === HOST_KEY) return ALWAYS;
  return { sql: `mapContains(LogAttributes, ${parameters.of(key, 'String')})`, isExact: true };
}

/** The value of a field, the last where its key comes more than once; empty where there is none. */
export function fieldExpression(key: string, parameters: SqlParameters): string {
  const name = parameters.of(key, 'String');
  const value = `if(bitAnd(Flags, ${STORED_FLAG.REPEATED_KEY}) = 0, LogAttributes[${name}], arrayLast((v, k) -> k = ${name}, mapValues(LogAttributes), mapKeys(LogAttributes)))`;
  return key === HOST_KEY ? `if(mapContains(LogAttributes, ${name}), ${value}, Host)` : value;
}

function timeCondition(
  { fromUs, untilUs }: Readonly<{ fromUs: number | null; untilUs: number | null }>,
  parameters: SqlParameters,
): Condition {
  const bound = (us: number): string =>
    `fromUnixTimestamp64Micro(${parameters.of(Math.round(us), 'Int64')}, 'UTC')`;
  const exact = (us: number): string => parameters.of(Math.round(us), 'Int64');
  const parts: string[] = [];
  // `ExactUs` is 0 in all that `Timestamp` can hold; it holds everything else at its own two ends.
  if (fromUs !== null) {
    if (fromUs <= 0) parts.push(`ExactUs >= ${exact(fromUs)}`);
    else parts.push(`Timestamp >= ${bound(Math.min(fromUs, TIMESTAMP_US_MAX))}`);
    if (fromUs > TIMESTAMP_US_MAX) parts.push(`ExactUs >= ${exact(fromUs)}`);
  }
  if (untilUs !== null) {
    if (untilUs > TIMESTAMP_US_MAX) parts.push(`ExactUs < ${exact(untilUs)}`);
    else if (untilUs > 0) parts.push(`Timestamp < ${bound(untilUs)}`);
    else parts.push(`Timestamp <= ${bound(0)}`, `ExactUs < ${exact(untilUs)}`);
  }
  return allOf(parts.map((sql) => ({ sql, isExact: true })));
}
