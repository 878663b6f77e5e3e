/**
 * A real daemon as a process of its own, which can be killed at any moment; what it has read of each file is asked
 * for again and again, as a user would with `status`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import { callDaemon } from '../serve/control-client.ts';
import type { DaemonStatus } from '../serve/daemon-status.ts';
import { standstillOf } from '../serve/troubles.ts';
import { Patience, processorTicksOf } from './patience.ts';

export type DaemonOptions = Readonly<{
  clock: Clock;
  /** The program and its first arguments; `run --config FILE` is added. */
  command: readonly [program: string, ...args: readonly string[]];
  configPath: string;
  stateDir: string;
  /** How long it may stand still before it is ready. */
  stuckMsMax?: number;
}>;

export type FileProgress = Readonly<{
  generation: number;
  readBytes: number;
  committedBytes: number;
}>;

const READY_POLL_MS = 20;

/** Of its output the end is kept, to be shown when it ends by itself. */
const OUTPUT_LENGTH_MAX = 10_000;

export class DaemonUnderTest implements AsyncDisposable {
  readonly #options: DaemonOptions;
  #child: ChildProcess | null = null;
  #output = '';

  constructor(options: DaemonOptions) {
    this.#options = options;
  }

  /** Start it, and resolve when it is ready. */
  async start(): Promise<void> {
    const { clock, command, configPath, stuckMsMax } = this.#options;
    const [program, ...first] = command;
    const child = spawn(program, [...first, 'run', '--config', configPath], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_LENGTH_MAX);
      });
    }
    const patience = new Patience(clock, stuckMsMax);
    while (!(await this.status())?.ready) {
      if (child.exitCode !== null || child.signalCode !== null) throw this.#ended('it ended');
      if (patience.isOver(processorTicksOf(child.pid ?? 0))) {
        throw this.#ended('it is not ready, and does nothing to become so');
      }
      await clock.sleep(READY_POLL_MS);
    }
  }

  /** Null while it is dead or starting. Throws where the disk is so full that it reads nothing: nothing would be found out by waiting. */
  async status(): Promise<DaemonStatus | null> {
    let status: DaemonStatus;
    try {
      status = (await callDaemon(this.#options.stateDir, 'status')) as DaemonStatus;
    } catch (thrown) {
      if (thrown instanceof OperatorError) return null;
      throw thrown;
    }
    const { ingest } = status;
    if (ingest.diskPressure !== 'rest') return status;
    throw new OperatorError(
      'DISK_FULL',
      `Cannot test on the disk of "${this.#options.stateDir}": ${standstillOf(ingest)}`,
      {
        hint: 'Make room there, or let it kill less often: it writes some megabytes for each time',
      },
    );
  }

  /** How far the newest generation of each path is read. */
  async progress(): Promise<ReadonlyMap<string, FileProgress>> {
    const progress = new Map<string, FileProgress>();
    for (const file of (await this.status())?.ingest.files ?? []) {
      const { path, generation, readBytes, committedBytes } = file;
      if (generation === null || generation < (progress.get(path)?.generation ?? 0)) continue;
      progress.set(path, { generation, readBytes, committedBytes });
    }
    return progress;
  }

  async kill9(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Let it finish what it began. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill9();
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'close');
  }

  #ended(what: string): OperatorError {
    return new OperatorError('DAEMON_NOT_RUNNING', `Cannot test the daemon: ${what}`, {
      hint: `The last it said: ${this.#output.trim() || 'nothing'}`,
    });
  }
}
