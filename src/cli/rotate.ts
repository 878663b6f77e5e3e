/**
 * `logstead rotate`: make a rotation now. The daemon does it if one runs; otherwise this process does.
 */
import type { Command } from 'commander';
import { systemDisk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import { rotate } from '../rotate/rotation-job.ts';
import { type RotationRequest, refuseUnknownWatch } from '../rotate/rotation-request.ts';
import type { RotationResult } from '../rotate/rotation-run.ts';
import { callDaemon } from '../serve/control-client.ts';
import { type CliContext, globalOptions } from './context.ts';
import { dryRun } from './dry-run.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { resultText } from './rotation-output.ts';
import { settingsFor } from './settings-for.ts';
import { StateSession } from './state-session.ts';

type RotateOptions = Readonly<{ dryRun?: boolean }>;

export function register(program: Command, context: CliContext): void {
  program
    .command('rotate')
    .description('report, and move files that were left alone for [rotation] idle, now')
    .argument('[name]', 'only files of this [watch:NAME]')
    .option('--dry-run', 'say what would be done, and change nothing')
    .action(async (name: string | undefined, options: RotateOptions, command: Command) => {
      const settings = settingsFor(context, globalOptions(command));
      if (name !== undefined) refuseUnknownWatch(settings, name);
      const request: RotationRequest = {
        run: 'rotate',
        ...(name === undefined ? {} : { watch: name }),
      };
      context.finish(
        options.dryRun
          ? await dryRun(context, settings, request)
          : show(context, await rotateNow(context, settings, request)),
      );
    });
}

async function rotateNow(
  context: CliContext,
  settings: Settings,
  request: RotationRequest,
): Promise<RotationResult> {
  try {
    const result = await callDaemon(settings.paths.stateDir, 'rotate', {
      args: { watch: request.watch ?? null },
      timeoutMs: Number.POSITIVE_INFINITY,
    });
    return result as RotationResult;
  } catch (thrown) {
    if (!(thrown instanceof OperatorError && thrown.code === 'DAEMON_NOT_RUNNING')) throw thrown;
  }
  await using session = await StateSession.open(context, settings);

  const parts = { clock: context.clock, disk: systemDisk, ingest: session.ingest.service() };
  return await rotate(parts, settings, request);
}

function show(context: CliContext, result: RotationResult): ExitCode {
  const failed = result.status === 'failed';
  (failed ? context.errorOutput : context.output).write(resultText(result));
  return failed ? EXIT.STAGE_FAILED : EXIT.DONE;
}
