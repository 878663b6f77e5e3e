/** A notification as the body of a webhook: all there is as JSON, or a short text as chat and push services take it. */
import { escapeLine, escapeText } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
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
/** Of what whoever wrote the rule has to say. */
const LEAD_LINES_MAX = 10;
/** Of a list the newest. */
const ITEMS_SHOWN = 10;
const LINE_CHARACTERS_MAX = 300;

/** Slack refuses a message of which one block is longer: nobody would be told. */
const SLACK_HEADER_MAX = 150;
const SLACK_SECTION_MAX = 3_000;

/** Teams refuses a message of more than 28 KB; so much of it may be words, of which a run may have a hundred long paths. */
const TEAMS_WORDS_BYTES_MAX = 12_000;

/** ntfy takes messages of 4,096 bytes, and twice as many of JSON with links and all; it refuses what is longer. */
const PUSH_BYTES_MAX = 3_500;
const PUSH_TITLE_MAX = 200;

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
  const said = [document.status, ...wordLines(document)].join('\n');
  const blocks: object[] = [
    {
      type: 'header',
      text: { type: 'plain_text', text: fitting(headingOf(document), SLACK_HEADER_MAX) },
    },
    { type: 'section', text: { type: 'plain_text', text: fitting(said, SLACK_SECTION_MAX) } },
  ];
  const lines = codeLines(document);
  if (lines.length > 0) {
    const fence = '```';
    const room = SLACK_SECTION_MAX - 2 * fence.length;
    const shown = fitting(lines.join('\n'), room, (character) => slackSafe(character).length);
    // A backtick would end the block.
    const text = fence + slackSafe(shown).replaceAll('`', 'ˋ') + fence;
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text } });
  }
  const links = document.buttons.map(({ label, url }) => `<${slackSafe(url)}|${slackSafe(label)}>`);
  if (links.length > 0) {
    blocks.push({ type: 'section', text: { type: 'mrkdwn', text: links.join('   ') } });
  }
  const { status, subject } = document;
  const summary = fitting(`${status}: ${escapeLine(subject)}`, SLACK_SECTION_MAX);
  return { text: slackSafe(summary), blocks };
}

function slackSafe(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!);
}

/** An adaptive card; text blocks of type `TextRun` are taken literally, without Markdown. */
function teamsBody(document: NoticeDocument): object {
  const plain = (text: string, style: object = {}): object => ({
    type: 'RichTextBlock',
    inlines: [{ type: 'TextRun', text, ...style }],
  });
  const words = wordLines(document).map((line) => plain(line));
  const shown = words.slice(0, fittingCount(words, TEAMS_WORDS_BYTES_MAX));
  const moreCount = words.length - shown.length;
  const body: object[] = [
    plain(headingOf(document), { size: 'Large', weight: 'Bolder' }),
    plain(document.status, { color: document.isTrouble ? 'Attention' : 'Good' }),
    ...shown,
    ...(moreCount > 0 ? [plain(`(${formatCounted(moreCount, 'more line')})`)] : []),
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
    summary: escapeLine(document.subject),
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
  const lines = [headingOf(document), ...wordLines(document), ...codeLines(document)];
  const bytesOf = (character: string): number =>
    Buffer.byteLength(JSON.stringify(character)) - '""'.length;
  const body = {
    topic,
    title: fitting(escapeLine(document.subject), PUSH_TITLE_MAX),
    message: fitting(lines.join('\n'), PUSH_BYTES_MAX, bytesOf),
    priority: document.isTrouble ? NTFY_PRIORITIES[severity] : 3,
    actions: document.buttons.map(({ label, url: address }) => {
      return { action: 'view', label, url: address };
    }),
    tags: [document.isTrouble ? 'rotating_light' : 'white_check_mark'],
  };
  return { url: target.href, body: JSON.stringify(body), contentType: JSON_TYPE };
}

function headingOf({ heading }: NoticeDocument): string {
  return cut(escapeLine(heading));
}

/** What is said in words: by whoever wrote the rule or by ourselves, and the facts. Each one line. */
function wordLines({ lead, facts }: NoticeDocument): string[] {
  const said = lead === '' ? [] : escapeText(lead).split('\n').slice(0, LEAD_LINES_MAX);
  const found = facts.map(({ label, value, detail }) => {
    return escapeLine(`${label}: ${detail === '' ? value : `${value}, ${detail}`}`);
  });
  return [...said, ...found].map(cut);
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
    } else if (section.kind === 'list') {
      const moreCount = section.items.length - ITEMS_SHOWN;
      if (moreCount > 0) lines.push(`(${moreCount} older ones)`);
      lines.push(...section.items.slice(-ITEMS_SHOWN).map((item) => cut(escapeLine(item))));
    } else if (section.kind === 'command') {
      lines.push(section.command);
    }
  }
  return lines;
}

/** How many of the first items take no more bytes as JSON. */
function fittingCount(items: readonly object[], bytesMax: number): number {
  let bytes = 0;
  const count = items.findIndex((item) => {
    bytes += Buffer.byteLength(JSON.stringify(item)) + ','.length;
    return bytes > bytesMax;
  });
  return count === -1 ? items.length : count;
}

function cut(line: string): string {
  if (line.length <= LINE_CHARACTERS_MAX) return line;
  return `${line.slice(0, LINE_CHARACTERS_MAX).toWellFormed()}…`;
}

/** As much of a text as fits, in whole characters. `sizeOf`: what one takes where it goes. */
function fitting(
  text: string,
  sizeMax: number,
  sizeOf: (character: string) => number = ({ length }) => length,
): string {
  const room = sizeMax - sizeOf('…');
  let size = 0;
  let shown = '';
  for (const character of text) {
    size += sizeOf(character);
    if (size > sizeMax) return `${shown}…`;
    if (size <= room) shown += character;
  }
  return text;
}
