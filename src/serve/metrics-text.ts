/**
 * The daemon's numbers for Prometheus, in its text format and after its conventions: base units, `_total` for
 * what only grows, one line of help each. Declared as a table, from which the text is made.
 */
import type { ProcessUsage } from '../base/process-usage.ts';
import type { DaemonStatus } from './daemon-status.ts';
import { type RouteCounts, SECONDS_BUCKETS } from './http-counts.ts';
import type { QueryPool } from './query-pool.ts';

type Source = Readonly<{
  status: DaemonStatus;
  nowMs: number;
  queries: QueryPool['counts'];
  routes: readonly RouteCounts[];
  usage: ProcessUsage;
}>;

type Metric = Readonly<{
  /** Without the prefix. */
  name: string;
  type: 'counter' | 'gauge';
  help: string;
  /** Null: not known now, the line is left out. */
  value: (source: Source) => number | null;
}>;

const PREFIX = 'logstead_';

const METRICS: readonly Metric[] = [
  {
    name: 'ready',
    type: 'gauge',
    help: '1 while entries are read and committed',
    value: ({ status }) => Number(status.ready),
  },
  {
    name: 'start_time_seconds',
    type: 'gauge',
    help: 'When the daemon started, seconds since the epoch',
    value: ({ status }) => status.startedAtMs / 1_000,
  },
  {
    name: 'ingested_entries_total',
    type: 'counter',
    help: 'Entries committed since the start',
    value: ({ status }) => status.ingest.entryCount,
  },
  {
    name: 'ingested_bytes_total',
    type: 'counter',
    help: 'Bytes of log files committed since the start',
    value: ({ status }) => status.ingest.byteCount,
  },
  {
    name: 'ingest_lag_bytes',
    type: 'gauge',
    help: 'Bytes in followed files that are not yet read',
    value: ({ status }) => status.ingest.lagBytes,
  },
  {
    name: 'ingest_lag_seconds',
    type: 'gauge',
    help: 'How long the oldest byte that is not yet read has waited, at most',
    value: ({ status }) => status.ingest.fileTotals.lagMs / 1_000,
  },
  {
    name: 'ingest_commit_age_seconds',
    type: 'gauge',
    help: 'Time since the last commit',
    value: ({ status, nowMs }) => ageSeconds(status.ingest.lastCommitAtMs, nowMs),
  },
  {
    name: 'ingest_stalled_seconds',
    type: 'gauge',
    help: 'For how long commits have failed; 0: they do not',
    value: ({ status, nowMs }) => ageSeconds(status.ingest.trouble?.sinceMs ?? null, nowMs) ?? 0,
  },
  {
    name: 'ledger_lost_bytes',
    type: 'gauge',
    help: 'Bytes that were in followed files and could not be read',
    value: ({ status }) => status.ingest.lostBytes,
  },
  {
    name: 'ledger_skipped_bytes',
    type: 'gauge',
    help: 'Bytes left out on purpose',
    value: ({ status }) => status.ingest.skippedBytes,
  },
  {
    name: 'followed_files',
    type: 'gauge',
    help: 'Files that are followed',
    value: ({ status }) => status.ingest.fileTotals.count,
  },
  {
    name: 'index_entries',
    type: 'gauge',
    help: 'Entries in the index',
    value: ({ status }) => status.ingest.storedEntryCount,
  },
  {
    name: 'index_segments',
    type: 'gauge',
    help: 'Segments of the index',
    value: ({ status }) => status.ingest.segmentCount,
  },
  {
    name: 'index_bytes',
    type: 'gauge',
    help: 'Size of the index on disk',
    value: ({ status }) => status.ingest.indexBytes,
  },
  {
    name: 'cluster_acknowledged_entries_total',
    type: 'counter',
    help: 'Entries that the ClickHouse cluster has acknowledged, all time',
    value: ({ status }) => status.ingest.cluster.ackedRows,
  },
  {
    name: 'cluster_waiting_entries',
    type: 'gauge',
    help: 'Entries that the cluster has still to get',
    value: ({ status }) => status.ingest.cluster.pendingRows,
  },
  {
    name: 'cluster_lag_seconds',
    type: 'gauge',
    help: 'Age of the oldest entry that the cluster has still to get',
    value: ({ status, nowMs }) => ageSeconds(status.ingest.cluster.oldestPendingAtMs, nowMs) ?? 0,
  },
  {
    name: 'cluster_missing_entries',
    type: 'gauge',
    help: 'Entries that left the index before the cluster got them',
    value: ({ status }) => status.ingest.cluster.gapRows,
  },
  {
    name: 'incidents_open',
    type: 'gauge',
    help: 'Incidents that are open',
    value: ({ status }) => status.ingest.openIncidentCount,
  },
  {
    name: 'notifications_waiting',
    type: 'gauge',
    help: 'Notifications to be delivered, those that failed before among them',
    value: ({ status }) => status.ingest.outbox.waiting,
  },
  {
    name: 'outbox_oldest_age_seconds',
    type: 'gauge',
    help: 'How long the oldest notification that is not delivered has waited; 0: none waits',
    value: ({ status, nowMs }) => ageSeconds(status.ingest.outbox.oldestAtMs, nowMs) ?? 0,
  },
  {
    name: 'notifications_held',
    type: 'gauge',
    help: 'Notifications that wait for a mistake in the mail settings to be corrected',
    value: ({ status }) => status.ingest.outbox.held,
  },
  {
    name: 'notifications_dead',
    type: 'gauge',
    help: 'Notifications that were given up',
    value: ({ status }) => status.ingest.outbox.dead,
  },
  {
    name: 'notifications_sent',
    type: 'gauge',
    help: 'Notifications that were delivered',
    value: ({ status }) => status.ingest.outbox.sent,
  },
  {
    name: 'next_rotation_seconds',
    type: 'gauge',
    help: 'Time until the next rotation',
    value: ({ status, nowMs }) => {
      const { nextRunAtMs } = status.rotation;
      return nextRunAtMs === null ? null : (nextRunAtMs - nowMs) / 1_000;
    },
  },
  {
    name: 'queries_total',
    type: 'counter',
    help: 'Queries asked over HTTP',
    value: ({ queries }) => queries.asked,
  },
  {
    name: 'queries_stopped_total',
    type: 'counter',
    help: 'Queries that met their deadline or were called off',
    value: ({ queries }) => queries.stopped,
  },
  {
    name: 'queries_refused_total',
    type: 'counter',
    help: 'Queries refused because too many were waiting',
    value: ({ queries }) => queries.refused,
  },
  {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'Processor time of all threads since the start',
    value: ({ usage }) => usage.cpuSeconds,
  },
  {
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Memory that the process holds',
    value: ({ usage }) => usage.residentBytes,
  },
  {
    name: 'control_delay_p99_seconds',
    type: 'gauge',
    help: 'How late the thread that answers HTTP was, 99 times of 100, since the first scrape',
    value: ({ usage }) => usage.delayP99Ms / 1_000,
  },
  {
    name: 'control_delay_max_seconds',
    type: 'gauge',
    help: 'How late the thread that answers HTTP was at most, since the first scrape',
    value: ({ usage }) => usage.delayMaxMs / 1_000,
  },
  {
    name: 'query_seconds_total',
    type: 'counter',
    help: 'Time that query threads spent',
    value: ({ queries }) => queries.busyMs / 1_000,
  },
];

