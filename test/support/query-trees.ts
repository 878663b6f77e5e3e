/** Random query trees and entries, and the obvious matcher that `compileFilter` must agree with. */
import fc from 'fast-check';
import { type ColumnNames, EntryColumns, FIELD } from '../../src/model/entry-columns.ts';
import { LEVELS, type Level, levelCodeOf, severityOf } from '../../src/model/level.ts';
import type { FieldTest, Filter, TextTest } from '../../src/query/query-tree.ts';
import type { Stage } from '../../src/query/stage-tree.ts';
import { foldText } from '../../src/query/words.ts';

/** An entry as the naive matcher sees it. */
export type PlainEntry = Readonly<{
  timestampUs: number;
  level: Level | null;
  source: string;
  path: string;
  message: string;
  tags: readonly string[];
  fields: readonly (readonly [key: string, value: string])[];
}>;

/** Few words, many ways to write them, so that random texts meet. */
const WORDS = [
  'a',
  'A',
  'ab',
  'Timeout',
  'timeout',
  'foo_1',
  '10',
  '500',
  'é',
  'e\u0301',
  'É',
  'ΟΔΟΣ',
  'οδος',
  'İ',
  '\u212a',
  'k',
  'K',
  'naïve',
  '日本',
  'ſ',
  '\u037e',
  '\u0301',
];
const MARKS = [
  ' ',
  ' ',
  ' ',
  '.',
  '-',
  '"',
  '\\',
  '/',
  '*',
  '(',
  ')',
  ':',
  '=',
  '\n',
  '@',
  '[',
  '|',
  '\u00a0',
];
const KEYS = ['status', 'user.id', 'trace', 'level', 'has', 'my key', 'a:b', '"', '@at', 'message'];
const SOURCES = ['nginx/access', 'api', 'API', 'my app', 'a*b', 'é'];
const PATHS = ['/var/log/nginx/access.log', '/srv/app.log', '/srv/my "app".log', ''];
const TAGS = ['web', 'prod', 'canary:1', 'Ünï'];
const NUMBERS = [-5, 0, 0.5, 10, 100, 499.5, 500, 1e21];

const text = fc
  .array(fc.constantFrom(...WORDS, ...MARKS), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));
const shortText = fc.constantFrom(...WORDS, 'a b', 'a-b', 'time', 'out', 'AND', '"', '\\');
const anyText = fc.oneof(shortText, text);
const value = fc.oneof(text, fc.constantFrom('10', '500', '499.5', '1e21', '-5', '', '007', ' 5'));

export const plainEntry: fc.Arbitrary<PlainEntry> = fc.record({
  timestampUs: fc.integer({ min: 1_000, max: 1_010 }),
  level: fc.constantFrom(...LEVELS, null),
  source: fc.constantFrom(...SOURCES),
  path: fc.constantFrom(...PATHS),
  message: fc.oneof(text, fc.constant('')),
  tags: fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 2 }),
  fields: fc.uniqueArray(fc.tuple(fc.constantFrom(...KEYS.slice(0, -1)), value), {
    maxLength: 4,
    selector: ([key]) => key,
  }),
});

const regexTest: fc.Arbitrary<TextTest> = fc.record({
  kind: fc.constant('regex' as const),
  source: fc.constantFrom(
    'a+',
    'time(out|r)',
    'TIME|Out',
    '^[a-f]',
    '\\d{2,3}$',
    'é',
    'a b',
    '[/x]',
    'foo\\/?',
    '[^a-zA-Z]',
  ),
  ignoreCase: fc.boolean(),
});
const textTest: fc.Arbitrary<TextTest> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'phrase' as const,
      'prefix' as const,
      'suffix' as const,
      'infix' as const,
    ),
    text: anyText,
  }),
  regexTest,
);
const pattern = fc
  .array(
    fc.constantFrom(
      'a',
      'app',
      'nginx',
      '/',
      '.log',
      '*',
      '*',
      'web',
      'é',
      '5',
      '\\*',
      '\\\\',
      ' ',
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join('').replace(/\*{2,}/g, '*'));
const starredPattern = pattern.filter(
  (made) => /[^*]/.test(made) && /(?:^|[^\\])(?:\\\\)*\*/.test(made),
);
const fieldTest: fc.Arbitrary<FieldTest> = fc.oneof(
  fc.record({ kind: fc.constant('phrase' as const), text: anyText }),
  regexTest,
  fc.record({ kind: fc.constant('equals' as const), value }),
  fc.record({ kind: fc.constant('pattern' as const), pattern: starredPattern }),
  fc.record({
    kind: fc.constant('compare' as const),
    comparison: fc.constantFrom('<' as const, '<=' as const, '>' as const, '>=' as const),
    value: fc.constantFrom(...NUMBERS),
  }),
  fc
    .record({
      kind: fc.constant('range' as const),
      from: fc.constantFrom(...NUMBERS),
      until: fc.constantFrom(...NUMBERS),
      includesUntil: fc.boolean(),
    })
    .filter((range) => range.from <= range.until),
);

const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.constant({ kind: 'everything' as const }),
  { arbitrary: fc.record({ kind: fc.constant('text' as const), test: textTest }), weight: 4 },
  fc.record({
    kind: fc.constant('level' as const),
    comparison: fc.constantFrom(
      '=' as const,
      '<' as const,
      '<=' as const,
      '>' as const,
      '>=' as const,
    ),
    level: fc.constantFrom(...LEVELS),
  }),
  fc.constant({ kind: 'level' as const, comparison: '=' as const, level: null }),
  fc.record({ kind: fc.constantFrom('source' as const, 'file' as const, 'tag' as const), pattern }),
  {
    arbitrary: fc.record({
      kind: fc.constant('field' as const),
      key: fc.constantFrom(...KEYS.slice(0, -1)),
      test: fieldTest,
    }),
    weight: 4,
  },
  fc.record({
    kind: fc.constant('field' as const),
    key: fc.constant('message'),
    test: textTest,
  }),
  fc.record({ kind: fc.constant('has' as const), key: fc.constantFrom(...KEYS) }),
  fc.record({
    kind: fc.constant('time' as const),
    fromUs: fc.integer({ min: 1_000, max: 1_010 }),
    untilUs: fc.constant(null),
  }),
  fc.record({
    kind: fc.constant('time' as const),
    fromUs: fc.constant(null),
    untilUs: fc.integer({ min: 1_000, max: 1_010 }),
  }),
);

