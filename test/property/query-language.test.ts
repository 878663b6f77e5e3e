/**
 * The query language against its definition: random trees printed, parsed back and evaluated by bytes and by strings.
 * `QUERY_TREES=100000` runs as many as the release check does.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ColumnNames } from '../../src/model/entry-columns.ts';
import { compileFilter } from '../../src/query/compile-filter.ts';
import { parseQuery } from '../../src/query/parse-query.ts';
import { printFilter, printQuery } from '../../src/query/print-query.ts';
import { QueryError } from '../../src/query/query-error.ts';
import { timeBounds, type WordPlan, wordPlan } from '../../src/query/word-plan.ts';
import { collectWordHashes } from '../../src/query/words.ts';
import { checkRules, sentences } from '../support/grammar.ts';
import {
  columnsOf,
  filterTree,
  naiveMatch,
  type PlainEntry,
  plainEntry,
  stageList,
} from '../support/query-trees.ts';

const RUNS = Number(process.env.QUERY_TREES ?? 10_000);
const CONTEXT = { nowMs: Date.UTC(2026, 10, 20, 12), timezone: 'Europe/Berlin' };

/** The machine may be busy with other things. */
const TIMEOUT_MS = 120_000 + RUNS * 10;

describe('query language', { timeout: TIMEOUT_MS }, () => {
  test('a printed tree parses back to itself', () => {
    fc.assert(
      fc.property(filterTree, (tree) => {
        expect(parseQuery(printFilter(tree), CONTEXT).filter).toEqual(tree);
      }),
      { numRuns: RUNS },
    );
  });

  test('printed stages parse back to themselves', () => {
    fc.assert(
      fc.property(filterTree, stageList, (filter, stages) => {
        const query = parseQuery(printQuery({ filter, stages }), { ...CONTEXT, stages: true });
        expect({ filter: query.filter, stages: query.stages }).toEqual({ filter, stages });
      }),
      { numRuns: RUNS },
    );
  });
});

describe('the grammar in GRAMMAR.md', { timeout: TIMEOUT_MS }, () => {
  test('explains every name it uses', () => {
    const { names, unexplained } = checkRules();
    expect(unexplained).toEqual([]);
    expect(names).toContain('query');
    expect(names.length).toBeGreaterThan(20);
  });

  test('makes sentences that are all understood, and mean the same when printed', () => {
    const context = { ...CONTEXT, stages: true };
    let withStages = 0;
    fc.assert(
      fc.property(sentences(), (text) => {
        const { filter, stages } = parseQuery(text, context);
        if (stages.length > 0) withStages += 1;
        const again = parseQuery(printQuery({ filter, stages }), context);
        expect({ filter: again.filter, stages: again.stages }).toEqual({ filter, stages });
      }),
      { numRuns: Math.ceil(RUNS / 3) },
    );
    expect(withStages).toBeGreaterThan(RUNS / 30);
  });
});

describe('query language, evaluated,', { timeout: TIMEOUT_MS }, () => {
  test('compileFilter() agrees with the naive matcher on every row, and the word plan excludes no match', () => {
    let matches = 0;
    fc.assert(
      fc.property(
        filterTree,
        fc.array(plainEntry, { minLength: 1, maxLength: 8 }),
        (tree, entries) => {
          const names = new ColumnNames();
          const columns = columnsOf(entries, names);
          const matcher = compileFilter(tree, names);
          const plan = wordPlan(tree);
          const { fromUs, untilUs } = timeBounds(tree);
          for (const [row, entry] of entries.entries()) {
            const wanted = naiveMatch(tree, entry);
            expect(matcher(columns, row)).toBe(wanted);
            if (!wanted) continue;
            matches += 1;
            expect(passes(plan, wordsOf(entry))).toBe(true);
            expect(entry.timestampUs >= fromUs && entry.timestampUs < untilUs).toBe(true);
          }
        },
      ),
      { numRuns: RUNS },
    );
    expect(matches).toBeGreaterThan(RUNS / 2);
  });

  test('parseQuery() throws nothing but QueryError with a column inside the text', () => {
    const token = fc.constantFrom(
      ...'() "\\*-/|:=<>[]{}~'.split(''),
      'AND',
      'OR',
      'NOT',
      'TO',
      'level',
      'since:',
      'x:',
      'x!=',
      '!=',
      'a',
      '/a+/',
      ' ',
      '1h',
      'é',
      '| count by ',
      '| top',
      'p95',
      ',',
      '\ud800',
      '[1 TO ',
      '\n',
    );
    const noise = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join('')),
    );
    fc.assert(
      fc.property(noise, (text) => {
        try {
          const context = { ...CONTEXT, stages: true };
          const { filter, stages } = parseQuery(text, context);
          const again = parseQuery(printQuery({ filter, stages }), context);
          expect({ filter: again.filter, stages: again.stages }).toEqual({ filter, stages });
        } catch (error) {
          if (!(error instanceof QueryError)) throw error;
          expect(error.code).toBe('QUERY_INVALID');
          expect(error.column).toBeGreaterThanOrEqual(1);
          expect(error.column).toBeLessThanOrEqual([...text].length + 1);
        }
      }),
      { numRuns: RUNS * 2 },
    );
  });
});

function wordsOf(entry: PlainEntry): Set<number> {
  const hashes = new Set<number>();
  for (const text of [entry.message, ...entry.fields.map(([, value]) => value)]) {
    const bytes = Buffer.from(text);
    const out = new Int32Array(bytes.length + 1);
    const count = collectWordHashes(bytes, { start: 0, end: bytes.length }, { out, count: 0 });
    for (const hash of out.subarray(0, count)) hashes.add(hash);
  }
  return hashes;
}

function passes(plan: WordPlan, words: ReadonlySet<number>): boolean {
  switch (plan.kind) {
    case 'any':
      return true;
    case 'word':
      return words.has(plan.hash);
    case 'and':
      return plan.parts.every((part) => passes(part, words));
    case 'or':
      return plan.parts.some((part) => passes(part, words));
  }
}
