/**
 * Where a query's texts stand in a line that is shown, so that they can be marked.
 *
 * For the eye only: what matches is decided by `compile-filter.ts`. Texts that a query excludes are not marked.
 */
import type { Filter, TextTest } from './query-tree.ts';
import { compileRegex } from './regex.ts';
import { isWordUnit } from './words.ts';

/** A marked piece, in UTF-16 units: `start` up to, not including, `end`. */
export type Hit = Readonly<{ start: number; end: number }>;

/** Finds the hits of one query in a text: in order, not overlapping. */
export type HitFinder = (text: string) => Hit[];

/** Most hits marked in one text; more would only colour it whole. */
const HITS_MAX = 200;

export function hitFinder(filter: Filter): HitFinder {
  const finders = textTests(filter).map(finderOf);
  if (finders.length === 0) return () => [];
  return (text) => joined(finders.flatMap((find) => find(text)));
}

function textTests(filter: Filter): TextTest[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.parts.flatMap(textTests);
    case 'text':
      return [filter.test];
    case 'field': {
      const { test } = filter;
      if (test.kind === 'equals')
        return test.value === '' ? [] : [{ kind: 'phrase', text: test.value }];
      const isText = test.kind !== 'pattern' && test.kind !== 'compare' && test.kind !== 'range';
      return isText ? [test] : [];
    }
    default:
      return [];
  }
}

function finderOf(test: TextTest): HitFinder {
  if (test.kind === 'regex') {
    const compiled = compileRegex(test.source, test);
    return 'problem' in compiled
      ? () => []
      : finderWith(new RegExp(compiled.regex, 'gm'), () => true);
  }
  const escaped = test.text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  const leftEdge = test.kind === 'phrase' || test.kind === 'prefix';
  const rightEdge = test.kind === 'phrase' || test.kind === 'suffix';
  return finderWith(new RegExp(escaped, 'gi'), (text, { start, end }) => {
    return !(leftEdge && joinsWord(text, start)) && !(rightEdge && joinsWord(text, end));
  });
}

function finderWith(expression: RegExp, accept: (text: string, hit: Hit) => boolean): HitFinder {
  return (text) => {
    const hits: Hit[] = [];
    for (const match of text.matchAll(expression)) {
      const hit = { start: match.index, end: match.index + match[0].length };
      if (hit.end > hit.start && accept(text, hit)) hits.push(hit);
      if (hits.length === HITS_MAX) break;
    }
    return hits;
  };
}

/** Whether one word goes on across a position. */
function joinsWord(text: string, at: number): boolean {
  return (
    at > 0 &&
    at < text.length &&
    isWordUnit(text.charCodeAt(at - 1)) &&
    isWordUnit(text.charCodeAt(at))
  );
}

function joined(hits: Hit[]): Hit[] {
  hits.sort((left, right) => left.start - right.start || right.end - left.end);
  const out: Hit[] = [];
  for (const hit of hits) {
    const last = out.at(-1);
    if (last === undefined || hit.start > last.end) out.push(hit);
    else if (hit.end > last.end) out[out.length - 1] = { start: last.start, end: hit.end };
  }
  return out;
}
