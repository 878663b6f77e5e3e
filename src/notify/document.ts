/**
 * What a notification says, before it is text or HTML: both are made of the same document, so neither says less.
 *
 * Nothing in here is escaped: each renderer escapes for where it prints.
 */

import { unreachable } from '../base/assert.ts';
import type { AlertDetails } from '../model/alert-details.ts';
import type { EntryRecord } from '../model/entry.ts';
import type {
  AlertNotice,
  DigestNotice,
  InternalNotice,
  NotificationEvent,
  ReportNotice,
  RunNotice,
} from '../model/notification.ts';
import { alertDocument } from './alert-document.ts';
import type { AlertLinks } from './alert-links.ts';
import { digestDocument, internalDocument, reportDocument, runDocument } from './run-document.ts';

export type NoticeDocument = Readonly<{
  subject: string;
  /** What a phone shows under the subject. */
  preview: string;
  isTrouble: boolean;
  /** `Open, severity high`. */
  status: string;
  heading: string;
  /** A sentence or two of the operator's own, or of ours. */
  lead: string;
  facts: readonly Fact[];
  /** What can be done at once, the first thing first. */
  buttons: readonly Link[];
  sections: readonly Section[];
  /** Query whose texts are marked in the entries; null: none. */
  condition: string | null;
  /** Why this was sent. */
  footer: string;
}>;

export type Fact = Readonly<{
  label: string;
  /** The part that counts, and what explains it. */
  value: string;
  detail: string;
}>;

export type Link = Readonly<{ label: string; url: string }>;

export type Section =
  | Readonly<{ kind: 'entries'; title: string; blocks: readonly EntryBlock[]; note: string }>
  | ChartSection
  | Readonly<{ kind: 'patterns'; title: string; items: readonly PatternItem[]; note: string }>
  | Readonly<{ kind: 'command'; title: string; command: string; note: string }>
  | Readonly<{ kind: 'links'; title: string; links: readonly Link[]; note: string }>
  | Readonly<{ kind: 'list'; title: string; items: readonly string[]; note: string }>;

/** When its entries were, in the order they are shown. */
export function timesOf(blocks: readonly EntryBlock[]): number[] {
  return blocks.flatMap(({ entries }) => entries.map(({ record }) => Date.parse(record.timestamp)));
}

/** Entries of one file, in order. */
export type EntryBlock = Readonly<{
  title: string;
  entries: readonly ShownEntry[];
  /** What is said below them. */
  note: string;
}>;

export type ShownEntry = Readonly<{
  record: EntryRecord;
  /** False: it stands around one. */
  isMatch: boolean;
}>;

export type ChartSection = Readonly<{
  kind: 'chart';
  title: string;
  /** What the picture shows, for those who do not see it. */
  alt: string;
  /** Above the bars. */
  caption: string;
  counts: readonly number[];
  /** Below the first bar, the middle and the last. */
  marks: readonly [first: string, middle: string, last: string];
  png: Uint8Array;
}>;

export type PatternItem = Readonly<{ count: string; text: string; note: string }>;

export type DocumentContext = Readonly<{
  /** Zone in which times are said. */
  timezone: string;
  /** The config file that asked for this. */
  configName: string;
  /** Who receives it; empty for a file. */
  recipient: string;
  /** Null or absent: nothing to link to, nothing looked up. */
  links?: AlertLinks | null;
  details?: AlertDetails | null;
  /** Mails to this recipient in this hour, this one among them, and how many there may be; absent: not known. */
  budget?: Readonly<{ sentCount: number; budget: number }> | undefined;
}>;

export function documentOf(event: NotificationEvent, context: DocumentContext): NoticeDocument {
  switch (event.kind) {
    case 'alert':
      return alertDocument(event satisfies AlertNotice, context);
    case 'run':
      return runDocument(event satisfies RunNotice, context);
    case 'report':
      return reportDocument(event satisfies ReportNotice, context);
    case 'internal':
      return internalDocument(event satisfies InternalNotice, context);
    case 'digest':
      return digestDocument(event satisfies DigestNotice, context);
    default:
      return unreachable(event);
  }
}
