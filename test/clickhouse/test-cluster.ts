/**
 * A real ClickHouse cluster of two shards on this machine: two server processes, a `Distributed` table over both, users
 * with a password each. Servers can be killed and started again; their data stays until the cluster is disposed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../support/free-port.ts';

const HOST_SCRIPT = fileURLToPath(new URL('./server-host.mjs', import.meta.url));
const START_MS_MAX = 60_000;
const START_COUNT_MAX = 5;
/** Somebody else may hold the port, and say nothing. */
const PING_MS_MAX = 5_000;
const SHARD_COUNT = 2;

export type ClusterOptions = Readonly<{
  /** Gives a server's folder a disk of its own; returns how to take that away. */
  diskOf?: (folder: string) => () => void;
  /** Where the servers stand; UTC by default. */
  timezone?: string;
  /** What the profile of the reader says beside what it has to, as XML. */
  readerProfile?: string;
}>;

export const WRITER = { user: 'writer', password: 'writer-password' };
export const READER = { user: 'reader', password: 'reader-password' };
export const ADMIN = { user: 'default', password: '' };

export type TestServer = {
  readonly folder: string;
  readonly httpPort: number;
  readonly tcpPort: number;
  readonly timezone: string;
  process: ChildProcess | null;
};

export class TestCluster implements AsyncDisposable {
  readonly servers: readonly TestServer[];
  readonly #disks: readonly (() => void)[];

  private constructor(servers: readonly TestServer[], disks: readonly (() => void)[]) {
    this.servers = servers;
    this.#disks = disks;
  }

  /** Starts again with other ports where somebody took one before its server did. */
  static async start(folder: string, options: ClusterOptions = {}): Promise<TestCluster> {
    for (let attempt = 1; ; attempt += 1) {
      const cluster = await TestCluster.#prepare(join(folder, `attempt${attempt}`), options);
      try {
        await Promise.all(cluster.servers.map((_, index) => cluster.startServer(index)));
        return cluster;
      } catch (error) {
        await cluster[Symbol.asyncDispose]();
        if (attempt === START_COUNT_MAX || !/Address already in use/.test(`${error}`)) throw error;
      }
    }
  }

  static async #prepare(folder: string, options: ClusterOptions): Promise<TestCluster> {
    const { diskOf, timezone = 'UTC', readerProfile = '' } = options;
    const servers: TestServer[] = [];
    const disks: (() => void)[] = [];
    for (let index = 0; index < SHARD_COUNT; index += 1) {
      const [httpPort, tcpPort] = [await freePort(), await freePort()];
      const path = join(folder, `shard${index}`);
      mkdirSync(path, { recursive: true });
      if (diskOf !== undefined) disks.push(diskOf(path));
      servers.push({ folder: path, httpPort, tcpPort, timezone, process: null });
    }
    for (const server of servers) writeServerConfig(server, servers, readerProfile);
    return new TestCluster(servers, disks);
  }

  get addresses(): string[] {
    return this.servers.map(({ httpPort }) => `http://127.0.0.1:${httpPort}`);
  }

  async startServer(index: number): Promise<void> {
    const server = this.servers[index]!;
    const log = openSync(join(server.folder, 'output.txt'), 'a');
    const args = [
      `--config-file=${join(server.folder, 'config.xml')}`,
      `--path=${join(server.folder, 'data')}`,
      '--listen_host=127.0.0.1',
      `--http_port=${server.httpPort}`,
      `--tcp_port=${server.tcpPort}`,
      // It listens until its standard input ends: so it never outlives whoever started it.
      "--query=SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; SELECT * FROM file('-', 'LineAsString', 'line String') FORMAT Null",
    ];
    server.process = spawn(process.execPath, [HOST_SCRIPT, ...args], {
      cwd: server.folder,
      // Started this way, it does not read what the config says of it.
      env: { ...process.env, TZ: server.timezone },
      stdio: ['pipe', log, log],
    });
    closeSync(log);
    server.process.stdin?.on('error', () => undefined);
    const deadline = Date.now() + START_MS_MAX;
    while (!(await answers(server))) {
      if (server.process.exitCode !== null || Date.now() > deadline) {
        const output = readFileSync(join(server.folder, 'output.txt'), 'utf8').slice(-3_000);
        throw new Error(`The server did not start: ${output}`);
      }
      await sleep(50);
    }
  }

  async kill(index: number): Promise<void> {
    const child = this.servers[index]!.process;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** A query as the administrator; the answer as text. */
  async query(sql: string, index = 0): Promise<string> {
    const { user, password } = ADMIN;
    const response = await fetch(`${this.addresses[index]}/?log_queries=0`, {
      method: 'POST',
      body: sql,
      // A server closes idle connections when it likes.
      headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password, Connection: 'close' },
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${sql}: ${text}`);
    return text.trimEnd();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((_, index) => this.kill(index)));
    for (const remove of this.#disks) remove();
  }
}

function writeServerConfig(
  server: TestServer,
  all: readonly TestServer[],
  readerProfile: string,
): void {
  for (const name of ['data', 'tmp', 'log']) {
    mkdirSync(join(server.folder, name), { recursive: true });
  }
  const shards = all
    .map(
      ({ tcpPort }) =>
        `<shard><internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>${tcpPort}</port></replica></shard>`,
    )
    .join('');
  const { folder } = server;
  writeFileSync(
    join(folder, 'config.xml'),
    `<clickhouse>
  <logger><level>warning</level><log>${folder}/log/server.log</log><errorlog>${folder}/log/error.log</errorlog></logger>
  <path>${folder}/data/</path><tmp_path>${folder}/tmp/</tmp_path>
  <mark_cache_size>134217728</mark_cache_size>
  <remote_servers><logs>${shards}</logs></remote_servers>
  <user_directories><users_xml><path>${folder}/users.xml</path></users_xml></user_directories>
</clickhouse>`,
  );
  writeFileSync(join(folder, 'users.xml'), usersText(readerProfile));
}

/** Users of a server with local access alone; the grants are those that `setup --print` lists. */
function usersText(readerProfile: string): string {
  const user = (name: string, password: string, rest: string): string =>
    `<${name}><password>${password}</password><networks><ip>127.0.0.1</ip></networks><quota>default</quota>${rest}</${name}>`;
  return `<clickhouse>
  <profiles>
    <default><max_memory_usage>4000000000</max_memory_usage><max_threads>2</max_threads></default>
    <reader><readonly>2</readonly><max_threads>2</max_threads>${readerProfile}</reader>
    <looker><readonly>1</readonly></looker>
  </profiles>
  <users>
    ${user(ADMIN.user, ADMIN.password, '<profile>default</profile>')}
    ${user(WRITER.user, WRITER.password, '<profile>default</profile><grants><query>GRANT INSERT, SELECT ON logstead.otel_logs_local</query></grants>')}
    ${user(READER.user, READER.password, '<profile>reader</profile><grants><query>GRANT SELECT ON logstead.otel_logs_local</query><query>GRANT SELECT ON logstead.otel_logs</query></grants>')}
    ${user('looker', 'looker-password', '<profile>looker</profile>')}
  </users>
  <quotas><default/></quotas>
</clickhouse>`;
}

async function answers({ httpPort }: TestServer): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${httpPort}/ping`, {
      signal: AbortSignal.timeout(PING_MS_MAX),
    });
    return (await response.text()) === 'Ok.\n';
  } catch {
    return false;
  }
}
