/**
 * The stages of a query, from the first `|` on. Mistakes are `QueryError`, as in the filter: where, what was
 * expected, what was probably meant. Names behind a stage that makes a table are checked against its columns.
 */
import { parseDuration } from '../base/duration.ts';
import { nearestName } from '../base/nearest.ts';
import { stageMeant } from './foreign-stages.ts';
import { literalOf, type QueryScanner } from './query-scanner.ts';
import { CONTEXT_MAX } from './stage-limits.ts';
import {
  columnsOfStage,
  type Measure,
  makesTable,
  type SortKey,
  STAGE_NAMES,
  type Stage,
} from './stage-tree.ts';

/** More stages than anybody needs; each costs a pass. */
const STAGES_MAX = 20;
const TOP_DEFAULT = 10;
const PATTERNS_DEFAULT = 20;
const ROWS_MAX = 1_000_000;

/** Made where they are wanted: classes of all alphabets take a millisecond, and most queries have no stage. */
const nameHere = (): RegExp => /[\p{L}_@][\p{L}\p{M}\p{N}_.@/$-]*/uy;
const numberHere = (): RegExp => /\d+(?![\p{L}\p{N}_])/uy;
const PERCENTILE = /^p(\d{1,2}(?:\.\d{1,3})?|100)$/;

export function parseStages(scanner: QueryScanner): Stage[] {
  const stages: Stage[] = [];
  let table: Table = { made: null, columns: null };
  scanner.skipSpace();
  while (scanner.sees('|')) {
    const at = scanner.at;
    scanner.take('|');
    scanner.skipSpace();
    if (stages.length === STAGES_MAX) {
      throw scanner.error({ at, expected: `at most ${STAGES_MAX} stages` });
    }
    const stage = parseStage(scanner, table);
    stages.push(stage);
    table = tableAfter(table, stage);
    scanner.skipSpace();
    if (!scanner.atEnd && !scanner.sees('|')) {
      throw scanner.error({
        at: scanner.at,
        expected: 'the end of the query or another stage after |',
      });
    }
  }
  return stages;
}

/** What the stages so far give: entries (`made` is null), or the table that the stage `made` began. */
type Table = Readonly<{ made: string | null; columns: readonly string[] | null }>;

function tableAfter(table: Table, stage: Stage): Table {
  if (!makesTable(stage)) return table;
  return { made: stage.kind, columns: columnsOfStage(stage) };
}

function parseStage(scanner: QueryScanner, table: Table): Stage {
  const at = scanner.at;
  const word = scanner.takeMatch(/[A-Za-z][\w.]*/y)?.[0] ?? '';
  const measure = measureOf(word);
  const name = measure !== null ? 'measure' : word;
  if (table.made !== null && !WITH_TABLES.includes(name)) {
    throw scanner.error({
      at,
      length: Math.max(1, word.length),
      expected: `one of ${WITH_TABLES.join(', ')}: ${table.made} has made a table`,
    });
  }
  scanner.skipSpace();
  if (scanner.sees('(') && (name === 'count' || name === 'measure')) {
    throw scanner.error({
      at: scanner.at,
      expected: `no parentheses behind ${word}`,
      suggestion:
        name === 'count' ? 'count, or count by NAME' : `${word} NAME, or ${word} NAME by NAME`,
    });
  }
  switch (name) {
    case 'count':
      return { kind: 'count', by: takeBy(scanner) };
    case 'top':
      return {
        kind: 'top',
        limit: takeNumber(scanner, ROWS_MAX) ?? TOP_DEFAULT,
        name: takeName(scanner),
      };
    case 'timechart':
      return parseTimechart(scanner);
    case 'measure':
      return { kind: 'measure', measure: measure!, name: takeName(scanner), by: takeBy(scanner) };
    case 'patterns':
      return { kind: 'patterns', limit: takeNumber(scanner, ROWS_MAX) ?? PATTERNS_DEFAULT };
    case 'fields':
      return { kind: 'fields', names: takeNames(scanner, table) };
    case 'sort':
      return { kind: 'sort', keys: takeSortKeys(scanner, table) };
    case 'limit':
      return { kind: 'limit', count: requiredNumber(scanner, ROWS_MAX) };
    case 'dedup':
      return { kind: 'dedup', names: takeNames(scanner, table) };
    case 'context':
      return parseContext(scanner);
    default:
      throw scanner.error({
        at,
        length: Math.max(1, word.length),
        expected: `a stage (${STAGE_NAMES.join(', ')}, p95)`,
        suggestion: stageMeant(word) ?? nearestName(word, STAGE_NAMES) ?? undefined,
      });
  }
}

