/**
 * The one door to `@clickhouse/client`: one shard, as the addresses of its replicas, spoken to over HTTP(S).
 *
 * - The package is loaded when the first request is made: nobody pays for it who has no cluster.
 * - A replica that does not answer is passed over; the next request begins with the one that answered last.
 * - An answer that breaks off throws, whatever came before: `RowBinary` has no end mark, the connection has.
 */
import { readFileSync } from 'node:fs';
import { Agent as HttpsAgent } from 'node:https';
import { Readable } from 'node:stream';
import type { ClickHouseClient, ClickHouseSettings as ServerSettings } from '@clickhouse/client';
import { zstdCompressSync } from '../base/compression.ts';
import { trustSystemAuthorities } from '../base/tls-trust.ts';
import { ClusterError, clusterError } from './cluster-error.ts';

/** Everything that is needed to sign in; plain data, so that it may cross to another thread. */
export type ShardAccess = Readonly<{
  addresses: readonly string[];
  user: string;
  password: string;
  caFile: string | null;
  verify: boolean;
  compress: boolean;
}>;

export type QueryParameters = Readonly<Record<string, unknown>>;

export type Request = Readonly<{
  /** Completes "Cannot …" where it fails. */
  doing: string;
  sql: string;
  parameters?: QueryParameters;
  settings?: ServerSettings;
  signal?: AbortSignal;
}>;

/** Longest a request may go without an answer: an insert waits for the disk of the server. */
const REQUEST_MS_MAX = 60_000;
/** Level 1: seven times smaller, at about a microsecond an entry. */
const ZSTD_LEVEL = 1;
const CONNECTIONS_MAX = 4;
/** Part of an answer is no answer, whatever the profile of the user says. */
const WHOLE_ANSWERS: ServerSettings = {
  http_write_exception_in_output_format: 0,
  timeout_overflow_mode: 'throw',
  read_overflow_mode: 'throw',
  read_overflow_mode_leaf: 'throw',
  result_overflow_mode: 'throw',
  group_by_overflow_mode: 'throw',
  sort_overflow_mode: 'throw',
  distinct_overflow_mode: 'throw',
  set_overflow_mode: 'throw',
};
/** How the headers begin that servers put into every answer. */
const OWN_HEADERS = 'x-clickhouse-';

export class ClusterClient implements AsyncDisposable {
  readonly #access: ShardAccess;
  readonly #clients: (ClickHouseClient | null)[];
  #current = 0;

  constructor(access: ShardAccess) {
    this.#access = access;
    this.#clients = access.addresses.map(() => null);
  }

  /** Where the last request went. */
  get address(): string {
    return this.#access.addresses[this.#current]!;
  }

