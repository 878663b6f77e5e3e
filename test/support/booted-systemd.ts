/**
 * A machine of its own for tests of the service: a real systemd as PID 1 in namespaces, on a throw-away overlay of this
 * machine's file system (`booted-systemd.sh`). Needs root, and systemd installed; starts in about half a second.
 *
 * Its network is a loopback interface of its own, so ports are free and nothing leaves it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type CommandResult, runCommand } from './daemon-process.ts';
import { needsProgram, needsRoot, type Skipper } from './needs.ts';
import { waitFor } from './wait-for.ts';

const SCRIPT = fileURLToPath(new URL('booted-systemd.sh', import.meta.url));
const ENVIRONMENT = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'LANG=C.UTF-8',
] as const;
const SINK = fileURLToPath(new URL('smtp-sink-process.ts', import.meta.url));
/** Booting takes half a second on a quiet machine. */
const BOOT_MS_MAX = 30_000;
/** A power-off takes two seconds; after that the namespaces are ended from outside. */
const POWER_OFF_MS_MAX = 10_000;

export class BootedSystemd implements AsyncDisposable {
  readonly #folder: string;
  readonly #outer: ChildProcess;
  #pid = 0;

  private constructor(folder: string, outer: ChildProcess) {
    this.#folder = folder;
    this.#outer = outer;
  }

  /** `binds`: folders of this machine and where they are seen inside, read-only. */
  static async boot(
    context: Skipper,
    { binds = {} }: Readonly<{ binds?: Readonly<Record<string, string>> }> = {},
  ): Promise<BootedSystemd> {
    needsProgram(context, 'systemd-analyze');
    needsRoot(context);
    const folder = mkdtempSync('/run/logstead-test-');
    const pairs = Object.entries(binds).map(([source, target]) => `${source}:${target}`);
    const unshare = ['--mount', '--pid', '--uts', '--ipc', '--net', '--fork'];
    const outer = spawn('unshare', [...unshare, 'bash', SCRIPT, folder, ...pairs], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [outer.stdout, outer.stderr]) {
      stream.on('data', (bytes: Buffer) => {
        said += bytes.toString();
      });
    }
    const machine = new BootedSystemd(folder, outer);
    try {
      await waitFor(() => machine.#isUp(), { timeoutMs: BOOT_MS_MAX });
    } catch (cause) {
      await machine[Symbol.asyncDispose]();
      throw new Error(`systemd did not boot: ${said}`, { cause });
    }
    return machine;
  }

  /** Run a program inside, as root. */
  run(program: string, args: readonly string[] = []): Promise<CommandResult> {
    // What this process has in its environment is not that machine's.
    const enter = ['-t', String(this.#pid), '-a', '--', 'env', '-i', ...ENVIRONMENT];
    return runCommand('nsenter', [...enter, program, ...args]);
  }

  /** Run it, and expect it to succeed; its standard output. */
  async output(program: string, args: readonly string[] = []): Promise<string> {
    const { code, stdout, stderr } = await this.run(program, args);
    if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${code}\n${stdout}${stderr}`);
    return stdout;
  }

  /** A program of this machine, its files and all, in the network of that one. */
  spawnInNetwork(program: string, args: readonly string[]): ChildProcess {
    return spawn('nsenter', ['-t', String(this.#pid), '-n', '--', program, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  }

  /** One property of a unit, as `systemctl show` prints it. */
  async property(unit: string, name: string): Promise<string> {
    return (await this.output('systemctl', ['show', '-P', name, unit])).trim();
  }

  /** Where a file of that machine is seen from here. */
  pathOf(path: string): string {
    return `/proc/${this.#pid}/root${path}`;
  }

  read(path: string): string {
    return readFileSync(this.pathOf(path), 'utf8');
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.pathOf(path)), { recursive: true });
    writeFileSync(this.pathOf(path), text, { mode });
  }

  list(path: string): string[] {
    try {
      return readdirSync(this.pathOf(path)).toSorted();
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = (): boolean => this.#outer.exitCode !== null || this.#outer.signalCode !== null;
    if (this.#pid > 0 && !gone()) {
      await this.run('systemctl', ['poweroff']);
      await waitFor(gone, { timeoutMs: POWER_OFF_MS_MAX }).catch(() => {});
    }
    // PID 1 of the namespace dies with the process that made it, and all others with PID 1.
    if (!gone()) this.#outer.kill('SIGKILL');
    await waitFor(gone);
    await runCommand('unshare', ['--mount', 'bash', SCRIPT, this.#folder], {
      env: { STAGE: 'clean' },
    });
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #isUp(): Promise<boolean> {
    if (this.#outer.exitCode !== null)
      throw new Error(`unshare ended with ${this.#outer.exitCode}`);
    const children = readFileSync(
      `/proc/${this.#outer.pid}/task/${this.#outer.pid}/children`,
      'utf8',
    );
    const pid = Number(children.trim().split(' ')[0]);
    if (!(pid > 0) || readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'systemd\n') return false;
    this.#pid = pid;
    const state = await this.run('systemctl', ['is-active', 'multi-user.target']);
    return state.stdout === 'active\n';
  }
}

export type MailTold = Readonly<{ to: readonly string[]; subject: string; text: string }>;

/** A mail server that the machine reaches on its loopback interface. */
export class MailInside implements Disposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly port: number;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, port: number) {
    this.#child = child;
    this.#lines = lines;
    this.port = port;
  }

  /** `login`: the user and the password it asks for. */
  static async listen(
    machine: BootedSystemd,
    login: readonly [] | readonly [string, string] = [],
  ): Promise<MailInside> {
    const child = machine.spawnInNetwork(process.execPath, [SINK, ...login]);
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const { value } = await lines.next();
    return new MailInside(child, lines, Number(value));
  }

  /** The next mail, as soon as it is there. */
  async next(): Promise<MailTold> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('The mail server has ended');
    return JSON.parse(value);
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}