const WITH_TABLES: readonly string[] = ['fields', 'sort', 'limit', 'dedup'];

function measureOf(word: string): Measure | null {
  if (word === 'median') return { kind: 'percentile', percentile: 50 };
  if (word === 'avg' || word === 'sum' || word === 'min' || word === 'max' || word === 'distinct') {
    return { kind: word };
  }
  const percentile = PERCENTILE.exec(word);
  return percentile === null ? null : { kind: 'percentile', percentile: Number(percentile[1]) };
}

function parseTimechart(scanner: QueryScanner): Stage {
  const at = scanner.at;
  const step = scanner.takeMatch(/\d[\d.]*(?:\s?[a-zA-Z]+)?/y)?.[0] ?? null;
  const bucketMs = step === null ? null : parseDuration(step);
  if (step !== null && (bucketMs === null || bucketMs < 1)) {
    throw scanner.error({ at, length: step.length, expected: 'a step such as 10s, 5m, 1h, 1d' });
  }
  const by = takeBy(scanner);
  if (by.length > 1) {
    throw scanner.error({
      at,
      length: scanner.at - at,
      expected: 'one name after by: one series for each value',
    });
  }
  return { kind: 'timechart', bucketMs, by: by[0] ?? null };
}

/** `context 3`: three before and after; `context 3 10`: three before, ten after. */
function parseContext(scanner: QueryScanner): Stage {
  const before = requiredNumber(scanner, CONTEXT_MAX);
  return { kind: 'context', before, after: takeNumber(scanner, CONTEXT_MAX) ?? before };
}

function takeBy(scanner: QueryScanner): string[] {
  scanner.skipSpace();
  if (scanner.takeMatch(/by(?![\p{L}\p{N}_])/uy) === null) return [];
  return takeNames(scanner, { made: null, columns: null });
}

/** One name or more, commas between them. */
function takeNames(scanner: QueryScanner, table: Table): string[] {
  const names: string[] = [];
  do {
    names.push(takeName(scanner, table));
    scanner.skipSpace();
  } while (scanner.take(','));
  return names;
}

function takeSortKeys(scanner: QueryScanner, table: Table): SortKey[] {
  scanner.takeMatch(/by(?![\p{L}\p{N}_])/uy);
  const keys: SortKey[] = [];
  do {
    scanner.skipSpace();
    const minus = scanner.take('-');
    const name = takeName(scanner, table);
    scanner.skipSpace();
    const direction = scanner.takeMatch(/(asc|desc)(?![\p{L}\p{N}_])/uy)?.[1];
    keys.push({ name, descending: direction === undefined ? minus : direction === 'desc' });
    scanner.skipSpace();
  } while (scanner.take(','));
  return keys;
}

function takeName(scanner: QueryScanner, table: Table = { made: null, columns: null }): string {
  scanner.skipSpace();
  const at = scanner.at;
  const name = scanner.sees('"')
    ? scanner.takeQuoted()
    : (scanner.takeMatch(nameHere())?.[0] ?? '');
  const { columns } = table;
  if (name === '') {
    throw scanner.error({ at, expected: 'the name of a field, or level, source, tag, file' });
  }
  if (columns !== null && !columns.includes(name)) {
    throw scanner.error({
      at,
      length: scanner.at - at,
      expected: `a column of the table (${columns.join(', ')})`,
      suggestion: nearestName(name, columns) ?? undefined,
    });
  }
  return name;
}

function takeNumber(scanner: QueryScanner, max: number): number | null {
  scanner.skipSpace();
  const at = scanner.at;
  const digits = scanner.takeMatch(numberHere())?.[0];
  if (digits === undefined) return null;
  const value = Number(digits);
  if (value < leastFor(max) || value > max) {
    throw scanner.error({ at, length: digits.length, expected: numberUpTo(max) });
  }
  return value;
}

/** A context may be of one side only. */
const leastFor = (max: number): number => (max === CONTEXT_MAX ? 0 : 1);
const numberUpTo = (max: number): string => `a number from ${leastFor(max)} to ${max}`;

function requiredNumber(scanner: QueryScanner, max: number): number {
  scanner.skipSpace();
  const value = takeNumber(scanner, max);
  if (value !== null) return value;
  const word = scanner.takeWord();
  throw scanner.error({
    at: word.at,
    length: Math.max(1, literalOf(word)?.length ?? 1),
    expected: numberUpTo(max),
  });
}
