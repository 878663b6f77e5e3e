/**
 * `logstead once`: the batch run of a cron user. Scan, analyse, report, archive, notify; then end.
 *
 * A stage that fails: a FAILED notification that names it, nothing further is touched, exit code 4.
 */
import type { Command } from 'commander';
import { systemDisk } from '../base/disk.ts';
import { rotate } from '../rotate/rotation-job.ts';
import { type CliContext, globalOptions } from './context.ts';
import { dryRun, noLogFileText } from './dry-run.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { resultText } from './rotation-output.ts';
import { completeSettingsFor } from './settings-for.ts';
import { StateSession } from './state-session.ts';

type OnceOptions = Readonly<{ dryRun?: boolean }>;

export function register(program: Command, context: CliContext): void {
  program
    .command('once')
    .description('read log_dir once, report, archive the finished files, notify')
    .option('--dry-run', 'say what would be done, and change nothing')
    .addHelpText(
      'after',
      `
Exit codes: 0 done, 4 a stage failed, 5 no .log file, 6 a daemon has the state
Example, in a crontab:
  15 * * * *  cd /opt/logstead && src/logstead.sh once`,
    )
    .action(async (options: OnceOptions, command: Command) => {
      context.finish(await once(context, options, command));
    });
}

async function once(
  context: CliContext,
  options: OnceOptions,
  command: Command,
): Promise<ExitCode> {
  const settings = completeSettingsFor(context, globalOptions(command));
  if (options.dryRun) return dryRun(context, settings, { run: 'once' });
  await using session = await StateSession.open(context, settings);

  const { clock, output, errorOutput } = context;
  const result = await rotate(
    { clock, disk: systemDisk, ingest: session.ingest.service() },
    settings,
    { run: 'once' },
  );
  if (result.status === 'no-files') {
    errorOutput.write(noLogFileText(settings));
    return EXIT.NO_LOG_FILE;
  }
  const failed = result.status === 'failed';
  (failed ? errorOutput : output).write(resultText(result));
  return failed ? EXIT.STAGE_FAILED : EXIT.DONE;
}
