/** `logstead fields`: which fields entries have, how often, and their most frequent values. */
import type { Command } from 'commander';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCount, formatCounted, formatShare } from '../base/number-text.ts';
import { type FieldStat, type FieldStats, fieldStats, ROWS_DEFAULT } from '../serve/field-stats.ts';
import { columnWidth, cutToWidth, leftCell, rightCell } from './cells.ts';
import { type CliContext, globalOptions } from './context.ts';
import { addExamples } from './examples.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { userTimezone } from './local-time.ts';
import { openEntries } from './open-reader.ts';
import { wholeNumber } from './option-values.ts';
import { styled, terminalOf } from './terminal.ts';

type FieldsOptions = FilterOptions & Readonly<{ json?: boolean; limit: number }>;

const NAME_WIDTH = { min: 14, max: 40 };
/** Columns of a line on a pipe. */
const WIDTH_ON_PIPE = 160;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('fields [query...]')
    .description('list the fields of entries, with their most frequent values')
    .option('-n, --limit <count>', 'newest entries to look at; 0: all', wholeNumber, ROWS_DEFAULT)
    .option('--json', 'one JSON object a field');
  addExamples(addFilterOptions(command), [
    ['logstead fields source:api', 'what one can ask of a source'],
    ['logstead fields --json | jq .field', 'their names, for another program'],
  ]).action(async (words: string[], options: FieldsOptions, self: Command) => {
    const timeContext = { nowMs: context.clock.nowMs(), timezone: userTimezone() };
    const filter = filterOf(words, options, timeContext);
    endOnInterrupt();
    using store = await openEntries(context, globalOptions(self));

    if (store === null) {
      context.finish(EXIT.NOTHING_FOUND);
      return;
    }
    const stats = fieldStats(store.reader, { query: filter }, options.limit);
    context.finish(show(context, stats, options));
  });
}

function show(context: CliContext, stats: FieldStats, { json }: FieldsOptions): ExitCode {
  const { output, errorOutput } = context;
  if (json) {
    for (const field of stats.fields) output.write(`${jsonLine(recordOf(field))}\n`);
  } else if (stats.fields.length > 0) {
    output.write(tableOf(context, stats));
    errorOutput.write(
      `${formatCounted(stats.fields.length, 'field')} in the newest ${formatCounted(stats.entryCount, 'entry', 'entries')}\n`,
    );
  } else {
    errorOutput.write('No entry has a field\n');
  }
  return stats.fields.length === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

function recordOf({ name, count, distinct, values }: FieldStat): object {
  return { field: name, entries: count, distinct, values };
}

function tableOf(context: CliContext, { fields, entryCount }: FieldStats): string {
  const terminal = terminalOf(context.output, context.environment);
  const width = columnWidth(
    fields.map(({ name }) => name),
    NAME_WIDTH,
  );
  const room = Math.min(terminal.width, WIDTH_ON_PIPE) - width - 14 - 9 - 9 - 2;
  const head = `${leftCell('field', width)}${rightCell('entries', 14)}${rightCell('of all', 9)}${rightCell('values', 9)}  most frequent`;
  const rows = fields.map(({ name, count, distinct, values }) => {
    const many = distinct === null ? 'many' : formatCount(distinct);
    const shown = values.map(({ value }) => escapeTerminal(value)).join(', ');
    return `${leftCell(name, width)}${rightCell(formatCount(count), 14)}${rightCell(formatShare(count / entryCount), 9)}${rightCell(many, 9)}  ${cutToWidth(shown, Math.max(20, room))}\n`;
  });
  return `${styled(head, 'dim', terminal.colour)}\n${rows.join('')}`;
}
