/** `logstead search`: entries that match, newest first, from the store itself. Exit code 1: none found. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatDuration } from '../base/duration.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeText, jsonLine } from '../base/escape.ts';
import { formatCount } from '../base/number-text.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { type Cursor, cursorText, parseCursor } from '../engine/search-request.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import type { Entry } from '../model/entry.ts';
import { type EntryColumns, entryAt } from '../model/entry-columns.ts';
import { entryRecordOf } from '../model/entry-record.ts';
import { hitFinder } from '../query/hits.ts';
import type { Filter } from '../query/query-tree.ts';
import { type CliContext, globalOptions, settingsFor } from './context.ts';
import { EntryOutput } from './entry-output.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { openReader } from './open-reader.ts';
import { wholeNumber } from './option-values.ts';
import { PacedOutput } from './paced-output.ts';
import { terminalOf } from './terminal.ts';

type Format = 'text' | 'json' | 'raw' | 'message';

type SearchOptions = FilterOptions &
  Readonly<{
    limit?: number;
    reverse?: boolean;
    count?: boolean;
    output: Format;
    json?: boolean;
    raw?: boolean;
    whole?: boolean;
    utc?: boolean;
    cursor?: Cursor;
  }>;

/** Rows on a terminal, where nobody asked for a number: what one still looks through. Pipes get all. */
const LIMIT_ON_TERMINAL = 100;
/** How long the number of all matches may take to count, when only some are shown. */
const COUNT_DEADLINE_MS = 500;
/** Rows that are looked at to make the source column wide enough. */
const FIRST_PAGE_ROWS = 200;

const EXAMPLES = `
Examples:
  logstead search 'level>=error'                    what went wrong, newest first
  logstead search 'timeout source:api' -S 1h        one word, one source, the last hour
  logstead search 'status:>=500 -path:/health*'     fields; - excludes
  logstead search --json -n 0 tag:web | jq .message all of them, as JSON
The language: words and "phrases", AND OR NOT ( ), field:value, prefix*, /regex/i, level>=warn,
status:[400 TO 499], has:field, tag:x, source:nginx/*, file:access.log, since:1h, until:"2026-11-20 12:00"`;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('search [query...]')
    .description('find entries; newest first')
    .option(
      '-n, --limit <count>',
      'entries at most; 0: all (default on a terminal: 100)',
      wholeNumber,
    )
    .option('-r, --reverse', 'oldest first')
    .option('-c, --count', 'print only how many match')
    .addOption(
      new Option('-o, --output <format>', 'how entries are printed')
        .choices(['text', 'json', 'raw', 'message'])
        .default('text'),
    )
    .option('--json', 'one JSON object a line; same as -o json')
    .option('--raw', 'the original bytes, not escaped; same as -o raw')
    .option('-x, --whole', 'all lines and all fields of each entry')
    .option('--utc', 'print times in UTC')
    .option('--cursor <cursor>', 'go on where an earlier search stopped', cursorOption);
  addFilterOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (words: string[], options: SearchOptions, self: Command) => {
      const settings = settingsFor(context, globalOptions(self));
      const timezone = options.utc ? 'UTC' : userTimezone();
      const filter = filterOf(words, options, { nowMs: context.clock.nowMs(), timezone });
      endOnInterrupt();
      using reader = openReader(context, settings.paths);

      if (reader === null) context.finish(EXIT.NOTHING_FOUND);
      else context.finish(await search(context, { reader, filter, options, timezone }));
    });
}

type Search = Readonly<{
  reader: StoreReader;
  filter: Filter;
  options: SearchOptions;
  timezone: string;
}>;

