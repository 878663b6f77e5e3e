/**
 * The answers of the HTTP API as JSON Schema: what the OpenAPI document says, and what tests hold every answer against.
 *
 * They describe, they do not filter: an answer is written as it is (`base/escape.ts`, `jsonLine`).
 */
import { LEVELS } from '../model/level.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export const TEXT: JsonSchema = { type: 'string' };
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 };
export const NUMBER: JsonSchema = { type: 'number' };
export const TIME: JsonSchema = { type: 'string', format: 'date-time' };
export const YES_OR_NO: JsonSchema = { type: 'boolean' };
export const COUNTS: JsonSchema = { type: 'object', additionalProperties: COUNT };

export function orNull(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: 'null' }] };
}

export function listOf(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

/** An object with exactly these properties; all of them are there but those in `optional`. */
export function objectOf(
  properties: Readonly<Record<string, JsonSchema>>,
  { optional = [] }: Readonly<{ optional?: readonly string[] }> = {},
): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, required, properties };
}

/** `host` only where a cluster answers. */
export const ENTRY = objectOf(
  {
    timestamp: TIME,
    level: orNull({ type: 'string', enum: LEVELS }),
    severity: { type: 'integer', enum: [0, 10, 20, 30, 40, 50] },
    source: TEXT,
    message: TEXT,
    tags: listOf(TEXT),
    metadata: { type: 'object', additionalProperties: true },
    file: TEXT,
    offset: COUNT,
    host: TEXT,
  },
  { optional: ['host'] },
);

const HITS = listOf(listOf(objectOf({ start: COUNT, end: COUNT })));
const TABLE = objectOf({
  columns: listOf(TEXT),
  rows: listOf(listOf({ type: ['string', 'number', 'null'] })),
  rowCount: COUNT,
});

export const SEARCH_ANSWER = objectOf(
  {
    records: listOf(ENTRY),
    table: TABLE,
    cursor: orNull(TEXT),
    cut: { type: 'boolean' },
    hits: HITS,
    ids: listOf(TEXT),
    elapsedMs: NUMBER,
    damagedSegments: COUNT,
  },
  { optional: ['table', 'cut', 'hits', 'ids'] },
);

export const STATS_ANSWER = objectOf({
  total: COUNT,
  levels: COUNTS,
  sources: COUNTS,
  tags: COUNTS,
  first: orNull(TIME),
  last: orNull(TIME),
  elapsedMs: NUMBER,
});

export const HISTOGRAM_ANSWER = objectOf({
  bucketMs: NUMBER,
  from: orNull(TIME),
  until: orNull(TIME),
  countedFrom: orNull(TIME),
  total: COUNT,
  buckets: listOf(objectOf({ start: TIME, counts: COUNTS, total: COUNT })),
  elapsedMs: NUMBER,
});

export const FIELDS_ANSWER = objectOf({
  fields: listOf(
    objectOf({
      name: TEXT,
      count: COUNT,
      distinct: orNull(COUNT),
      values: listOf(objectOf({ value: TEXT, count: COUNT })),
    }),
  ),
  entryCount: COUNT,
});

export const LEDGER_ANSWER = objectOf({
  generations: listOf(
    objectOf({
      number: COUNT,
      path: TEXT,
      firstPath: TEXT,
      source: TEXT,
      state: TEXT,
      skipReason: orNull(TEXT),
      packed: orNull(TEXT),
      sizeBytes: COUNT,
      startOffset: COUNT,
      readBytes: COUNT,
      indexedBytes: COUNT,
      skippedBytes: COUNT,
      lostBytes: COUNT,
      firstSeenAt: TIME,
      lastReadAt: TIME,
      endedAt: orNull(TIME),
      spanCount: COUNT,
      spans: listOf(
        objectOf({
          kind: { type: 'string', enum: ['skipped', 'lost', 'gap'] },
          start: COUNT,
          end: COUNT,
          reason: TEXT,
          at: TIME,
        }),
      ),
    }),
  ),
});

export const VALUES_ANSWER = objectOf({
  field: TEXT,
  values: listOf(objectOf({ name: TEXT, count: COUNT })),
});

export const PATTERNS_ANSWER = objectOf({
  patterns: listOf(
    objectOf({ pattern: TEXT, count: COUNT, share: NUMBER, level: TEXT, example: TEXT }),
  ),
  elapsedMs: NUMBER,
});

export const CONTEXT_ANSWER = objectOf({ records: listOf(ENTRY), ids: listOf(TEXT), index: COUNT });

export const ACTIVITY_ANSWER = objectOf({
  stepMs: COUNT,
  from: TIME,
  until: TIME,
  sources: listOf(
    objectOf({
      source: TEXT,
      counts: listOf(COUNT),
      warnings: COUNT,
      errors: COUNT,
      newest: orNull(ENTRY),
    }),
  ),
});

export const ARCHIVES_ANSWER = objectOf({
  archives: listOf({
    type: 'object',
    additionalProperties: true,
    required: ['path', 'originalPath', 'sha256', 'bytes', 'source', 'moved'],
    properties: {
      path: TEXT,
      originalPath: TEXT,
      sha256: orNull(TEXT),
      bytes: COUNT,
      source: TEXT,
      moved: TIME,
    },
  }),
  total: COUNT,
  bytes: COUNT,
  storedBytes: COUNT,
});

const SAVED_QUERY = objectOf({
  name: TEXT,
  q: TEXT,
  since: orNull(TEXT),
  until: orNull(TEXT),
  savedAt: TIME,
});
export const SAVED_QUERIES_ANSWER = objectOf({ queries: listOf(SAVED_QUERY) });

/** `status` says more than this with every version; what is named here stays. */
export const STATUS_ANSWER: JsonSchema = {
  type: 'object',
  additionalProperties: true,
  required: ['running', 'ready', 'version', 'pid', 'startedAtMs', 'ingest', 'rotation'],
  properties: {
    running: { type: 'boolean' },
    ready: { type: 'boolean' },
    version: TEXT,
    machine: TEXT,
    pid: COUNT,
    startedAtMs: NUMBER,
    ingest: {
      type: 'object',
      additionalProperties: true,
      required: ['entryCount', 'storedEntryCount', 'lagBytes', 'lostBytes', 'files', 'outbox'],
      properties: {
        entryCount: COUNT,
        storedEntryCount: COUNT,
        indexBytes: COUNT,
        lagBytes: COUNT,
        lostBytes: COUNT,
        skippedBytes: COUNT,
        openIncidentCount: COUNT,
        files: { type: 'array' },
        fileTotals: objectOf({
          count: COUNT,
          unreadableCount: COUNT,
          troubledCount: COUNT,
          behindCount: COUNT,
          lagBytes: COUNT,
          lagMs: NUMBER,
        }),
        outbox: { type: 'object', additionalProperties: orNull(COUNT) },
      },
    },
    rotation: { type: 'object', additionalProperties: true },
  },
};

export const ERROR_ANSWER = objectOf({
  error: objectOf(
    {
      code: TEXT,
      message: TEXT,
      hint: TEXT,
      column: { type: 'integer', minimum: 1 },
      length: { type: 'integer', minimum: 1 },
      expected: TEXT,
      suggestion: TEXT,
    },
    { optional: ['hint', 'column', 'length', 'expected', 'suggestion'] },
  ),
});
