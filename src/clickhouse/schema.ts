/**
 * The tables on the cluster, as data: the DDL that `clickhouse setup` runs and prints is made of this, and so is the
 * check of what is there. A contract: `README.md` of this folder says what others may rely on.
 *
 * The first columns are `otel_logs` as OpenTelemetry and ClickStack define it, so that Grafana and HyperDX read it;
 * behind them is what Logstead needs to give an entry back exactly as it was.
 */
import type { ClickHouseSettings } from '../config/settings.ts';

/** Where entries lie, on each shard; and the view on all shards. */
export const LOCAL_TABLE = 'otel_logs_local';
export const CLUSTER_TABLE = 'otel_logs';

/** Raised with every change of the columns; kept as the comment of the local table. */
export const SCHEMA_VERSION = 1;

/** Oldest server that has what the tables use: text indexes and deduplication by token without further settings. */
export const SERVER_VERSION_MIN = [26, 2] as const;

/** Blocks whose tokens a server remembers: some days of inserts, or hours of a busy cluster. */
const DEDUPLICATION_BLOCKS = 10_000;
/** A week: longer than an outage over a weekend. */
const DEDUPLICATION_SECONDS = 604_800;

/** What `Timestamp` holds, and a `Date` partition with it: from 1970 to 2104. */
export const TIMESTAMP_US_MAX = 4_260_211_200_000_000;

/** When an entry happened, in µs, also where `Timestamp` cannot hold it. */
export const EXACT_US = 'if(ExactUs = 0, toUnixTimestamp64Micro(Timestamp), ExactUs)';

/** The last second of a `DateTime`. */
const DATE_TIME_SECONDS_MAX = 2 ** 32 - 1;

/** Bits of `Flags` beside those of `FLAG` in the model. */
export const STORED_FLAG = {
  /** A key is there more than once; the last counts. */
  REPEATED_KEY: 1 << 14,
  /** The original bytes are the message, and `Raw` is empty. */
  RAW_IS_BODY: 1 << 15,
} as const;

/**
 * All words of an entry, in ASCII lower case: what the text index holds. Queries must name exactly this expression to be
 * answered by the index.
 */
export const WORDS_EXPRESSION =
  "lower(concat(Body, '\\n', arrayStringConcat(mapValues(LogAttributes), '\\n')))";

export type Column = Readonly<{
  name: string;
  type: string;
  /** What the server puts in where it is not sent. */
  fallback?: string;
  codec?: string;
  /** Sent with every row; others are computed by the server. */
  isSent: boolean;
  comment: string;
}>;

const TEXT = 'LowCardinality(String)';
const MAP = 'Map(LowCardinality(String), String)';

/** In this order they are sent. */
export const COLUMNS: readonly Column[] = [
  sent(
    'Timestamp',
    'DateTime64(9)',
    'when it happened; whole microseconds',
    'CODEC(Delta, ZSTD(1))',
  ),
  computed('TraceId', 'String', "LogAttributes['trace_id']", 'the field trace_id'),
  computed('SpanId', 'String', "LogAttributes['span_id']", 'the field span_id'),
  computed('TraceFlags', 'UInt8', '0', 'not used'),
  sent('SeverityText', TEXT, 'TRACE DEBUG INFO WARN ERROR FATAL; empty: none printed'),
  computed(
    'SeverityNumber',
    'UInt8',
    "if(SeverityText = '', if(Severity >= 30, intDiv(Severity, 10) * 4 + 1, 0), intDiv(Severity, 10) * 4 + 1)",
    'as OpenTelemetry numbers it',
  ),
  sent('ServiceName', TEXT, 'the source'),
  sent('Body', 'String', 'the message', 'CODEC(ZSTD(1))'),
  computed('ResourceSchemaUrl', TEXT, "''", 'not used'),
  computed(
    'ResourceAttributes',
    MAP,
    "map('host.name', Host, 'service.name', ServiceName)",
    'where it comes from',
  ),
  computed('ScopeSchemaUrl', TEXT, "''", 'not used'),
  computed('ScopeName', 'String', "''", 'not used'),
  computed('ScopeVersion', TEXT, "''", 'not used'),
  computed('ScopeAttributes', MAP, 'map()', 'not used'),
  sent('LogAttributes', MAP, 'the fields, as texts', 'CODEC(ZSTD(1))'),
  computed('EventName', 'String', "''", 'not used'),
  sent('Host', TEXT, 'the machine that read it'),
  sent('Tags', `Array(${TEXT})`, 'its tags'),
  sent('Severity', 'UInt8', '0 10 20 30 40 50, also where no level is printed'),
  sent('Template', TEXT, 'the message with what varies masked'),
  sent(
    'Sequence',
    'UInt64',
    'arrival number on its machine; 0: taken from an archive',
    'CODEC(Delta, ZSTD(1))',
  ),
  sent('Path', TEXT, 'the file it was read from'),
  sent('Generation', 'UInt32', 'number of the file on its machine', 'CODEC(ZSTD(1))'),
  sent('Offset', 'UInt64', 'where it begins in the file', 'CODEC(Delta, ZSTD(1))'),
  sent('OriginLength', 'UInt32', 'its bytes in the file', 'CODEC(ZSTD(1))'),
  sent('Line', 'UInt64', 'its line in the file; 0: unknown', 'CODEC(Delta, ZSTD(1))'),
  sent('Format', TEXT, 'how it was understood'),
  sent('Flags', 'UInt16', 'what is known of its stamp and bytes', 'CODEC(ZSTD(1))'),
  sent(
    'AttributeKinds',
    'String',
    'one digit for each field: 0 text 1 number 2 yes or no 3 null 4 JSON',
    'CODEC(ZSTD(1))',
  ),
  sent('Raw', 'String', 'the original bytes; empty where they are the message', 'CODEC(ZSTD(1))'),
  sent(
    'ExactUs',
    'Int64',
    'the time in microseconds where Timestamp cannot hold it, else 0',
    'CODEC(ZSTD(1))',
  ),
  sent('Writer', TEXT, 'whose batches are numbered', 'CODEC(ZSTD(1))'),
  sent('Batch', 'UInt64', 'the batch it came with', 'CODEC(Delta, ZSTD(1))'),
  computed(
    'InsertedAt',
    'DateTime64(6)',
    'now64(6)',
    'when the server took it',
    'CODEC(Delta, ZSTD(1))',
  ),
];

