/** The process edge: argv in, exit code out. Nothing else ends the process or prints an error. */
import { systemClock } from './base/clock.ts';
import type { CliContext } from './cli/context.ts';
import { EXIT, type ExitCode } from './cli/exit-code.ts';
import { stopOfProcess } from './cli/interrupt.ts';
import { importQuickly } from './cli/quick-imports.ts';

let code: ExitCode = EXIT.DONE;

// A closed pipe (`logstead search … | head`) is the reader's right: end quietly.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EPIPE') process.exit(code);
    // Where errors cannot be written either, the exit code is all that is left to say.
    if (stream === process.stdout) {
      process.stderr.write(`Cannot write to standard output: ${cause.message}\n`);
    }
    process.exit(EXIT.STAGE_FAILED);
  });
}

const context: CliContext = {
  clock: systemClock,
  workingFolder: process.cwd(),
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
process.exitCode = code;
