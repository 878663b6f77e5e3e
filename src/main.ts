/** The process edge: argv in, exit code out. Nothing else ends the process or prints an error. */
import { systemClock } from './base/clock.ts';
import { OperatorError } from './base/errors.ts';
import { zoneNameOf } from './base/time-zone.ts';
import type { CliContext } from './cli/context.ts';
import { EXIT, type ExitCode } from './cli/exit-code.ts';
import { ignoreHangUp, stopOfProcess, stopUnread } from './cli/interrupt.ts';
import { importQuickly } from './cli/quick-imports.ts';

let code: ExitCode = EXIT.DONE;
let unwritten: ExitCode = EXIT.DONE;

// A closed pipe (`logstead search … | head`) is the reader's right: end quietly, once what was begun is finished.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EPIPE' && unwritten === EXIT.DONE) {
      unwritten = EXIT.STAGE_FAILED;
      // Where errors cannot be written either, the exit code is all that is left to say.
      if (stream === process.stdout) {
        process.stderr.write(`Cannot write to standard output: ${cause.message}\n`);
      }
    }
    if (!stopUnread()) process.exit(unwritten === EXIT.DONE ? code : unwritten);
  });
}

// `logstead.sh` has seen it.
if (process.env.LOGSTEAD_HANG_UP === 'ignored') ignoreHangUp();

// Before anything has to do with times, and for the threads as well.
const { TZ } = process.env;
if (TZ !== undefined && TZ !== '') {
  const zone = zoneNameOf(TZ);
  if (zone === null) delete process.env.TZ;
  else process.env.TZ = zone ?? 'UTC';
  if (zone === undefined) {
    process.stderr.write(
      `TZ is "${TZ}", which is not the name of a time zone: local times are those of UTC. Set it to one such as Europe/Berlin\n`,
    );
  }
}

const context: CliContext = {
  clock: systemClock,
  get workingFolder() {
    return workingFolder();
  },
  environment: process.env,
  output: process.stdout,
  errorOutput: process.stderr,
  get stop() {
    return stopOfProcess();
  },
  finish: (finished) => {
    code = finished;
  },
};

try {
  importQuickly();
  // After it, so that it serves these imports as well.
  const { makeProgram } = await import('./cli/program.ts');
  const program = await makeProgram(context, process.argv.slice(2));
  await program.parseAsync(process.argv);
} catch (thrown) {
  // Loaded where it is wanted: most commands succeed, and nobody waits for what they do not load.
  const { exitCodeOf, explainError } = await import('./cli/explain-error.ts');
  code = exitCodeOf(thrown);
  const text = explainError(thrown);
  if (text !== '') process.stderr.write(`${text}\n`);
}
process.exitCode = code === EXIT.DONE ? unwritten : code;

/** Node ends with a trace of its own where it was deleted, or replaced by another of its name. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new OperatorError(
      'USAGE',
      'Cannot work in a folder that is gone: the working directory',
      {
        hint: 'Change into one that is there, with "cd"',
      },
    );
  }
}
