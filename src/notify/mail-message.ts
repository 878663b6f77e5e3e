/**
 * A delivery as the mail to send. The Message-ID follows from key, moment and recipient: a retry is the same mail. Without the
 * moment two mails had the same one where a state began anew, as numbers in keys do, and servers drop what they had before.
 */
import { createHash } from 'node:crypto';
import type { AlertDetails } from '../model/alert-details.ts';
import type { AlertNotice } from '../model/notification.ts';
import { type AlertLinks, alertLinks, type LinkMaker } from './alert-links.ts';
import { CHART_NAME } from './alert-picture.ts';
import { bareDocument, bareEvent } from './bare-event.ts';
import { documentOf, type NoticeDocument } from './document.ts';
import { subjectOfEvent } from './event-text.ts';
import type { Mail, MailPicture } from './mail.ts';
import { noticeHtml } from './mail-html.ts';
import { noticeText } from './mail-text.ts';
import type { OutboxRow } from './outbox.ts';

export type MailContext = Readonly<{
  timezone: string;
  configName: string;
  /** Absent or null: nobody can follow a link. */
  links?: LinkMaker | null;
}>;

/** `details`: what was looked up of an incident; null: nothing. */
export function mailOf(
  row: OutboxRow,
  context: MailContext,
  details: AlertDetails | null = null,
): Mail {
  const { event } = row;
  if (event.kind !== 'report')
    return documentMail(row, documentFor(row, context, details), context);
  const { text, html, pictures } = event;
  return {
    ...identityOf(row),
    subject: subjectOfEvent(event),
    text,
    html,
    inReplyTo: null,
    pictures: pictures.map(({ name, pngBase64 }) => ({
      name,
      png: Buffer.from(pngBase64, 'base64'),
    })),
  };
}

/** The same mail without what others wrote. */
export function bareMailOf(row: OutboxRow, context: MailContext): Mail {
  const bare = { ...row, event: bareEvent(row.event) };
  return documentMail(bare, bareDocument(documentFor(bare, context, null)), context);
}

function identityOf(row: OutboxRow) {
  const { key, recipient, event, createdAtMs } = row;
  return {
    to: recipient,
    fromName: `Logstead on ${event.host}`,
    messageId: messageIdOf(key, row),
    createdAtMs,
  };
}

function documentFor(
  row: OutboxRow,
  context: MailContext,
  details: AlertDetails | null,
): NoticeDocument {
  const { event, recipient, budget } = row;
  const { timezone, configName } = context;
  const links = linksOf(row, context);
  return documentOf(event, { timezone, configName, recipient, links, details, budget });
}

function documentMail(row: OutboxRow, document: NoticeDocument, { timezone }: MailContext): Mail {
  const { event, key } = row;
  const isReply = event.kind === 'alert' && event.opening.key !== key;
  return {
    ...identityOf(row),
    subject: document.subject,
    text: noticeText(document, timezone),
    html: noticeHtml(document, timezone),
    inReplyTo: isReply ? messageIdOf(event.opening.key, row) : null,
    pictures: picturesOf(document),
  };
}

/** Signed for whoever gets it; null: there is nothing to link to. */
export function linksOf(
  { event, recipient: who, createdAtMs }: OutboxRow,
  { links, timezone }: MailContext,
): AlertLinks | null {
  if (links == null || event.kind !== 'alert') return null;
  const { incidentId } = event;
  return alertLinks(links, { incidentId, who, createdAtMs, timezone });
}

function picturesOf({ sections }: NoticeDocument): MailPicture[] {
  return sections.flatMap((section) =>
    section.kind === 'chart' ? [{ name: CHART_NAME, png: Buffer.from(section.png) }] : [],
  );
}

function openingMs({ opening, openedAtMs }: AlertNotice): number {
  return opening.openedAtMs ?? openedAtMs;
}

/** `<hash@host>`: nothing in it is foreign text. All mails of an incident have the moment of its opening, which replies name. */
function messageIdOf(key: string, { recipient, event, createdAtMs }: OutboxRow): string {
  const momentMs = event.kind === 'alert' ? openingMs(event) : createdAtMs;
  const hash = createHash('sha256')
    .update(JSON.stringify([key, momentMs, recipient]))
    .digest('hex');
  return `<${hash.slice(0, 32)}@${domainOf(event.host)}>`;
}

function domainOf(host: string): string {
  const domain = host.replace(/[^A-Za-z0-9.-]/g, '-').slice(0, 200);
  return domain === '' ? 'localhost' : domain;
}
