/**
 * Logstead inside a Node program: the same store, queries and rules as the daemon's, without files to follow.
 *
 * `await ingestLog()` returns when the entry survives the process and is found by the next query. Calls may run side
 * by side. With a folder, alerts and entries are there again after a restart; without one all is in memory.
 * Queries run on the calling thread: long ones keep it busy.
 */
import { join } from 'node:path';
import type { IncidentQuery } from './alert/incident-store.ts';
import { type Clock, systemClock } from './base/clock.ts';
import { systemDisk } from './base/disk.ts';
import { LockFile } from './base/lock-file.ts';
import { silentLog } from './base/log.ts';
import { defaultSettings } from './config/load-settings.ts';
import type { Settings } from './config/settings.ts';
import { cursorText, parseCursor } from './engine/search-request.ts';
import type { StoreReader } from './engine/store-reader.ts';
import { Ingest } from './ingest/ingest.ts';
import { LOCK_NAME } from './ingest/state-files.ts';
import {
  type Aggregated,
  type AggregatedAs,
  type AggregationRequest,
  type Asking,
  aggregate,
} from './library/aggregations.ts';
import { AlertRules } from './library/alert-rules.ts';
import { checkAlertQuery } from './library/check-alert-query.ts';
import { checkFunction, checkOptions } from './library/check-options.ts';
import { checkCount, checkGiven, found } from './library/checks.ts';
import {
  checkFileOptions,
  type FileIngestOptions,
  type FileIngestResult,
  ingestFile,
} from './library/ingest-file.ts';
import { LogEntry } from './library/log-entry.ts';
import { entryOfInput, givenEntry, type LogInput, metadataOfInput } from './library/log-input.ts';
import { type LogMetrics, metricsOf, prometheusText } from './library/metrics.ts';
import { OpenWork } from './library/open-work.ts';
import type { Alert, AlertRule, LogsteadOptions, PreIngestHook } from './library/options.ts';
import { filterOfConditions, type LogConditions } from './library/queries.ts';
import { type LogStats, statsOf } from './library/stats.ts';
import { entryAt } from './model/entry-at.ts';
import type { Incident } from './model/incident.ts';

export type { IncidentQuery } from './alert/incident-store.ts';
export type { Aggregated, AggregationRequest } from './library/aggregations.ts';
export type { FileIngestOptions, FileIngestResult } from './library/ingest-file.ts';
export type { LogEntry } from './library/log-entry.ts';
export type { LogInput } from './library/log-input.ts';
export type { LogMetrics } from './library/metrics.ts';
export type {
  Aggregation,
  Alert,
  AlertRule,
  LogsteadOptions,
  PreIngestHook,
  RuleKind,
} from './library/options.ts';
export type { LogConditions } from './library/queries.ts';
export type { LogStats } from './library/stats.ts';
export type { FieldValue } from './model/entry.ts';
export type { Incident } from './model/incident.ts';

export type LogQuery = LogConditions &
  Readonly<{
    sort?: 'newest' | 'oldest';
    /** Entries at most; default 100, 0: no limit. */
    limit?: number;
    /** `nextCursor` of the page before. */
    cursor?: string;
  }>;

export type LogPage = Readonly<{
  entries: readonly LogEntry[];
  /** For the next page; null where this is the last one. */
  nextCursor: string | null;
}>;

export type IngestResult = Readonly<{
  accepted: number;
  /** Dropped by a pre-ingest hook. */
  dropped: number;
  durationMs: number;
  entriesPerSecond: number;
}>;

const PAGE_ENTRIES_DEFAULT = 100;

