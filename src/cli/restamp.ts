/**
 * `logstead restamp SOURCE`: correct stored times after the zone of stamps was set wrong. Takes the daemon's lock: only one may write
 * the store, and a daemon would go on with segments that are replaced here.
 */
import { join } from 'node:path';
import type { Command } from 'commander';
import { Database } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { formatDuration } from '../base/duration.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { PathSettings } from '../config/settings.ts';
import { holdState } from '../ingest/held-state.ts';
import { refuseDamagedLog } from '../ingest/lost-database.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { refuseNewerState } from '../ingest/state-schemas.ts';
import { timestampText } from '../model/entry-record.ts';
import { Zone } from '../parse/zone.ts';
import { type RestampResult, restamp } from '../rotate/restamp.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { timeRange } from './filter-options.ts';
import { userTimezone } from './local-time.ts';
import { openDatabase } from './open-database.ts';
import { openProgress } from './progress.ts';
import { settingsFor } from './settings-for.ts';

type RestampOptions = Readonly<{
  timezone?: string;
  since?: string;
  until?: string;
  dryRun?: boolean;
  localOnly?: boolean;
  json?: boolean;
}>;

export function register(program: Command, context: CliContext): void {
  program
    .command('restamp')
    .description('correct the stored times of a source whose time zone was set wrong')
    .argument('<source>', 'the source, or a pattern of sources (nginx/*)')
    .option(
      '--timezone <zone>',
      'zone of the stamps that print none (Europe/Berlin); default: what the config says now',
    )
    .option('-S, --since <time>', 'only entries whose stored time is at or after')
    .option('-U, --until <time>', 'only entries whose stored time is before')
    .option('--dry-run', 'say what would change, and change nothing')
    .option('--local-only', 'also where a cluster has copies, which keep their times')
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      `
Stop the daemon first, correct "timezone" of the [watch:NAME], then:
  logstead restamp nginx/access --dry-run
  logstead restamp nginx/access
All times change together, or none. Alerts and reports that were made with the wrong times stay as they are.`,
    )
    .action(async (source: string, options: RestampOptions, command: Command) => {
      context.finish(await run(context, { source, options }, command));
    });
}

async function run(
  context: CliContext,
  { source, options }: Readonly<{ source: string; options: RestampOptions }>,
  command: Command,
): Promise<ExitCode> {
  const settings = settingsFor(context, globalOptions(command));
  const { stateDir } = settings.paths;
  if (options.timezone !== undefined) checkZone(options.timezone);
  const timeContext = { nowMs: context.clock.nowMs(), timezone: userTimezone() };
  const { fromUs, untilUs } = timeRange(options, timeContext);
  {
    using found = openDatabase(context, settings.paths);
    if (found === null) return EXIT.NOTHING_FOUND;
  }
  using _lock = lockOf(settings.paths);
  refuseDamagedLog(systemDisk, stateDir);
  using database = Database.open(join(stateDir, DATABASE_NAME));
  refuseNewerState(database);
  using progress = openProgress(context, {
    name: 'restamp',
    total: entryCountOf(database),
    unit: 'entries',
  });
  const result = await restamp(
    {
      disk: systemDisk,
      clock: context.clock,
      database,
      settings,
      folder: join(stateDir, SEGMENTS_FOLDER),
    },
    {
      source,
      timezone: options.timezone ?? null,
      fromUs,
      untilUs,
      isDryRun: options.dryRun === true,
      isLocalOnly: options.localOnly === true,
      onLooked(entryCount) {
        progress.at(entryCount);
        context.stop.throwIfAborted();
      },
    },
  );
  if (options.json) context.output.write(`${JSON.stringify(recordOf(result))}\n`);
  else context.output.write(resultText(result, source, options.dryRun === true));
  return result.entryCount === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

function checkZone(name: string): void {
  if (Zone.find(name) !== null) return;
  throw new OperatorError(
    'USAGE',
    `Cannot read --timezone "${name}": found no such zone, allowed are IANA names like "Europe/Berlin"`,
  );
}

/** The lock, or an error that says what to do about it. */
function lockOf(paths: PathSettings): Disposable {
  try {
    return holdState(paths);
  } catch (cause) {
    if (!(cause instanceof OperatorError) || cause.code !== 'STATE_IN_USE') throw cause;
    throw new OperatorError('STATE_IN_USE', `Cannot correct times now. ${cause.message}`, {
      hint: 'Stop the daemon, restamp, and start it again: what is logged meanwhile is read then',
      cause,
    });
  }
}

function entryCountOf(database: Database): number {
  const row = database.prepare('SELECT sum(row_count) AS count FROM engine_segment').get();
  return Number(row?.['count'] ?? 0);
}

function resultText(result: RestampResult, source: string, isDryRun: boolean): string {
  const lines: string[] = [];
  const verb = isDryRun ? 'Would move' : 'Moved';
  const shifts = [...result.shifts].sort(([, a], [, b]) => b.entryCount - a.entryCount);
  for (const [shiftUs, { entryCount, firstUs }] of shifts) {
    const sign = shiftUs < 0 ? '-' : '+';
    const entries = formatCounted(entryCount, 'entry', 'entries');
    const before = timestampText(firstUs);
    lines.push(
      `${verb} ${entries} by ${sign}${formatDuration(Math.abs(shiftUs) / 1000)}: ${before} is ${timestampText(firstUs + shiftUs)}`,
    );
  }
  const all = formatCounted(result.entryCount, 'entry', 'entries');
  const rest = result.entryCount - result.movedCount - result.keptCount - result.unstampedCount;
  lines.push(
    result.entryCount === 0
      ? `Found no entry of a source "${escapeTerminal(source)}": "logstead stats" lists the sources`
      : `${all} of ${escapeTerminal(source)}: ${formatCount(result.movedCount)} moved, ${formatCount(rest)} right already or with a zone of their own, ` +
          `${formatCount(result.unstampedCount)} without a stamp, ${formatCount(result.keptCount)} not understood and left`,
  );
  if (result.archiveCount > 0) {
    lines.push(`${formatCounted(result.archiveCount, 'archived file')} corrected as well`);
  }
  if (result.unknownArchiveCount > 0) {
    const files = formatCounted(result.unknownArchiveCount, 'archived file');
    lines.push(`${files} have no skip index: a search in archives reads their stamps as UTC`);
  }
  return `${lines.join('\n')}\n`;
}

function recordOf(result: RestampResult): object {
  const { shifts, ...counts } = result;
  return {
    ...counts,
    shifts: [...shifts].map(([shiftUs, { entryCount }]) => ({ shiftUs, entryCount })),
  };
}
