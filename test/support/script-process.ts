/** A piece of JavaScript in a Node process of its own, for what only another process can show: locks, crashes, signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class ScriptProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#closed = once(child, 'close');
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  }

  /** `script` is a module; its arguments begin at `process.argv[1]`. */
  static async start(script: string, args: readonly string[] = []): Promise<ScriptProcess> {
    const flags = ['--expose-gc', '--input-type=module', '--eval', script, '--', ...args];
    const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child, 'spawn');
    return new ScriptProcess(child);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The next line it prints; undefined when it has ended. */
  async line(): Promise<string | undefined> {
    const next = await this.#lines.next();
    return next.done ? undefined : next.value;
  }

  async kill9(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill9();
  }
}
