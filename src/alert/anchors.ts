/**
 * What a row must have for a filter to match it, as things that can be looked up: a word, four bytes of text, a field, a
 * number of at least or at most so much. Every match has one of a rule's anchors; what has none of them is not asked.
 *
 * Where there is a choice, the ones that the fewest rules have: "failed" says little, the name of a service says much.
 */
import { type Filter, HOST_KEY, MESSAGE_KEY } from '../query/query-tree.ts';
import { testLiterals } from '../query/test-literals.ts';
import { type WordPlan, wordPlan } from '../query/word-plan.ts';
import { foldText, hasNonAscii } from '../query/words.ts';
import { strideFor } from './cuts.ts';

export type Anchor =
  | Readonly<{ kind: 'word'; hash: number }>
  /** Four bytes, ASCII letters lowered, the first one highest. */
  | Readonly<{ kind: 'gram'; gram: number }>
  | Readonly<{ kind: 'key'; key: string }>
  /** The field's number is at least, or at most, the limit. */
  | Readonly<{ kind: 'above' | 'below'; key: string; limit: number }>;

export const GRAM_BYTES = 4;

/** How much a look-up lets through that is no match, beside what other rules share it: words least, any value of a field most. */
const WEIGHTS: Readonly<Record<Anchor['kind'], number>> = {
  word: 0,
  gram: 4,
  above: 400,
  below: 400,
  key: 2_000,
};

/** What is known of a filter; null: nothing. A text, ASCII and lowered, stands in one piece; it comes beside its anchors. */
type Need =
  | Readonly<{ kind: 'anchor'; anchor: Anchor }>
  | Readonly<{ kind: 'literal'; text: string }>
  | NeedParts
  | null;
type NeedParts = Readonly<{ kind: 'and' | 'or'; parts: readonly NonNullable<Need>[] }>;

export type Anchored = Readonly<{
  /** Null: nothing is known of the filter, it has to be asked every time. */
  anchors: readonly Anchor[] | null;
  /** Hashes of words all of which a match has. */
  words: readonly number[];
  /** Texts, one of which every match holds in one piece, for `Gates`; null: none are known. */
  gate: readonly string[] | null;
}>;

/** What is known of each filter. */
export function anchorsOf(filters: readonly (Filter | null)[]): readonly Anchored[] {
  const needs = filters.map((filter) => (filter === null ? null : needOf(filter)));
  const counts = new Map<string, number>();
  for (const need of needs) countNames(need, counts);
  return needs.map((need) => ({
    anchors: cheapest(need, counts),
    words: wordsIn(need),
    gate: gateOf(need, counts)?.texts ?? null,
  }));
}

function wordsIn(need: Need): readonly number[] {
  if (need === null) return [];
  if (need.kind === 'anchor') return need.anchor.kind === 'word' ? [need.anchor.hash] : [];
  if (need.kind === 'literal') return [];
  return need.kind === 'and' ? [...new Set(need.parts.flatMap(wordsIn))] : [];
}

function needOf(filter: Filter): Need {
  switch (filter.kind) {
    case 'and':
      return allOf(filter.parts.map(needOf));
    case 'or':
      return anyOf(filter.parts.map(needOf));
    case 'text':
      return textNeed(filter);
    case 'field':
      // An entry without it has that of its machine, which is no text of the entry.
      if (filter.key === HOST_KEY) return null;
      return filter.key === MESSAGE_KEY
        ? textNeed(filter)
        : allOf([textNeed(filter), numberNeed(filter), keyNeed(filter.key)]);
    case 'has':
      return filter.key === MESSAGE_KEY || filter.key === HOST_KEY ? null : keyNeed(filter.key);
    default:
      return null;
  }
}

type Tested = Extract<Filter, { kind: 'text' | 'field' }>;

function textNeed(filter: Tested): Need {
  const grams = testLiterals(filter.test).map(literalNeed);
  return allOf([wordsNeed(wordPlan(filter)), grams.length === 0 ? null : anyOf(grams)]);
}

function literalNeed(literal: string): Need {
  const grams = gramsOf(literal).map((gram) => anchor({ kind: 'gram', gram }));
  if (grams.length === 0) return null;
  return allOf([...grams, { kind: 'literal', text: foldText(literal) }]);
}