  /** Rows as arrays of values; numbers of 64 bits come as texts. */
  async rows<Row extends readonly unknown[]>(request: Request): Promise<Row[]> {
    const parts: Buffer[] = [];
    const settings = { output_format_json_quote_64bit_integers: 1 as const, ...request.settings };
    const sql = `${request.sql} FORMAT JSONCompactEachRow`;
    for await (const part of await this.stream({ ...request, sql, settings })) parts.push(part);
    const text = Buffer.concat(parts).toString('utf8');
    return text === ''
      ? []
      : text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as Row);
  }

  /** The bytes of an answer, in the format that the query names. */
  async stream(request: Request): Promise<AsyncIterable<Buffer>> {
    const { sql: query, parameters, settings, signal, doing } = request;
    return this.#tried(doing, async (client) => {
      const { stream, response_headers: headers } = await client.exec({
        query,
        ...(parameters === undefined ? {} : { query_params: { ...parameters } }),
        ...(signal === undefined ? {} : { abort_signal: signal }),
        clickhouse_settings: { ...WHOLE_ANSWERS, ...settings },
      });
      this.#checkAnswerer(doing, headers, stream);
      return readAll(stream, doing, this.address);
    });
  }

  /** A statement without an answer. */
  async command(request: Request): Promise<void> {
    for await (const _ of await this.stream(request));
  }

  /** Insert what is encoded already; resolves when the server has it. */
  async insert(request: Request & Readonly<{ body: readonly Buffer[] }>): Promise<void> {
    const { compress } = this.#access;
    const body = compress ? [compressed(request.body)] : request.body;
    const { doing } = request;
    await this.#tried(doing, async (client) => {
      try {
        const { stream, response_headers: headers } = await client.exec({
          query: request.sql,
          values: Readable.from(body, { objectMode: false }),
          ...(compress ? { http_headers: { 'Content-Encoding': 'zstd' } } : {}),
          ...(request.signal === undefined ? {} : { abort_signal: request.signal }),
          clickhouse_settings: request.settings ?? {},
        });
        this.#checkAnswerer(doing, headers, stream);
        for await (const _ of stream);
      } catch (thrown) {
        throw clusterError(doing, this.address, thrown, { isInsert: true });
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#clients.map((client) => client?.close()));
    this.#clients.fill(null);
  }

  /** Each replica once, the one that answered last first. */
  async #tried<T>(doing: string, work: (client: ClickHouseClient) => Promise<T>): Promise<T> {
    let failure: ClusterError | null = null;
    for (let count = 0; count < this.#clients.length; count += 1) {
      try {
        return await work(await this.#client());
      } catch (thrown) {
        failure = clusterError(doing, this.address, thrown);
        if (failure.code !== 'CLUSTER_UNREACHABLE') throw failure;
        this.#current = (this.#current + 1) % this.#clients.length;
      }
    }
    throw failure ?? new TypeError('a shard has an address');
  }

  /** What answers "200" need not be a server: a proxy has pages of its own, and has taken nothing. */
  #checkAnswerer(doing: string, headers: object, stream: Readable): void {
    if (Object.keys(headers).some((name) => name.startsWith(OWN_HEADERS))) return;
    stream.destroy();
    throw new ClusterError(
      'CLUSTER_UNREACHABLE',
      `Cannot ${doing} on "${this.address}": what answered is no ClickHouse server`,
      {
        hint: `A proxy, or another program, answers at this address; ClickHouse says so in headers (${OWN_HEADERS}…), which a proxy has to pass on. What waits stays here and is sent again`,
        isTransient: true,
      },
    );
  }

  async #client(): Promise<ClickHouseClient> {
    const known = this.#clients[this.#current];
    if (known != null) return known;
    const { ClickHouseLogLevel, createClient } = await import('@clickhouse/client');
    const { user, password, caFile, verify } = this.#access;
    const url = new URL(this.address);
    const isEncrypted = url.protocol === 'https:';
    if (isEncrypted && caFile === null) trustSystemAuthorities();
    const ca = caFile === null ? {} : { ca: readAuthority(caFile) };
    const agent = {
      keepAlive: true,
      maxSockets: CONNECTIONS_MAX,
      rejectUnauthorized: verify,
      ...ca,
    };
    const client = createClient({
      url,
      username: user,
      password,
      request_timeout: REQUEST_MS_MAX,
      max_open_connections: CONNECTIONS_MAX,
      compression: { request: false, response: false },
      log: { level: ClickHouseLogLevel.OFF },
      application: 'logstead',
      ...(isEncrypted ? { http_agent: new HttpsAgent(agent) } : {}),
    });
    this.#clients[this.#current] = client;
    return client;
  }
}

function readAuthority(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ClusterError('CLUSTER_REFUSED', `Cannot read the certificate authority "${path}"`, {
      hint: 'Name a file that the daemon can read in `[clickhouse] ca_file`',
      isTransient: true,
      cause,
    });
  }
}

function compressed(body: readonly Buffer[]): Buffer {
  return zstdCompressSync(body.length === 1 ? body[0]! : Buffer.concat(body), {
    params: { [ZSTD_LEVEL_PARAMETER]: ZSTD_LEVEL },
  });
}

/** `ZSTD_c_compressionLevel` of `node:zlib`'s constants. */
const ZSTD_LEVEL_PARAMETER = 100;

/** What a server writes behind a part of an answer that it could not finish. */
const EXCEPTION_MARK = '__exception__';
const TAIL_BYTES = 16 * 1024;

async function* readAll(
  stream: AsyncIterable<Buffer>,
  doing: string,
  address: string,
): AsyncGenerator<Buffer> {
  let tail: Buffer = Buffer.alloc(0);
  try {
    for await (const part of stream) {
      tail = part.length >= TAIL_BYTES ? part : Buffer.concat([tail, part]).subarray(-TAIL_BYTES);
      yield part;
    }
  } catch (thrown) {
    const text = tail.toString('latin1');
    const reason = text.slice(text.indexOf(EXCEPTION_MARK) + EXCEPTION_MARK.length);
    const isSaid = text.includes(EXCEPTION_MARK) && /\bCode: \d+\./.test(reason);
    throw clusterError(doing, address, isSaid ? new Error(reason.trim()) : thrown);
  }
}
