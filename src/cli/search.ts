/** `logstead search`: entries that match, newest first, from the store itself. Exit code 1: none found. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { type Cursor, parseCursor } from '../engine/search-request.ts';
import type { Filter } from '../query/query-tree.ts';
import { CONTEXT_MAX } from '../query/stage-limits.ts';
import { makesTable, STAGES_NOT_FOLLOWED, type Stage } from '../query/stage-tree.ts';
import { type CliContext, type GlobalOptions, globalOptions } from './context.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-code.ts';
import { addFilterOptions, type FilterOptions, queryOf } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { UserTime } from './local-time.ts';
import { type FoundEntries, openMatches, wholeEntries } from './open-matches.ts';
import type { OpenEntries, OpenStore } from './open-reader.ts';
import { numberWithin, wholeNumber } from './option-values.ts';
import { type Search, type SearchOptions, search } from './search-run.ts';
import { stateDirFor } from './state-dir.ts';

type Options = FilterOptions &
  SearchOptions &
  Readonly<{
    follow?: boolean;
    utc?: boolean;
    archives?: boolean;
    incident?: string;
    context?: number;
    beforeContext?: number;
    afterContext?: number;
  }>;

const LANGUAGE = `The language: words and "phrases", AND OR NOT ( ), field:value, prefix*, /regex/i, level>=warn,
status!=404, status:[400 TO 499], has:field, tag:x, source:nginx/*, file:access.log, since:1h, until:"2026-11-20 12:00"`;

const contextCount = numberWithin(0, CONTEXT_MAX);

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
    .option('-e, --pager-end', 'the newest 1,000, oldest first, in the pager at their end')
    .option('--no-pager', 'write to the terminal itself, however long it is')
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
    .option(
      '--incident <id>',
      'exactly the entries of an incident, by the first characters of its id',
    )
    .option('--archives', 'also in archived files whose entries the index has let go of')
    .option('--cursor <cursor>', 'go on where an earlier search stopped', cursorOption);
  addExamples(
    addFilterOptions(command),
    [
      ["logstead search 'level>=error'", 'what went wrong, newest first'],
      ["logstead search 'timeout source:api' -S 1h", 'one word, one source, the last hour'],
      ["logstead search 'status:>=500 -path:/health*'", 'fields; - excludes'],
      ['logstead search --json -n 0 tag:web | jq .message', 'all of them, as JSON'],
      ["logstead search 'level:error | count by source'", 'also top, timechart, p95, patterns'],
      ['logstead search -e -S yesterday', 'read downwards to the present, as in journalctl'],
    ],
    LANGUAGE,
  ).action(async (words: string[], options: Options, self: Command) => {
    await run(context, {
      words,
      options,
      globals: globalOptions(self),
    });
  });
}

type Asked = Readonly<{ words: readonly string[]; options: Options; globals: GlobalOptions }>;

async function run(context: CliContext, { words, options, globals }: Asked): Promise<void> {
  const time = new UserTime(context.clock.nowMs(), options);
  const { incident } = options;
  const { filter, stages } = queryOf(
    incident === undefined
      ? words
      : (await import('./incident-words.ts')).wordsOfIncident(context, {
          stateDir: await stateDirFor(context, globals),
          words,
          incident,
        }),
    options,
    { context: time, stages: true },
  );
  refuseContradictions(options);
  if (options.count) refuseCountOfStages(stages);
  endOnInterrupt();
  const wanted = { filter, stages: stagesOf(stages, options), options, time };
  if (options.follow || options.archives) {
    await runOnStore(context, { globals, asked: stages, wanted });
    return;
  }
  using found = await openMatches(context, globals, { withRaw: isRaw(options) });
  if (found === null) context.finish(EXIT.NOTHING_FOUND);
  else await searchIn(context, found, wanted);
}

type Wanted = Omit<Search, keyof FoundEntries> & Readonly<{ options: Options }>;

/** What needs more of a store than entries that match. `asked`: the stages of the query, without those that options add. */
async function runOnStore(
  context: CliContext,
  {
    globals,
    asked,
    wanted,
  }: Readonly<{ globals: GlobalOptions; asked: readonly Stage[]; wanted: Wanted }>,
): Promise<void> {
  const { filter, stages, options, time } = wanted;
  const { openEntries } = await import('./open-reader.ts');
  const following = options.follow ? await import('./follow-output.ts') : null;
  const endMs = following?.followEnd(options, time) ?? 0;
  using store = await openEntries(context, globals, { withRaw: isRaw(options) });
  if (store === null) {
    context.finish(EXIT.NOTHING_FOUND);
  } else if (following !== null) {
    const followed = { filter: withoutStages(filter, asked), options, time, endMs };
    await following.follow(context, store, followed);
  } else {
    const { openArchives } = await import('./search-archives.ts');
    const { stateDir } = store;
    using found = await openArchives(context, localOf(store), { filter, stages, stateDir });
    await searchIn(context, wholeEntries(found.reader), wanted);
  }
}

