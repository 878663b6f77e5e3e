/** A notification as plain text: the text part of mails, and notification files. 72 columns where words allow. */
import { escapeLine, escapeText } from '../base/escape.ts';
import type { EntryRecord, FieldValue } from '../model/entry.ts';
import {
  type ChartSection,
  type EntryBlock,
  type Link,
  type NoticeDocument,
  type Section,
  type ShownEntry,
  timesOf,
} from './document.ts';
import { lineClocks } from './moment-text.ts';

const COLUMNS = 72;
/** How much of an entry is shown: lines of a stack trace, and characters of each; the whole of it is behind the command. */
export type EntryLimits = Readonly<{ linesMax: number; charactersMax: number }>;
export const MATCH_LIMITS: EntryLimits = { linesMax: 12, charactersMax: 2_000 };
/** Of one that only stands around a match: it must not hide that. */
export const AROUND_LIMITS: EntryLimits = { linesMax: 2, charactersMax: 300 };
/** Of the fields behind it: a line of JSON that only stands around a match may hold a whole request. */
const FIELDS_MAX = 30;
const FIELD_CHARACTERS_MAX = 300;

export function noticeText(document: NoticeDocument, timezone: string): string {
  const { status, heading, lead, facts, buttons, sections, footer } = document;
  const labelWidth = Math.max(8, ...facts.map(({ label }) => label.length)) + 1;
  const parts = [
    `${status.toUpperCase()}\n${wrapped(escapeLine(heading))}`,
    lead === '' ? '' : wrapped(escapeText(lead)),
    facts
      .map(({ label, value, detail }) => {
        const text = detail === '' ? value : `${value}, ${detail}`;
        const start = escapeLine(label).padEnd(labelWidth);
        return wrapped(escapeLine(text), { start, indent: ' '.repeat(labelWidth) });
      })
      .join('\n'),
    buttons.map(linkText).join('\n\n'),
    ...sections.map((section) => sectionText(section, timezone)),
    `-- \n${wrapped(escapeLine(footer))}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

function sectionText(section: Section, timezone: string): string {
  const title = `\n${escapeLine(section.title).toUpperCase()}\n`;
  switch (section.kind) {
    case 'entries': {
      const clockOf = lineClocks(timesOf(section.blocks), timezone);
      const blocks = section.blocks.map((block) => blockText(block, clockOf)).join('\n\n');
      return `${title}\n${blocks}${section.note === '' ? '' : `\n\n${section.note}`}`;
    }
    case 'list': {
      const items = section.items.map((item) => {
        return wrapped(escapeLine(item), { start: '- ', indent: '  ' });
      });
      return [title, ...items, ...(section.note === '' ? [] : ['', section.note])].join('\n');
    }
    case 'chart':
      return `${title}\n${chartText(section)}`;
    case 'patterns': {
      const width = Math.max(...section.items.map(({ count }) => count.length)) + 2;
      const indent = ' '.repeat(width + 2);
      const items = section.items.map(({ count, text, note }) => {
        const item = wrapped(escapeLine(text), { start: `${count.padStart(width)}  `, indent });
        return note === '' ? item : `${item}\n${indent}${note}`;
      });
      return [title, ...items].join('\n');
    }
    case 'links': {
      const width = Math.max(...section.links.map(({ label }) => label.length)) + 2;
      const links = section.links.map(({ label, url }) => label.padEnd(width) + escapeLine(url));
      return [title, ...links, wrapped(section.note)].join('\n');
    }
    case 'command':
      // Not wrapped: it is copied.
      return `${title}\n${escapeLine(section.command)}\n${wrapped(section.note)}`;
  }
}

function linkText({ label, url }: Link): string {
  return `${label}:\n${escapeLine(url)}`;
}

/** One character a step: none, then from the lowest to the highest. */
const BARS = '.▁▂▃▄▅▆▇█';

function chartText({ caption, counts, marks }: ChartSection): string {
  const most = Math.max(...counts, 1);
  const bars = counts.map((count) => BARS[Math.ceil((count / most) * (BARS.length - 1))]);
  return `${wrapped(escapeLine(caption))}\n${marks[0]} ${bars.join('')} ${marks[2]}`;
}

function blockText({ title, entries, note }: EntryBlock, clockOf: ClockOf): string {
  const rows = entries.map((entry) => entryText(entry, clockOf));
  const below = note === '' ? '' : wrapped(note, { start: '  ', indent: '  ' });
  return [escapeLine(title), ...rows, below].filter((row) => row !== '').join('\n');
}

type ClockOf = ReturnType<typeof lineClocks>;

function entryText({ record, isMatch }: ShownEntry, clockOf: ClockOf): string {
  const clock = clockOf(Date.parse(record.timestamp));
  const start = `${isMatch ? '>' : ' '} ${clock} ${(record.level ?? '').padEnd(5)} `;
  const indent = ' '.repeat(start.length);
  return wrapped(shownLines(record, isMatch ? MATCH_LIMITS : AROUND_LIMITS).join('\n'), {
    start,
    indent,
  });
}

/** The lines of an entry's message that are shown, escaped, `key=value` of its fields behind the first. */
export function shownLines(
  { message, metadata }: EntryRecord,
  { linesMax, charactersMax } = MATCH_LIMITS,
): string[] {
  const lines = message.split('\n').map((line) => escapeText(cutText(line, charactersMax)));
  const fields = Object.entries(metadata)
    .filter(([, value]) => value !== '' && value !== null)
    .map(([key, value]) => ({ key, text: fieldText(value) }))
    .filter((field) => !isShown(message, field))
    .map(
      ({ key, text }) => `${escapeLine(key)}=${escapeLine(cutText(text, FIELD_CHARACTERS_MAX))}`,
    );
  if (fields.length > FIELDS_MAX) fields.splice(FIELDS_MAX, fields.length, '…');
  const shown = lines.slice(0, linesMax);
  shown[0] = [shown[0], ...fields].filter((part) => part !== '').join(' ');
  const moreCount = lines.length - shown.length;
  return moreCount > 0 ? [...shown, `(${moreCount} more lines)`] : shown;
}

function cutText(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  return `${text.slice(0, charactersMax)}…`.toWellFormed();
}

/** Whether the message shows a field already. A short value may stand in it by chance. */
function isShown(message: string, { key, text }: Readonly<{ key: string; text: string }>): boolean {
  return message.includes(`${key}=${text}`) || (text.length > 3 && message.includes(text));
}

function fieldText(value: FieldValue): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Break at spaces, never behind `start`; a word longer than the line stays whole, so that it can be copied. */
function wrapped(text: string, layout: Readonly<{ start?: string; indent?: string }> = {}): string {
  const { start = '', indent = '' } = layout;
  const lines: string[] = [];
  let prefix = start;
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(/(?<=\S) (?=\S)/)) {
      if (line !== '' && prefix.length + line.length + 1 + word.length > COLUMNS) {
        lines.push(prefix + line);
        prefix = indent;
        line = word;
      } else {
        line = line === '' ? word : `${line} ${word}`;
      }
    }
    lines.push(prefix + line);
    prefix = indent;
  }
  return lines.map((line) => line.trimEnd()).join('\n');
}