export class Logstead implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #options: LogsteadOptions;
  readonly #parts: AsyncDisposableStack;
  readonly #ingest: Ingest;
  readonly #rules: AlertRules;
  readonly #hooks: PreIngestHook[] = [];
  readonly #work = new OpenWork();
  #closing: Promise<void> | null = null;
  #droppedCount = 0;

  private constructor(
    options: LogsteadOptions,
    parts: Readonly<{ stack: AsyncDisposableStack; ingest: Ingest; rules: AlertRules }>,
  ) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#parts = parts.stack;
    this.#ingest = parts.ingest;
    this.#rules = parts.rules;
  }

  /** Throws STATE_IN_USE where another process, a daemon for example, has the folder. */
  static async open(options: LogsteadOptions = {}): Promise<Logstead> {
    checkOptions(options);
    const { clock = systemClock, folder } = options;
    await using stack = new AsyncDisposableStack();
    const settings = settingsOf(options);
    if (folder !== undefined) {
      systemDisk.makeFolder(folder);
      stack.use(LockFile.acquire(join(settings.paths.stateDir, LOCK_NAME)));
    }
    const rules = AlertRules.of(options, clock.nowMs());
    const ingest = stack.use(
      await Ingest.open({
        disk: systemDisk,
        clock,
        log: silentLog,
        settings,
        inMemory: folder === undefined,
        rules: rules.all(),
        onEvents: (events) => rules.tell(events),
      }),
    );
    stack.defer(() => rules.settled());
    const stop = new AbortController();
    const running = ingest.run(stop.signal);
    stack.defer(async () => {
      stop.abort();
      await running;
    });
    return new Logstead(options, { stack: stack.move(), ingest, rules });
  }

  /** Called for each entry in the order in which hooks were added, before it is stored. */
  addPreIngestHook(hook: PreIngestHook): void {
    this.#work.checkOpen();
    checkFunction('a pre-ingest hook', hook);
    this.#hooks.push(hook);
  }

  /** Called after the commit of what a rule found. Returns a function that takes the hook away. */
  onAlert(hook: (alert: Alert) => void): () => void {
    this.#work.checkOpen();
    checkFunction('an alert hook', hook);
    return this.#rules.addHook(hook);
  }

  async ingestLog(input: LogInput): Promise<void> {
    await this.ingestLogs([input]);
  }

  /** All or none are stored: an entry that cannot be (TypeError, RangeError) refuses the batch. */
  ingestLogs(inputs: readonly LogInput[]): Promise<IngestResult> {
    return this.#work.run(() => this.#ingestLogs(inputs));
  }

  async #ingestLogs(inputs: readonly LogInput[]): Promise<IngestResult> {
    if (!Array.isArray(inputs)) {
      throw new TypeError(`Cannot store ${found(inputs)} as entries: expected an array of them`);
    }
    const startedMs = this.#clock.monotonicMs();
    // Looked at before the hooks, whose null would drop it; a hole of the array is an entry too.
    const kept = Array.from(inputs, (input) => this.#hooked(givenEntry(input))).filter(
      (input) => input !== null,
    );
    const nowMs = this.#clock.nowMs();
    const entries = kept.map((input) => entryOfInput(input, nowMs));
    this.#droppedCount += inputs.length - kept.length;
    if (entries.length > 0) await this.#ingest.append(entries);
    return rateOf(kept.length, {
      dropped: inputs.length - kept.length,
      durationMs: this.#clock.monotonicMs() - startedMs,
    });
  }

  /** Read a log file of any known format, `.gz` and `.zst` too; hooks see each entry. */
  ingestLogsFromFile(path: string, options: FileIngestOptions = {}): Promise<FileIngestResult> {
    return this.#work.run(() => this.#ingestFile(path, options));
  }

  async #ingestFile(path: string, options: FileIngestOptions): Promise<FileIngestResult> {
    checkFileOptions(options);
    const startedMs = this.#clock.monotonicMs();
    const hooked = this.#hooks.length > 0 || this.#options.indexedFields !== undefined;
    const hook = hooked ? (input: LogInput) => this.#hooked(input) : null;
    const counts = await ingestFile(this.#ingest, path, { ...options, hook, clock: this.#clock });
    this.#droppedCount += counts.dropped;
    const durationMs = this.#clock.monotonicMs() - startedMs;
    return { ...counts, ...rateOf(counts.accepted, { dropped: counts.dropped, durationMs }) };
  }

  queryLogs(query: LogQuery = {}): Promise<LogPage> {
    return this.#read((reader) => this.#pageOf(reader, query));
  }

  #pageOf(reader: StoreReader, query: LogQuery): LogPage {
    checkGiven('Cannot look for entries', query);
    const { sort = 'newest', limit = PAGE_ENTRIES_DEFAULT, cursor } = query;
    checkPage(sort, limit);
    const entries: LogEntry[] = [];
    let last: { timestampUs: number; sequence: number } | null = null;
    const after = cursor === undefined ? null : parseCursor(cursor);
    if (cursor !== undefined && after === null)
      throw new RangeError(`Cannot read the cursor "${cursor}"`);
    for (const { columns, rows, count } of reader.matches({
      query: filterOfConditions(query, this.#clock.nowMs()),
      order: sort,
      limit,
      ...(after === null ? {} : { after }),
    })) {
      for (let index = 0; index < count; index += 1) {
        const entry = entryAt(columns, rows[index]!);
        entries.push(LogEntry.of(entry));
        last = entry;
      }
    }
    const isFull = limit > 0 && entries.length === limit;
    return { entries, nextCursor: isFull && last !== null ? cursorText(last) : null };
  }

  countLogs(conditions: LogConditions = {}): Promise<number> {
    return this.#read((reader) =>
      reader.count({ query: filterOfConditions(conditions, this.#clock.nowMs()) }),
    );
  }

  /** Rules see entries ingested from here on. One of the same name is replaced, and its open incidents go on where they can; over a restart they do with `rules` of `open()`. */
  addAlertRule(rule: AlertRule): Promise<void> {
    return this.#work.run(async () => {
      this.#rules.add(rule, this.#clock.nowMs());
      await this.#ingest.setRules(this.#rules.all());
    });
  }

  removeAlertRule(name: string): Promise<void> {
    return this.#work.run(async () => {
      this.#rules.remove(name);
      await this.#ingest.setRules(this.#rules.all());
    });
  }

  /** Incidents, newest first; those of earlier runs too. */
  getAlerts(query: IncidentQuery = {}): Promise<readonly Incident[]> {
    return this.#work.run(async () => {
      checkAlertQuery(query);
      await this.#ingest.flush();
      return this.#ingest.incidents.list(query);
    });
  }

  getStats(conditions: LogConditions = {}): Promise<LogStats> {
    return this.#read((reader) =>
      statsOf(reader, filterOfConditions(conditions, this.#clock.nowMs())),
    );
  }

  /** Group, top values, histogram, percentiles, or an aggregation of your own. */
  aggregateLogs(request: Asking<'groupBy'>): Promise<AggregatedAs<'groups'>>;
  aggregateLogs(request: Asking<'top'>): Promise<AggregatedAs<'top'>>;
  aggregateLogs(request: Asking<'histogram'>): Promise<AggregatedAs<'histogram'>>;
  aggregateLogs(request: Asking<'percentiles'>): Promise<AggregatedAs<'percentiles'>>;
  aggregateLogs(request: Asking<'aggregation'>): Promise<AggregatedAs<'own'>>;
  aggregateLogs(request: AggregationRequest): Promise<Aggregated>;
  aggregateLogs(request: AggregationRequest): Promise<Aggregated> {
    return this.#read((reader) => {
      const query = filterOfConditions(request, this.#clock.nowMs());
      return aggregate(reader, { request, query, own: this.#options.aggregations ?? {} });
    });
  }

  /** Numbers for a dashboard. */
  getMetrics(): Promise<LogMetrics> {
    return this.#work.run(async () =>
      metricsOf(await this.#ingest.service().status('none'), this.#droppedCount),
    );
  }

  /** The same in the text format of Prometheus. */
  async getPrometheusMetrics(): Promise<string> {
    return prometheusText(await this.getMetrics());
  }

  /** Let go of what the retention gives up, now instead of within ten minutes. */
  applyRetention(): Promise<void> {
    return this.#work.run(async () => {
      await this.#ingest.flush();
      await this.#ingest.maintenance.expireAll();
    });
  }

  /** Let everything that was ingested be in the store, for other processes that read it too. */
  flush(): Promise<void> {
    return this.#work.run(() => this.#ingest.flush());
  }

  /** Waits for what was begun, notifiers too: one that waits for this waits for ever. Afterwards everything is refused. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // Notifiers of what was ingested may ask the store to their end. What cannot be committed now is in the intake.
    await this.#ingest.flush().catch(() => {});
    await this.#rules.settled();
    await this.#work.end();
    await this.#parts.disposeAsync();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #read<Result>(ask: (reader: StoreReader) => Result): Promise<Result> {
    return this.#work.run(async () => {
      await this.#ingest.flush();
      using reader = this.#ingest.openReader();

      return ask(reader);
    });
  }

  #hooked(input: LogInput): LogInput | null {
    let current: LogInput | null = input;
    for (const hook of this.#hooks) {
      current = hook(current);
      if (current === null) return null;
    }
    return this.#withIndexedFields(current);
  }

  #withIndexedFields(input: LogInput): LogInput {
    const { indexedFields } = this.#options;
    if (indexedFields === undefined) return input;
    const metadata = { ...metadataOfInput(input) };
    for (const [name, fieldOf] of Object.entries(indexedFields)) {
      const value = fieldOf(input);
      if (value !== undefined) metadata[name] = value;
    }
    return { ...input, metadata };
  }
}

/** The settings of a program: its folder, no watches, nothing listens, nothing is scheduled. */
function settingsOf(options: LogsteadOptions): Settings {
  const folder = options.folder ?? '.';
  const settings = defaultSettings(folder);
  return {
    ...settings,
    paths: { ...settings.paths, stateDir: folder },
    watches: [],
    alerts: [],
    retention: {
      ...settings.retention,
      ageMs: options.retentionMs ?? null,
      indexBytesMax: options.indexBytesMax ?? null,
    },
  };
}

/** Throws RangeError. */
function checkPage(sort: unknown, limit: number): void {
  if (sort !== 'newest' && sort !== 'oldest') {
    throw new RangeError(
      `Cannot look for entries: sort is ${found(sort)}: expected newest or oldest`,
    );
  }
  if (limit !== Number.POSITIVE_INFINITY) checkCount('Cannot look for entries', 'limit', limit);
}

function rateOf(
  accepted: number,
  { dropped, durationMs }: Readonly<{ dropped: number; durationMs: number }>,
): IngestResult {
  const seconds = durationMs / 1000;
  const entriesPerSecond = seconds > 0 ? Math.round(accepted / seconds) : accepted;
  return { accepted, dropped, durationMs, entriesPerSecond };
}
