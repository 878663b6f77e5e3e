/** The questions of `npm run bench:query`, and the words they ask for: chosen from the logs by how often they occur. */
import { createHash } from 'node:crypto';
import type { EntryColumns } from '../../src/model/entry-columns.ts';
import type { Level } from '../../src/model/level.ts';
import { levelOf } from '../../src/model/level.ts';
import type { Filter } from '../../src/query/query-tree.ts';

export type Question = Readonly<{
  name: string;
  bar: string;
  query: Filter;
  /** What is asked of the matches. */
  ask: 'newest' | 'count' | 'levels by minute' | 'sources' | 'patterns';
  fromUs?: number;
  untilUs?: number;
  /** For the other programs: what they look for in the raw lines; null: nothing alike. */
  needle: Readonly<{ text: string; isRegex: boolean }> | null;
}>;

/** An answer in a form that a store and a scan can both give. */
export type Answer = Readonly<{ count: number; digest: string }>;

export const NEWEST_COUNT = 100;
const HOUR_US = 3_600_000_000;

/** What is known of the logs when the questions are made. */
export type Vocabulary = Readonly<{
  entryCount: number;
  firstUs: number;
  lastUs: number;
  /** In one entry. */
  rareWord: string;
  /** In about one entry of ten thousand. */
  seldomWord: string;
  /** In about one entry of twenty, with the level most entries of it have. */
  commonWord: string;
  commonLevel: Level;
}>;

export function questionsOf(words: Vocabulary): Question[] {
  const { rareWord, seldomWord, commonWord, commonLevel, firstUs, lastUs } = words;
  const middle = Math.floor((firstUs + lastUs) / 2);
  const hour = { fromUs: middle, untilUs: middle + HOUR_US };
  const plain = (text: string): Question['needle'] => ({ text, isRegex: false });
  const piece = commonWord.slice(1, -1);
  const seldomPiece = seldomWord.slice(1, -1);
  const hexPiece = rareWord.slice(1, -1);
  const pattern = `${commonWord.slice(0, 4)}[a-z]* .{0,12}[0-9]{2}`;
  return [
    {
      name: 'rare word',
      bar: '10 ms',
      query: phrase(rareWord),
      ask: 'newest',
      needle: plain(rareWord),
    },
    {
      name: 'newest 100 of a 0.01 % word',
      bar: '50 ms',
      query: phrase(seldomWord),
      ask: 'newest',
      needle: null,
    },
    {
      ...{ name: 'newest 100 of a common word with level and hour', bar: '50 ms', ask: 'newest' },
      query: {
        kind: 'and',
        parts: [phrase(commonWord), { kind: 'level', comparison: '=', level: commonLevel }],
      },
      ...hour,
      needle: null,
    },
    {
      name: 'exact count of a 0.01 % word',
      bar: '150 ms',
      query: phrase(seldomWord),
      ask: 'count',
      needle: plain(seldomWord),
    },
    {
      name: 'histogram by level by minute',
      bar: '5 ms',
      query: EVERYTHING,
      ask: 'levels by minute',
      needle: null,
    },
    { name: 'top sources', bar: '5 ms', query: EVERYTHING, ask: 'sources', needle: null },
    { name: 'patterns of everything', bar: '-', query: EVERYTHING, ask: 'patterns', needle: null },
    {
      ...{ name: 'substring inside a common word', bar: 'rg out of zstd', ask: 'count' },
      query: { kind: 'text', test: { kind: 'infix', text: piece } },
      needle: plain(piece),
    },
    {
      ...{ name: 'regular expression', bar: 'rg out of zstd', ask: 'count' },
      query: { kind: 'text', test: { kind: 'regex', source: pattern, ignoreCase: true } },
      needle: { text: pattern, isRegex: true },
    },
    {
      ...{ name: 'rare substring', bar: '100 ms', ask: 'count' },
      query: { kind: 'text', test: { kind: 'infix', text: seldomPiece } },
      needle: plain(seldomPiece),
    },
    {
      ...{ name: 'substring of six hex digits', bar: '-', ask: 'count' },
      query: { kind: 'text', test: { kind: 'infix', text: hexPiece } },
      needle: plain(hexPiece),
    },
  ];
}

const EVERYTHING: Filter = { kind: 'everything' };

function phrase(text: string): Filter {
  return { kind: 'text', test: { kind: 'phrase', text } };
}

/** Counts the words of a sample of entries. */
export class VocabularyCounter {
  readonly #counts = new Map<string, { count: number; levels: Map<number, number> }>();
  #sampled = 0;
  #entryCount = 0;
  #firstUs = Number.POSITIVE_INFINITY;
  #lastUs = Number.NEGATIVE_INFINITY;

  /** Words of every so-many-th entry are counted. */
  readonly #every: number;

  constructor(every: number) {
    this.#every = every;
  }

  add(columns: EntryColumns): void {
    for (let row = 0; row < columns.count; row += 1) {
      const us = columns.timestampUs[row]!;
      if (us < this.#firstUs) this.#firstUs = us;
      if (us > this.#lastUs) this.#lastUs = us;
      this.#entryCount += 1;
      if (this.#entryCount % this.#every !== 0) continue;
      this.#sampled += 1;
      // Words compare without regard to case.
      for (const word of new Set(columns.messageText(row).toLowerCase().match(WORDS))) {
        const known = this.#counts.get(word) ?? { count: 0, levels: new Map() };
        known.count += 1;
        const level = columns.level[row]!;
        known.levels.set(level, (known.levels.get(level) ?? 0) + 1);
        this.#counts.set(word, known);
      }
    }
  }

  result(rareWord: string | null): Vocabulary {
    const [common = '', { levels } = { levels: new Map<number, number>() }] = this.#nearest(0.05);
    const [level] = [...levels].toSorted(([, a], [, b]) => b - a)[0] ?? [2];
    return {
      ...{ entryCount: this.#entryCount, firstUs: this.#firstUs, lastUs: this.#lastUs },
      rareWord: rareWord ?? this.#rarest(),
      seldomWord: this.#nearest(0.0001)[0],
      commonWord: common,
      commonLevel: levelOf(level) ?? 'INFO',
    };
  }

  #nearest(share: number): [string, { count: number; levels: Map<number, number> }] {
    const wanted = Math.log(share * this.#sampled);
    const distance = (count: number): number => Math.abs(Math.log(count) - wanted);
    return [...this.#counts].reduce((best, one) =>
      distance(one[1].count) < distance(best[1].count) ? one : best,
    );
  }

  #rarest(): string {
    const once = [...this.#counts].filter(([word, { count }]) => count === 1 && word.length >= 8);
    return once.at(-1)?.[0] ?? this.#nearest(0)[0];
  }
}

/** Words that are read aloud, so that the questions look like questions. */
const WORDS = /\b[a-z]{7,20}\b/g;

/** Entries as one short text, whatever order those of one moment are in. */
export function digestOf(items: readonly string[]): string {
  const hash = createHash('sha256');
  for (const item of items.toSorted()) hash.update(item).update('\n');
  return hash.digest('hex').slice(0, 16);
}