const INDEXES: readonly string[] = [
  `INDEX idx_words ${WORDS_EXPRESSION} TYPE text(tokenizer = 'splitByNonAlpha')`,
  "INDEX idx_lower_body lower(Body) TYPE text(tokenizer = 'splitByNonAlpha')",
  'INDEX idx_attribute_keys mapKeys(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1',
  // Live tails look for what came last, whatever its own time.
  'INDEX idx_inserted InsertedAt TYPE minmax GRANULARITY 1',
  'INDEX idx_tags Tags TYPE bloom_filter(0.01) GRANULARITY 1',
];

/** How a query must order to be answered newest first without reading all: the first sort key, then the time. */
export const ORDER_BUCKET = 'toStartOfFiveMinutes(Timestamp)';

export const SENT_COLUMNS = COLUMNS.filter(({ isSent }) => isSent).map(({ name }) => name);

function sent(name: string, type: string, comment: string, codec?: string): Column {
  return { name, type, comment, isSent: true, ...(codec === undefined ? {} : { codec }) };
}

function computed(
  name: string,
  type: string,
  fallback: string,
  comment: string,
  codec?: string,
): Column {
  const column = { name, type, fallback, comment, isSent: false };
  return codec === undefined ? column : { ...column, codec };
}

export function columnText({ name, type, fallback, codec, comment }: Column): string {
  const value = fallback === undefined ? '' : ` DEFAULT ${fallback}`;
  return `${name} ${type}${value} COMMENT '${comment}'${codec === undefined ? '' : ` ${codec}`}`;
}

type TableSettings = Pick<ClickHouseSettings, 'database' | 'cluster' | 'replicated' | 'ttlMs'>;

/** What `setup` runs on every node, in order; each may be repeated. */
export function createStatements(settings: TableSettings): string[] {
  const { database, cluster } = settings;
  const lines = [...COLUMNS.map(columnText), ...INDEXES];
  return [
    `CREATE DATABASE IF NOT EXISTS ${database}`,
    `CREATE TABLE IF NOT EXISTS ${database}.${LOCAL_TABLE}
(
${lines.map((line) => `  ${line}`).join(',\n')}
)
ENGINE = ${engineText(settings)}
PARTITION BY toDate(Timestamp, 'UTC')
ORDER BY (${ORDER_BUCKET}, ServiceName, Timestamp)
TTL ${ttlText(settings)}
SETTINGS ${tableSettingsText(settings)}
COMMENT 'logstead ${SCHEMA_VERSION}'`,
    `CREATE TABLE IF NOT EXISTS ${database}.${CLUSTER_TABLE} AS ${database}.${LOCAL_TABLE}
ENGINE = Distributed('${cluster}', '${database}', '${LOCAL_TABLE}', rand())`,
  ];
}

/** What an administrator runs once, where users are kept in the servers. Passwords are put in by hand. */
export function userStatements(
  settings: Pick<ClickHouseSettings, 'database' | 'writer' | 'reader'>,
): string[] {
  const { database, writer, reader } = settings;
  const quoted = (name: string): string => `\`${name.replace(/[\\`]/g, '\\$&')}\``;
  return [
    `CREATE USER IF NOT EXISTS ${quoted(writer.name)} IDENTIFIED WITH sha256_password BY '…'`,
    `GRANT INSERT, SELECT ON ${database}.${LOCAL_TABLE} TO ${quoted(writer.name)}`,
    `CREATE USER IF NOT EXISTS ${quoted(reader.name)} IDENTIFIED WITH sha256_password BY '…' SETTINGS readonly = 2`,
    `GRANT SELECT ON ${database}.${LOCAL_TABLE}, SELECT ON ${database}.${CLUSTER_TABLE} TO ${quoted(reader.name)}`,
  ];
}

/**
 * Counted as a whole number and then bounded: a `DateTime` ends in 2106 and begins anew, so that what is to be kept beyond
 * that would have been too old when it came.
 */
export function ttlText({ ttlMs }: Pick<TableSettings, 'ttlMs'>): string {
  const seconds = Math.round(ttlMs / 1_000);
  return `toDateTime(least(toUnixTimestamp(Timestamp) + ${seconds}, ${DATE_TIME_SECONDS_MAX}))`;
}

function engineText({ database, replicated }: TableSettings): string {
  return replicated
    ? `ReplicatedMergeTree('/clickhouse/tables/{shard}/${database}/${LOCAL_TABLE}', '{replica}')`
    : 'MergeTree';
}

function tableSettingsText({ replicated }: TableSettings): string {
  const deduplication = replicated
    ? `replicated_deduplication_window = ${DEDUPLICATION_BLOCKS}, replicated_deduplication_window_seconds = ${DEDUPLICATION_SECONDS}`
    : // An acknowledged insert must survive a power cut where no replica has it too.
      `non_replicated_deduplication_window = ${DEDUPLICATION_BLOCKS}, fsync_after_insert = 1, fsync_part_directory = 1`;
  return `ttl_only_drop_parts = 1, ${deduplication}`;
}
