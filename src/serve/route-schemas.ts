/**
 * How routes say what they take and give: each declares its parameters and its answer once, and from that requests are
 * checked, the OpenAPI document is made, and tests compare what is really answered.
 */

import type { JsonSchema } from './answer-schemas.ts';
import { BUCKETS_MAX, PATTERNS_MAX } from './count-answers.ts';
import { SEARCH_LIMIT_MAX } from './search-answers.ts';

/** A parameter with what it means. */
export function described(schema: JsonSchema, description: string): JsonSchema {
  return { ...schema, description };
}

const TEXT = { type: 'string', maxLength: 20_000 } as const;
/** Names, times, cursors. */
export const SHORT_TEXT = { type: 'string', maxLength: 200 } as const;

export const countUpTo = (maximum: number): JsonSchema => ({
  type: 'integer',
  minimum: 1,
  maximum,
});
export const fromZeroTo = (maximum: number): JsonSchema => ({
  type: 'integer',
  minimum: 0,
  maximum,
});

export const SINCE = described(SHORT_TEXT, 'At or after: 1h, yesterday, 14:30, 2026-11-20T12:00Z');
export const UNTIL = described(SHORT_TEXT, 'Before, written as `since`');
export const ZONE = described(
  SHORT_TEXT,
  'Time zone of times that have none, such as Europe/Berlin',
);

/** What all questions about entries take. */
export const QUESTION = {
  q: described(TEXT, 'A query in the query language; empty: everything'),
  since: SINCE,
  until: UNTIL,
  tz: ZONE,
} as const;

export const SEARCH_PARAMETERS = {
  ...QUESTION,
  limit: described(countUpTo(SEARCH_LIMIT_MAX), 'Entries at most'),
  cursor: described(SHORT_TEXT, 'Go on where an earlier answer stopped'),
  order: { type: 'string', enum: ['newest', 'oldest'] },
  hits: described({ type: 'boolean' }, 'Tell which pieces of each message were found'),
  ids: described({ type: 'boolean' }, 'Tell the id of each entry, for /api/context'),
} as const;

/** More is no hurry. */
const BUDGET_MS_MAX = 10_000;

export const HISTOGRAM_PARAMETERS = {
  ...QUESTION,
  buckets: described(countUpTo(BUCKETS_MAX), 'Steps of time at most'),
  budgetMs: described(
    countUpTo(BUDGET_MS_MAX),
    'Count for so long only, the newest entries first; `countedFrom` says how far back that went',
  ),
} as const;

export const PATTERN_PARAMETERS = {
  ...QUESTION,
  limit: described(countUpTo(PATTERNS_MAX), 'Patterns at most'),
} as const;

export type RouteWords = Readonly<{
  summary: string;
  /** Parameters of the address behind `?`; anything else there is an error, so that a slip is not silently ignored. */
  query?: Readonly<Record<string, JsonSchema>>;
  /** Parameters that have to be there. */
  required?: readonly string[];
  params?: Readonly<Record<string, JsonSchema>>;
  body?: JsonSchema;
  /** The answer with status 200; null: another kind of content than JSON. */
  answer: JsonSchema | null;
  /** Of an answer that is no JSON, or not in every format. */
  contentTypes?: readonly string[];
}>;

export function routeSchema(words: RouteWords): JsonSchema {
  const { summary, query = {}, required = [], params, body, answer, contentTypes } = words;
  const isJsonOnly = answer !== null && contentTypes === undefined;
  const response = isJsonOnly ? answer : { content: contentOf(words) };
  return {
    summary,
    querystring: { type: 'object', additionalProperties: false, required, properties: query },
    ...(params === undefined
      ? {}
      : {
          params: {
            type: 'object',
            additionalProperties: false,
            required: Object.keys(params),
            properties: params,
          },
        }),
    ...(body === undefined ? {} : { body }),
    response: { 200: { description: summary, ...response } },
  };
}

function contentOf({ answer, contentTypes = [] }: RouteWords): JsonSchema {
  const texts = contentTypes.map((type) => [type, { schema: { type: 'string' } }] as const);
  const json = answer === null ? {} : { 'application/json': { schema: answer } };
  return { ...json, ...Object.fromEntries(texts) };
}
