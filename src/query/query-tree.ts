/**
 * What a query means, as data: one tree for search, alert rules, live tail and (later) ClickHouse.
 *
 * Texts compare without regard to case. A *word* is what `query/words.ts` says it is. A `phrase` is
 * a text that begins and ends at word boundaries; a single word is a phrase of one word.
 * Full-text nodes look at the message and at every metadata value. The key `message` is the message.
 * The language that is parsed into this tree: `GRAMMAR.md`.
 */
import type { Level } from '../model/level.ts';
import type { Stage } from './stage-tree.ts';

/** The key that stands for the message itself. */
export const MESSAGE_KEY = 'message';

/** The key of the machine an entry comes from: its own field where it has one, else whoever read it. */
export const HOST_KEY = 'host';

export type Comparison = '=' | '<' | '<=' | '>' | '>=';

export type Filter =
  | Readonly<{ kind: 'everything' }>
  | Readonly<{ kind: 'and'; parts: readonly Filter[] }>
  | Readonly<{ kind: 'or'; parts: readonly Filter[] }>
  | Readonly<{ kind: 'not'; part: Filter }>
  | Readonly<{ kind: 'text'; test: TextTest }>
  /** `=` compares the level itself (null: entries without one); the others compare severity. */
  | Readonly<{ kind: 'level'; comparison: Comparison; level: Level | null }>
  /**
   * Patterns (`name-pattern.ts`): `*` stands for any run of characters, `/` included; no `*`: the whole name.
   * A file pattern without `/` is compared with the last part of the path.
   */
  | Readonly<{ kind: 'source'; pattern: string }>
  | Readonly<{ kind: 'file'; pattern: string }>
  | Readonly<{ kind: 'tag'; pattern: string }>
  | Readonly<{ kind: 'field'; key: string; test: FieldTest }>
  | Readonly<{ kind: 'has'; key: string }>
  /** `fromUs <= timestamp < untilUs`. */
  | Readonly<{ kind: 'time'; fromUs: number | null; untilUs: number | null }>;

export type TextTest =
  | Readonly<{ kind: 'phrase'; text: string }>
  /** A word that begins with `text`. */
  | Readonly<{ kind: 'prefix'; text: string }>
  /** A word that ends with `text`. */
  | Readonly<{ kind: 'suffix'; text: string }>
  /** Anywhere, inside words too. */
  | Readonly<{ kind: 'infix'; text: string }>
  | Readonly<{ kind: 'regex'; source: string; ignoreCase: boolean }>;

export type FieldTest =
  | TextTest
  /** The whole value, without regard to case. */
  | Readonly<{ kind: 'equals'; value: string }>
  | Readonly<{ kind: 'pattern'; pattern: string }>
  /** As numbers; a value that is none does not match. */
  | Readonly<{ kind: 'compare'; comparison: Exclude<Comparison, '='>; value: number }>
  | Readonly<{ kind: 'range'; from: number; until: number; includesUntil: boolean }>;

/** A parsed query: which entries, and what is made of them. */
export type Query = Readonly<{ text: string; filter: Filter; stages: readonly Stage[] }>;
