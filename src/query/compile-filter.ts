/**
 * A filter as one function over rows of `EntryColumns`: the matcher of searches, alert rules and live tail.
 *
 * Everything that does not depend on the row is done once: names become ids, which are tested once each and
 * remembered, texts become byte searches. No string is made per row but for regular expressions, patterns over
 * fields, and texts that are not ASCII.
 *
 * The result belongs to one `ColumnNames` (which may grow meanwhile) and keeps no state that shows.
 */

import type { Dictionary } from '../model/dictionary.ts';
import { BYTES_SLACK, type ColumnNames, type EntryColumns } from '../model/entry-columns.ts';
import { levelCodeOf, severityOf } from '../model/level.ts';
import { compileNamePattern, filePartFor, type NameTest } from './name-pattern.ts';
import { type Comparison, type Filter, HOST_KEY, MESSAGE_KEY } from './query-tree.ts';
import { type BytesTest, compileFieldTest, compileTextTest } from './text-matcher.ts';
import { foldText } from './words.ts';

export type RowTest = (columns: EntryColumns, row: number) => boolean;

export function compileFilter(filter: Filter, names: ColumnNames): RowTest {
  switch (filter.kind) {
    case 'everything':
      return () => true;
    case 'and':
      return allOf(filter.parts.map((part) => compileFilter(part, names)));
    case 'or':
      return anyOf(filter.parts.map((part) => compileFilter(part, names)));
    case 'not': {
      const inner = compileFilter(filter.part, names);
      return (columns, row) => !inner(columns, row);
    }
    case 'text':
      return anyText(compileTextTest(filter.test));
    case 'level':
      return levelTest(filter.comparison, levelCodeOf(filter.level));
    case 'source': {
      const matches = idTest(names.sources, compileNamePattern(filter.pattern));
      return (columns, row) => matches(columns.source[row]!);
    }
    case 'file': {
      const { pattern } = filter;
      const pathMatches = compileNamePattern(pattern);
      const matches = idTest(names.paths, (path) => pathMatches(filePartFor(pattern, path)));
      return (columns, row) => matches(columns.path[row]!);
    }
    case 'tag': {
      const tagMatches = compileNamePattern(filter.pattern);
      const matches = idTest(
        names.tagSets,
        (tags) => tags !== '' && tags.split('\n').some(tagMatches),
      );
      return (columns, row) => matches(columns.tagSet[row]!);
    }
    case 'field':
      return fieldTest(filter.key, { names, test: compileFieldTest(filter.test) });
    case 'has':
      return fieldTest(filter.key, { names, test: isPresent(filter.key) });
    case 'time': {
      const fromUs = filter.fromUs ?? Number.NEGATIVE_INFINITY;
      const untilUs = filter.untilUs ?? Number.POSITIVE_INFINITY;
      return (columns, row) => {
        const timestampUs = columns.timestampUs[row]!;
        return timestampUs >= fromUs && timestampUs < untilUs;
      };
    }
  }
}

function allOf(tests: readonly RowTest[]): RowTest {
  if (tests.length === 2) {
    const [first, second] = tests as readonly [RowTest, RowTest];
    return (columns, row) => first(columns, row) && second(columns, row);
  }
  return (columns, row) => {
    for (const test of tests) if (!test(columns, row)) return false;
    return true;
  };
}

function anyOf(tests: readonly RowTest[]): RowTest {
  return (columns, row) => {
    for (const test of tests) if (test(columns, row)) return true;
    return false;
  };
}

/** The message, or any metadata value. */
function anyText(test: BytesTest): RowTest {
  return (columns, row) => {
    const { bytes, fieldStart, fieldLength } = columns;
    const messageStart = columns.messageStart[row]!;
    if (test(bytes, messageStart, messageStart + columns.messageLength[row]!)) return true;
    const last = columns.fieldEnd[row]!;
    for (let field = columns.fieldFirst(row); field < last; field += 1) {
      const start = fieldStart[field]!;
      if (test(bytes, start, start + fieldLength[field]!)) return true;
    }
    return false;
  };
}

function levelTest(comparison: Comparison, code: number): RowTest {
  if (comparison === '=') return (columns, row) => columns.level[row] === code;
  const limit = severityOf(code);
  switch (comparison) {
    case '<':
      return (columns, row) => columns.severity[row]! < limit;
    case '<=':
      return (columns, row) => columns.severity[row]! <= limit;
    case '>':
      return (columns, row) => columns.severity[row]! > limit;
    default:
      return (columns, row) => columns.severity[row]! >= limit;
  }
}

function fieldTest(
  key: string,
  options: Readonly<{ names: ColumnNames; test: BytesTest }>,
): RowTest {
  const { test } = options;
  if (key === MESSAGE_KEY) {
    return (columns, row) => {
      const start = columns.messageStart[row]!;
      return test(columns.bytes, start, start + columns.messageLength[row]!);
    };
  }
  const { keys } = options.names;
  const otherwise = key === HOST_KEY ? machineTest(options.names, test) : () => false;
  let keyId = keys.find(key);
  let keysSeen = keys.size;
  return (columns, row) => {
    if (keyId < 0 && keys.size !== keysSeen) {
      keyId = keys.find(key);
      keysSeen = keys.size;
    }
    const field = keyId < 0 ? -1 : columns.findField(row, keyId);
    if (field < 0) return otherwise(columns, row);
    const start = columns.fieldStart[field]!;
    return test(columns.bytes, start, start + columns.fieldLength[field]!);
  };
}

/** Of an entry without a `host` of its own: the machine that read it. */
function machineTest(names: ColumnNames, test: BytesTest): RowTest {
  const decided: (boolean | undefined)[] = [];
  return (columns, row) => {
    const id = columns.host[row]!;
    const known = decided[id];
    if (known !== undefined) return known;
    const name = names.machineOf(id);
    const answer = name !== null && passesName(test, name);
    decided[id] = answer;
    return answer;
  };
}

/** A test of bytes, asked about one name. */
export function passesName(test: BytesTest, name: string): boolean {
  const bytes = Buffer.concat([Buffer.from(name), Buffer.alloc(BYTES_SLACK)]);
  return test(bytes, 0, bytes.length - BYTES_SLACK);
}

/** Every entry has a message; it counts as there when it is not empty. */
function isPresent(key: string): BytesTest {
  return key === MESSAGE_KEY ? (_bytes, start, end) => end > start : () => true;
}

/** A test of names by id: each id is decided when it is first met. */
function idTest(dictionary: Dictionary, test: NameTest): (id: number) => boolean {
  const decided: (boolean | undefined)[] = [];
  return (id) => {
    const known = decided[id];
    if (known !== undefined) return known;
    const answer = test(foldText(dictionary.valueOf(id)));
    decided[id] = answer;
    return answer;
  };
}
