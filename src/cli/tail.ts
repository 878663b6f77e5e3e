/** `logstead tail`: the last matches, then new ones as they arrive, until interrupted or nobody reads. The same as `search -f`. */
import { type Command, Option } from 'commander';
import { type CliContext, globalOptions } from './context.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-code.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './filter-options.ts';
import { type FollowOptions, follow, followEnd, LAST_DEFAULT } from './follow-output.ts';
import { endOnInterrupt } from './interrupt.ts';
import { UserTime } from './local-time.ts';
import { openEntries } from './open-reader.ts';
import { wholeNumberOrNone } from './option-values.ts';

type TailOptions = FilterOptions & FollowOptions & Readonly<{ utc?: boolean }>;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('tail [query...]')
    .description('show the last matches, then new ones as they arrive')
    .option(
      '-n, --limit <count>',
      `matches from before (default: ${LAST_DEFAULT})`,
      wholeNumberOrNone,
    )
    .addOption(
      new Option('-o, --output <format>', 'how entries are printed')
        .choices(['text', 'json', 'raw', 'message'])
        .default('text'),
    )
    .option('--json', 'one JSON object a line; same as -o json')
    .option('--raw', 'the original bytes, not escaped; same as -o raw')
    .option('-x, --whole', 'all lines and all fields of each entry')
    .option('--utc', 'print times in UTC');
  addExamples(addFilterOptions(command), [
    ['logstead tail', 'everything that arrives'],
    ["logstead tail 'level>=warn' --source 'nginx/*'", 'trouble of one system'],
    ['logstead tail -n 0 --json timeout | jq .message', 'new ones only, for another program'],
  ]).action(async (words: string[], options: TailOptions, self: Command) => {
    const time = new UserTime(context.clock.nowMs(), options);
    const filter = filterOf(words, options, time);
    const endMs = followEnd(options, time);
    endOnInterrupt();
    using store = await openEntries(context, globalOptions(self), {
      withRaw: options.raw ?? options.output === 'raw',
    });

    if (store === null) context.finish(EXIT.NOTHING_FOUND);
    else await follow(context, store, { filter, options, time, endMs });
  });
}
