/** Numbers of an embedded store: as an object for dashboards, as text for Prometheus. Declared once, as a table. */
import type { IngestStatus } from '../ingest/ingest-status.ts';

export type LogMetrics = Readonly<{
  /** Since the store was opened. */
  ingestedEntries: number;
  droppedEntries: number;
  storedEntries: number;
  segments: number;
  indexBytes: number;
  openIncidents: number;
}>;

const PREFIX = 'logstead_';

const METRICS: readonly Readonly<{
  key: keyof LogMetrics;
  name: string;
  type: 'counter' | 'gauge';
  help: string;
}>[] = [
  {
    key: 'ingestedEntries',
    name: 'ingested_entries_total',
    type: 'counter',
    help: 'Entries committed since the start',
  },
  {
    key: 'droppedEntries',
    name: 'dropped_entries_total',
    type: 'counter',
    help: 'Entries dropped by pre-ingest hooks',
  },
  { key: 'storedEntries', name: 'stored_entries', type: 'gauge', help: 'Entries in the index' },
  { key: 'segments', name: 'segments', type: 'gauge', help: 'Segments in the index' },
  { key: 'indexBytes', name: 'index_bytes', type: 'gauge', help: 'Size of the index' },
  { key: 'openIncidents', name: 'open_incidents', type: 'gauge', help: 'Incidents that are open' },
];

export function metricsOf(status: IngestStatus, droppedEntries: number): LogMetrics {
  return {
    ingestedEntries: status.entryCount,
    droppedEntries,
    storedEntries: status.storedEntryCount,
    segments: status.segmentCount,
    indexBytes: status.indexBytes,
    openIncidents: status.openIncidentCount,
  };
}

export function prometheusText(metrics: LogMetrics): string {
  return METRICS.map(
    ({ key, name, type, help }) =>
      `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n${PREFIX}${name} ${metrics[key]}\n`,
  ).join('');
}
