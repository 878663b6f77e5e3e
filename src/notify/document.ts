/**
 * What a notification says, before it is text or HTML: both are made of the same document, so neither says less.
 *
 * Nothing in here is escaped: each renderer escapes for where it prints.
 */

import { unreachable } from '../base/assert.ts';
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

export type Section =
  | Readonly<{ kind: 'entries'; title: string; blocks: readonly EntryBlock[]; note: string }>
  | Readonly<{ kind: 'command'; title: string; command: string; note: string }>
  | Readonly<{ kind: 'list'; title: string; items: readonly string[]; note: string }>;

/** Entries of one file, in order. */
export type EntryBlock = Readonly<{ title: string; entries: readonly EntryRecord[] }>;

export type DocumentContext = Readonly<{
  /** Zone in which times are said. */
  timezone: string;
  /** The config file that asked for this. */
  configName: string;
  /** Who receives it; empty for a file. */
  recipient: string;
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
