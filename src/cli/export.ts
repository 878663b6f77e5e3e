/** `logstead export`: everything that matches, for other programs: NDJSON, CSV or Parquet, to a file or a pipe. */
import { extname } from 'node:path';
import { type Command, Option } from 'commander';
import { nextTurn } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
import { limitedTo, type PipelineResult, runPipeline } from '../engine/pipeline/run-pipeline.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { entryAt } from '../model/entry-at.ts';
import type { EntryColumns } from '../model/entry-columns.ts';
import { entryRecordOf } from '../model/entry-record.ts';
import type { Stage } from '../query/stage-tree.ts';
import { CSV_HEAD, csvLine, ndjsonLine, tableCsv, tableNdjson } from '../serve/export-text.ts';
import { type CliContext, globalOptions } from './context.ts';
import { addExamples } from './examples.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { ExportFile } from './export-file.ts';
import { addFilterOptions, type FilterOptions, queryOf } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { UserTime } from './local-time.ts';
import { type OpenEntries, openEntries } from './open-reader.ts';
import { wholeNumber } from './option-values.ts';
import { PacedOutput } from './paced-output.ts';
import { openProgress } from './progress.ts';

const FORMATS = ['ndjson', 'csv', 'parquet'] as const;
type Format = (typeof FORMATS)[number];
type GivenOptions = FilterOptions &
  Readonly<{ format?: Format; to?: string; limit: number; reverse?: boolean; force?: boolean }>;
type ExportOptions = GivenOptions & Readonly<{ format: Format }>;

/** How long the number of all matches may take to count, for the bar. */
const COUNT_DEADLINE_MS = 1_000;
const PROGRESS_EVERY = 1_000;
/** While nothing matches: how soon Ctrl-C is heard, and what was found goes out. */
const TURN_MS = 100;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('export [query...]')
    .description('write all entries that match as NDJSON, CSV or Parquet; oldest first')
    .addOption(
      new Option(
        '--format <format>',
        'of the file; default: what its name ends with, else ndjson',
      ).choices(FORMATS),
    )
    .option('--to <file>', 'where to; default: standard output')
    .option('--force', 'write over the file if it is there')
    .option('-n, --limit <count>', 'entries at most; 0: all', wholeNumber, 0)
    .option('-r, --reverse', 'newest first');
  addExamples(addFilterOptions(command), [
    ['logstead export -S yesterday --to yesterday.ndjson', 'all since yesterday'],
    ["logstead export 'status:>=500' --to errors.csv", 'for a spreadsheet'],
    ['logstead export --to all.parquet', 'for DuckDB, pandas, Spark'],
    ["logstead export 'level:error | count by source' --format csv", 'what stages make'],
  ]).action(async (words: string[], given: GivenOptions, self: Command) => {
    const options = { ...given, format: given.format ?? formatOf(given.to) };
    const time = new UserTime(context.clock.nowMs());
    const { filter, stages } = queryOf(words, options, { context: time, stages: true });
    if (options.to === undefined) endOnInterrupt();
    using store = await openEntries(context, globalOptions(self), { withRaw: true });

    if (store === null) {
      context.finish(EXIT.NOTHING_FOUND);
      return;
    }
    const request: SearchRequest = {
      query: filter,
      order: options.reverse ? 'newest' : 'oldest',
      limit: stages.length === 0 ? options.limit : 0,
    };
    context.finish(await write(context, store, { request, stages, options }));
  });
}

function formatOf(path = ''): Format {
  const ending = extname(path).slice(1).toLowerCase();
  return FORMATS.find((format) => format === ending) ?? 'ndjson';
}

type Asked = Readonly<{
  request: SearchRequest;
  stages: readonly Stage[];
  options: ExportOptions;
}>;

