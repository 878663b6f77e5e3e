/**
 * `logstead archives list|find|verify|restore`: what was moved where, whether it is still whole, and getting
 * it back. Reads the book and the archive; changes neither.
 */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { formatBytes } from '../base/byte-size.ts';
import { systemDisk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import { ArchiveBook, type ArchiveQuery } from '../ingest/archive-book.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { type ArchiveFault, checkArchived, restoreArchived } from '../rotate/archive-check.ts';
import { archiveRecordOf } from '../rotate/archive-record.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { timeRange } from './filter-options.ts';
import { endOnInterrupt } from './interrupt.ts';
import { LocalTime, userTimezone } from './local-time.ts';
import { openDatabase } from './open-database.ts';
import { openProgress } from './progress.ts';
import { settingsFor } from './settings-for.ts';

type ListOptions = Readonly<{ json?: boolean; source?: string; since?: string; until?: string }>;
type RestoreOptions = Readonly<{ to?: string }>;

export function register(program: Command, context: CliContext): void {
  const archives = program
    .command('archives')
    .description('archived files: what went where, whether it is whole, and getting it back');
  addListOptions(archives.command('list').description('every archived file, newest first')).action(
    (options: ListOptions, self: Command) => context.finish(list(context, self, { options })),
  );
  addListOptions(
    archives
      .command('find')
      .description('archived files whose original or archive path contains the text')
      .argument('<text>'),
  ).action((text: string, options: ListOptions, self: Command) =>
    context.finish(list(context, self, { options, text })),
  );
  addListOptions(
    archives
      .command('verify')
      .description(
        'read archived files to their end and compare them with the book; exit 7 where one is not whole',
      )
      .argument('[text]', 'only paths that contain it'),
  ).action((text: string | undefined, options: ListOptions, self: Command) =>
    context.finish(verify(context, self, { options, ...(text === undefined ? {} : { text }) })),
  );
  archives
    .command('restore')
    .description('write the original of an archived file, verified, beside what is there')
    .argument('<path>', 'its archive path, as "archives list" prints it')
    .option('--to <file>', 'where to; default: its name, in the working directory')
    .action((path: string, options: RestoreOptions, self: Command) =>
      context.finish(restore(context, self, { path, options })),
    );
}

function addListOptions(command: Command): Command {
  return command
    .option('--source <name>', 'of this source')
    .option('-S, --since <time>', 'with entries at this time or later')
    .option('-U, --until <time>', 'with entries before this time')
    .option('--json', 'one JSON object a line');
}

type Asked = Readonly<{ options: ListOptions; text?: string }>;

function list(context: CliContext, self: Command, asked: Asked): ExitCode {
  const time = new LocalTime(userTimezone());
  const nowMs = context.clock.nowMs();
  let count = 0;
  forEachFound(context, self, {
    ...asked,
    use: (row) => {
      count += 1;
      context.output.write(
        asked.options.json ? `${jsonLine(archiveRecordOf(row))}\n` : listLine(row, { time, nowMs }),
      );
    },
  });
  if (count === 0 && !asked.options.json) context.errorOutput.write('No archived file\n');
  return count === 0 ? EXIT.NOTHING_FOUND : EXIT.DONE;
}

function listLine(row: ArchiveRow, at: Readonly<{ time: LocalTime; nowMs: number }>): string {
  const size = formatBytes(row.sizeBytes).padStart(9);
  const lines = formatCount(row.stored?.lines ?? 0).padStart(11);
  const moved = at.time.short(row.movedAtMs, at.nowMs).padEnd(12);
  return `${moved}  ${size}  ${lines} lines  ${escapeTerminal(row.archivePath)}  from ${escapeTerminal(row.originalPath)}\n`;
}

function verify(context: CliContext, self: Command, asked: Asked): ExitCode {
  const rows: ArchiveRow[] = [];
  forEachFound(context, self, { ...asked, use: (row) => rows.push(row) });
  if (rows.length === 0 && asked.text !== undefined) {
    context.errorOutput.write(`No archived file has "${escapeTerminal(asked.text)}" in its path\n`);
    return EXIT.NOTHING_FOUND;
  }
  const total = rows.reduce((sum, row) => sum + storedBytesOf(row), 0);
  const asJson = asked.options.json ?? false;
  let faults = 0;
  let readBytes = 0;
  {
    using progress = openProgress(context, { name: 'verify', total, unit: 'bytes' });

    for (const row of rows) {
      const fault = checkArchived(systemDisk, row, (read) => progress.at(readBytes + read));
      readBytes += storedBytesOf(row);
      progress.at(readBytes);
      if (fault !== null) faults += 1;
      tellChecked(context, row, { fault, asJson });
    }
  }
  if (!asJson) {
    const verdict = faults === 0 ? 'all whole' : `${formatCount(faults)} not whole`;
    context.output.write(`${formatCounted(rows.length, 'archived file')} read, ${verdict}\n`);
  }
  return faults > 0 ? EXIT.DAMAGE_FOUND : EXIT.DONE;
}

/** A file without content is work as well. */
function storedBytesOf({ stored, sizeBytes }: ArchiveRow): number {
  return (stored?.storedBytes ?? sizeBytes) + 1;
}

function tellChecked(
  { output }: CliContext,
  { archivePath: path }: ArchiveRow,
  { fault, asJson }: Readonly<{ fault: ArchiveFault | null; asJson: boolean }>,
): void {
  if (asJson) {
    const state = fault === null ? 'whole' : fault.kind;
    output.write(`${jsonLine({ path, state, reason: fault?.reason ?? null })}\n`);
  } else if (fault !== null) {
    output.write(`${fault.kind}  ${escapeTerminal(path)}: ${escapeTerminal(fault.reason)}\n`);
  }
}

function restore(
  context: CliContext,
  self: Command,
  asked: Readonly<{ path: string; options: RestoreOptions }>,
): ExitCode {
  const absolute = resolve(context.workingFolder, asked.path);
  let found: ArchiveRow | null = null;
  forEachFound(context, self, {
    options: {},
    use: (row) => {
      const printed = escapeTerminal(row.archivePath);
      if (row.archivePath === absolute || printed === asked.path) found ??= row;
    },
  });
  const row: ArchiveRow | null = found;
  if (row === null) {
    throw new OperatorError(
      'USAGE',
      `Cannot restore "${asked.path}": the archive book has no such file`,
      {
        hint: 'See "logstead archives list" for what it has',
      },
    );
  }
  return restoreRow(context, row, asked.options);
}

function restoreRow(context: CliContext, row: ArchiveRow, options: RestoreOptions): ExitCode {
  const target = resolve(context.workingFolder, options.to ?? basename(row.originalPath));
  restoreArchived(systemDisk, row, target);
  context.output.write(
    `restored  ${escapeTerminal(target)}, ${formatBytes(row.sizeBytes)}, its hash matches\n`,
  );
  return EXIT.DONE;
}

/** Give every archived file that was asked for to `use`, newest move first. */
function forEachFound(
  context: CliContext,
  self: Command,
  asked: Asked & Readonly<{ use: (row: ArchiveRow) => void }>,
): void {
  const settings = settingsFor(context, globalOptions(self));
  const timeContext = { nowMs: context.clock.nowMs(), timezone: userTimezone() };
  const { source } = asked.options;
  const query: ArchiveQuery = {
    text: asked.text ?? null,
    source: source ?? null,
    ...timeRange(asked.options, timeContext),
  };
  endOnInterrupt();
  using database = openDatabase(context, settings.paths);

  if (database === null) return;
  for (const row of ArchiveBook.read(database).find(query)) asked.use(row);
}