async function search(context: CliContext, asked: Search): Promise<ExitCode> {
  const { reader, filter, options } = asked;
  if (options.count) {
    const count = reader.count({ query: filter });
    context.output.write(`${count}\n`);
    return count === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
  }
  const { clock, output } = context;
  const startedMs = clock.monotonicMs();
  const limit =
    options.limit ?? (output.isTTY && formatOf(options) === 'text' ? LIMIT_ON_TERMINAL : 0);
  const request: SearchRequest = {
    query: filter,
    order: options.reverse ? 'oldest' : 'newest',
    limit,
    ...(options.cursor === undefined ? {} : { after: options.cursor }),
  };
  const printed = await print(context, { ...asked, request });
  if (formatOf(options) === 'text') {
    const footer = footerOf(printed, {
      ...asked,
      limit,
      elapsedMs: clock.monotonicMs() - startedMs,
    });
    context.errorOutput.write(`${footer}\n`);
  }
  return printed.count === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

type Printed = Readonly<{ count: number; last: Cursor | null }>;

async function print(
  context: CliContext,
  { reader, request, ...asked }: Search & Readonly<{ request: SearchRequest }>,
): Promise<Printed> {
  const paced = new PacedOutput(context.output);
  const printer = printerOf(context, asked);
  let count = 0;
  let last: Cursor | null = null;
  for (const { columns, rows, count: rowCount } of reader.matches(request)) {
    for (let index = 0; index < rowCount; index += 1) {
      const row = rows[index]!;
      last = { timestampUs: columns.timestampUs[row]!, sequence: columns.sequence[row]! };
      count += 1;
      const content = printer.add(columns, row);
      if (content !== null) await paced.write(content);
    }
  }
  await paced.write(printer.finish());
  await paced.flush();
  return { count, last };
}

/** Turns rows into what is printed; may hold back the first page to see how wide it is. */
type Printer = Readonly<{
  add: (columns: EntryColumns, row: number) => string | Buffer | null;
  finish: () => string;
}>;

function printerOf(
  context: CliContext,
  { options, filter, timezone }: Omit<Search, 'reader'>,
): Printer {
  switch (formatOf(options)) {
    case 'json':
      return each((columns, row) => `${jsonLine(entryRecordOf(entryAt(columns, row)))}\n`);
    case 'raw':
      return each((columns, row) => withNewline(columns.rawBytes(row)));
    case 'message':
      return each((columns, row) => `${escapeText(columns.messageText(row))}\n`);
    case 'text':
      return textPrinter(
        new EntryOutput({
          terminal: terminalOf(context.output, context.environment),
          time: new LocalTime(timezone),
          hits: hitFinder(filter),
          whole: options.whole ?? false,
        }),
      );
  }
}

function each(contentOf: (columns: EntryColumns, row: number) => string | Buffer): Printer {
  return { add: contentOf, finish: () => '' };
}

function textPrinter(output: EntryOutput): Printer {
  let page: Entry[] | null = [];
  const released = (): string => {
    const held = page ?? [];
    page = null;
    output.fitSources(held.map((entry) => entry.source));
    return held.map((entry) => output.textOf(entry)).join('');
  };
  return {
    add(columns, row) {
      const entry = entryAt(columns, row);
      if (page === null) return output.textOf(entry);
      page.push(entry);
      return page.length < FIRST_PAGE_ROWS ? null : released();
    },
    finish: released,
  };
}

function withNewline(bytes: Buffer): Buffer {
  return bytes.at(-1) === 10 ? bytes : Buffer.concat([bytes, Buffer.from('\n')]);
}

/** `Newest 6 of 1,041 matches in 10,203,442 entries, 12 ms. Older: --cursor …`. */
function footerOf(
  { count, last }: Printed,
  {
    reader,
    filter,
    options,
    limit,
    elapsedMs,
  }: Search & Readonly<{ limit: number; elapsedMs: number }>,
): string {
  const all = formatCount(reader.segments().reduce((sum, { rowCount }) => sum + rowCount, 0));
  const took = formatDuration(elapsedMs);
  if (count === 0) return `No match in ${all} entries, ${took}`;
  const isPart = limit > 0 && count === limit;
  if (!isPart) {
    return `${formatCount(count)} ${count === 1 ? 'match' : 'matches'} in ${all} entries, ${took}`;
  }
  const matches = matchCount(reader, filter);
  const [side, further] = options.reverse ? ['Oldest', 'Newer'] : ['Newest', 'Older'];
  const ofAll = matches === null ? '' : ` of ${formatCount(matches)} matches`;
  const more =
    last === null || matches === count ? '' : `. ${further}: --cursor ${cursorText(last)}`;
  return `${side} ${formatCount(count)}${ofAll} in ${all} entries, ${took}${more}`;
}

/** Null where counting would keep a person waiting. */
function matchCount(reader: StoreReader, query: Filter): number | null {
  try {
    return reader.count({ query, deadlineMs: COUNT_DEADLINE_MS });
  } catch (thrown) {
    if (thrown instanceof OperatorError && thrown.code === 'QUERY_STOPPED') return null;
    throw thrown;
  }
}

function formatOf({ json, raw, output }: SearchOptions): Format {
  if (json) return 'json';
  return raw ? 'raw' : output;
}

function cursorOption(text: string): Cursor {
  const cursor = parseCursor(text);
  if (cursor === null) throw new InvalidArgumentError('Expected what an earlier search printed.');
  return cursor;
}