async function write(context: CliContext, store: OpenEntries, asked: Asked): Promise<ExitCode> {
  const { options } = asked;
  if (options.to === undefined) {
    if (options.format === 'parquet' && context.output.isTTY) {
      throw new OperatorError('USAGE', 'Cannot show Parquet on a terminal: it is not text', {
        hint: 'Name a file with --to, or send it through a pipe',
      });
    }
    const paced = new PacedOutput(context.output);
    const rest = (): Promise<void> => paced.flush();
    const count = await writeTo((piece) => paced.write(piece), { context, store, rest, ...asked });
    await paced.flush();
    return count === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
  }
  // Looked at before there is a file that has to go again.
  const { stop } = context;
  using file = ExportFile.create(options.to, { replaces: options.force ?? false });
  const rest = async (): Promise<void> => {};
  const job = { context, store, rest, ...asked };
  const count = await writeTo(async (piece) => file.write(piece), job);
  if (stop.aborted) return EXIT.STAGE_FAILED;
  file.finish();
  const shown = escapeTerminal(options.to);
  context.errorOutput.write(`${formatCounted(count, 'entry', 'entries')} in ${shown}\n`);
  return count === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

type Write = (piece: string | Buffer) => Promise<void>;
/** `rest`: what is to be done while nothing matches. */
type Job = Asked & Readonly<{ context: CliContext; store: OpenEntries; rest: () => Promise<void> }>;

/** Returns how many entries, or rows of a table, were written. */
async function writeTo(write: Write, job: Job): Promise<number> {
  const { store, request, stages, options } = job;
  const wanted = limitedTo(stages, options.limit);
  const result = runPipeline(store.reader, request, wanted);
  if (result.kind === 'entries') return writeEntries(write, result, job);
  if (options.format === 'parquet') {
    throw new OperatorError('USAGE', 'Cannot write a table as Parquet: its columns have no types', {
      hint: 'Take --format csv or ndjson for what stages make',
    });
  }
  const { table } = result;
  const rows = options.limit > 0 ? table.rows.slice(0, options.limit) : table.rows;
  const shown = { ...table, rows };
  await write(options.format === 'csv' ? tableCsv(shown) : tableNdjson(shown));
  return rows.length;
}

async function writeEntries(
  write: Write,
  { entries }: Extract<PipelineResult, { kind: 'entries' }>,
  job: Job,
): Promise<number> {
  const { context, options, stages } = job;
  const { limit, format } = options;
  // Loaded where it is wanted: no other command needs it.
  const parquet =
    format === 'parquet' ? new (await import('./parquet-file.ts')).ParquetFile() : null;
  using bar = openProgress(context, {
    name: 'export',
    total: stages.length === 0 ? totalOf(job) : 0,
    unit: 'entries',
  });
  if (format === 'csv') await write(CSV_HEAD);
  let count = 0;
  for (const found of stages.length === 0 ? rowsOf(job) : entries) {
    if (found === null) {
      await job.rest();
      await nextTurn();
      if (context.stop.aborted) return count;
      continue;
    }
    if (limit > 0 && count === limit) break;
    const { columns, row } = found;
    const entry = entryAt(columns, row);
    const piece =
      parquet === null
        ? (format === 'csv' ? csvLine : ndjsonLine)(entryRecordOf(entry))
        : parquet.add(entry);
    if (piece !== null) await write(piece);
    count += 1;
    if (count % PROGRESS_EVERY === 0) {
      bar.at(count);
      await nextTurn();
      if (context.stop.aborted) return count;
    }
  }
  if (parquet !== null) await write(parquet.finish());
  return count;
}

/** Null: nothing matched for a while. */
function* rowsOf({
  store,
  request,
}: Job): Generator<Readonly<{ columns: EntryColumns; row: number }> | null, void, void> {
  const asked = { ...request, turnEveryMs: TURN_MS };
  for (const { columns, rows, count } of store.reader.matches(asked)) {
    if (count === 0) yield null;
    for (let index = 0; index < count; index += 1) yield { columns, row: rows[index]! };
  }
}

/** 0 where counting would take too long. */
function totalOf({ context, store, request, options }: Job): number {
  if (context.errorOutput.isTTY !== true) return 0;
  try {
    const { query } = request;
    const total = store.reader.count({ query, deadlineMs: COUNT_DEADLINE_MS });
    return options.limit > 0 ? Math.min(total, options.limit) : total;
  } catch (thrown) {
    if (thrown instanceof OperatorError && thrown.code === 'QUERY_STOPPED') return 0;
    throw thrown;
  }
}
