/**
 * What a server says is wrong → an error that names the remedy, and whether trying again may help.
 *
 * Servers number their errors; the numbers are stable, their texts are not.
 */
import { type ErrorCode, messageOf, OperatorError, systemCodeOf } from '../base/errors.ts';

/** Trying again later may help; nothing of the request is known to be done. */
export class ClusterError extends OperatorError {
  readonly isTransient: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: Readonly<{ hint: string; isTransient: boolean; cause?: unknown }>,
  ) {
    super(code, message, options);
    this.isTransient = options.isTransient;
  }
}

type Meaning = Readonly<{ code: ErrorCode; hint: string; isTransient: boolean }>;

const NO_RIGHT: Meaning = {
  code: 'CLUSTER_REFUSED',
  hint: 'Give the user its rights: `logstead clickhouse setup --print` lists the GRANT statements; the writer must not be readonly, the reader needs `readonly = 2`',
  isTransient: true,
};
const OTHER_TABLES: Meaning = {
  code: 'CLUSTER_UNSUITABLE',
  hint: 'The tables were changed or never made: `logstead clickhouse setup` makes and mends them, `logstead clickhouse status` says what differs',
  isTransient: true,
};
const BUSY: Meaning = {
  code: 'CLUSTER_FAILED',
  hint: 'The server is overloaded; what waits stays here and is sent again',
  isTransient: true,
};
/** Of a question; an insert that found no memory is sent again when there is some. */
const TOO_LARGE: Meaning = {
  code: 'CLUSTER_FAILED',
  hint: 'The question needs more memory than the server has, or than the profile of the user allows (`max_memory_usage`): ask for a shorter time range or by a field with fewer values, or raise it on the servers',
  isTransient: true,
};
const NO_DISK: Meaning = {
  code: 'CLUSTER_FAILED',
  hint: 'Make room on the disk of the server, or shorten `ttl`; what waits stays here and is sent again',
  isTransient: true,
};
const TOO_LONG: Meaning = {
  code: 'QUERY_STOPPED',
  hint: 'Ask for a shorter time range, or for a word that is rarer',
  isTransient: true,
};
/** Servers cancel what runs when they are shut down, too. */
const STOPPED_INSERT: Meaning = {
  code: 'CLUSTER_FAILED',
  hint: 'The server stopped the insert: somebody cancelled it, the server was shut down, or `max_execution_time` of `user` is too short; what waits stays here and is sent again',
  isTransient: true,
};
const TOO_MUCH: Meaning = {
  code: 'CLUSTER_FAILED',
  hint: 'The profile of the user bounds what it may read or be given (`max_rows_to_read`, `max_result_rows` and the like): raise it on the servers, or ask for less',
  isTransient: true,
};
const NO_QUOTA: Meaning = {
  code: 'CLUSTER_FAILED',
  hint: 'The quota of the user is used up: raise it on the servers (`SHOW QUOTA` says of what), or take the user out of it; what waits stays here and is sent again',
  isTransient: true,
};
const BOUND_SETTING: Meaning = {
  code: 'CLUSTER_REFUSED',
  hint: 'The profile of the user keeps a setting from being changed that Logstead has to send: take the constraint out of the profile',
  isTransient: true,
};
const SHARD_DOWN: Meaning = {
  code: 'CLUSTER_UNREACHABLE',
  hint: 'A shard does not answer its peers, so the answer would be incomplete; start it, or ask with `[store] engine = both` meanwhile',
  isTransient: true,
};
const READ_ONLY_TABLE: Meaning = {
  code: 'CLUSTER_FAILED',
  hint: 'The replica has lost Keeper and takes nothing; mend Keeper, what waits is sent again',
  isTransient: true,
};
const NO_SUCH_CLUSTER: Meaning = {
  code: 'CLUSTER_UNSUITABLE',
  hint: 'Put the shards into `remote_servers` of every server, under the name that `[clickhouse] cluster` says',
  isTransient: true,
};

