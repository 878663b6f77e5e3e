/** A project that copies to a test cluster, and readers of both sides in this process. */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { ClusterReader } from '../../src/clickhouse/cluster-reader.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { ColumnNames } from '../../src/model/entry-columns.ts';
import { type CommandResult, TestProject } from '../support/daemon-process.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { type ClusterOptions, READER, TestCluster, WRITER } from './test-cluster.ts';

/** Share of the full length that this run has: 1, or a tenth in CI. */
export const SHARE = Number(process.env.LOGSTEAD_TEST_SHARE ?? 1);

export const PASSWORDS = {
  LOGSTEAD_CLICKHOUSE_PASSWORD: WRITER.password,
  LOGSTEAD_CLICKHOUSE_READER_PASSWORD: READER.password,
};

export function configOf(addresses: readonly string[], engine: string, more = ''): string {
  return `[store]
engine = ${engine}

[clickhouse]
shards = ${addresses.join(', ')}
user = ${WRITER.user}
reader_user = ${READER.user}
host = web1
delay = 200ms
throttle = 10000000
ttl = 3650d
${more}`;
}

export class ClusterScene implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly project: TestProject;
  readonly #folder: TempFolder;

  private constructor(folder: TempFolder, cluster: TestCluster, project: TestProject) {
    this.#folder = folder;
    this.cluster = cluster;
    this.project = project;
  }

  /** A cluster with its tables, and a project beside it. */
  static async start(engine = 'both', options: ClusterOptions = {}): Promise<ClusterScene> {
    const folder = TempFolder.make();
    const cluster = await TestCluster.start(folder.path, options);
    const project = TestProject.make(configOf(cluster.addresses, engine));
    return new ClusterScene(folder, cluster, project);
  }

  /** One command of `logstead`. */
  cli(...args: string[]): Promise<CommandResult> {
    return this.project.cli(args, { env: PASSWORDS });
  }

  openLocal(): StoreReader {
    const state = join(this.project.folder.path, 'state');
    return StoreReader.open({
      disk: systemDisk,
      clock: systemClock,
      database: Database.open(join(state, 'logstead.db'), { readOnly: true }),
      folder: join(state, 'segments'),
      names: new ColumnNames('web1'),
    });
  }

  openCluster(): ClusterReader {
    return new ClusterReader({
      clock: systemClock,
      database: 'logstead',
      access: {
        addresses: this.cluster.addresses,
        ...READER,
        caFile: null,
        verify: true,
        compress: false,
      },
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    this.project[Symbol.dispose]();
    this.#folder[Symbol.dispose]();
  }
}
