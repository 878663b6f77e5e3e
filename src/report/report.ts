/**
 * A report as data: what was counted, in the order it is shown, cut to what a person reads.
 *
 * `buildReport` is pure: a tally of the entries plus what other rooms know (incidents, coverage) gives the
 * document; text, HTML and JSON are made of it. Everything from log lines is raw here and escaped by them.
 */

import { LocalDays, zonedTime } from '../base/zoned-time.ts';
import type { OtherRecord, PatternRecord } from '../ingest/pattern-history.ts';
import type { Incident } from '../model/incident.ts';
import { ALERT_SEVERITIES } from '../model/notification.ts';
import { type KnownPatterns, knownPatterns } from './known-patterns.ts';
import {
  addCounts,
  errorCountOf,
  fatalCountOf,
  type LevelCounts,
  noCounts,
  totalOf,
} from './level-counts.ts';
import type { NameTally } from './name-groups.ts';
import { type News, newsOf } from './news.ts';
import type { OtherTally, PatternTally } from './pattern-tallies.ts';
import type { PreviousPeriod } from './previous-period.ts';
import type { ReportTally } from './report-tally.ts';
import { type RequestSummary, requestSummary } from './request-summary.ts';
import type { Chart } from './time-buckets.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** What other rooms know about the same time. */
export type ReportContext = Readonly<{
  host: string;
  /** IANA name; all times are shown in it. */
  timezone: string;
  writtenAtMs: number;
  /** Incidents that were open at any moment of the period, in any order; of very many the worst. */
  incidents: readonly ReportedIncident[];
  /** Of all that there were; without it those above are all. */
  incidentCounts?: IncidentCounts;
  coverage: Coverage;
  /** Patterns that earlier reports found; empty: this is the first. */
  history: readonly PatternRecord[];
  /** Entries that are in no pattern of them; without it all are. */
  otherHistory?: readonly OtherRecord[];
  /** The last day that was compared with the days before it; null: none. */
  comparedDay: number | null;
  /** Where the report does not hold all that arrived: the first day it holds whole. */
  firstWholeDay?: number;
}>;

export type IncidentCounts = Readonly<{ total: number; open: number }>;

export type ReportedIncident = Incident &
  Readonly<{
    description: string;
    /** What became of each message about it. */
    told: readonly Told[];
  }>;

export type Told = Readonly<{ channel: string; recipient: string; state: string }>;

/** Whether the report can be trusted: what was read, and what is missing. */
export type Coverage = Readonly<{
  filesFollowed: number;
  /** Since the last report. */
  readBytes: number;
  skippedBytes: number;
  lostBytes: number;
  /** The largest losses, for people: which file, how many bytes, why. */
  losses: readonly Readonly<{ path: string; sizeBytes: number; reason: string; atMs: number }>[];
  mails: Readonly<{ sent: number; failed: number; waiting: number }> | null;
  /** Entries that came later than their rules wait for; null without rules. */
  lateCount: number | null;
  /** Moved into the archive in this time, each read back; and how many were found damaged since; null: not known. */
  archives: Readonly<{
    fileCount: number;
    originalBytes: number;
    storedBytes: number;
    damagedCount: number;
  }> | null;
  /** What the index takes on disk; null where nobody measured it. */
  diskBytes: number | null;
  /** The disk that index or archive will fill first; null where nobody looked. */
  disk: DiskRoom | null;
}>;

export type DiskRoom = Readonly<{
  freeBytes: number;
  totalBytes: number;
  /** At the pace of the last weeks, until a tenth is left; null: not known yet, or it is not filling. */
  daysLeft: number | null;
}>;

export type Report = Readonly<{
  host: string;
  timezone: string;
  writtenAtMs: number;
  /** First and last entry; null without entries. */
  period: Readonly<{ firstMs: number; lastMs: number }> | null;
  verdict: Verdict;
  entryCount: number;
  levels: LevelCounts;
  /** Worst first. */
  sources: readonly NameTally[];
  files: readonly NameTally[];
  chart: Chart | null;
  /** The same hours a day earlier; null: nothing is known of them. */
  previous: PreviousPeriod | null;
  /** Null where there is nothing to compare with. */
  news: News | null;
  topErrors: readonly PatternTally[];
  topMessages: readonly PatternTally[];
  /** All of this report, most frequent first, and entries that fit none of them. */
  patterns: readonly PatternTally[];
  otherPatternCount: number;
  others: readonly OtherTally[];
  /** Null where the logs have none. */
  requests: RequestSummary | null;
  /** Local day on which it was written. */
  today: number;
  /** Open ones first, then the worst. */
  incidents: readonly ReportedIncident[];
  /** With those that are not listed. */
  incidentCounts: IncidentCounts;
  coverage: Coverage;
}>;

