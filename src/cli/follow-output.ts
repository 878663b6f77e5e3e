/** Matches as they arrive, printed until interrupted: `tail` and `search -f`. */
import { OutputReader } from '../base/output-reader.ts';
import type { Picked } from '../engine/pipeline/entry-stages.ts';
import { hitFinder } from '../query/hits.ts';
import type { Filter } from '../query/query-tree.ts';
import { refusePast } from '../query/time-range.ts';
import { endOfFollowing, Follower } from '../serve/follow.ts';
import type { CliContext } from './context.ts';
import { type FilterOptions, timeRange } from './filter-options.ts';
import type { UserTime } from './local-time.ts';
import { newestEntries } from './newest-entries.ts';
import type { OpenEntries } from './open-reader.ts';
import { PacedOutput } from './paced-output.ts';
import { type Format, openPrinter } from './search-printer.ts';
import { terminalOf } from './terminal.ts';

export type FollowOptions = Readonly<{
  limit?: number;
  output: Format;
  json?: boolean;
  raw?: boolean;
  whole?: boolean;
}>;

/** Matches shown before the new ones. */
export const LAST_DEFAULT = 10;
/** How often the store is looked at: a new entry is visible within a second of being written anyway. */
const LOOK_EVERY_MS = 200;
/** The same of a cluster, where every look is a query. */
const ASK_EVERY_MS = 1_000;

export type Following = Readonly<{
  filter: Filter;
  options: FollowOptions;
  time: UserTime;
  /** Of `followEnd`. */
  endMs: number;
}>;

/** When nothing more can arrive that is asked for. Throws USAGE where that is so now. */
export function followEnd(options: Pick<FilterOptions, 'since' | 'until'>, time: UserTime): number {
  const { untilUs } = timeRange(options, time);
  refusePast(untilUs, { name: '--until', nowMs: time.nowMs });
  return endOfFollowing(untilUs);
}

/** Ends when the context is stopped, the asked time is over, or nobody reads any more; otherwise with the process. */
export async function follow(
  context: CliContext,
  { reader, database }: OpenEntries,
  { filter, options, time, endMs }: Following,
): Promise<void> {
  const output = new PacedOutput(context.output);
  const { fd } = context.output as { fd?: number };
  // Before the first piece is written: a reader such as `head` may leave at once.
  const outputReader = fd === undefined ? null : OutputReader.of(fd);
  const printer = await openPrinter({
    format: options.json ? 'json' : options.raw ? 'raw' : options.output,
    withContext: false,
    terminal: terminalOf(context.output, context.environment),
    time: time.local,
    hits: hitFinder(filter),
    whole: options.whole ?? false,
  });
  const print = async (picked: Picked): Promise<void> => {
    const content = printer.add(picked);
    if (content !== null) await output.write(content);
  };
  const follower = new Follower({ reader, database, filter }, null);
  const limit = options.limit ?? LAST_DEFAULT;
  // What arrives meanwhile comes with the new ones.
  const request = { query: filter, limit, upToSequence: follower.sequence };
  const last = newestEntries(reader, request);
  for (const picked of last) await print(picked);
  // The text of the first page was held back to see its widths.
  await output.write(printer.finish());
  const everyMs = database === null ? ASK_EVERY_MS : LOOK_EVERY_MS;
  for (let isOver = false; !isOver && !context.stop.aborted; ) {
    // The last look is behind the end: it sees all that was committed before.
    isOver = context.clock.nowMs() >= endMs;
    for (const picked of follower.look()) await print(picked);
    await output.flush();
    isOver ||= outputReader?.isGone() ?? false;
    if (!isOver) await context.clock.sleep(everyMs, { signal: context.stop });
  }
}
