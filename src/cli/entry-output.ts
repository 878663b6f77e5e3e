/**
 * Entries as text for people: a strip with the date where the day changes, then one row an entry: time, level,
 * source, message, `key=value` of the fields the message does not show already.
 *
 * - Everything foreign is escaped, on pipes too.
 * - On a terminal long rows wrap under their message; on a pipe an entry is one line.
 * - Only the first line of a message is shown in full, the next one shortly, with how many more there are.
 */
import { escapeTerminal } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Entry, FieldValue } from '../model/entry.ts';
import type { Level } from '../model/level.ts';
import type { HitFinder } from '../query/hits.ts';
import type { LocalTime } from './local-time.ts';
import { type Style, styled, type Terminal } from './terminal.ts';
import { textWidth } from './text-width.ts';

export type EntryOutputOptions = Readonly<{
  terminal: Terminal;
  time: LocalTime;
  hits: HitFinder;
  /** All lines and all fields of each entry. */
  whole: boolean;
}>;

/** A text with one style. */
type Run = Readonly<{ text: string; style: Style }>;

const SPACE: Run = { text: ' ', style: 'plain' };
const LEVEL_WIDTH = 5;
/** Where a line has no stamp (only `parse` shows such). */
const NO_CLOCK = '-'.padEnd(12);
/** `14:31:58.204 ERROR `. */
const PREFIX_WIDTH = 12 + 1 + LEVEL_WIDTH + 1;
/** Widest source column, as a share of the window: 16 of 120 columns, 10 of 80. */
const SOURCE_SHARE = 0.136;
const SOURCE_WIDTH_ON_PIPE_MAX = 40;
/** Longest line shown without being asked for the whole entry: about a screen. */
const LINE_CHARACTERS_MAX = 2_000;
const VALUE_CHARACTERS_MAX = 120;
const FIELDS_SHOWN_MAX = 16;
/** How much of the second line of an entry is shown. */
const SECOND_LINE_CHARACTERS_MAX = 60;

const LEVEL_STYLE: Readonly<Record<Level, Style>> = {
  FATAL: 'fatal',
  ERROR: 'error',
  WARN: 'warn',
  INFO: 'plain',
  DEBUG: 'dim',
  TRACE: 'dim',
};

export class EntryOutput {
  readonly #options: EntryOutputOptions;
  #sourceWidth = 0;
  #day: number | null = null;

  constructor(options: EntryOutputOptions) {
    this.#options = options;
  }

  /** Make the source column wide enough for these; called with the first page. */
  fitSources(sources: Iterable<string>): void {
    const { width } = this.#options.terminal;
    const widest = Number.isFinite(width)
      ? Math.max(8, Math.floor(width * SOURCE_SHARE))
      : SOURCE_WIDTH_ON_PIPE_MAX;
    for (const source of sources) {
      const needed = textWidth(escapeTerminal(source));
      this.#sourceWidth = Math.max(this.#sourceWidth, Math.min(needed, widest));
    }
  }

  /** The text of one entry, with its newline. */
  textOf(entry: Entry): string {
    this.fitSources(this.#sourceWidth === 0 ? [entry.source] : []);
    const source = [...this.#sourceRuns(entry.source), SPACE];
    return this.#entryText(entry, {
      before: [],
      source,
      indent: PREFIX_WIDTH + this.#sourceWidth + 1,
    });
  }

  /** An entry among those around it in its file: the match is pointed at, the source stands above all of them. */
  contextTextOf(entry: Entry, { isMatch }: Readonly<{ isMatch: boolean }>): string {
    const before: Run[] = [{ text: isMatch ? '> ' : '  ', style: 'plain' }];
    return this.#entryText(entry, { before, source: [], indent: PREFIX_WIDTH + 2 });
  }

  /** What stands above the entries around one match. */
  contextHeadOf(entry: Entry): string {
    const { colour } = this.#options.terminal;
    const source = styled(escapeTerminal(entry.source), 'source', colour);
    const path = styled(escapeTerminal(entry.origin.path), 'dim', colour);
    return `${this.#dateStrip(entry.timestampUs / 1_000)}${source} ${path}\n`;
  }