export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function metricsText(source: Source): string {
  const lines = [
    `# HELP ${PREFIX}build_info The version that runs`,
    `# TYPE ${PREFIX}build_info gauge`,
    `${PREFIX}build_info{version="${labelText(source.status.version)}"} 1`,
  ];
  for (const { name, type, help, value } of METRICS) {
    const number = value(source);
    if (number === null) continue;
    lines.push(
      `# HELP ${PREFIX}${name} ${help}`,
      `# TYPE ${PREFIX}${name} ${type}`,
      `${PREFIX}${name} ${number}`,
    );
  }
  lines.push(...requestLines(source.routes));
  return `${lines.join('\n')}\n`;
}

/** Requests by route and status, and a histogram of their time. */
function requestLines(routes: readonly RouteCounts[]): string[] {
  const total = `${PREFIX}http_requests_total`;
  const seconds = `${PREFIX}http_request_duration_seconds`;
  const counts = routes.flatMap(({ route, codes }) =>
    [...codes].map(
      ([code, count]) => `${total}{route="${labelText(route)}",code="${code}"} ${count}`,
    ),
  );
  const times = routes.flatMap(({ route, buckets, seconds: sum }) => {
    const label = `route="${labelText(route)}"`;
    let below = 0;
    const steps = [...SECONDS_BUCKETS, '+Inf'].map((bound, index) => {
      below += buckets[index]!;
      return `${seconds}_bucket{${label},le="${bound}"} ${below}`;
    });
    return [...steps, `${seconds}_sum{${label}} ${sum}`, `${seconds}_count{${label}} ${below}`];
  });
  return [
    `# HELP ${total} Requests answered`,
    `# TYPE ${total} counter`,
    ...counts,
    `# HELP ${seconds} How long answers took`,
    `# TYPE ${seconds} histogram`,
    ...times,
  ];
}

function ageSeconds(atMs: number | null, nowMs: number): number | null {
  return atMs === null ? null : Math.max(0, nowMs - atMs) / 1_000;
}

function labelText(text: string): string {
  return text.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
