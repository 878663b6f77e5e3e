/** `[alert:NAME]` as the program reads it. Durations in ms; what a kind does not have is null. */
import type { RuleKind } from '../model/incident.ts';
import type { AlertSeverity, Channel } from '../model/notification.ts';
import type { DayPart } from './value-kinds.ts';

export const AGGREGATES = [
  'count',
  'sum',
  'avg',
  'min',
  'max',
  'p50',
  'p90',
  'p95',
  'p99',
] as const;
export type Aggregate = (typeof AGGREGATES)[number];

export const SEASONS = ['none', '1d', '7d'] as const;
export type Season = (typeof SEASONS)[number];

export type AlertSettings = Readonly<{
  /** NAME of `[alert:NAME]`. */
  name: string;
  enabled: boolean;
  description: string;
  kind: RuleKind;
  /** The condition, in the query language; checked when the config is loaded. */
  when: string;
  /** Fires on this many matches inside the window. */
  threshold: number;
  windowMs: number;
  /** No second notification of this rule and group sooner. */
  cooldownMs: number;
  resolveAfterMs: number;
  /** Null: never. */
  remindEveryMs: number | null;
  worse: number;
  severity: AlertSeverity;
  notify: readonly Channel[];
  /** Fields whose values make separate windows, cooldowns and incidents. */
  groupBy: readonly string[];
  maxGroups: number;
  inhibitedBy: readonly string[];
  inhibitEqual: readonly string[];
  /** Null: what is usual for the kind. */
  latenessMs: number | null;
  late: 'evaluate' | 'drop';
  /** Whether entries older than `backfillAfterMs` on arrival notify. */
  backfill: boolean;
  backfillAfterMs: number;
  silenceMs: number | null;
  expect: readonly string[];
  schedule: DayPart | null;
  /** Of `schedule`. */
  timezone: string;
  forgetAfterMs: number;
  percent: number | null;
  of: string;
  minimum: number;
  field: string | null;
  aggregate: Aggregate | null;
  above: number | null;
  below: number | null;
  atLeast: number | null;
  ratio: number | null;
  baseline: number;
  season: Season;
  next: string | null;
  withinMs: number | null;
  holdMs: number;
  learnMs: number;
}>;
