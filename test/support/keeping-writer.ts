/**
 * Writers of logs of one test, in the ways that programs have: one opens its log for each write, one keeps it open until it is
 * told to open it anew, one keeps it for ever. Lines are written whole.
 *
 * A shell holds what they keep, for a process's own handles say nothing of a writer.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export type Keeping = 'not' | 'until told' | 'always';

/** Single digits are what every shell has. */
const FIRST_HANDLE = 3;
const HANDLES_MAX = 7;

export class Holder implements AsyncDisposable {
  readonly #shell: ChildProcess;
  #handles = FIRST_HANDLE;

  private constructor(shell: ChildProcess) {
    this.#shell = shell;
  }

  static start(): Holder {
    return new Holder(spawn('sh', { stdio: ['pipe', 'pipe', 'inherit'] }));
  }

  /** A number for `hold` that nobody else has. */
  handle(): number {
    const handle = this.#handles;
    this.#handles += 1;
    if (handle >= FIRST_HANDLE + HANDLES_MAX) throw new Error('a shell has no more handles');
    return handle;
  }

  /** Keep the file of this descriptor of ours open for writing, instead of what the handle had. */
  async hold(handle: number, descriptor: number): Promise<void> {
    await this.#ask(`exec ${handle}<>/proc/${process.pid}/fd/${descriptor}`);
  }

  async #ask(command: string): Promise<void> {
    this.#shell.stdin!.write(`${command}; echo\n`);
    await once(this.#shell.stdout!, 'data');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell.stdin!.end();
    if (this.#shell.exitCode === null) await once(this.#shell, 'close');
  }
}

export class KeepingWriter implements Disposable {
  readonly path: string;
  readonly keeping: Keeping;
  readonly #holder: Holder;
  readonly #handle: number | null;
  #descriptor: number | null = null;

  /** Where it writes next, for one that does not write at the end of the file, whatever that is. */
  #position: number | null;

  constructor(
    path: string,
    { keeping, appends }: Readonly<{ keeping: Keeping; appends: boolean }>,
    holder: Holder,
  ) {
    this.path = path;
    this.#position = appends ? null : 0;
    this.keeping = keeping;
    this.#holder = holder;
    this.#handle = keeping === 'not' ? null : holder.handle();
    mkdirSync(dirname(path), { recursive: true });
  }

  /** As a program does that starts, or is told to. */
  async open(): Promise<void> {
    if (this.#handle === null) return;
    const before = this.#descriptor;
    closeSync(openSync(this.path, 'a'));
    this.#descriptor = openSync(this.path, this.#position === null ? 'a' : 'r+');
    if (this.#position !== null) this.#position = fstatSync(this.#descriptor).size;
    await this.#holder.hold(this.#handle, this.#descriptor);
    if (before !== null) closeSync(before);
  }

  write(text: string): void {
    if (this.#descriptor !== null) {
      const length = writeSync(this.#descriptor, text, this.#position);
      if (this.#position !== null) this.#position += length;
      return;
    }
    const descriptor = openSync(this.path, 'a');
    writeSync(descriptor, text);
    closeSync(descriptor);
  }

  [Symbol.dispose](): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
  }
}
