/**
 * What a mail shows of an incident beside its notification: looked up in the store when the mail is made, so that what
 * came after the match is in it, too.
 */
import type { EntryRecord } from './entry.ts';

/** What is asked: plain data, as it travels to a query thread. */
export type AlertDetailsQuestion = Readonly<{
  /** The condition of the incident, its group included; null: the rule is a function of a program. */
  query: string | null;
  firstAtMs: number;
  lastAtMs: number;
  /** Where the chart ends. */
  endAtMs: number;
  /** Samples whose surroundings are wanted, by their place in the file. */
  samples: readonly EntryRecord[];
  /** Lines before and after each. */
  contextLines: number;
  deadlineMs: number;
}>;

export type AlertDetails = Readonly<{
  /** One for each sample that was asked for and found. */
  contexts: readonly SampleContext[];
  chart: AlertChart | null;
  /** What the lines have in common, most frequent first. */
  patterns: readonly AlertPattern[];
  /** Matches by source, most first. */
  sources: readonly Readonly<{ name: string; count: number }>[];
  /** Matches that patterns and sources were counted in. */
  countedCount: number;
}>;

export type SampleContext = Readonly<{
  sample: EntryRecord;
  before: readonly EntryRecord[];
  after: readonly EntryRecord[];
}>;

/** Matches in steps of time; the last one holds the end. */
export type AlertChart = Readonly<{
  fromMs: number;
  stepMs: number;
  counts: readonly number[];
  /** Whether a step touches the incident. */
  alarms: readonly boolean[];
  png: Uint8Array;
}>;

export type AlertPattern = Readonly<{
  text: string;
  count: number;
  /** In the chart's time before the incident; null: there were too many to count. */
  earlierCount: number | null;
}>;
