/**
 * Which words an entry must hold to match: what the token index is asked before any row is read.
 *
 * The plan is necessary, not sufficient: an entry that fails it cannot match, one that passes may. `any` is
 * "the words say nothing". Words are those of the message and of all metadata values.
 */
import { type Filter, HOST_KEY, type TextTest } from './query-tree.ts';
import { collectWordHashes, isWordByte } from './words.ts';

export type WordPlan =
  | Readonly<{ kind: 'any' }>
  | Readonly<{ kind: 'word'; hash: number }>
  | Readonly<{ kind: 'and' | 'or'; parts: readonly WordPlan[] }>;

const ANY: WordPlan = { kind: 'any' };

export function wordPlan(filter: Filter): WordPlan {
  switch (filter.kind) {
    case 'and':
      return allOf(filter.parts.map(wordPlan));
    case 'or': {
      const parts = filter.parts.map(wordPlan);
      return parts.some((part) => part.kind === 'any') ? ANY : { kind: 'or', parts };
    }
    case 'text':
      return textPlan(filter.test);
    case 'field': {
      const { key, test } = filter;
      // The name of a machine is in no line.
      if (key === HOST_KEY) return ANY;
      // A field's words are indexed as words of the entry; a number may be spelled in many ways.
      if (test.kind === 'equals') return wordsPlan(test.value, { first: true, last: true });
      if (test.kind === 'pattern' || test.kind === 'compare' || test.kind === 'range') return ANY;
      return textPlan(test);
    }
    default:
      return ANY;
  }
}

function textPlan(test: TextTest): WordPlan {
  switch (test.kind) {
    case 'phrase':
      return wordsPlan(test.text, { first: true, last: true });
    case 'prefix':
      return wordsPlan(test.text, { first: true, last: false });
    case 'suffix':
      return wordsPlan(test.text, { first: false, last: true });
    case 'infix':
      return wordsPlan(test.text, { first: false, last: false });
    case 'regex':
      return ANY;
  }
}

/** The words of a text; its first and its last one only where they are whole. */
function wordsPlan(text: string, whole: Readonly<{ first: boolean; last: boolean }>): WordPlan {
  const bytes = Buffer.from(text);
  const span = { start: 0, end: bytes.length };
  if (!whole.first) while (span.start < span.end && isWordByte(bytes[span.start]!)) span.start += 1;
  if (!whole.last) while (span.end > span.start && isWordByte(bytes[span.end - 1]!)) span.end -= 1;
  const out = new Int32Array((bytes.length >> 1) + 1);
  const count = collectWordHashes(bytes, span, { out, count: 0 });
  return allOf([...out.subarray(0, count)].map((hash) => ({ kind: 'word', hash })));
}

function allOf(parts: readonly WordPlan[]): WordPlan {
  const saying = parts.filter((part) => part.kind !== 'any');
  if (saying.length === 0) return ANY;
  return saying.length === 1 ? saying[0]! : { kind: 'and', parts: saying };
}

/** `from <= timestamp < until` that every match keeps; infinite where the filter does not say. */
export type TimeBounds = Readonly<{ fromUs: number; untilUs: number }>;

const ALL_TIME: TimeBounds = {
  fromUs: Number.NEGATIVE_INFINITY,
  untilUs: Number.POSITIVE_INFINITY,
};

export function timeBounds(filter: Filter): TimeBounds {
  switch (filter.kind) {
    case 'time':
      return {
        fromUs: filter.fromUs ?? ALL_TIME.fromUs,
        untilUs: filter.untilUs ?? ALL_TIME.untilUs,
      };
    case 'and':
      return filter.parts.map(timeBounds).reduce((left, right) => ({
        fromUs: Math.max(left.fromUs, right.fromUs),
        untilUs: Math.min(left.untilUs, right.untilUs),
      }));
    case 'or':
      return filter.parts.map(timeBounds).reduce((left, right) => ({
        fromUs: Math.min(left.fromUs, right.fromUs),
        untilUs: Math.max(left.untilUs, right.untilUs),
      }));
    default:
      return ALL_TIME;
  }
}