export const filterTree: fc.Arbitrary<Filter> = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { arbitrary: leaf, weight: 3 },
    {
      arbitrary: fc.record({
        kind: fc.constantFrom('and' as const, 'or' as const),
        parts: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
      }),
      weight: 2,
    },
    { arbitrary: fc.record({ kind: fc.constant('not' as const), part: tie('tree') }), weight: 1 },
  ),
})).tree;

const NAMES = ['level', 'source', 'path', 'user.id', 'my key', 'by', 'a"b', 'größe', 'desc', 'a-b'];
const names = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 });
const by = fc.oneof(fc.constant([]), names);

/** Stages behind entries, one that makes a table at the end. */
export const stageList: fc.Arbitrary<Stage[]> = fc
  .tuple(
    fc.array(
      fc.oneof(
        fc.record({
          kind: fc.constant('limit' as const),
          count: fc.integer({ min: 1, max: 1_000_000 }),
        }),
        fc.record({ kind: fc.constant('dedup' as const), names }),
        fc.record({
          kind: fc.constant('sort' as const),
          keys: fc.array(fc.record({ name: fc.constantFrom(...NAMES), descending: fc.boolean() }), {
            minLength: 1,
            maxLength: 2,
          }),
        }),
        fc.record({
          kind: fc.constant('context' as const),
          before: fc.integer({ min: 0, max: 100 }),
          after: fc.integer({ min: 0, max: 100 }),
        }),
      ),
      { maxLength: 3 },
    ),
    fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('count' as const), by }),
        fc.record({
          kind: fc.constant('top' as const),
          limit: fc.integer({ min: 1, max: 99 }),
          name: fc.constantFrom(...NAMES),
        }),
        fc.record({
          kind: fc.constant('timechart' as const),
          bucketMs: fc.constantFrom(null, 1, 90_000, 3_600_000),
          by: fc.constantFrom(null, ...NAMES),
        }),
        fc.record({
          kind: fc.constant('measure' as const),
          measure: fc.oneof(
            fc.record({
              kind: fc.constantFrom('avg' as const, 'sum' as const, 'distinct' as const),
            }),
            fc.record({
              kind: fc.constant('percentile' as const),
              percentile: fc.constantFrom(0, 50, 99.9, 100),
            }),
          ),
          name: fc.constantFrom(...NAMES),
          by,
        }),
        fc.record({
          kind: fc.constant('patterns' as const),
          limit: fc.integer({ min: 1, max: 99 }),
        }),
        fc.record({ kind: fc.constant('fields' as const), names }),
      ),
      { maxLength: 1 },
    ),
  )
  .map(([entryStages, tableStages]) => [...entryStages, ...tableStages]);

