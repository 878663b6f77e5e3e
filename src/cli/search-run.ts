/** A search, run and printed: entries, a count, or the table that stages make. `search.ts` declares the command. */
import { formatDuration } from '../base/duration.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { allEntries } from '../engine/pipeline/all-entries.ts';
import type { Entries, Picked } from '../engine/pipeline/entry-stages.ts';
import type { PipelineResult } from '../engine/pipeline/run-pipeline.ts';
import { type Cursor, cursorAt, cursorText, type SearchRequest } from '../engine/search-request.ts';
import { hitFinder } from '../query/hits.ts';
import type { Filter } from '../query/query-tree.ts';
import { makesTable, type Stage } from '../query/stage-tree.ts';
import type { Table } from '../query/table.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { LocalTime, type UserTime } from './local-time.ts';
import { newestEntries } from './newest-entries.ts';
import type { FoundEntries } from './open-matches.ts';
import { PacedOutput, type TextOutput } from './paced-output.ts';
import type { PagerOptions } from './pager.ts';
import { type Format, openPrinter } from './search-printer.ts';
import { terminalOf } from './terminal.ts';

export type SearchOptions = Readonly<{
  limit?: number;
  reverse?: boolean;
  pagerEnd?: boolean;
  pager: boolean;
  count?: boolean;
  output: Format;
  json?: boolean;
  raw?: boolean;
  whole?: boolean;
  cursor?: Cursor;
}>;

export type Search = FoundEntries &
  Readonly<{
    filter: Filter;
    stages: readonly Stage[];
    options: SearchOptions;
    time: UserTime;
  }>;

/** Rows on a terminal, where nobody asked for a number: what one still looks through. Pipes get all. */
const LIMIT_ON_TERMINAL = 100;
/** With `-e` people scroll up; the same number as `journalctl -e`. */
const LIMIT_AT_END = 1_000;
/** How long the number of all matches may take to count, when only some are shown. */
const COUNT_DEADLINE_MS = 500;

