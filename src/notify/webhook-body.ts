/** A notification as the body of a webhook: all there is as JSON, or a short text as chat and push services take it. */
import type { WebhookSettings } from '../config/notify-settings.ts';
import type { AlertSeverity } from '../model/notification.ts';
import { type DocumentContext, documentOf, type NoticeDocument } from './document.ts';
import { severityOfEvent } from './event-text.ts';
import { fileNoticeOf } from './file-notice.ts';
import { shownLines } from './mail-text.ts';
import type { OutboxRow } from './outbox.ts';

export type HookRequest = Readonly<{ url: string; body: string; contentType: string }>;

const JSON_TYPE = 'application/json; charset=utf-8';

/** Chat messages are read on the way; the lines are behind the command. */
const ENTRIES_SHOWN = 3;
const LINE_CHARACTERS_MAX = 300;

/** ntfy cuts longer ones. */
const PUSH_CHARACTERS_MAX = 3_500;

export function hookRequestOf(
  { url, body }: Pick<WebhookSettings, 'url' | 'body'>,
  row: OutboxRow,
  context: Omit<DocumentContext, 'recipient'>,
): HookRequest {
  if (body === 'json') {
    return { url, body: fileNoticeOf(row, context).json, contentType: JSON_TYPE };
  }
  const document = documentOf(row.event, { ...context, recipient: '' });
  const severity = severityOfEvent(row.event);
  switch (body) {
    case 'slack':
      return { url, body: JSON.stringify(slackBody(document)), contentType: JSON_TYPE };
    case 'teams':
      return { url, body: JSON.stringify(teamsBody(document)), contentType: JSON_TYPE };
    case 'ntfy':
      return ntfyRequest(url, document, severity);
  }
}

/** `&`, `<` and `>` are all that Slack's markup gives a meaning; in code blocks nothing else has one. */
function slackBody(document: NoticeDocument): object {
  const safe = (text: string): string =>
    text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!);
  const blocks: object[] = [
    { type: 'header', text: { type: 'plain_text', text: document.heading.slice(0, 150) } },
    {
      type: 'section',
      text: { type: 'plain_text', text: [document.status, ...factLines(document)].join('\n') },
    },
  ];
  const lines = codeLines(document);
  if (lines.length > 0) {
    // A backtick would end the block.
    const text = safe(lines.join('\n')).replaceAll('`', 'ˋ');
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text: `\`\`\`${text}\`\`\`` } });
  }
  const links = document.buttons.map(({ label, url }) => `<${safe(url)}|${safe(label)}>`);
  if (links.length > 0) {
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text: links.join('   ') } });
  }
  return { text: safe(`${document.status}: ${document.subject}`), blocks };
}

/** An adaptive card; text blocks of type `TextRun` are taken literally, without Markdown. */
function teamsBody(document: NoticeDocument): object {
  const plain = (text: string, style: object = {}): object => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...style }],
  });
  const body: object[] = [
    plain(document.heading, { size: 'Large', weight: 'Bolder' }),
    plain(document.status, { color: document.isTrouble ? 'Attention' : 'Good' }),
    ...factLines(document).map((line) => plain(line)),
    ...codeLines(document).map((line) => plain(line, { fontType: 'Monospace', size: 'Small' })),
  ];
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body,
    actions: document.buttons.map(({ label: title, url: address }) => {
      return { type: 'Action.OpenUrl', title, url: address };
    }),
  };
  return {
    type: 'message',
    summary: document.subject,
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }],
  };
}

const NTFY_PRIORITIES: Readonly<Record<AlertSeverity, number>> = {
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
};

/** The topic is the last part of the address; as JSON it goes to the server itself. */
function ntfyRequest(url: string, document: NoticeDocument, severity: AlertSeverity): HookRequest {
  const target = new URL(url);
  const cutAt = target.pathname.replace(/\/+$/, '').lastIndexOf('/');
  const topic = decodeURIComponent(target.pathname.replace(/\/+$/, '').slice(cutAt + 1));
  target.pathname = target.pathname.slice(0, cutAt + 1);
  const message = [document.heading, ...factLines(document), ...codeLines(document)].join('\n');
  const body = {
    topic,
    title: document.subject,
    message: message.slice(0, PUSH_CHARACTERS_MAX).toWellFormed(),
    priority: document.isTrouble ? NTFY_PRIORITIES[severity] : 3,
    actions: document.buttons.map(({ label, url: address }) => {
      return { action: 'view', label, url: address };
    }),
    tags: [document.isTrouble ? 'rotating_light' : 'white_check_mark'],
  };
  return { url: target.href, body: JSON.stringify(body), contentType: JSON_TYPE };
}

function factLines({ facts }: NoticeDocument): string[] {
  return facts.map(({ label, value, detail }) => {
    return `${label}: ${detail === '' ? value : `${value}, ${detail}`}`;
  });
}

function codeLines({ sections }: NoticeDocument): string[] {
  const lines: string[] = [];
  for (const section of sections) {
    if (section.kind === 'entries') {
      const entries = section.blocks
        .flatMap((block) => block.entries)
        .filter(({ isMatch }) => isMatch)
        .slice(0, ENTRIES_SHOWN);
      lines.push(...entries.map(({ record }) => cut(shownLines(record)[0] ?? '')));
    } else if (section.kind === 'command') {
      lines.push(section.command);
    }
  }
  return lines;
}

function cut(line: string): string {
  if (line.length <= LINE_CHARACTERS_MAX) return line;
  return `${line.slice(0, LINE_CHARACTERS_MAX).toWellFormed()}…`;
}
