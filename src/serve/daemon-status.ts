/** What a running daemon says about itself, to `status`, the HTTP API and metrics. Plain data; a contract. */
import type { ShardStatus } from '../clickhouse/shipper.ts';
import type { IngestStatus } from '../ingest/ingest-status.ts';
import type { RotationsStatus } from '../rotate/rotations.ts';

export type DaemonStatus = Readonly<{
  running: true;
  /** False while it starts, while it cannot commit, and while it reads nothing because its disk is full. */
  ready: boolean;
  version: string;
  /** What the machine calls itself. */
  machine: string;
  pid: number;
  /** What `local` means in the config: the time zone of the machine when the daemon was started. */
  timezone: string;
  startedAtMs: number;
  configPath: string | null;
  /** Null where `[http] enabled = no`. */
  http: Readonly<{ url: string }> | null;
  ingest: IngestStatus;
  /** Null where nothing is copied to a cluster. */
  cluster: Readonly<{ shards: readonly ShardStatus[] }> | null;
  rotation: RotationsStatus;
}>;
