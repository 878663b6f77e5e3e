/** Whether a server can be used: its version, its tables, its clock. Each finding names its remedy. */
import type { ClickHouseSettings } from '../config/settings.ts';
import type { ClusterClient } from './cluster-client.ts';
import { ClusterError } from './cluster-error.ts';
import { COLUMNS, LOCAL_TABLE, SCHEMA_VERSION, SERVER_VERSION_MIN } from './schema.ts';

/** Beyond this, entries that are kept for a time are dropped too early or too late, and tails miss some. */
const CLOCK_SKEW_MS_MAX = 60_000;

export type ServerFindings = Readonly<{
  version: string;
  /** The server's clock minus ours. */
  skewMs: number;
  /** What deserves a look, and does not keep anything from working. */
  warnings: readonly string[];
}>;

type Checked = Pick<ClickHouseSettings, 'database'>;

/** Throws what keeps the server from being used. */
export async function checkServer(
  client: ClusterClient,
  settings: Checked,
  nowMs: () => number,
): Promise<ServerFindings> {
  const { version, skewMs } = await checkVersion(client, nowMs);
  await checkTable(client, settings);
  const seconds = Math.round(skewMs / 1_000);
  const warnings =
    Math.abs(skewMs) > CLOCK_SKEW_MS_MAX
      ? [
          `The clock of "${client.address}" is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}: let both machines follow a time server (chrony, systemd-timesyncd)`,
        ]
      : [];
  return { version, skewMs, warnings };
}

/** Without its tables: what `setup` asks before it makes them. */
export async function checkVersion(
  client: ClusterClient,
  nowMs: () => number,
): Promise<Pick<ServerFindings, 'version' | 'skewMs'>> {
  const askedMs = nowMs();
  const [row] = await client.rows<[string, string]>({
    doing: 'ask for the version',
    sql: 'SELECT version(), toUnixTimestamp64Milli(now64(3))',
  });
  const version = row?.[0] ?? '';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [majorMin, minorMin] = SERVER_VERSION_MIN;
  if (major < majorMin || (major === majorMin && minor < minorMin)) {
    throw new ClusterError(
      'CLUSTER_UNSUITABLE',
      `Cannot use the server at "${client.address}": ClickHouse must be at least ${majorMin}.${minorMin}: it is ${version}`,
      { hint: 'Upgrade the server; what waits stays here and is sent then', isTransient: true },
    );
  }
  return { version, skewMs: Number(row?.[1]) - (askedMs + nowMs()) / 2 };
}

async function checkTable(client: ClusterClient, { database }: Checked): Promise<void> {
  const differences = await tableDifferences(client, database);
  if (differences.length === 0) return;
  throw new ClusterError(
    'CLUSTER_UNSUITABLE',
    `Cannot use the table "${database}.${LOCAL_TABLE}" on "${client.address}": ${differences.join('; ')}`,
    {
      hint: 'Run `logstead clickhouse setup`: it makes what is missing; a column of another type, or another engine, must be mended by hand',
      isTransient: true,
    },
  );
}

/** How the table is otherwise than `schema.ts` says; columns that others added do not matter. */
export async function tableDifferences(client: ClusterClient, database: string): Promise<string[]> {
  const found = await client.rows<[string, string]>({
    doing: 'look at the table',
    sql: 'SELECT name, type FROM system.columns WHERE database = {database:String} AND table = {table:String}',
    parameters: { database, table: LOCAL_TABLE },
  });
  if (found.length === 0) return ['it is not there, or may not be seen'];
  const types = new Map(found);
  const columns = COLUMNS.flatMap(({ name, type }) => {
    const is = types.get(name);
    if (is === undefined) return [`column ${name} is missing`];
    return is === type ? [] : [`column ${name} must be ${type}: it is ${is}`];
  });
  return [...columns, ...(await kindDifferences(client, database))];
}

/** Those that keep every row they are given; others merge rows with equal keys into one, or keep none. */
const ENGINES = /^(Replicated|Shared)?MergeTree$/;

async function kindDifferences(client: ClusterClient, database: string): Promise<string[]> {
  const [row] = await client.rows<[string, string]>({
    doing: 'look at the table',
    sql: 'SELECT comment, engine FROM system.tables WHERE database = {database:String} AND name = {table:String}',
    parameters: { database, table: LOCAL_TABLE },
  });
  const version = Number(/^logstead (\d+)$/.exec(row?.[0] ?? '')?.[1] ?? SCHEMA_VERSION);
  const engine = row?.[1] ?? 'MergeTree';
  return [
    ...(version <= SCHEMA_VERSION
      ? []
      : [`it has version ${version} and this Logstead knows ${SCHEMA_VERSION}: use the newer one`]),
    ...(ENGINES.test(engine)
      ? []
      : [`its engine must be MergeTree or ReplicatedMergeTree: it is ${engine}`]),
  ];
}
