/**
 * A command on a terminal of its own, through `script` of util-linux: what it writes there, and keys typed into it.
 * The terminal has 24 rows and 100 columns.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { MAIN_PATH } from './daemon-process.ts';
import { waitFor } from './wait-for.ts';

export type PtyOptions = Readonly<{ cwd: string; environment?: Readonly<Record<string, string>> }>;

export class PtyProcess implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<unknown>;
  /** Everything the terminal was sent. */
  text = '';

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    this.#ended = once(child, 'exit');
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      this.text += chunk;
    });
  }

  /** `words` hold nothing that a shell would read otherwise: `script` passes them to one. */
  static start(words: readonly string[], { cwd, environment = {} }: PtyOptions): PtyProcess {
    const command = ['stty rows 24 cols 100;', process.execPath, MAIN_PATH, ...words].join(' ');
    const env = { ...process.env, TERM: 'xterm-256color', ...environment };
    const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
      cwd,
      env,
    });
    return new PtyProcess(child);
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Until the terminal was sent this. */
  async shows(text: string): Promise<void> {
    await waitFor(() => this.text.includes(text));
  }

  /** Its exit code, once it has ended by itself. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}
