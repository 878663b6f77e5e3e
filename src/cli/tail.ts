/** `logstead tail`: the last matches, then new ones as they arrive, until interrupted. The same as `search -f`. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Picked } from '../engine/pipeline/entry-stages.ts';
import { copyRow, EntryColumns } from '../model/entry-columns.ts';
import { hitFinder } from '../query/hits.ts';
import type { Filter } from '../query/query-tree.ts';
import { Follower } from '../serve/follow.ts';
import { type CliContext, globalOptions, settingsFor } from './context.ts';
import { EXIT } from './exit-code.ts';
import { addFilterOptions, type FilterOptions, filterOf } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { type OpenStore, openStore } from './open-reader.ts';
import { wholeNumber } from './option-values.ts';
import { PacedOutput } from './paced-output.ts';
import { type Format, openPrinter } from './search-printer.ts';
import { terminalOf } from './terminal.ts';

export type TailOptions = FilterOptions &
  Readonly<{
    limit?: number;
    output: Format;
    json?: boolean;
    raw?: boolean;
    whole?: boolean;
    utc?: boolean;
  }>;

/** Matches shown before the new ones. */
const LAST_DEFAULT = 10;
/** How often the store is looked at: a new entry is visible within a second of being written anyway. */
const LOOK_EVERY_MS = 200;

export function register(program: Command, context: CliContext): void {
  const command = program
    .command('tail [query...]')
    .description('show the last matches, then new ones as they arrive')
    .option('-n, --limit <count>', `matches from before (default: ${LAST_DEFAULT})`, wholeNumber)
    .addOption(
      new Option('-o, --output <format>', 'how entries are printed')
        .choices(['text', 'json', 'raw', 'message'])
        .default('text'),
    )
    .option('--json', 'one JSON object a line; same as -o json')
    .option('--raw', 'the original bytes, not escaped; same as -o raw')
    .option('-x, --whole', 'all lines and all fields of each entry')
    .option('--utc', 'print times in UTC');
  addFilterOptions(command).action(async (words: string[], options: TailOptions, self: Command) => {
    const settings = settingsFor(context, globalOptions(self));
    const timezone = options.utc ? 'UTC' : userTimezone();
    const filter = filterOf(words, options, { nowMs: context.clock.nowMs(), timezone });
    endOnInterrupt();
    using store = openStore(context, settings.paths);

    if (store === null) context.finish(EXIT.NOTHING_FOUND);
    else await follow(context, store, { filter, options, timezone });
  });
}

export type Following = Readonly<{ filter: Filter; options: TailOptions; timezone: string }>;

/** Ends when the context is stopped; otherwise with the process. */
export async function follow(
  context: CliContext,
  { reader, database }: OpenStore,
  { filter, options, timezone }: Following,
): Promise<void> {
  const output = new PacedOutput(context.output);
  const printer = openPrinter({
    format: options.json ? 'json' : options.raw ? 'raw' : options.output,
    withContext: false,
    terminal: terminalOf(context.output, context.environment),
    time: new LocalTime(timezone),
    hits: hitFinder(filter),
    whole: options.whole ?? false,
  });
  const print = async (picked: Picked): Promise<void> => {
    const content = printer.add(picked);
    if (content !== null) await output.write(content);
  };
  const follower = new Follower({ reader, database, filter }, null);
  const count = options.limit ?? LAST_DEFAULT;
  const last = lastOf(reader, { filter, count, upTo: follower.sequence });
  for (const picked of last) await print(picked);
  // The text of the first page was held back to see its widths.
  await output.write(printer.finish());
  while (!context.stop.aborted) {
    for (const picked of follower.look()) await print(picked);
    await output.flush();
    await context.clock.sleep(LOOK_EVERY_MS, { signal: context.stop });
  }
}

/** The newest matches, oldest first. */
function lastOf(
  reader: OpenStore['reader'],
  { filter, count, upTo }: Readonly<{ filter: Filter; count: number; upTo: number }>,
): Picked[] {
  if (count === 0) return [];
  const held = new EntryColumns(reader.names);
  const picked: Picked[] = [];
  for (const found of reader.matches({ query: filter, limit: count })) {
    for (let index = 0; index < found.count; index += 1) {
      // What arrived meanwhile comes with the new ones.
      if (found.columns.sequence[found.rows[index]!]! > upTo) continue;
      const row = copyRow(found.columns, found.rows[index]!, held);
      picked.push({ columns: held, row, match: picked.length, isMatch: true });
    }
  }
  return picked.reverse();
}