const MEANINGS: Readonly<Record<string, Meaning>> = {
  '16': OTHER_TABLES, // NO_SUCH_COLUMN_IN_TABLE
  '47': OTHER_TABLES, // UNKNOWN_IDENTIFIER
  '53': OTHER_TABLES, // TYPE_MISMATCH
  '60': OTHER_TABLES, // UNKNOWN_TABLE
  '81': OTHER_TABLES, // UNKNOWN_DATABASE
  '158': TOO_MUCH, // TOO_MANY_ROWS
  '159': TOO_LONG, // TIMEOUT_EXCEEDED
  '160': TOO_LONG, // TOO_SLOW
  '164': NO_RIGHT, // READONLY
  '170': NO_SUCH_CLUSTER, // CLUSTER_DOESNT_EXIST
  '209': SHARD_DOWN, // SOCKET_TIMEOUT
  '210': SHARD_DOWN, // NETWORK_ERROR
  '241': TOO_LARGE, // MEMORY_LIMIT_EXCEEDED
  '242': READ_ONLY_TABLE, // TABLE_IS_READ_ONLY
  '243': NO_DISK, // NOT_ENOUGH_SPACE
  '252': BUSY, // TOO_MANY_PARTS
  '201': NO_QUOTA, // QUOTA_EXCEEDED
  '202': BUSY, // TOO_MANY_SIMULTANEOUS_QUERIES
  '279': SHARD_DOWN, // ALL_CONNECTION_TRIES_FAILED
  '307': TOO_MUCH, // TOO_MANY_BYTES
  '394': TOO_LONG, // QUERY_WAS_CANCELLED
  '396': TOO_MUCH, // TOO_MANY_ROWS_OR_BYTES
  '452': BOUND_SETTING, // SETTING_CONSTRAINT_VIOLATION
  '497': NO_RIGHT, // ACCESS_DENIED
  '516': {
    code: 'CLUSTER_REFUSED',
    hint: 'Name or password are wrong: see `user`, `password_file`, `reader_user` and `reader_password_file` in [clickhouse]',
    isTransient: true,
  },
  '701': NO_SUCH_CLUSTER, // CLUSTER_DOESNT_EXIST
};

/** What means something else where entries were sent. */
const OF_INSERTS: ReadonlyMap<Meaning, Meaning> = new Map([
  [TOO_LONG, STOPPED_INSERT],
  [TOO_LARGE, BUSY],
]);

const NO_ANSWER: Meaning = {
  code: 'CLUSTER_UNREACHABLE',
  hint: 'Is the server running, and the address in `[clickhouse] shards` right? What waits stays here and is sent again',
  isTransient: true,
};
const BAD_CERTIFICATE: Meaning = {
  code: 'CLUSTER_UNREACHABLE',
  hint: 'The certificate of the server is not trusted: name its authority in `[clickhouse] ca_file`',
  isTransient: true,
};

const OTHER_NAME: Meaning = {
  ...BAD_CERTIFICATE,
  hint: 'The certificate of the server is for other names: write one of these in `[clickhouse] shards`, or give the server a certificate for its address',
};
const EXPIRED: Meaning = {
  ...BAD_CERTIFICATE,
  hint: 'The certificate of the server is not valid today: renew it, and see that the clocks of both machines are right',
};
const NOT_ENCRYPTED: Meaning = {
  ...BAD_CERTIFICATE,
  hint: 'The server does not speak TLS at this port: write the port of `https_port` (usually 8443) in `[clickhouse] shards`, or http:// instead of https://',
};

/** `doing` completes "Cannot …". */
export function clusterError(
  doing: string,
  address: string,
  thrown: unknown,
  { isInsert = false }: Readonly<{ isInsert?: boolean }> = {},
): ClusterError {
  if (thrown instanceof ClusterError) return thrown;
  const text = firstSentences(messageOf(thrown));
  const number = serverCodeOf(thrown, text);
  const said = number === null ? networkMeaning(thrown) : meaningOf(number, text);
  const meaning = isInsert ? (OF_INSERTS.get(said) ?? said) : said;
  const told = number === null ? text : `${text} (server error ${number})`;
  return new ClusterError(meaning.code, `Cannot ${doing} on "${address}": ${told}`, {
    hint: meaning.hint,
    isTransient: meaning.isTransient,
    cause: thrown,
  });
}

function meaningOf(number: string, text: string): Meaning {
  if (/No space left on device|errno: 28\b/.test(text)) return NO_DISK;
  return (
    MEANINGS[number] ?? {
      code: 'CLUSTER_FAILED',
      hint: 'The log of the server says more; what waits stays here and is sent again',
      isTransient: true,
    }
  );
}

/** The number of an error of a server; null where no server said anything. */
function serverCodeOf(thrown: unknown, text: string): string | null {
  const code = systemCodeOf(thrown);
  if (code !== undefined && /^\d+$/.test(code)) return code;
  return /\bCode: (\d+)\./.exec(text)?.[1] ?? null;
}

function networkMeaning(thrown: unknown): Meaning {
  const code = systemCodeOf(thrown) ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return OTHER_NAME;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return EXPIRED;
  if (code === 'EPROTO') return NOT_ENCRYPTED;
  return /CERT|SELF_SIGNED|UNABLE_TO|TLS|SSL/.test(code) ? BAD_CERTIFICATE : NO_ANSWER;
}

/** Servers repeat whole queries in their errors. */
const TEXT_CHARACTERS_MAX = 400;

function firstSentences(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const short =
    line.length <= TEXT_CHARACTERS_MAX ? line : `${line.slice(0, TEXT_CHARACTERS_MAX)} …`;
  return short === '' ? 'it gave no reason' : short.replace(/\.$/, '');
}