export function columnsOf(entries: readonly PlainEntry[], names: ColumnNames): EntryColumns {
  const columns = new EntryColumns(names);
  for (const entry of entries) {
    const row = columns.addRow();
    columns.timestampUs[row] = entry.timestampUs;
    columns.level[row] = levelCodeOf(entry.level);
    columns.severity[row] = severityOf(levelCodeOf(entry.level));
    columns.source[row] = names.sources.idOf(entry.source);
    columns.path[row] = names.paths.idOf(entry.path);
    columns.tagSet[row] = names.tagSets.idOf(entry.tags.join('\n'));
    const message = Buffer.from(entry.message);
    columns.messageStart[row] = columns.appendBytes(message, 0, message.length);
    columns.messageLength[row] = message.length;
    for (const [key, fieldValue] of entry.fields) {
      const bytes = Buffer.from(fieldValue);
      const start = columns.appendBytes(bytes, 0, bytes.length);
      columns.addField(names.keys.idOf(key), start, bytes.length, FIELD.STRING);
    }
  }
  return columns;
}

/** The definition, in strings. */
export function naiveMatch(filter: Filter, entry: PlainEntry): boolean {
  switch (filter.kind) {
    case 'everything':
      return true;
    case 'and':
      return filter.parts.every((part) => naiveMatch(part, entry));
    case 'or':
      return filter.parts.some((part) => naiveMatch(part, entry));
    case 'not':
      return !naiveMatch(filter.part, entry);
    case 'text':
      return [entry.message, ...entry.fields.map(([, found]) => found)].some((found) =>
        naiveText(filter.test, found),
      );
    case 'level': {
      if (filter.comparison === '=') return entry.level === filter.level;
      const severity = severityOf(levelCodeOf(entry.level));
      return naiveCompare(severity, {
        comparison: filter.comparison,
        value: severityOf(levelCodeOf(filter.level)),
      });
    }
    case 'source':
      return naivePattern(filter.pattern, entry.source);
    case 'file':
      return naivePattern(
        filter.pattern,
        filter.pattern.includes('/') ? entry.path : entry.path.split('/').at(-1)!,
      );
    case 'tag':
      return entry.tags.some((tag) => naivePattern(filter.pattern, tag));
    case 'field': {
      const found = fieldOf(entry, filter.key);
      return found !== undefined && naiveField(filter.test, found);
    }
    case 'has': {
      const found = fieldOf(entry, filter.key);
      return filter.key === 'message' ? found !== '' : found !== undefined;
    }
    case 'time':
      return (
        (filter.fromUs === null || entry.timestampUs >= filter.fromUs) &&
        (filter.untilUs === null || entry.timestampUs < filter.untilUs)
      );
  }
}

function fieldOf(entry: PlainEntry, key: string): string | undefined {
  return key === 'message' ? entry.message : entry.fields.find(([name]) => name === key)?.[1];
}

function naiveText(test: TextTest, found: string): boolean {
  if (test.kind === 'regex')
    return new RegExp(test.source, test.ignoreCase ? 'im' : 'm').test(found);
  const haystack = foldText(found);
  const needle = foldText(test.text);
  for (let at = 0; at + needle.length <= haystack.length; at += 1) {
    if (haystack.slice(at, at + needle.length) !== needle) continue;
    const joinsLeft = joins(haystack.slice(0, at), needle);
    const joinsRight = joins(
      haystack.slice(0, at + needle.length),
      haystack.slice(at + needle.length),
    );
    const leftFree = test.kind === 'infix' || test.kind === 'suffix';
    const rightFree = test.kind === 'infix' || test.kind === 'prefix';
    if ((leftFree || !joinsLeft) && (rightFree || !joinsRight)) return true;
  }
  return false;
}

/** Whether a word goes on from the end of one text into the next. */
function joins(left: string, right: string): boolean {
  const word = /[a-z0-9_\u0080-\uffff]/i;
  return word.test(left.slice(-1)) && word.test(right.slice(0, 1));
}

function naiveField(test: FieldTest, found: string): boolean {
  switch (test.kind) {
    case 'equals':
      return foldText(found) === foldText(test.value);
    case 'pattern':
      return naivePattern(test.pattern, found);
    case 'compare':
      return naiveCompare(numberOf(found), test);
    case 'range': {
      const number = numberOf(found);
      return (
        number >= test.from && (test.includesUntil ? number <= test.until : number < test.until)
      );
    }
    default:
      return naiveText(test, found);
  }
}

function numberOf(found: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(found) ? Number(found) : Number.NaN;
}

function naiveCompare(
  number: number,
  { comparison, value: limit }: Readonly<{ comparison: string; value: number }>,
): boolean {
  if (comparison === '<') return number < limit;
  if (comparison === '<=') return number <= limit;
  return comparison === '>' ? number > limit : number >= limit;
}

function naivePattern(written: string, name: string): boolean {
  const source = written.replace(/\\([\s\S])|\*|[\s\S]/g, (unit, literal: string | undefined) =>
    unit === '*' ? '[\\s\\S]*' : escapeRegex(foldText(literal ?? unit)),
  );
  return new RegExp(`^${source}$`).test(foldText(name));
}

function escapeRegex(unit: string): string {
  return unit.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
