/** Runs commands in the test's own process: what they print, and the exit code they end with. */
import { Writable } from 'node:stream';
import { Command } from 'commander';
import type { Clock } from '../../src/base/clock.ts';
import type { CliContext } from '../../src/cli/context.ts';
import { EXIT, type ExitCode } from '../../src/cli/exit-code.ts';
import { exitCodeOf, explainError } from '../../src/cli/explain-error.ts';
import { TestStore } from './engine-store.ts';
import type { TestEntry } from './entry-rows.ts';
import { FakeClock } from './fake-clock.ts';
import { TempFolder } from './temp-folder.ts';

export type Register = (program: Command, context: CliContext) => void;

export type CommandOutcome = Readonly<{ code: ExitCode; stdout: string; stderr: string }>;

export type CommandOptions = Readonly<{
  workingFolder: string;
  clock?: Clock;
  /** Columns of a pretended terminal; absent: a pipe. */
  columns?: number;
  environment?: Readonly<Record<string, string>>;
  /** Stops a command that goes on. */
  stop?: AbortSignal;
  /** Called with each piece of standard output. */
  onOutput?: (text: string) => void;
}>;

/** Run `args` (without the program's name) with one command registered. */
export async function runCommand(
  register: Register,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandOutcome> {
  const output = new Collected(options.columns, options.onOutput);
  const errorOutput = new Collected(options.columns);
  let code: ExitCode = EXIT.DONE;
  const context: CliContext = {
    clock: options.clock ?? new FakeClock(),
    workingFolder: options.workingFolder,
    environment: options.environment ?? {},
    output: output as unknown as NodeJS.WriteStream,
    errorOutput: errorOutput as unknown as NodeJS.WriteStream,
    stop: options.stop ?? new AbortController().signal,
    finish: (finished) => {
      code = finished;
    },
  };
  const program = new Command('logstead').option('--config <file>').exitOverride();
  program.configureOutput({
    writeOut: (text) => output.write(text),
    writeErr: (text) => errorOutput.write(text),
  });
  register(program, context);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    code = exitCodeOf(thrown);
    errorOutput.write(explainError(thrown));
  }
  return { code, stdout: output.text, stderr: errorOutput.text };
}

/** The least a config needs. */
export const CONFIG_TEXT =
  '[paths]\nlog_dir = logs\nreport_dir = reports\narchive_dir = archives\nnotify_dir = notifications\n';

/** A project with a store, for commands that read it. */
export class CommandScene implements Disposable {
  readonly folder = TempFolder.make();
  readonly store: TestStore;
  readonly #register: Register;

  constructor(register: Register, entries: readonly TestEntry[]) {
    this.#register = register;
    this.folder.write('config/config.ini', CONFIG_TEXT);
    this.store = new TestStore(this.folder.makeFolder('state'));
    this.store.add(entries);
  }

  run(args: readonly string[], options: Partial<CommandOptions> = {}): Promise<CommandOutcome> {
    return runCommand(this.#register, args, { workingFolder: this.folder.path, ...options });
  }

  /** The same project, with another command. */
  with(register: Register): Pick<CommandScene, 'run'> {
    return {
      run: (args, options = {}) =>
        runCommand(register, args, { workingFolder: this.folder.path, ...options }),
    };
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
    this.folder[Symbol.dispose]();
  }
}

class Collected extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number | undefined;

  readonly #onText: ((text: string) => void) | undefined;

  constructor(columns: number | undefined, onText?: (text: string) => void) {
    super();
    this.#onText = onText;
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    this.#onText?.(chunk.toString());
    done();
  }
}
