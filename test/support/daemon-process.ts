/**
 * The real program, as a user runs it: `node src/main.ts …` in a project folder of its own.
 *
 * `TestProject` is the folder with its config; `cli()` runs one command to its end; `DaemonProcess` is
 * `run` in the foreground, stopped or killed by the test, and never left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { TempFolder } from './temp-folder.ts';
import { waitFor } from './wait-for.ts';

export const MAIN_PATH = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** A program and its first arguments. */
export type Command = readonly [program: string, ...args: readonly string[]];
const FROM_SOURCE: Command = [process.execPath, MAIN_PATH];

/** The least a config needs; the HTTP port is a free one, so that tests do not meet. */
const CONFIG_DEFAULT = `[paths]
log_dir = logs
report_dir = reports
archive_dir = archives
notify_dir = notifications

[http]
listen = 127.0.0.1:0
`;

/** It takes two seconds of CPU, of which a busy machine may give little. */
const READY_TIMEOUT_MS = 120_000;
const READY_TEXT = 'Logstead is ready';
/** A daemon that logs warnings alone does not say it. */
const ASK_UNTOLD_EVERY_MS = 2_000;

export type CommandResult = Readonly<{
  /** Null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}>;

export type RunOptions = Readonly<{
  /** Added to the environment; undefined removes. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Written to standard input, which is then closed. */
  input?: string;
  /** Default: the project's folder. */
  cwd?: string;
}>;

export class TestProject implements Disposable {
  readonly folder: TempFolder;
  readonly configPath: string;
  readonly command: Command;

  private constructor(folder: TempFolder, configPath: string, command: Command) {
    this.folder = folder;
    this.configPath = configPath;
    this.command = command;
  }

  /** `config`: added behind the four paths. `command`: another `logstead` than the one of the source. */
  static make(config = '', command: Command = FROM_SOURCE): TestProject {
    const folder = TempFolder.make();
    const configPath = folder.write('config/config.ini', `${CONFIG_DEFAULT}\n${config}`);
    folder.makeFolder('logs');
    return new TestProject(folder, configPath, command);
  }

  /** Replace what is added behind the four paths. */
  configure(config: string): void {
    this.folder.write('config/config.ini', `${CONFIG_DEFAULT}\n${config}`);
  }

  /** Run one command, from the project's folder, so that it finds `config/config.ini`. */
  cli(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const [program, ...first] = this.command;
    return runCommand(program, [...first, ...args], {
      cwd: this.folder.path,
      ...options,
    });
  }

  /** One command that prints one JSON object. */
  async cliJson(args: readonly string[]): Promise<unknown> {
    const { stdout, stderr, code } = await this.cli(args);
    try {
      return JSON.parse(stdout);
    } catch (cause) {
      throw new Error(`Not JSON from ${args.join(' ')} (exit ${code}): ${stdout}${stderr}`, {
        cause,
      });
    }
  }

  [Symbol.dispose](): void {
    this.folder[Symbol.dispose]();
  }
}

export class DaemonProcess implements AsyncDisposable {
  readonly project: TestProject;
  readonly #child: ChildProcess;
  readonly #exited: Promise<CommandResult>;
  #output = '';

  private constructor(project: TestProject, child: ChildProcess) {
    this.project = project;
    this.#child = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    this.#exited = once(child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as NodeJS.Signals | null,
      stdout: this.#output,
      stderr: '',
    }));
  }

  /** Start it without waiting for anything. */
  static spawn(project: TestProject, options: RunOptions = {}): DaemonProcess {
    const [program, ...first] = project.command;
    const args = [...first, 'run', '--config', project.configPath];
    return new DaemonProcess(
      project,
      spawn(program, args, {
        cwd: options.cwd ?? project.folder.path,
        env: environment(options.env),
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
  }

  /** Start it and wait until `status` says that it is ready. */
  static async start(project: TestProject, options: RunOptions = {}): Promise<DaemonProcess> {
    const daemon = DaemonProcess.spawn(project, options);
    try {
      await daemon.waitUntilReady();
      return daemon;
    } catch (cause) {
      await daemon[Symbol.asyncDispose]();
      throw cause;
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Everything it has printed, both streams in order of arrival. */
  get output(): string {
    return this.#output;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** `status` exits 0 only when the daemon is ready. Asking takes a second of CPU, so not before the daemon says it is. */
  async waitUntilReady(): Promise<void> {
    let askFromMs = performance.now() + ASK_UNTOLD_EVERY_MS;
    const ask = async (): Promise<boolean> => {
      if (!this.#output.includes(READY_TEXT) && performance.now() < askFromMs) return false;
      askFromMs = performance.now() + ASK_UNTOLD_EVERY_MS;
      return (await this.project.cli(['status'])).code === 0;
    };
    await this.waitFor(ask, { what: 'the daemon to be ready', timeoutMs: READY_TIMEOUT_MS });
  }

  /** Ask until the answer is true, and fail at once, with what the daemon printed, when it has ended. */
  waitFor<T>(
    ask: () => T | Promise<T>,
    options: Readonly<{ what?: string; timeoutMs?: number }> = {},
  ): Promise<Exclude<T, false | null | undefined>> {
    return waitFor(
      async () => {
        const answer = await ask();
        if (answer || this.running) return answer;
        const { exitCode, signalCode } = this.#child;
        throw new Error(`The daemon ended (${exitCode ?? signalCode}): ${this.#output}`);
      },
      { ...options, found: () => this.#output },
    );
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when it has ended, by itself or by a signal. */
  exited(): Promise<CommandResult> {
    return this.#exited;
  }

  /** SIGTERM, and wait for the end. */
  stop(): Promise<CommandResult> {
    this.signal('SIGTERM');
    return this.#exited;
  }

  /** SIGKILL, and wait for the end. */
  kill9(): Promise<CommandResult> {
    this.signal('SIGKILL');
    return this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) await this.kill9();
  }
}

/** Run a program to its end. */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<CommandResult> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: environment(options.env),
    stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  // A program that ends without reading its input closes the pipe; its exit code is the answer.
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout, stderr };
}

/** The test runner's own settings must not reach the program. */
function environment(added: RunOptions['env'] = {}): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, NODE_ENV: _environment, VITEST: _runner, ...rest } = process.env;
  return { ...rest, ...added };
}
