/** What `search` prints of each row, in each format; text holds back the first page to see how wide its sources are. */
import { escapeText, jsonLine } from '../base/escape.ts';
import type { Picked } from '../engine/pipeline/entry-stages.ts';
import type { Entry } from '../model/entry.ts';
import { entryAt } from '../model/entry-at.ts';
import { entryRecordOf } from '../model/entry-record.ts';
import { rawLine } from '../model/raw-line.ts';
import type { EntryOutput, EntryOutputOptions } from './entry-output.ts';

export type Format = 'text' | 'json' | 'raw' | 'message';

export type Printer = Readonly<{
  add: (picked: Picked) => string | Buffer | null;
  finish: () => string;
}>;

/** Rows that are looked at to make the source column wide enough. */
const FIRST_PAGE_ROWS = 200;

export type PrinterOptions = EntryOutputOptions &
  Readonly<{ format: Format; withContext: boolean }>;

/** What only text for people needs is loaded for that. */
export async function openPrinter(options: PrinterOptions): Promise<Printer> {
  const { format, withContext } = options;
  switch (format) {
    case 'json':
      return each(({ columns, row, isMatch }) => {
        const record = entryRecordOf(entryAt(columns, row));
        return `${jsonLine(withContext ? { ...record, match: isMatch } : record)}\n`;
      });
    case 'raw':
      return each(({ columns, row }) => rawLine(columns.rawBytes(row)));
    case 'message':
      return each(({ columns, row }) => `${escapeText(columns.messageText(row))}\n`);
    case 'text': {
      const { EntryOutput } = await import('./entry-output.ts');
      const output = new EntryOutput(options);
      return withContext ? contextPrinter(output) : pagePrinter(output);
    }
  }
}

function each(contentOf: (picked: Picked) => string | Buffer): Printer {
  return { add: contentOf, finish: () => '' };
}

function pagePrinter(output: EntryOutput): Printer {
  let page: Entry[] | null = [];
  const released = (): string => {
    const held = page ?? [];
    page = null;
    output.fitSources(held.map((entry) => entry.source));
    return held.map((entry) => output.textOf(entry)).join('');
  };
  return {
    add({ columns, row }) {
      const entry = entryAt(columns, row);
      if (page === null) return output.textOf(entry);
      page.push(entry);
      return page.length < FIRST_PAGE_ROWS ? null : released();
    },
    finish: released,
  };
}

/** The entries around each match under their source, groups apart by an empty line. */
function contextPrinter(output: EntryOutput): Printer {
  let shown = -1;
  return {
    add({ columns, row, match, isMatch }) {
      const entry = entryAt(columns, row);
      const gap = shown < 0 ? '' : '\n';
      const head = match === shown ? '' : gap + output.contextHeadOf(entry);
      shown = match;
      return head + output.contextTextOf(entry, { isMatch });
    },
    finish: () => '',
  };
}
