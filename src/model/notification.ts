/**
 * What is told to people: by alert rules, by runs (report, rotation), by the daemon about itself.
 *
 * A notification is queued in the transaction of what it reports and delivered afterwards, per channel
 * and recipient. `key` makes it one thing: the same key is queued once, and the mail's Message-ID is made of it.
 */
import type { EntryRecord } from './entry.ts';

export const ALERT_SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type AlertSeverity = (typeof ALERT_SEVERITIES)[number];

/** Ways to tell people. */
export const CHANNEL_KINDS = ['file', 'email', 'webhook', 'command'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** A way to tell people: of webhooks and commands there are several, by name. */
export type Channel = 'file' | 'email' | `webhook:${string}` | `command:${string}`;

export type Notification = Readonly<{
  /** Unique, stable across retries and restarts, e.g. `alert:5f3a…:opened`, `run:2026-11-20T00:05:00Z:rotate`. */
  key: string;
  channels: readonly Channel[];
  /** Mail addresses; absent: those of `[email]`. */
  to?: readonly string[];
  createdAtMs: number;
  event: NotificationEvent;
}>;

export type NotificationEvent =
  | AlertNotice
  | RunNotice
  | ReportNotice
  | InternalNotice
  | DigestNotice;

/**
 * An incident opened (with `resolvedAtMs` set: it was over when it was found), is still open (`reminded`), got worse
 * after somebody acknowledged it, or resolved.
 */
export type AlertNotice = Readonly<{
  kind: 'alert';
  what: 'opened' | 'reminded' | 'worsened' | 'resolved';
  incidentId: string;
  rule: string;
  description: string;
  /** The condition in the query language; null for one that is a function of a program. */
  condition: string | null;
  /** What finds the entries it counts, where the kind of the rule asks for more than that; absent: an earlier version wrote it. */
  query?: string | null;
  severity: AlertSeverity;
  /** `{}` without `group_by`. */
  group: Readonly<Record<string, string>>;
  /** Matches in the window when it fired; matches in all when it resolved. */
  count: number;
  /** `any`, `threshold`, `absence`, … */
  ruleKind: string;
  /** What was found, in a few words: `5 in 68 s`, `nothing for 30 min`, `12 of 20 (60 %)`. */
  finding: string;
  /** What the rule asks for, in a few words: `5 in 2 min`. */
  bound: string;
  openedAtMs: number;
  firstAtMs: number;
  lastAtMs: number;
  resolvedAtMs: number | null;
  /** Arrival clock when this was decided. */
  noticedAtMs: number;
  /** It was true already as its rule began; absent: it was not. */
  wasThere?: true;
  /** Its lines were written while the daemon did not run, from when to when; absent: they were not. */
  unwatched?: Readonly<{ fromMs: number; toMs: number }>;
  /** When a reminder comes if nothing changes; null or absent: none does. */
  remindsAtMs?: number | null;
  /**
   * What people were told when the incident opened: this notification itself, or the one a `resolved` replies to. `openedAtMs` as it
   * was said then: a line that comes late may move it; absent: a version that did not keep it wrote this.
   */
  opening: Readonly<{ key: string; finding: string; openedAtMs?: number }>;
  /** First and newest matches, at most `SAMPLES_MAX` of them. */
  samples: readonly EntryRecord[];
  host: string;
}>;

/** A run of `once`, `rotate` or the schedule ended. */
export type RunNotice = Readonly<{
  kind: 'run';
  run: RunName;
  status: RunStatus;
  startedAtMs: number;
  finishedAtMs: number;
  /** The stage that failed and why; null when none did. */
  failure: Readonly<{ stage: string; message: string; hint: string | null }> | null;
  /** Counts and paths, in the order they are shown. */
  context: readonly Readonly<{ name: string; value: string }>[];
  host: string;
}>;

/** A report was written. It carries the whole mail: the files may be gone, or the program newer, when it is delivered. */
export type ReportNotice = Readonly<{
  kind: 'report';
  /** The verdict, and whether it asks for somebody. */
  title: string;
  isTrouble: boolean;
  /** `Fri 20 Nov`. */
  day: string;
  host: string;
  /** Where it was saved. */
  path: string;
  /** What a phone shows under the subject. */
  preview: string;
  text: string;
  html: string;
  /** Named in the HTML as `cid:NAME`. */
  pictures: readonly Readonly<{ name: string; pngBase64: string }>[];
}>;

/** The daemon says something about itself: bytes lost, a segment set aside, disk low. */
export type InternalNotice = Readonly<{
  kind: 'internal';
  /** Somebody asked for it, and it says nothing else; absent: something happened. */
  isTest?: true;
  severity: AlertSeverity;
  title: string;
  text: string;
  host: string;
}>;

/**
 * Several notifications in one: those to one recipient that waited (made when it is delivered, never queued itself), or
 * what began and ended in quiet hours, what an import found, or what people were told of and is closed since its rule is gone.
 */
export type DigestNotice = Readonly<{
  kind: 'digest';
  /** Absent: they waited, or were too many. */
  reason?: 'quiet' | 'import' | 'closed';
  /** How many; `items` are the newest of them, oldest first. */
  count: number;
  fromMs: number;
  untilMs: number;
  items: readonly Readonly<{ atMs: number; severity: AlertSeverity; subject: string }>[];
  host: string;
}>;

export type RunName = 'once' | 'rotate' | 'report';
export type RunStatus = 'SUCCESS' | 'FAILED';

/** Sample entries carried by an alert: enough to act on, short enough for a phone. */
export const SAMPLES_MAX = 10;