function wordsNeed(plan: WordPlan): Need {
  switch (plan.kind) {
    case 'any':
      return null;
    case 'word':
      return anchor({ kind: 'word', hash: plan.hash });
    case 'and':
      return allOf(plan.parts.map(wordsNeed));
    case 'or':
      return anyOf(plan.parts.map(wordsNeed));
  }
}

function numberNeed({ key, test }: Extract<Filter, { kind: 'field' }>): Need {
  if (test.kind === 'range') return anchor({ kind: 'above', key, limit: test.from });
  if (test.kind !== 'compare') return null;
  const kind = test.comparison.startsWith('>') ? 'above' : 'below';
  return anchor({ kind, key, limit: test.value });
}

function keyNeed(key: string): Need {
  return anchor({ kind: 'key', key });
}

/** All grams of a literal; none where it is too short, or has bytes that are compared as something else. */
function gramsOf(literal: string): number[] {
  const bytes = Buffer.from(foldText(literal));
  if (hasNonAscii(bytes, 0, bytes.length)) return [];
  const grams: number[] = [];
  for (let at = 0; at + GRAM_BYTES <= bytes.length; at += 1) grams.push(bytes.readInt32BE(at));
  return grams;
}

function anchor(one: Anchor): Need {
  return { kind: 'anchor', anchor: one };
}

function allOf(needs: readonly Need[]): Need {
  const parts = needs.filter((need) => need !== null);
  if (parts.length === 0) return null;
  return parts.length === 1 ? parts[0]! : { kind: 'and', parts };
}

function anyOf(needs: readonly Need[]): Need {
  const parts = needs.filter((need) => need !== null);
  return parts.length < needs.length || parts.length === 0 ? null : { kind: 'or', parts };
}

function nameOf(one: Anchor): string {
  switch (one.kind) {
    case 'word':
      return `w${one.hash}`;
    case 'gram':
      return `g${one.gram}`;
    case 'key':
      return `k${one.key}`;
    default:
      return `${one.kind} ${one.key}`;
  }
}

/** In how many rules each anchor, and each text, stands; once where a rule has it twice. */
function countNames(need: Need, counts: Map<string, number>): void {
  const names = new Set<string>();
  const visit = (part: NonNullable<Need>): void => {
    if (part.kind === 'anchor') names.add(nameOf(part.anchor));
    else if (part.kind === 'literal') names.add(`t${part.text}`);
    else part.parts.forEach(visit);
  };
  if (need !== null) visit(need);
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
}

function cheapest(need: Need, counts: ReadonlyMap<string, number>): readonly Anchor[] | null {
  if (need === null) return null;
  switch (need.kind) {
    case 'anchor':
      return [need.anchor];
    case 'literal':
      return null;
    case 'or': {
      const parts = need.parts.map((part) => cheapest(part, counts));
      return parts.includes(null) ? null : parts.flatMap((anchors) => anchors ?? []);
    }
    case 'and': {
      const weightOf = (anchors: readonly Anchor[]): number =>
        anchors.reduce((sum, one) => sum + WEIGHTS[one.kind] + (counts.get(nameOf(one)) ?? 0), 0);
      return need.parts
        .map((part) => cheapest(part, counts))
        .filter((anchors) => anchors !== null)
        .reduce<readonly Anchor[] | null>(
          (best, anchors) => (best === null || weightOf(anchors) < weightOf(best) ? anchors : best),
          null,
        );
    }
  }
}

type Gate = Readonly<{ texts: readonly string[]; weight: number }>;

/** A look at every byte costs as much as the text being that of so many more rules, one of which a row then may concern. */
const LOOK_WEIGHT = 50;

/** The texts that cost the least. */
function gateOf(need: Need, counts: ReadonlyMap<string, number>): Gate | null {
  if (need === null || need.kind === 'anchor') return null;
  if (need.kind === 'literal') {
    const { text } = need;
    const weight = LOOK_WEIGHT / strideFor([text]) + counts.get(`t${text}`)!;
    return { texts: [text], weight };
  }
  const gates = need.parts.map((part) => gateOf(part, counts));
  const known = gates.filter((gate) => gate !== null);
  if (need.kind === 'or') {
    if (known.length < gates.length) return null;
    const texts = [...new Set(known.flatMap((gate) => gate.texts))];
    return { texts, weight: known.reduce((sum, { weight }) => sum + weight, 0) };
  }
  return known.reduce<Gate | null>(
    (best, gate) => (best === null || gate.weight < best.weight ? gate : best),
    null,
  );
}
