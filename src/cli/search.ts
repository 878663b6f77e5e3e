/** `logstead search`: entries that match, newest first, from the store itself. Exit code 1: none found. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { formatDuration } from '../base/duration.ts';
import { OperatorError } from '../base/errors.ts';
import { formatCount } from '../base/number-text.ts';
import type { Entries } from '../engine/pipeline/entry-stages.ts';
import { runPipeline } from '../engine/pipeline/run-pipeline.ts';
import {
  type Cursor,
  cursorText,
  parseCursor,
  type SearchRequest,
} from '../engine/search-request.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import { hitFinder } from '../query/hits.ts';
import { CONTEXT_MAX } from '../query/parse-stages.ts';
import type { Filter } from '../query/query-tree.ts';
import { makesTable, type Stage } from '../query/stage-tree.ts';
import type { Table } from '../query/table.ts';
import { type CliContext, globalOptions, settingsFor } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { addFilterOptions, type FilterOptions, queryOf } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { openStore } from './open-reader.ts';
import { wholeNumber } from './option-values.ts';
import { PacedOutput } from './paced-output.ts';
import { openArchives } from './search-archives.ts';
import { type Format, openPrinter } from './search-printer.ts';
import { tableJson, tableText } from './table-output.ts';
import { follow } from './tail.ts';
import { terminalOf } from './terminal.ts';

type SearchOptions = FilterOptions &
  Readonly<{
    limit?: number;
    follow?: boolean;
    reverse?: boolean;
    count?: boolean;
    output: Format;
    json?: boolean;
    raw?: boolean;
    whole?: boolean;
    utc?: boolean;
    archives?: boolean;
    cursor?: Cursor;
    context?: number;
    beforeContext?: number;
    afterContext?: number;
  }>;

/** Rows on a terminal, where nobody asked for a number: what one still looks through. Pipes get all. */
const LIMIT_ON_TERMINAL = 100;
/** How long the number of all matches may take to count, when only some are shown. */
const COUNT_DEADLINE_MS = 500;