/** The first rows, and the others summed up. */
export type CutNames = Readonly<{
  rows: readonly NameTally[];
  more: Readonly<{ nameCount: number; counts: LevelCounts }> | null;
}>;

/** Rows of each table: what fits a page. */
const NAMES_SHOWN_MAX = 15;
const PATTERNS_SHOWN_MAX = 10;
export const NEWS_SHOWN_MAX = 10;
/** Bars of the chart: 30 minutes each over a day. */
const BARS_MAX = 48;

export function buildReport(tally: ReportTally, context: ReportContext): Report {
  const { host, timezone, writtenAtMs, coverage } = context;
  const incidents = sortedIncidents(context.incidents);
  const incidentCounts = context.incidentCounts ?? {
    total: incidents.length,
    open: incidents.filter(isOpen).length,
  };
  const known = knownPatterns(tally.patterns, context.history);
  const patterns = known.now;
  const errors = patterns.filter((pattern) => ERROR_CODES.has(pattern.levelCode));
  const sources = sortedNames(tally.sources);
  const firstMs = tally.firstUs / 1000;
  const lastMs = tally.lastUs / 1000;
  const isEmpty = tally.entryCount === 0;
  const days = new LocalDays(timezone);
  const today = days.dayOf(writtenAtMs);
  const others = tally.otherPatterns;
  const othersBefore = (context.otherHistory ?? []).map((other) => ({
    ...other,
    days: new Map(other.days),
  }));
  const news = newsOf({
    patterns: known,
    others: { now: others, before: othersBefore },
    lastDay: isEmpty ? today : days.dayOf(lastMs),
    today,
    firstDayIsWhole: zonedTime(firstKnownMs(known, firstMs), timezone).hour === 0,
    comparedDay: context.comparedDay,
    firstWholeDay: context.firstWholeDay ?? Number.NEGATIVE_INFINITY,
  });
  return {
    host,
    timezone,
    writtenAtMs,
    period: isEmpty ? null : { firstMs, lastMs },
    verdict: verdictOf({
      counts: tally.counts,
      sources,
      incidents,
      incidentCounts,
      coverage,
      errors,
      others,
      news,
      timezone,
    }),
    entryCount: tally.entryCount,
    levels: tally.counts,
    sources,
    files: sortedNames(tally.files),
    chart: isEmpty
      ? null
      : tally.buckets.chart({
          barsMax: BARS_MAX,
          offsetMinutes: zonedTime(firstMs, timezone).offsetMinutes,
        }),
    previous: null,
    news,
    topErrors: errors.slice(0, PATTERNS_SHOWN_MAX),
    topMessages: patterns.slice(0, PATTERNS_SHOWN_MAX),
    patterns,
    otherPatternCount: tally.otherPatternCount,
    others,
    requests: requestSummary(tally.requests),
    today,
    incidents,
    incidentCounts,
    coverage,
  };
}

/** The first entry of all that is known; the report's own where there is no history. */
function firstKnownMs(known: KnownPatterns, firstMs: number): number {
  let earliestMs = Number.isNaN(firstMs) ? 0 : firstMs;
  for (const { firstUs } of known.before.values())
    earliestMs = Math.min(earliestMs, firstUs / 1000);
  return earliestMs;
}

const ERROR_CODES: ReadonlySet<number> = new Set([4, 5]);

/** Trouble first: fatal, then errors, then size, then name. */
function sortedNames(names: readonly NameTally[]): NameTally[] {
  return [...names].sort(
    (a, b) =>
      fatalCountOf(b.counts) - fatalCountOf(a.counts) ||
      errorCountOf(b.counts) - errorCountOf(a.counts) ||
      totalOf(b.counts) - totalOf(a.counts) ||
      (a.name < b.name ? -1 : 1),
  );
}

function isOpen({ resolvedAtMs }: Incident): boolean {
  return resolvedAtMs === null;
}

/** Open ones first, then the worst, then the newest. */
function sortedIncidents(incidents: readonly ReportedIncident[]): ReportedIncident[] {
  const rank = ({ severity }: Incident): number => ALERT_SEVERITIES.indexOf(severity);
  return [...incidents].sort(
    (a, b) =>
      Number(isOpen(b)) - Number(isOpen(a)) ||
      rank(b) - rank(a) ||
      b.openedAtMs - a.openedAtMs ||
      (a.id < b.id ? -1 : 1),
  );
}

/** What a page shows of a table; the JSON has all of it. */
export function cutNames(names: readonly NameTally[]): CutNames {
  if (names.length <= NAMES_SHOWN_MAX) return { rows: names, more: null };
  const rows = names.slice(0, NAMES_SHOWN_MAX - 1);
  const counts = noCounts();
  for (const { counts: own } of names.slice(rows.length)) addCounts(counts, own);
  return { rows, more: { nameCount: names.length - rows.length, counts } };
}
