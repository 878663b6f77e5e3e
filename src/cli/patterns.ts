/** `logstead patterns`: what kinds of messages there are. The same as `search '… | patterns'`. */
import type { Command } from 'commander';
import { runPipeline } from '../engine/pipeline/run-pipeline.ts';
import { type CliContext, globalOptions } from './context.ts';
import { addExamples } from './examples.ts';
import { EXIT } from './exit-code.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { openEntries } from './open-reader.ts';
import { wholeNumber } from './option-values.ts';
import { tableJson, tableText } from './table-output.ts';
import { terminalOf } from './terminal.ts';

type PatternsOptions = FilterOptions & Readonly<{ json?: boolean; limit: number }>;

const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 1_000_000;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('patterns [query...]')
    .description('count messages of one shape, most frequent first')
    .option('-n, --limit <count>', 'patterns at most; 0: all', wholeNumber, LIMIT_DEFAULT)
    .option('--json', 'one JSON object a pattern');
  addExamples(addFilterOptions(command), [
    ["logstead patterns 'level>=warn' -S 1h", 'what kinds of trouble there are'],
    ['logstead patterns -n 0 --json', 'all of them, for another program'],
  ]).action(async (words: string[], options: PatternsOptions, self: Command) => {
    const timezone = userTimezone();
    const filter = filterOf(words, options, { nowMs: context.clock.nowMs(), timezone });
    endOnInterrupt();
    using store = await openEntries(context, globalOptions(self));

    if (store === null) {
      context.finish(EXIT.NOTHING_FOUND);
      return;
    }
    const stage = { kind: 'patterns', limit: options.limit || LIMIT_MAX } as const;
    const result = runPipeline(store.reader, { query: filter }, [stage]);
    if (result.kind !== 'table') return;
    const { table } = result;
    const terminal = terminalOf(context.output, context.environment);
    context.output.write(
      options.json
        ? tableJson(table)
        : tableText(table, { terminal, time: new LocalTime(timezone) }),
    );
    context.finish(table.rows.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE);
  });
}
