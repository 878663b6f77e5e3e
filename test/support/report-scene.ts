/** A day of entries for report tests: a quiet machine with half an hour of trouble, the same on every run. */
import { PatternBook } from '../../src/engine/pattern-book.ts';
import { ColumnNames, EntryColumns, FIELD } from '../../src/model/entry-columns.ts';
import { type Level, levelCodeOf, severityOf } from '../../src/model/level.ts';
import type { Coverage, ReportContext, ReportedIncident } from '../../src/report/report.ts';
import { ReportTally } from '../../src/report/report-tally.ts';

/** 2026-11-20T00:00 in Berlin. */
export const DAY_START_MS = Date.UTC(2026, 10, 19, 23);
const MINUTE_MS = 60_000;

export type ReportLine = Readonly<{
  atMs: number;
  level: Level | null;
  source: string;
  message: string;
  path?: string;
  fields?: Readonly<Record<string, string>>;
}>;

/** Every line of the day, oldest first. */
export function dayLines(): ReportLine[] {
  const lines: ReportLine[] = [];
  for (let minute = 0; minute < 24 * 60; minute += 1) {
    const atMs = DAY_START_MS + minute * MINUTE_MS;
    const busy = 2 + Math.round(2 * Math.sin((minute / 1440) * Math.PI));
    for (let index = 0; index < busy; index += 1) {
      const route = ['/charge', '/search?q=1', '/export'][(minute + index) % 3];
      const took = (minute * 7 + index * 13) % 400;
      const fields = { method: 'GET', path: route!, status: '200', duration_ms: String(took) };
      const message = `GET ${route} 200 ${took} ms`;
      const request = { level: 'INFO', source: 'nginx/access', message, fields } as const;
      lines.push({ atMs: atMs + index * 1000, ...request });
    }
    if (minute % 7 === 0) {
      lines.push({
        atMs,
        level: 'DEBUG',
        source: 'api',
        message: `cache hit for key user-${minute}`,
      });
    }
    if (minute % 45 === 0) {
      const message = `slow query ${200 + minute} ms on table orders`;
      lines.push({ atMs: atMs + 5, level: 'WARN', source: 'postgres', message });
    }
    lines.push(...trouble(minute, atMs));
  }
  return lines;
}

function trouble(minute: number, atMs: number): ReportLine[] {
  if (minute < 836 || minute > 861) return [];
  const failed = Array.from({ length: 12 }, (_, index): ReportLine => {
    const trace = `02aa${(minute + index).toString(16)}f`;
    const message = `POST /charge failed: upstream ledger-db timeout after 30000 ms status=504 attempt=3 trace=${trace}`;
    const fields = { method: 'POST', path: '/charge', status: '504', duration_ms: '30000' };
    return {
      atMs: atMs + 4118 + index * 4000,
      level: 'ERROR',
      source: 'payments',
      message,
      fields,
    };
  });
  const opened = 'circuit ledger-db open, next timeout opens it again for 60 s';
  const lines: ReportLine[] = [
    ...failed,
    { atMs: atMs + 11_900, level: 'WARN', source: 'payments', message: opened },
  ];
  if (minute % 8 === 0) {
    const message = `settlement stopped: ${minute} timeout errors in a row, giving up until restarted`;
    lines.push({ atMs: atMs + 51_020, level: 'FATAL', source: 'payments/worker', message });
  }
  return lines;
}

export function tallyOf(lines: readonly ReportLine[], timezone = CONTEXT.timezone): ReportTally {
  const names = new ColumnNames();
  const columns = new EntryColumns(names);
  const book = new PatternBook(8192);
  const tally = new ReportTally(timezone, book);
  for (const [index, line] of lines.entries()) {
    columns.clear();
    const row = columns.addRow();
    const level = levelCodeOf(line.level);
    columns.sequence[row] = index;
    columns.timestampUs[row] = line.atMs * 1000;
    columns.level[row] = level;
    columns.severity[row] = severityOf(level);
    columns.source[row] = names.sources.idOf(line.source);
    columns.path[row] = names.paths.idOf(line.path ?? `/srv/app/logs/${line.source}.log`);
    const message = Buffer.from(line.message);
    columns.messageStart[row] = columns.appendBytes(message, 0, message.length);
    columns.messageLength[row] = message.length;
    for (const [key, value] of Object.entries(line.fields ?? {})) {
      const bytes = Buffer.from(value);
      const start = columns.appendBytes(bytes, 0, bytes.length);
      columns.addField(names.keys.idOf(key), start, bytes.length, FIELD.STRING);
    }
    tally.add(columns, row, book.numberOf(columns, row));
  }
  return tally;
}

const INCIDENT: ReportedIncident = {
  id: '5f3a5f3a5f3a5f3a',
  rule: 'payments-timeouts',
  description: 'The ledger database does not answer',
  severity: 'high',
  group: {},
  openedAtMs: DAY_START_MS + 837 * MINUTE_MS,
  resolvedAtMs: DAY_START_MS + 876 * MINUTE_MS,
  count: 312,
  firstAtMs: DAY_START_MS + 836 * MINUTE_MS,
  lastAtMs: DAY_START_MS + 861 * MINUTE_MS,
  notified: 2,
  backfill: false,
  told: [
    { channel: 'file', recipient: '', state: 'sent' },
    { channel: 'email', recipient: 'ops@example.org', state: 'sent' },
  ],
  condition: null,
  heldBy: null,
  heldUntilMs: null,
  acknowledgedAtMs: null,
};

export const INCIDENTS: readonly ReportedIncident[] = [
  INCIDENT,
  {
    ...INCIDENT,
    id: '6f3a5f3a5f3a5f3a',
    rule: 'backup-absent',
    severity: 'critical',
    group: { host: 'web-01' },
    openedAtMs: DAY_START_MS + 150 * MINUTE_MS,
    resolvedAtMs: null,
    count: 0,
    notified: 3,
  },
];

export const COVERAGE: Coverage = {
  filesFollowed: 12,
  readBytes: 7_120_000_000,
  skippedBytes: 1_200_000,
  lostBytes: 4096,
  losses: [
    {
      path: '/srv/batch/logs/import.log',
      sizeBytes: 4096,
      reason: 'the writer truncated the file before they were read',
      atMs: DAY_START_MS + 782 * MINUTE_MS,
    },
  ],
  mails: { sent: 9, failed: 0, waiting: 0 },
  lateCount: 218,
  archives: {
    fileCount: 14,
    originalBytes: 6_400_000_000,
    storedBytes: 980_000_000,
    damagedCount: 0,
  },
  diskBytes: 48_100_000_000,
  disk: { freeBytes: 310_000_000_000, totalBytes: 500_000_000_000, daysLeft: 112 },
};

export const CONTEXT: ReportContext = {
  host: 'web-01',
  timezone: 'Europe/Berlin',
  writtenAtMs: DAY_START_MS + (24 * 60 + 5) * MINUTE_MS + 2000,
  incidents: INCIDENTS,
  coverage: COVERAGE,
  history: [],
  comparedDay: null,
};

export const CALM: Coverage = { ...COVERAGE, lostBytes: 0, losses: [] };