export async function search(context: CliContext, asked: Search): Promise<ExitCode> {
  const { options, stages } = asked;
  if (options.count) return count(context, asked);
  const startedMs = context.clock.monotonicMs();
  const limit = limitOf(context, options);
  const result = await runOf(asked, limit);
  if (result.kind === 'table') return printTable(context, result.table, asked);
  const printed = await printEntries(context, result.entries, { ...asked, limit });
  if (formatOf(options) === 'text') {
    const elapsedMs = printed.foundAtMs - startedMs;
    const footer = await footerOf(printed, { ...asked, limit, elapsedMs });
    context.errorOutput.write(`${footer}\n`);
  } else if (stages.length === 0 && printed.last !== null && limit > 0) {
    // For scripts: where the next page begins.
    if (printed.count === limit && !options.pagerEnd) {
      context.errorOutput.write(`--cursor ${cursorText(printed.last)}\n`);
    }
  }
  return printed.count === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

function limitOf({ output }: CliContext, options: SearchOptions): number {
  if (options.limit !== undefined) return options.limit;
  if (options.pagerEnd) return LIMIT_AT_END;
  return output.isTTY && formatOf(options) === 'text' ? LIMIT_ON_TERMINAL : 0;
}

async function runOf(asked: Search, limit: number): Promise<PipelineResult> {
  const { reader, whole, filter, stages, options } = asked;
  const request: SearchRequest = {
    query: filter,
    order: options.reverse ? 'oldest' : 'newest',
    // With stages the limit is one on what they give.
    limit: stages.length === 0 ? limit : 0,
    ...(options.cursor === undefined ? {} : { after: options.cursor }),
  };
  if (stages.length === 0) {
    const entries = options.pagerEnd ? oldestFirst(reader, request) : allEntries(reader, request);
    return { kind: 'entries', entries };
  }
  // Loaded where it is wanted: most searches have no stages.
  const { limitedTo, runPipeline } = await import('../engine/pipeline/run-pipeline.ts');
  const rowsMax = stages.some(makesTable) ? (options.limit ?? 0) : limit;
  return runPipeline(await whole(), request, limitedTo(stages, rowsMax));
}

function* oldestFirst(reader: Search['reader'], request: SearchRequest): Entries {
  yield* newestEntries(reader, request);
}

/** The pager is loaded where there is a terminal to scroll in. */
async function openOutput(context: CliContext, options: PagerOptions): Promise<TextOutput> {
  if (context.output.isTTY !== true) return new PacedOutput(context.output);
  const { openPaged } = await import('./pager.ts');
  return openPaged(context, options);
}

async function count(context: CliContext, { whole, filter }: Search): Promise<ExitCode> {
  const reader = await whole();
  const matchCount = reader.count({ query: filter });
  context.output.write(`${matchCount}\n`);
  return matchCount === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

async function printTable(
  context: CliContext,
  table: Table,
  { options, time }: Search,
): Promise<ExitCode> {
  const { tableJson, tableText } = await import('./table-output.ts');
  const terminal = terminalOf(context.output, context.environment);
  const rows = options.limit ? table.rows.slice(0, options.limit) : table.rows;
  const shown = { ...table, rows };
  const isText = formatOf(options) === 'text';
  const output = await openOutput(context, {
    isWanted: options.pager && isText,
    startsAtEnd: false,
  });
  await output.write(isText ? tableText(shown, { terminal, time: time.local }) : tableJson(shown));
  await output.finish();
  return rows.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

/** `count`: matches, not the entries around them. */
type Printed = Readonly<{
  count: number;
  last: Cursor | null;
  /** The pager, or who read the pipe, was left before the last match. */
  isLeft: boolean;
  /** Before somebody read it. */
  foundAtMs: number;
}>;

async function printEntries(
  context: CliContext,
  entries: Iterable<Picked>,
  { filter, stages, options, time, limit }: Search & Readonly<{ limit: number }>,
): Promise<Printed> {
  const format = formatOf(options);
  const isText = format === 'text' || format === 'message';
  const output = await openOutput(context, {
    isWanted: options.pager && isText,
    startsAtEnd: options.pagerEnd ?? false,
  });
  const printer = await openPrinter({
    format,
    withContext: stages.some(({ kind }) => kind === 'context'),
    terminal: terminalOf(context.output, context.environment),
    time: format === 'text' ? time.local : new LocalTime('UTC'),
    hits: hitFinder(filter),
    whole: options.whole ?? false,
  });
  let matchCount = 0;
  // Each match has a number, and dedup leaves some out.
  let groupCount = 0;
  let group = -1;
  let last: Cursor | null = null;
  let isLeft = false;
  for (const picked of entries) {
    const { columns, row, match, isMatch } = picked;
    if (match !== group) {
      if (limit > 0 && groupCount === limit) break;
      groupCount += 1;
      group = match;
    }
    isLeft = output.isClosed;
    if (isLeft) break;
    if (isMatch) {
      matchCount += 1;
      last = cursorAt(columns, row);
    }
    const content = printer.add(picked);
    if (content !== null) await output.write(content);
  }
  await output.write(printer.finish());
  const foundAtMs = context.clock.monotonicMs();
  await output.finish();
  return { count: matchCount, last, isLeft, foundAtMs };
}

type Footed = Search & Readonly<{ limit: number; elapsedMs: number }>;

/** `Newest 6 of 1,041 matches in 10,203,442 entries, 12 ms. Older: --cursor …`. */
async function footerOf({ count, last, isLeft }: Printed, footed: Footed): Promise<string> {
  const { reader, whole, filter, stages, options, limit, elapsedMs } = footed;
  const all = formatCounted(reader.entryCount(), 'entry', 'entries');
  const took = formatDuration(elapsedMs);
  if (count === 0) {
    const { doubtOf, levelDoubtOf } = await import('../query/doubt.ts');
    const hint = doubtOf(filter) ?? levelDoubtOf(filter);
    return `No match in ${all}, ${took}${hint === null ? '' : `\n${escapeTerminal(hint)}`}`;
  }
  const isPart = isLeft || (limit > 0 && count === limit);
  if (!isPart) {
    return `${formatCounted(count, 'match', 'matches')} in ${all}, ${took}`;
  }
  const matches = matchCount(await whole(), filter);
  if (stages.some(({ kind }) => kind !== 'context')) {
    // In their order, which may be none of time: there is no place to go on from.
    const of = matches === null ? '' : `, of ${formatCounted(matches, 'match', 'matches')}`;
    return `First ${formatCount(count)} behind the stages${of} in ${all}, ${took}`;
  }
  const [side, further] = options.reverse ? ['Oldest', 'Newer'] : ['Newest', 'Older'];
  const ofAll = matches === null ? '' : ` of ${formatCounted(matches, 'match', 'matches')}`;
  const isAll = last === null || matches === count || options.pagerEnd === true;
  const more = isAll ? '' : `. ${further}: --cursor ${cursorText(last)}`;
  return `${side} ${formatCount(count)}${ofAll} in ${all}, ${took}${more}`;
}

/** Null where counting would keep a person waiting. */
function matchCount(reader: EntryReader, query: Filter): number | null {
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
