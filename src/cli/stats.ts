/** `logstead stats`: how many entries by level, source and tag, and when. */
import type { Command } from 'commander';
import { jsonLine } from '../base/escape.ts';
import { formatCount, formatCounted, formatShare } from '../base/number-text.ts';
import type { HistogramRow, Stats } from '../engine/aggregations.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { exactStats } from '../engine/exact-stats.ts';
import { timestampText } from '../model/entry-record.ts';
import { LEVEL_NONE_NAME, LEVELS } from '../model/level.ts';
import type { Filter } from '../query/query-tree.ts';
import { bucketFor, bucketText } from '../query/time-buckets.ts';
import { columnWidth, leftCell, rightCell, sparkline } from './cells.ts';
import { type CliContext, globalOptions } from './context.ts';
import { addExamples } from './examples.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { openEntries } from './open-reader.ts';
import { type Style, styled, type Terminal, terminalOf } from './terminal.ts';

type StatsOptions = FilterOptions & Readonly<{ json?: boolean; all?: boolean; utc?: boolean }>;

/** Sources and tags listed without `--all`. */
const ROWS_MAX = 10;
const NAME_WIDTH = { min: 14, max: 40 };
/** Bars of a level over time: a day by hours. */
const BUCKETS_MAX = 24;
/** Below this many columns the bars of the shares are left out. */
const WIDTH_FOR_BARS = 100;
const BAR_WIDTH_MAX = 40;
const MINUTE_US = 60_000_000;

/** Worst first, entries without a level last. */
const LEVEL_NAMES: readonly string[] = [...[...LEVELS].reverse(), LEVEL_NONE_NAME];

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('stats [query...]')
    .description('count entries by level, source and tag')
    .option('--json', 'one JSON object: total, levels, sources, tags, first, last')
    .option('--all', 'every source and tag')
    .option('--utc', 'print times in UTC');
  addExamples(addFilterOptions(command), [
    ['logstead stats', 'everything there is'],
    ['logstead stats -S 24h source:api', 'one source, one day'],
  ]).action(async (words: string[], options: StatsOptions, self: Command) => {
    const timezone = options.utc ? 'UTC' : userTimezone();
    const filter = filterOf(words, options, { nowMs: context.clock.nowMs(), timezone });
    endOnInterrupt();
    using store = await openEntries(context, globalOptions(self));

    context.finish(
      options.json
        ? showJson(context, store?.reader ?? null, filter)
        : showText(context, store?.reader ?? null, { filter, options, timezone }),
    );
  });
}