const EXAMPLES = `
Examples:
  logstead search 'level>=error'                    what went wrong, newest first
  logstead search 'timeout source:api' -S 1h        one word, one source, the last hour
  logstead search 'status:>=500 -path:/health*'     fields; - excludes
  logstead search --json -n 0 tag:web | jq .message all of them, as JSON
  logstead search 'level:error | count by source'    what is broken most; also top, timechart, p95, patterns
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
    .option('-f, --follow', 'show the last matches, then new ones as they arrive')
    .option('-r, --reverse', 'oldest first')
    .option('-c, --count', 'print only how many match')
    .option('-C, --context <count>', 'so many entries of the file before and after', contextCount)
    .option('-B, --before-context <count>', 'so many before', contextCount)
    .option('-A, --after-context <count>', 'so many after', contextCount)
    .addOption(
      new Option('-o, --output <format>', 'how entries are printed')
        .choices(['text', 'json', 'raw', 'message'])
        .default('text'),
    )
    .option('--json', 'one JSON object a line; same as -o json')
    .option('--raw', 'the original bytes, not escaped; same as -o raw')
    .option('-x, --whole', 'all lines and all fields of each entry')
    .option('--utc', 'print times in UTC')
    .option('--archives', 'also in archived files whose entries the index has let go of')
    .option('--cursor <cursor>', 'go on where an earlier search stopped', cursorOption);
  addFilterOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (words: string[], options: SearchOptions, self: Command) => {
      const settings = settingsFor(context, globalOptions(self));
      const timezone = options.utc ? 'UTC' : userTimezone();
      const timeContext = { nowMs: context.clock.nowMs(), timezone };
      const { filter, stages } = queryOf(words, options, { ...timeContext, stages: true });
      endOnInterrupt();
      using store = openStore(context, settings.paths);

      if (store === null) {
        context.finish(EXIT.NOTHING_FOUND);
      } else if (options.follow) {
        await follow(context, store, { filter: withoutStages(filter, stages), options, timezone });
      } else {
        const wanted = stagesOf(stages, options);
        using found = options.archives
          ? openArchives(context, store, { filter, stages: wanted, paths: settings.paths })
          : { reader: store.reader, [Symbol.dispose]() {} };

        const { reader } = found;
        const asked = { reader, filter, stages: wanted, options, timezone };
        context.finish(await search(context, asked));
      }
    });
}

function withoutStages(filter: Filter, stages: readonly Stage[]): Filter {
  if (stages.length === 0) return filter;
  throw new OperatorError(
    'USAGE',
    'Cannot follow a query with stages: new entries would change what was printed',
  );
}

/** `-C 3` is the stage `| context 3`; `-A` and `-B` are its halves. */
function stagesOf(stages: readonly Stage[], options: SearchOptions): readonly Stage[] {
  const { context = 0, beforeContext = context, afterContext = context } = options;
  if (beforeContext === 0 && afterContext === 0) return stages;
  if (stages.some((stage) => makesTable(stage) || stage.kind === 'context')) {
    throw new OperatorError(
      'USAGE',
      'Cannot show what is around the entries: the query has stages of its own',
      {
        hint: 'Put "| context 3" where it is meant',
      },
    );
  }
  return [...stages, { kind: 'context', before: beforeContext, after: afterContext }];
}

type Search = Readonly<{
  reader: StoreReader;
  filter: Filter;
  stages: readonly Stage[];
  options: SearchOptions;
  timezone: string;
}>;

async function search(context: CliContext, asked: Search): Promise<ExitCode> {
  const { reader, filter, stages, options } = asked;
  if (options.count) return count(context, asked);
  const startedMs = context.clock.monotonicMs();
  const isForPeople = context.output.isTTY && formatOf(options) === 'text';
  const limit = options.limit ?? (isForPeople ? LIMIT_ON_TERMINAL : 0);
  const request: SearchRequest = {
    query: filter,
    order: options.reverse ? 'oldest' : 'newest',
    // With stages the limit is one on what they give.
    limit: stages.length === 0 ? limit : 0,
    ...(options.cursor === undefined ? {} : { after: options.cursor }),
  };
  const result = runPipeline(reader, request, stages);
  if (result.kind === 'table') return printTable(context, result.table, asked);
  const printed = await printEntries(context, result.entries, { ...asked, limit });
  if (formatOf(options) === 'text') {
    const elapsedMs = context.clock.monotonicMs() - startedMs;
    context.errorOutput.write(`${footerOf(printed, { ...asked, limit, elapsedMs })}\n`);
  }
  return printed.count === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

function count(context: CliContext, { reader, filter }: Search): ExitCode {
  const matchCount = reader.count({ query: filter });
  context.output.write(`${matchCount}\n`);
  return matchCount === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

async function printTable(
  context: CliContext,
  table: Table,
  { options, timezone }: Search,
): Promise<ExitCode> {
  const terminal = terminalOf(context.output, context.environment);
  const rows = options.limit ? table.rows.slice(0, options.limit) : table.rows;
  const shown = { ...table, rows };
  const paced = new PacedOutput(context.output);
  await paced.write(
    formatOf(options) === 'text'
      ? tableText(shown, { terminal, time: new LocalTime(timezone) })
      : tableJson(shown),
  );
  await paced.flush();
  return rows.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

/** `count`: matches, not the entries around them. */
type Printed = Readonly<{ count: number; last: Cursor | null }>;

async function printEntries(
  context: CliContext,
  entries: Entries,
  { filter, stages, options, timezone, limit }: Search & Readonly<{ limit: number }>,
): Promise<Printed> {
  const paced = new PacedOutput(context.output);
  const printer = openPrinter({
    format: formatOf(options),
    withContext: stages.some(({ kind }) => kind === 'context'),
    terminal: terminalOf(context.output, context.environment),
    time: new LocalTime(timezone),
    hits: hitFinder(filter),
    whole: options.whole ?? false,
  });
  let matchCount = 0;
  let last: Cursor | null = null;
  for (const picked of entries) {
    const { columns, row, match, isMatch } = picked;
    if (limit > 0 && match === limit) break;
    if (isMatch) {
      matchCount += 1;
      last = { timestampUs: columns.timestampUs[row]!, sequence: columns.sequence[row]! };
    }
    const content = printer.add(picked);
    if (content !== null) await paced.write(content);
  }
  await paced.write(printer.finish());
  await paced.flush();
  return { count: matchCount, last };
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

function contextCount(text: string): number {
  const count = wholeNumber(text);
  if (count <= CONTEXT_MAX) return count;
  throw new InvalidArgumentError(`Expected at most ${CONTEXT_MAX}.`);
}

function cursorOption(text: string): Cursor {
  const cursor = parseCursor(text);
  if (cursor === null) throw new InvalidArgumentError('Expected what an earlier search printed.');
  return cursor;
}
