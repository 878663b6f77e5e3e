/**
 * `logstead import FILE…`: old log files into the index, plain or compressed (gzip, zstd, bzip2, xz), each once. The
 * files stay where they are. Needs that no daemon runs: this process writes the index.
 */
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { formatBytes } from '../base/byte-size.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
import type { Settings } from '../config/settings.ts';
import { importFile } from '../ingest/import-file.ts';
import { sourceOf } from '../watch/rotation-name.ts';
import { type CliContext, globalOptions } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openProgress } from './progress.ts';
import { settingsFor } from './settings-for.ts';
import { StateSession } from './state-session.ts';

type ImportOptions = Readonly<{
  source?: string;
  tag?: readonly string[];
  format?: string;
  timezone?: string;
  again?: boolean;
  json?: boolean;
}>;

export function register(program: Command, context: CliContext): void {
  program
    .command('import')
    .description(
      'bring old log files into the index, plain, gz, zst, bz2 or xz; they stay as they are',
    )
    .argument('<files...>')
    .option('--source <name>', 'the source of their entries; default: derived from the path')
    .option('--tag <name...>', 'tags of their entries')
    .option('--format <name>', 'how lines are understood; default: found out')
    .option('--timezone <zone>', 'zone of stamps that name none; default: that of this machine')
    .option('--again', 'also files that were brought in before: their entries are then there twice')
    .option('--json', 'one JSON object a file')
    .action(async (files: string[], options: ImportOptions, self: Command) => {
      const settings = settingsFor(context, globalOptions(self));
      context.finish(await importAll(context, settings, { files, options }));
    });
}

async function importAll(
  context: CliContext,
  settings: Settings,
  { files, options }: Readonly<{ files: readonly string[]; options: ImportOptions }>,
): Promise<ExitCode> {
  const paths = files.map((file) => resolve(context.workingFolder, file));
  const total = paths.reduce((sum, path) => sum + sizeOf(path), 0) * 2;
  await using session = await StateSession.open(context, settings);
  using progress = openProgress(context, { name: 'import', total, unit: 'bytes' });

  let doneBytes = 0;
  let failedCount = 0;
  for (const path of paths) {
    try {
      const imported = await importFile(
        { ingest: session.ingest, book: session.ingest.imports },
        path,
        {
          source: options.source ?? sourceOf(path, { fixedFolder: dirname(path), inLogDir: true }),
          tags: options.tag ?? [],
          format: options.format ?? null,
          timezone: options.timezone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
          again: options.again ?? false,
          nowMs: () => context.clock.nowMs(),
          onRead: (readBytes) => progress.at(doneBytes + readBytes),
        },
      );
      tell(context, path, { ...imported, asJson: options.json ?? false });
    } catch (cause) {
      failedCount += 1;
      context.errorOutput.write(`${escapeTerminal(messageOf(cause))}\n`);
      if (cause instanceof OperatorError && cause.hint !== undefined) {
        context.errorOutput.write(`  ${escapeTerminal(cause.hint)}\n`);
      }
    }
    doneBytes += sizeOf(path) * 2;
    progress.at(doneBytes);
  }
  return failedCount === 0 ? EXIT.DONE : EXIT.STAGE_FAILED;
}

function tell(
  { output }: CliContext,
  path: string,
  told: Readonly<{ entryCount: number; sizeBytes: number; format: string | null; asJson: boolean }>,
): void {
  const { asJson, ...counts } = told;
  if (asJson) {
    output.write(`${jsonLine({ path, ...counts })}\n`);
    return;
  }
  const entries = formatCounted(counts.entryCount, 'entry', 'entries');
  const format = counts.format === null ? '' : `, ${counts.format}`;
  output.write(
    `imported  ${escapeTerminal(path)}: ${entries}, ${formatBytes(counts.sizeBytes)}${format}\n`,
  );
}

/** 0 where it cannot be looked at: reading it says why. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