function showJson(context: CliContext, reader: EntryReader | null, query: Filter): ExitCode {
  const stats = reader === null ? null : exactStats(reader, { query });
  const { firstUs = null, lastUs = null } = stats ?? {};
  const object = {
    total: stats?.total ?? 0,
    levels: Object.fromEntries(stats?.levels ?? []),
    sources: Object.fromEntries(stats?.sources ?? []),
    tags: Object.fromEntries(stats?.tags ?? []),
    first: firstUs === null ? null : timestampText(firstUs),
    last: lastUs === null ? null : timestampText(lastUs),
  };
  context.output.write(`${jsonLine(object)}\n`);
  return object.total === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

type TextOptions = Readonly<{ filter: Filter; options: StatsOptions; timezone: string }>;

function showText(
  context: CliContext,
  reader: EntryReader | null,
  { filter, options, timezone }: TextOptions,
): ExitCode {
  if (reader === null) return EXIT.NOTHING_FOUND;
  // To the minute: nothing here says more.
  const stats = reader.stats({ query: filter });
  if (stats.total === 0) {
    context.errorOutput.write('No entry matches\n');
    return EXIT.NOTHING_FOUND;
  }
  const terminal = terminalOf(context.output, context.environment);
  const rowsMax = options.all ? Number.POSITIVE_INFINITY : ROWS_MAX;
  const parts = [
    levelTable(stats, { reader, filter, terminal }),
    sourceTable(stats, { reader, filter, terminal, rowsMax }),
    stats.tags.size === 0 ? '' : tagTable(stats, rowsMax),
    rangeText(stats, { time: new LocalTime(timezone), nowMs: context.clock.nowMs() }),
  ];
  context.output.write(parts.filter((part) => part !== '').join('\n'));
  return EXIT.DONE;
}

const LEVEL_STYLES: Readonly<Record<string, Style>> = {
  FATAL: 'fatal',
  ERROR: 'error',
  WARN: 'warn',
  DEBUG: 'dim',
  TRACE: 'dim',
};

function levelTable(
  stats: Stats,
  {
    reader,
    filter,
    terminal,
  }: Readonly<{ reader: EntryReader; filter: Filter; terminal: Terminal }>,
): string {
  // Whole minutes, so that a burst of a few seconds is seen as one.
  const firstUs = Math.floor(stats.firstUs! / MINUTE_US) * MINUTE_US;
  const lastUs = Math.floor(stats.lastUs! / MINUTE_US) * MINUTE_US + MINUTE_US - 1;
  const bucketUs = bucketFor(lastUs - firstUs, BUCKETS_MAX);
  const buckets = reader.histogram({ query: filter }, { bucketUs, by: 'level' });
  const rows = LEVEL_NAMES.filter((name) => stats.levels.has(name)).map((name) => {
    const count = stats.levels.get(name)!;
    const bars = sparkline(countsOver(buckets, { name, firstUs, lastUs, bucketUs }));
    const word = styled(name, LEVEL_STYLES[name] ?? 'plain', terminal.colour);
    return `${word}${leftCell('', NAME_WIDTH.min - name.length)}${rightCell(formatCount(count), 14)}${rightCell(formatShare(count / stats.total), 9)}  ${bars}\n`;
  });
  const head = `${leftCell('level', NAME_WIDTH.min)}${rightCell('entries', 14)}${rightCell('share', 9)}  ${bucketText(bucketUs)}\n`;
  const foot = `${leftCell('total', NAME_WIDTH.min)}${rightCell(formatCount(stats.total), 14)}\n`;
  return styled(head.trimEnd(), 'dim', terminal.colour).concat('\n', ...rows, foot);
}

/** The counts of one level in every bucket of the range, those without an entry too. */
function countsOver(
  buckets: readonly HistogramRow[],
  range: Readonly<{ name: string; firstUs: number; lastUs: number; bucketUs: number }>,
): number[] {
  const { name, firstUs, lastUs, bucketUs } = range;
  const first = Math.floor(firstUs / bucketUs);
  const counts = new Array<number>(Math.floor(lastUs / bucketUs) - first + 1).fill(0);
  for (const bucket of buckets) {
    const index = Math.round(bucket.startUs / bucketUs) - first;
    if (index >= 0 && index < counts.length) counts[index] = bucket.counts.get(name) ?? 0;
  }
  return counts;
}

type SourceRow = { name: string; total: number; warn: number; error: number };

function sourceTable(
  stats: Stats,
  options: Readonly<{ reader: EntryReader; filter: Filter; terminal: Terminal; rowsMax: number }>,
): string {
  const { terminal, rowsMax } = options;
  const sources = sourceRows(options.reader, options.filter);
  const shown = sources.slice(0, rowsMax);
  const rest = sources.slice(rowsMax);
  if (rest.length > 0) shown.push(sumOf(rest));
  const width = columnWidth(
    shown.map((row) => row.name),
    NAME_WIDTH,
  );
  const barWidth = terminal.width < WIDTH_FOR_BARS ? 0 : BAR_WIDTH_MAX;
  const largest = Math.max(...shown.map((row) => row.total));
  const rows = shown.map((row) => {
    const bar = '█'.repeat(Math.ceil((row.total / largest) * barWidth));
    const numbers = [row.warn, row.error].map((count) => rightCell(formatCount(count), 9)).join('');
    return `${leftCell(row.name, width)}${rightCell(formatCount(row.total), 14)}${numbers}${rightCell(formatShare(row.total / stats.total), 9)}${bar === '' ? '' : `  ${bar}`}\n`;
  });
  const head = `${leftCell('source', width)}${rightCell('entries', 14)}${rightCell('warn', 9)}${rightCell('error+', 9)}${rightCell('of all', 9)}`;
  return styled(head, 'dim', terminal.colour).concat('\n', ...rows);
}

/** Sources with most entries first. */
function sourceRows(reader: EntryReader, filter: Filter): SourceRow[] {
  const rows = new Map<string, SourceRow>();
  for (const { values, count } of reader.groupBy({ query: filter }, { by: ['source', 'level'] })) {
    const [name = '', level = ''] = values;
    const row = rows.get(name) ?? { name, total: 0, warn: 0, error: 0 };
    rows.set(name, row);
    row.total += count;
    if (level === 'WARN') row.warn += count;
    if (level === 'ERROR' || level === 'FATAL') row.error += count;
  }
  return [...rows.values()].sort((a, b) => b.total - a.total || (a.name < b.name ? -1 : 1));
}

function sumOf(rows: readonly SourceRow[]): SourceRow {
  const sum: SourceRow = { name: `${formatCount(rows.length)} more`, total: 0, warn: 0, error: 0 };
  for (const row of rows) {
    sum.total += row.total;
    sum.warn += row.warn;
    sum.error += row.error;
  }
  return sum;
}

function tagTable(stats: Stats, rowsMax: number): string {
  const tags = [...stats.tags].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
  const shown = tags.slice(0, rowsMax);
  const width = columnWidth(
    shown.map(([tag]) => tag),
    NAME_WIDTH,
  );
  const rows = shown.map(
    ([tag, count]) =>
      `${leftCell(tag, width)}${rightCell(formatCount(count), 14)}${rightCell(formatShare(count / stats.total), 9)}\n`,
  );
  const more = tags.length - shown.length;
  const rest = more === 0 ? '' : `${formatCount(more)} more. --all lists them\n`;
  return `${leftCell('tag', width)}${rightCell('entries', 14)}${rightCell('of all', 9)}\n${rows.join('')}${rest}`;
}

function rangeText(
  stats: Stats,
  { time, nowMs }: Readonly<{ time: LocalTime; nowMs: number }>,
): string {
  const firstMs = stats.firstUs! / 1_000;
  const lastMs = stats.lastUs! / 1_000;
  const sources = formatCounted(stats.sources.size, 'source');
  const zone = time.offset(lastMs);
  const [from, to] = [firstMs, lastMs].map((atMs) =>
    time.short(atMs, nowMs).replace(/^(\d\d:\d\d):\d\d$/, '$1'),
  );
  return `${sources}, from ${from} to ${to} (${zone})\n`;
}
