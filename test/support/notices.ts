/** Notices and settings for tests of delivery: one incident, one run, one mail server. */
import type { EmailSettings, Settings } from '../../src/config/settings.ts';
import type { EntryRecord } from '../../src/model/entry.ts';
import type {
  AlertNotice,
  Channel,
  Notification,
  NotificationEvent,
  ReportNotice,
  RunNotice,
} from '../../src/model/notification.ts';
import type { OutboxRow } from '../../src/notify/outbox.ts';
import type { SmtpSink } from './smtp-sink.ts';

/** 2026-11-20T12:57:12Z. */
export const NEWEST_MS = Date.UTC(2026, 10, 20, 12, 57, 12, 6);

export function entryRecord(change: Partial<EntryRecord> = {}): EntryRecord {
  return {
    timestamp: '2026-11-20T12:56:04.118Z',
    level: 'ERROR',
    severity: 40,
    source: 'payments',
    message: 'POST /charge failed: upstream ledger-db timeout after 30000 ms',
    tags: [],
    metadata: { status: 504, attempt: 3, trace: '02aa71' },
    file: '/srv/logs/payments/app.log',
    offset: 4711,
    ...change,
  };
}

export function alertNotice(change: Partial<AlertNotice> = {}): AlertNotice {
  const firstAtMs = NEWEST_MS - 68_000;
  return {
    kind: 'alert',
    what: 'opened',
    incidentId: '5f3a9c01d2e4b687',
    rule: 'payments-timeouts',
    description: '',
    condition: 'level>=error timeout',
    severity: 'high',
    group: {},
    count: 5,
    ruleKind: 'threshold',
    finding: '5 in 68 s',
    bound: '5 in 2 min',
    openedAtMs: NEWEST_MS,
    firstAtMs,
    lastAtMs: NEWEST_MS,
    resolvedAtMs: null,
    noticedAtMs: NEWEST_MS + 100,
    opening: { key: 'alert:5f3a9c01d2e4b687:1:opened', finding: '5 in 68 s' },
    samples: [
      entryRecord(),
      entryRecord({
        timestamp: '2026-11-20T12:57:12.006Z',
        source: 'payments/worker',
        file: '/srv/logs/payments/worker.log',
        message: 'settlement batch 4461: ledger-db timeout after 2000 ms, retry 3 of 3',
        metadata: {},
      }),
    ],
    host: 'web-01',
    ...change,
  };
}

export function runNotice(change: Partial<RunNotice> = {}): RunNotice {
  return {
    kind: 'run',
    run: 'rotate',
    status: 'SUCCESS',
    startedAtMs: NEWEST_MS - 1_500,
    finishedAtMs: NEWEST_MS,
    failure: null,
    context: [{ name: 'Read', value: '3 files, 1,041 entries, 96 kB' }],
    host: 'web-01',
    ...change,
  };
}

export function reportNotice(change: Partial<ReportNotice> = {}): ReportNotice {
  return {
    kind: 'report',
    title: 'No errors',
    isTrouble: false,
    day: 'Fri 20 Nov',
    host: 'web-1',
    path: '/var/lib/logstead/reports/report_20261120-130000.txt',
    preview: '12 entries',
    text: 'No errors\n',
    html: '<p>No errors</p>',
    pictures: [],
    ...change,
  };
}

export function notification(
  event: NotificationEvent = alertNotice(),
  change: Partial<Notification> = {},
): Notification {
  const channels: readonly Channel[] = ['file', 'email'];
  const key = event.kind === 'alert' ? event.opening.key : `${event.kind}:1`;
  return { key, channels, createdAtMs: NEWEST_MS + 100, event, ...change };
}

export function outboxRow(
  event: NotificationEvent = alertNotice(),
  change: Partial<OutboxRow> = {},
): OutboxRow {
  const { key, createdAtMs } = notification(event);
  const recipient = 'ops@example.org';
  return {
    numbers: [1],
    key,
    channel: 'email',
    recipient,
    attempts: 0,
    createdAtMs,
    event,
    ...change,
  };
}

export function emailSettings(sink: SmtpSink, change: Partial<EmailSettings> = {}): EmailSettings {
  return {
    host: sink.host,
    port: sink.port,
    secure: 'auto',
    user: null,
    password: null,
    passwordSource: null,
    from: 'logstead@example.org',
    to: ['ops@example.org'],
    budget: 20,
    ...change,
  };
}

/** Settings as far as delivery looks at them. */
export function deliverySettings(notifyDir: string, email: EmailSettings | null): Settings {
  return {
    configPath: '/etc/logstead/config.ini',
    projectFolder: notifyDir,
    paths: {
      logDir: notifyDir,
      reportDir: notifyDir,
      archiveDir: notifyDir,
      notifyDir,
      stateDir: notifyDir,
    },
    watches: [],
    formats: [],
    alerts: [],
    rotation: {
      enabled: false,
      schedule: '5 0 * * *',
      timezone: 'UTC',
      idleMs: 300_000,
      compression: 'none',
      active: 'leave',
      activeBytesMin: null,
      activeAgeMsMin: null,
      verifyEveryMs: null,
    },
    report: { mail: false },
    retention: {
      ageMs: null,
      indexBytesMax: null,
      levels: [],
      sources: [],
      freeBytesMin: 2 ** 20,
      archive: { ageMs: null, bytesMax: null, lastCopy: 'keep', sources: [] },
    },
    email,
    notify: {
      success: ['file'],
      failure: ['file', 'email'],
      quietHours: null,
      quietSeverities: ['low', 'medium'],
      timezone: 'UTC',
      contextLines: 2,
      link: null,
    },
    routes: [],
    webhooks: [],
    commands: [],
    store: { engine: 'local' },
    clickhouse: null,
    http: { enabled: false, host: '127.0.0.1', port: 0, tokens: [], hosts: [], tls: null },
    log: { level: 'info' },
    warnings: [],
  };
}
