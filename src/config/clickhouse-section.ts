/** `[clickhouse]`: the cluster that entries are copied to, and how it is spoken to. Its own file for its length. */
import { filePath } from './path-kinds.ts';
import { optional, required, type Section, withDefault } from './setting.ts';
import {
  byteSize,
  duration,
  type Reading,
  schemaOf,
  text,
  type ValueKind,
  wholeNumber,
  yesOrNo,
} from './value-kinds.ts';

/** What ClickHouse takes without quotes; so no name has to be escaped anywhere. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

const identifier: ValueKind<string> = {
  ...text('a name of letters, digits and _', 63),
  schema: schemaOf((value) => (IDENTIFIER.test(value) ? { value } : { problem: '' })),
};

/** Shards of one cluster; hundreds would be another product. */
const SHARDS_MAX = 64;
const REPLICAS_MAX = 8;

/** Each shard as the addresses of its replicas. */
export type ShardAddresses = readonly (readonly string[])[];

const shardList: ValueKind<ShardAddresses> = {
  allowed:
    'addresses such as https://ch1.example.org:8443, one for each shard with commas between them; the replicas of a shard with | between them',
  schema: schemaOf(readShards),
  isFreeText: false,
  write: (shards) => shards.map((replicas) => replicas.join(' | ')).join(', '),
};

function readShards(value: string): Reading<ShardAddresses> {
  const shards = value.split(',').map((shard) => shard.split('|').map((part) => part.trim()));
  if (shards.length > SHARDS_MAX) return { problem: `more than ${SHARDS_MAX} shards` };
  const all = shards.flat();
  const wrong = all.find((address) => !isServerAddress(address));
  if (wrong !== undefined) return { problem: wrong === '' ? '' : `"${wrong}" is none` };
  if (new Set(all).size !== all.length) return { problem: 'an address is there twice' };
  return shards.some((replicas) => replicas.length > REPLICAS_MAX)
    ? { problem: `more than ${REPLICAS_MAX} replicas of a shard` }
    : { value: shards };
}

/** Names and passwords in an address would stand in the config and in logs. */
function isServerAddress(address: string): boolean {
  const url = URL.parse(address);
  return (
    url !== null &&
    (url.protocol === 'http:' || url.protocol === 'https:') &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}

const DAY_MS = 86_400_000;

export const CLICKHOUSE_SECTION = {
  isNamed: false,
  sentence:
    'The ClickHouse cluster (26.2 or later) for `[store] engine = both` and `clickhouse`. Passwords come from files, the environment or systemd, never from here.',
  settings: {
    shards: required(
      shardList,
      'https://ch1.example.org:8443, https://ch2.example.org:8443',
      'The HTTP addresses of the shards. Never change their order: it says which shard an entry went to.',
    ),
    cluster: withDefault(
      identifier,
      'logs',
      'The name of the cluster in the configuration of the servers (`remote_servers`).',
    ),
    database: withDefault(identifier, 'logstead', 'The database of the tables.'),
    replicated: withDefault(
      yesOrNo,
      'no',
      'Whether `clickhouse setup` makes `ReplicatedMergeTree` tables; they need Keeper and the macros `{shard}` and `{replica}`.',
    ),
    user: withDefault(
      text('a name', 254),
      'logstead_writer',
      'Who writes: may insert into and read the shard tables, nothing else.',
    ),
    password_file: optional(
      filePath,
      {
        means: '`LOGSTEAD_CLICKHOUSE_PASSWORD`, else the systemd credential `clickhouse_password`',
        example: '/etc/logstead/clickhouse-password',
      },
      'The file that holds the password of `user` and nothing else.',
    ),
    reader_user: withDefault(
      text('a name', 254),
      'logstead_reader',
      'Who asks: may read the tables, nothing else.',
    ),
    reader_password_file: optional(
      filePath,
      {
        means:
          '`LOGSTEAD_CLICKHOUSE_READER_PASSWORD`, else the systemd credential `clickhouse_reader_password`',
        example: '/etc/logstead/clickhouse-reader-password',
      },
      'The file that holds the password of `reader_user` and nothing else.',
    ),
    ca_file: optional(
      filePath,
      { means: 'the authorities the system knows', example: '/etc/logstead/clickhouse-ca.pem' },
      'The certificate authority of the servers.',
    ),
    verify: withDefault(
      yesOrNo,
      'yes',
      'Whether certificates are verified; no only for a test, because anybody in between can then read everything.',
    ),
    host: optional(
      text('a name', 200),
      { means: 'the name of this machine', example: 'web1' },
      'Under which name the entries of this machine are kept; each daemon needs its own, and keeps it.',
    ),
    delay: withDefault(
      duration({ minMs: 200, maxMs: 60_000 }),
      '1s',
      'How long entries are gathered before they are sent: longer makes fewer, larger inserts.',
    ),
    compress: withDefault(
      yesOrNo,
      'yes',
      'Whether what is sent is compressed (zstd): a tenth of the traffic for some of the time.',
    ),
    hold_size: withDefault(
      byteSize({ min: 16 * 2 ** 20, max: 2 ** 50 }),
      '20GiB',
      'How much of the index is kept from retention because the cluster has not got it yet; beyond that the oldest goes, and the gap is named.',
    ),
    ttl: withDefault(
      duration({ minMs: DAY_MS, maxMs: 36_500 * DAY_MS }),
      '90d',
      'How long the cluster keeps entries, by their own time; `clickhouse setup` puts it into the table.',
    ),
    throttle: withDefault(
      wholeNumber({ min: 1_000, max: 10_000_000 }),
      '100000',
      'Entries a second that `clickhouse backfill` sends at most.',
    ),
  },
} as const satisfies Section;
