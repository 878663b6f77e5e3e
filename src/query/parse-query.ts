/**
 * Query text → tree, by recursive descent: AND, OR, NOT and parentheses here, one term in `parse-term.ts`.
 * The language: `GRAMMAR.md`.
 *
 * Invariants:
 * - whatever the text, it throws nothing but `QueryError` (QUERY_INVALID), which names a column;
 * - `parse(print(tree)) = tree` for every tree this can make;
 * - `and` and `or` nodes have two parts or more.
 */
import { parseStages } from './parse-stages.ts';
import { type Field, parseTerm, parseValue, singleValued } from './parse-term.ts';
import { QueryScanner } from './query-scanner.ts';
import type { Filter, Query } from './query-tree.ts';
import type { TimeContext } from './time-text.ts';

export type ParseContext = TimeContext & ParseOptions;

export type ParseOptions = Readonly<{
  /** Whether stages behind `|` are allowed. Default: no; a rule, for example, is a filter. */
  stages?: boolean;
}>;

/** Longest query: far beyond what anybody types, short enough to parse in a few ms. */
export const QUERY_LENGTH_MAX = 16 * 1024;
/** Deepest nesting of parentheses and NOT: bounds the recursion here, in the printer and in the matcher. */
const DEPTH_MAX = 100;

/** Parse a query; an empty text means everything. Throws `QueryError`. */
export function parseQuery(
  text: string,
  context: ParseContext,
  { stages: allowsStages = context.stages ?? false }: ParseOptions = {},
): Query {
  const scanner = new QueryScanner(text);
  if (text.length > QUERY_LENGTH_MAX) {
    throw scanner.error({
      at: QUERY_LENGTH_MAX,
      expected: `the end, at most ${QUERY_LENGTH_MAX} characters: found ${text.length}`,
    });
  }
  scanner.skipSpace();
  const isOpen = scanner.atEnd || (allowsStages && scanner.sees('|'));
  const filter: Filter = isOpen
    ? { kind: 'everything' }
    : parseOr({ scanner, context, field: null, depth: 0 });
  const stages = allowsStages && !scanner.sees('||') ? parseStages(scanner) : [];
  if (!scanner.atEnd) throw unexpectedRest(scanner);
  return { text, filter, stages };
}

/** Where the parser is: inside the parentheses of `field:( … )`, or not (null). */
type Place = Readonly<{
  scanner: QueryScanner;
  context: ParseContext;
  field: Field | null;
  depth: number;
}>;

function parseOr(place: Place): Filter {
  const { scanner } = place;
  const parts = [parseAnd(place)];
  while (scanner.seesKeyword('OR')) {
    scanner.take('OR');
    parts.push(parseAnd(place));
  }
  return parts.length === 1 ? parts[0]! : { kind: 'or', parts };
}

function parseAnd(place: Place): Filter {
  const { scanner } = place;
  const parts: Filter[] = [];
  for (;;) {
    scanner.skipSpace();
    const at = scanner.at;
    parts.push(parseUnary(place));
    if (parts.length > 1) refuseImpossible(place, { at, parts });
    scanner.skipSpace();
    if (scanner.seesKeyword('AND')) scanner.take('AND');
    else if (scanner.atEnd || scanner.sees(')') || scanner.sees('|') || scanner.seesKeyword('OR')) {
      return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
    }
  }
}

function parseUnary(place: Place): Filter {
  const { scanner, context, field, depth } = place;
  scanner.skipSpace();
  const inner = { ...place, depth: depth + 1 };
  if (depth > DEPTH_MAX) {
    throw scanner.error({ at: scanner.at, expected: `at most ${DEPTH_MAX} levels of ( ) and NOT` });
  }
  if (scanner.seesKeyword('NOT')) {
    scanner.take('NOT');
    return { kind: 'not', part: parseUnary(inner) };
  }
  if (scanner.takeMatch(MINUS) !== null) return { kind: 'not', part: parseUnary(inner) };
  if (scanner.sees('(')) return parseGroup(inner);
  refuseOperator(scanner);
  if (field !== null) return parseValue(scanner, { field, context });
  return parseTerm(scanner, {
    context,
    group: (groupField) => parseGroup({ ...inner, field: groupField }),
  });
}

/** A minus sign that negates: something to look for follows. In `a -> b`, `--verbose` and `- x` it is text. */
const MINUS = /-(?=[\w"(*/@[\u0080-\uffff])/y;

function parseGroup(place: Place): Filter {
  const { scanner } = place;
  const opensAt = scanner.at;
  scanner.take('(');
  scanner.skipSpace();
  if (scanner.sees(')')) {
    throw scanner.error({
      at: opensAt,
      length: scanner.at + 1 - opensAt,
      expected: 'something between ( and ); text with parentheses needs quotes',
    });
  }
  const filter = parseOr(place);
  if (!scanner.take(')')) {
    throw scanner.error({ at: opensAt, expected: 'a closing ) for this (' });
  }
  return filter;
}

function refuseOperator(scanner: QueryScanner): void {
  const at = scanner.at;
  for (const keyword of ['AND', 'OR']) {
    if (!scanner.seesKeyword(keyword)) continue;
    throw scanner.error({
      at,
      length: keyword.length,
      expected: `something to look for before ${keyword}`,
      suggestion: `"${keyword}" in quotes, as a word`,
    });
  }
  const doubled = scanner.takeMatch(/&&(?=\s|$)/y);
  if (doubled !== null) {
    throw scanner.error({ at, length: 2, expected: 'something to look for', suggestion: 'AND' });
  }
  if (scanner.atEnd || scanner.sees(')') || scanner.sees('|')) {
    throw scanner.error({
      at,
      expected: 'something to look for: a word, "a phrase", field:value, ( … ) or *',
      suggestion: scanner.sees('||') ? 'OR' : undefined,
    });
  }
}

/** `level:(warn error)` can never match; the one who wrote it meant OR. */
function refuseImpossible(
  { scanner, field }: Place,
  { at, parts }: Readonly<{ at: number; parts: readonly Filter[] }>,
): void {
  if (field === null || !singleValued(field)) return;
  const [previous, latest] = parts.slice(-2) as [Filter, Filter];
  if (!isExactName(previous) || !isExactName(latest)) return;
  throw scanner.error({
    at,
    length: scanner.at - at,
    expected: `OR between two names: an entry has one ${field.name}`,
    suggestion: `OR ${scanner.text.slice(at, scanner.at)}`,
  });
}

function isExactName(filter: Filter): boolean {
  if (filter.kind === 'level') return filter.comparison === '=';
  return (filter.kind === 'source' || filter.kind === 'file') && !filter.pattern.includes('*');
}

function unexpectedRest(scanner: QueryScanner): Error {
  const at = scanner.at;
  if (scanner.sees('||')) {
    return scanner.error({ at, length: 2, expected: 'OR between alternatives', suggestion: 'OR' });
  }
  if (scanner.sees(')')) {
    return scanner.error({ at, expected: 'no ) here: none is open' });
  }
  return scanner.error({
    at,
    expected: 'the end of the query',
    suggestion: '"|" in quotes, as text',
  });
}
