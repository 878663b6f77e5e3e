/**
 * The patterns of a report and of its history, brought to the same templates.
 *
 * Which words vary is seen better over weeks than in one day, and better today than when the history was
 * written. So both go through one `Templates`, the history first, and what became equal is added up.
 */
import type { PatternRecord } from '../ingest/pattern-history.ts';
import { Templates } from '../pattern/templates.ts';
import type { PatternTally } from './pattern-tallies.ts';

/** History and report together; what finds no room keeps its own text. */
const TEMPLATES_MAX = 40_000;

export type KnownPatterns = Readonly<{
  /** Of this report; most frequent first, equal ones by text. */
  now: readonly PatternTally[];
  /** Of the history, by `patternKey`. */
  before: ReadonlyMap<string, PatternTally>;
}>;

export function knownPatterns(
  now: readonly PatternTally[],
  history: readonly PatternRecord[],
): KnownPatterns {
  const templates = new Templates(TEMPLATES_MAX);
  for (const { template } of history) templates.idOfTemplate(template);
  for (const { template } of now) templates.idOfTemplate(template);
  const templateOf = (template: string): string =>
    templates.textOf(templates.idOfTemplate(template)) || template;
  const before = added(history.map(tallyOfRecord), templateOf);
  const sorted = [...added(now, templateOf).values()].sort(
    (a, b) =>
      b.count - a.count ||
      compareTexts(a.template, b.template) ||
      compareTexts(a.source, b.source) ||
      b.levelCode - a.levelCode,
  );
  return { now: sorted, before };
}

export function patternKey(
  pattern: Pick<PatternTally, 'template' | 'levelCode' | 'source'>,
): string {
  return `${pattern.levelCode}\0${pattern.source}\0${pattern.template}`;
}

function added(
  patterns: readonly PatternTally[],
  templateOf: (template: string) => string,
): Map<string, PatternTally> {
  const sums = new Map<string, PatternTally>();
  for (const pattern of patterns) {
    const own = { ...pattern, template: templateOf(pattern.template) };
    const key = patternKey(own);
    const known = sums.get(key);
    sums.set(key, known === undefined ? own : sumOf(known, own));
  }
  return sums;
}

/** The example of the earlier one: it is the one that says when the pattern began. */
function sumOf(a: PatternTally, b: PatternTally): PatternTally {
  const days = new Map(a.days);
  for (const [day, count] of b.days) days.set(day, (days.get(day) ?? 0) + count);
  const earlier = b.exampleUs < a.exampleUs ? b : a;
  return {
    ...a,
    count: a.count + b.count,
    firstUs: Math.min(a.firstUs, b.firstUs),
    lastUs: Math.max(a.lastUs, b.lastUs),
    example: earlier.example,
    exampleUs: earlier.exampleUs,
    days,
  };
}

function tallyOfRecord(record: PatternRecord): PatternTally {
  const days = new Map(record.days);
  const count = [...days.values()].reduce((sum, dayCount) => sum + dayCount, 0);
  return { ...record, count, days };
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