async function searchIn(
  context: CliContext,
  { reader, whole }: FoundEntries,
  wanted: Wanted,
): Promise<void> {
  context.finish(await search(context, { ...wanted, reader, whole }));
}

function isRaw(options: Options): boolean {
  return options.raw ?? options.output === 'raw';
}

function refuseContradictions(options: Options): void {
  const { pagerEnd, reverse, follow, cursor } = options;
  refuseWith('--pager-end', pagerEnd, {
    others: { '--reverse': reverse, '--follow': follow, '--cursor': cursor },
    because: 'each has its own order',
  });
  const { count, archives, context, beforeContext, afterContext } = options;
  refuseWith('--follow', follow, {
    others: {
      ...{ '--count': count, '--archives': archives, '--cursor': cursor },
      ...{ '--context': context, '--before-context': beforeContext },
      '--after-context': afterContext,
    },
    because: 'what arrives is shown entry by entry, as it arrives',
  });
}

/** Of `error | dedup user` people take the number of errors for that of users. What is around a match is none. */
function refuseCountOfStages(stages: readonly Stage[]): void {
  if (stages.every(({ kind }) => kind === 'context')) return;
  throw new OperatorError(
    'USAGE',
    'Cannot take --count with stages: it counts the entries that match, before any stage',
    { hint: 'Put "| count" behind stages that leave entries, or leave the stages out' },
  );
}

function refuseWith(
  name: string,
  isAsked: boolean | undefined,
  { others, because }: Readonly<{ others: Readonly<Record<string, unknown>>; because: string }>,
): void {
  const other = Object.keys(others).find((each) => others[each] !== undefined);
  if (!isAsked || other === undefined) return;
  throw new OperatorError('USAGE', `Cannot take ${name} with ${other}: ${because}`);
}

/** What only the local store can do. */
function localOf({ store }: OpenEntries): OpenStore {
  if (store !== null) return store;
  throw new OperatorError('USAGE', 'Cannot search archives on the cluster', {
    hint: 'Say --engine local, or fill the cluster from them: logstead clickhouse backfill --archives',
  });
}

function withoutStages(filter: Filter, stages: readonly Stage[]): Filter {
  if (stages.length === 0) return filter;
  throw new OperatorError('USAGE', STAGES_NOT_FOLLOWED);
}

/** `-C 3` is the stage `| context 3`; `-A` and `-B` are its halves. */
function stagesOf(stages: readonly Stage[], options: Options): readonly Stage[] {
  const { context = 0, beforeContext = context, afterContext = context } = options;
  if (beforeContext === 0 && afterContext === 0) return stages;
  if (stages.some((stage) => makesTable(stage) || stage.kind === 'context')) {
    throw new OperatorError(
      'USAGE',
      'Cannot show what is around the entries: the query has stages of its own',
      { hint: 'Put "| context 3" where it is meant' },
    );
  }
  return [...stages, { kind: 'context', before: beforeContext, after: afterContext }];
}

function cursorOption(text: string): Cursor {
  const cursor = parseCursor(text);
  if (cursor === null) throw new InvalidArgumentError('Expected what an earlier search printed.');
  return cursor;
}