  #entryText(
    entry: Entry,
    around: Readonly<{ before: readonly Run[]; source: readonly Run[]; indent: number }>,
  ): string {
    const { time } = this.#options;
    const atMs = entry.timestampUs / 1_000;
    const hasStamp = !Number.isNaN(atMs);
    const prefix: Run[] = [
      ...around.before,
      { text: `${hasStamp ? time.clock(atMs) : NO_CLOCK} `, style: 'dim' },
      ...levelRuns(entry.level),
      SPACE,
      ...around.source,
    ];
    const [firstLine, ...otherLines] = entry.message.split('\n');
    const body = [...this.#messageRuns(firstLine!), ...this.#fieldRuns(entry)];
    const { indent } = around;
    return (
      (hasStamp ? this.#dateStrip(atMs) : '') +
      this.#rows(prefix, { body, indent }) +
      this.#furtherLines(otherLines, indent)
    );
  }

  #dateStrip(atMs: number): string {
    const { terminal, time } = this.#options;
    const day = time.day(atMs);
    if (day === this.#day) return '';
    this.#day = day;
    return `${styled(`${time.date(atMs)}, ${time.zone(atMs)}`, 'dim', terminal.colour)}\n`;
  }

  #sourceRuns(source: string): Run[] {
    const onPipe = !Number.isFinite(this.#options.terminal.width);
    const shown = onPipe
      ? escapeTerminal(source)
      : elided(escapeTerminal(source), this.#sourceWidth);
    const padding = ' '.repeat(Math.max(0, this.#sourceWidth - textWidth(shown)));
    return [
      { text: shown, style: 'source' },
      { text: padding, style: 'plain' },
    ];
  }

  /** One line of a message, its hits marked. */
  #messageRuns(line: string): Run[] {
    const { whole, hits } = this.#options;
    const cut = !whole && line.length > LINE_CHARACTERS_MAX;
    const text = escapeTerminal(cut ? line.slice(0, LINE_CHARACTERS_MAX) : line);
    const runs = marked(text, { hits, style: 'plain' });
    if (cut) {
      const more = formatCount(line.length - LINE_CHARACTERS_MAX);
      runs.push({ text: `… ${more} more characters: -x shows all`, style: 'dim' });
    }
    return runs;
  }

  /** Fields as `key=value`, without those that the message shows just so. */
  #fieldRuns(entry: Entry): Run[] {
    const { whole, hits } = this.#options;
    const shown: string[] = [];
    for (const [key, value] of Object.entries(entry.metadata)) {
      const text = `${key}=${valueText(value)}`;
      if (!entry.message.includes(text)) shown.push(text);
    }
    if (entry.tags.length > 0) shown.push(`tags=${entry.tags.join(',')}`);
    const kept = whole ? shown : shown.slice(0, FIELDS_SHOWN_MAX);
    const runs = kept.flatMap((field) => {
      const text = escapeTerminal(field);
      return marked(` ${whole ? text : cutTo(text, VALUE_CHARACTERS_MAX)}`, { hits, style: 'dim' });
    });
    const more = shown.length - kept.length;
    if (more > 0) {
      runs.push({ text: ` ${formatCounted(more, 'more field')}: -x shows all`, style: 'dim' });
    }
    return runs;
  }

  /** The lines of an entry behind its first one: all of them, or one and a count. */
  #furtherLines(lines: readonly string[], indent: number): string {
    if (lines.length === 0) return '';
    const { whole, terminal } = this.#options;
    const margin = ' '.repeat(indent + 1);
    if (whole) {
      return lines
        .map((line) => {
          const runs = this.#messageRuns(line);
          return `${margin}${runs.map((run) => styled(run.text, run.style, terminal.colour)).join('')}\n`;
        })
        .join('');
    }
    const second = cutTo(escapeTerminal(lines[0]!.trim()), SECOND_LINE_CHARACTERS_MAX);
    const rest = lines.length - 1;
    const more = rest === 0 ? '' : `, ${formatCounted(rest, 'more line')}: -x shows all`;
    return `${margin}${styled(`${second}${more}`, 'dim', terminal.colour)}\n`;
  }

  /** Prefix and body, wrapped under the body where a terminal is too narrow. */
  #rows(
    prefix: readonly Run[],
    { body, indent }: Readonly<{ body: readonly Run[]; indent: number }>,
  ): string {
    const { width, colour } = this.#options.terminal;
    const head = prefix.map((run) => styled(run.text, run.style, colour)).join('');
    const room = Math.max(20, width - indent);
    const rows = Number.isFinite(width) ? wrapped(body, room) : [body];
    const margin = `\n${' '.repeat(indent)}`;
    return `${head}${rows.map((row) => row.map((run) => styled(run.text, run.style, colour)).join('')).join(margin)}\n`;
  }
}

function levelRuns(level: Level | null): Run[] {
  const name = level ?? '';
  const padding = ' '.repeat(LEVEL_WIDTH - name.length);
  const style = level === null ? 'plain' : LEVEL_STYLE[level];
  return [
    { text: name, style },
    { text: padding, style: 'plain' },
  ];
}

/** A text in one style, its hits marked. */
function marked(text: string, { hits, style }: Readonly<{ hits: HitFinder; style: Style }>): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const { start, end } of hits(text)) {
    runs.push(
      { text: text.slice(at, start), style },
      { text: text.slice(start, end), style: 'hit' },
    );
    at = end;
  }
  return [...runs, { text: text.slice(at), style }];
}

function valueText(value: FieldValue): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

/** Break runs at spaces so that each row is at most `width` columns; a longer word is left whole. */
function wrapped(runs: readonly Run[], width: number): Run[][] {
  const rows: Run[][] = [[]];
  let used = 0;
  for (const { text, style } of runs) {
    for (const piece of text.split(/(?<= )/)) {
      const wordWidth = textWidth(piece.trimEnd());
      if (used > 0 && used + wordWidth > width) {
        rows.push([]);
        used = 0;
      }
      const row = rows.at(-1)!;
      const last = row.at(-1);
      if (last?.style === style) row[row.length - 1] = { text: last.text + piece, style };
      else row.push({ text: piece, style });
      used += textWidth(piece);
    }
  }
  return rows.map(trimmedEnd);
}

/** Without the space at which a row was broken. */
function trimmedEnd(row: Run[]): Run[] {
  const last = row.at(-1);
  if (last === undefined) return row;
  const text = last.text.trimEnd();
  return text === last.text ? row : [...row.slice(0, -1), { text, style: last.style }];
}

/** The beginning and the end of a name: `payments/worker` → `pay…worker`. */
function elided(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  const characters = Array.from(text);
  const endLength = Math.floor(((width - 1) * 2) / 3);
  const startLength = width - 1 - endLength;
  return `${characters.slice(0, startLength).join('')}…${characters.slice(-endLength).join('')}`;
}

function cutTo(text: string, charactersMax: number): string {
  return text.length <= charactersMax ? text : `${text.slice(0, charactersMax - 1)}…`;
}
