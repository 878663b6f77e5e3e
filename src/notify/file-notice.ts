/** A notification as a pair of files: their name, the text for people, the JSON for programs. */
import { escapeFileNamePart, escapeLine, jsonPage } from '../base/escape.ts';
import { fileStamp, zonedTime } from '../base/zoned-time.ts';
import { timestampText } from '../model/entry-record.ts';
import type { NotificationEvent } from '../model/notification.ts';
import { type DocumentContext, documentOf } from './document.ts';
import { noticeText } from './mail-text.ts';
import type { OutboxRow } from './outbox.ts';

export type FileNotice = Readonly<{
  /** Without extension. */
  baseName: string;
  /** The same notification has the same key. */
  key: string;
  text: string;
  json: string;
}>;

export function fileNoticeOf(
  row: OutboxRow,
  context: Omit<DocumentContext, 'recipient'>,
): FileNotice {
  const { key, event, createdAtMs } = row;
  const { timezone } = context;
  const { name, status } = nameOf(event);
  const timestamp = timestampText(createdAtMs * 1000);
  const stamp = fileStamp(zonedTime(createdAtMs, timezone));
  const document = documentOf(event, { ...context, recipient: '' });
  const head = [
    `Event:     ${escapeLine(name)}`,
    `Status:    ${status}`,
    `Timestamp: ${timestamp}`,
    `Machine:   ${escapeLine(event.host)}`,
    `Key:       ${escapeLine(key)}`,
  ].join('\n');
  const { kind, ...details } = event;
  return {
    baseName: `${escapeFileNamePart(name)}_${status}_${stamp}`,
    key,
    text: `${head}\n\n${noticeText(document, timezone)}`,
    json: `${jsonPage({ key, event: name, status, timestamp, kind, context: details })}\n`,
  };
}

/** EVENT and STATUS of the file name. */
function nameOf(event: NotificationEvent): Readonly<{ name: string; status: string }> {
  switch (event.kind) {
    case 'run':
      return { name: event.run, status: event.status };
    case 'alert':
      return { name: `alert_${event.rule}`, status: event.what.toUpperCase() };
    case 'report':
      return { name: 'report', status: event.isTrouble ? 'TROUBLE' : 'QUIET' };
    case 'internal':
      return { name: 'logstead', status: event.isTest ? 'TEST' : 'TROUBLE' };
    case 'digest':
      return { name: 'logstead', status: 'DIGEST' };
  }
}
