/** What an embedding program may set, extend and hook into. */
import type { AlertEventName } from '../alert/alert-event.ts';
import type { Clock } from '../base/clock.ts';
import type { FieldValue } from '../model/entry.ts';
import type { AlertSeverity } from '../model/notification.ts';
import type { LogEntry } from './log-entry.ts';
import type { LogInput } from './log-input.ts';

export type LogsteadOptions = Readonly<{
  /** State folder; made if missing, held by one process at a time. Absent: everything in memory. */
  folder?: string;
  /** Entries older than this go; default: never. */
  retentionMs?: number;
  /** The oldest entries go when the index is larger; default: no limit. */
  indexBytesMax?: number;
  /** Fields worked out of each entry when it is stored; found, grouped and counted like any other. */
  indexedFields?: Readonly<Record<string, (input: LogInput) => FieldValue | undefined>>;
  /** Alert rules that are there from the beginning: they go on where the run before left them, with their open incidents. */
  rules?: readonly AlertRule[];
  /** Kinds of alert conditions by name, for `addAlertRule({ kind, parameters })`. */
  ruleKinds?: Readonly<Record<string, RuleKind>>;
  /** Ways to tell people by name, for `addAlertRule({ notify: ['name'] })`. */
  notifiers?: Readonly<Record<string, (alert: Alert) => void | Promise<void>>>;
  /** Aggregations by name, for `aggregateLogs({ aggregation: 'name' })`. */
  aggregations?: Readonly<Record<string, Aggregation<unknown>>>;
  /** Told of what alert hooks, notifiers and conditions throw; default: ignored, the entry and the alert stay. */
  onError?: (error: unknown) => void;
  /** For tests. */
  clock?: Clock;
}>;

/** Makes the condition of one rule; it may remember what it saw. */
export type RuleKind = (
  parameters: Readonly<Record<string, unknown>>,
) => (entry: LogEntry) => boolean;

/** Opened for each call, given every matching entry once, newest first. */
export type Aggregation<Result> = () => Readonly<{ add(entry: LogEntry): void; result(): Result }>;

/** Changes an entry before it is stored, or drops it by returning null. */
export type PreIngestHook = (input: LogInput) => LogInput | null;

export type AlertRule = Readonly<{
  name: string;
  /** In the query language. One of `when`, `condition` and `kind` says which entries count. */
  when?: string;
  condition?: (entry: LogEntry) => boolean;
  /** A kind of `ruleKinds`, with its parameters. */
  kind?: string;
  parameters?: Readonly<Record<string, unknown>>;
  /** Fires on this many matches less than `windowMs` apart; a whole number, default 1. */
  threshold?: number;
  /** From 1 ms to a century; default one minute. */
  windowMs?: number;
  /** No second notification of the rule and group sooner; default 0: of each opening. */
  cooldownMs?: number;
  severity?: AlertSeverity;
  description?: string;
  /** Fields whose values are counted apart. */
  groupBy?: readonly string[];
  /** Names of `notifiers`. */
  notify?: readonly string[];
}>;

/** What hooks and notifiers are called with: an incident opened, resolved, or opened again. */
export type Alert = Readonly<{
  id: string;
  event: AlertEventName;
  rule: string;
  severity: AlertSeverity;
  description: string;
  group: Readonly<Record<string, string>>;
  count: number;
  openedAt: Date;
  /** Null while it is open. */
  resolvedAt: Date | null;
}>;
