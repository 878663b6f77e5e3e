/** The daemon of a soak: a project with mail and a rule, its state on a small disk of its own where that can be made. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/base/errors.ts';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { SmtpSink } from '../support/smtp-sink.ts';

/** As a service starts it. */
const LAUNCHER = fileURLToPath(new URL('../../src/logstead.sh', import.meta.url));
/** The unit's `RestartSec`, and more of them than a rotation takes. */
const RESTART_MS = 2_000;
const STARTS_MAX = 30;
/** Big enough for an hour, small enough to be filled. */
const DISK = 'size=1g';
const BALLAST = 'ballast';
const CONFIG = (mail: SmtpSink): string => `
[rotation]
idle = 20s
compress = zstd

[alert:thousands]
when = *000
threshold = 3
window = 1m
cooldown = 30s

[email]
host = ${mail.host}
port = ${mail.port}
secure = none
from = logstead@example.org
to = ops@example.org
`;
/** What the daemon says while its disk is full or its mail server is away is no fault. */
const EXPECTED = /commit|disk|ENOSPC|no space|mail|deliver|intake|full/i;

export type Sample = Readonly<{
  atMs: number;
  residentBytes: number;
  openFiles: number;
  delayP99Ms: number;
  delayMaxMs: number;
}>;

export class SoakDaemon implements AsyncDisposable {
  readonly project: TestProject;
  readonly mail: SmtpSink;
  readonly #ownDisk: boolean;
  #daemon: DaemonProcess;
  #url = '';
  #printed: string[] = [];

  private constructor(
    project: TestProject,
    mail: SmtpSink,
    ownDisk: boolean,
    daemon: DaemonProcess,
  ) {
    this.project = project;
    this.mail = mail;
    this.#ownDisk = ownDisk;
    this.#daemon = daemon;
  }

  static async start({ isRoot }: Readonly<{ isRoot: boolean }>): Promise<SoakDaemon> {
    const mail = await SmtpSink.listen();
    const project = TestProject.make(CONFIG(mail), [LAUNCHER]);
    const state = project.folder.makeFolder('state');
    if (isRoot) execFileSync('mount', ['-t', 'tmpfs', '-o', DISK, 'tmpfs', state]);
    const daemon = await DaemonProcess.start(project);
    const soak = new SoakDaemon(project, mail, isRoot, daemon);
    await soak.#findUrl();
    return soak;
  }

  get url(): string {
    return this.#url;
  }

  async kill9(): Promise<void> {
    this.#printed.push(this.#daemon.output);
    await this.#daemon.kill9();
  }

  /** As a service manager does: a rotation by hand that began while it was down holds the state until it has ended. */
  async startAgain(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        this.#daemon = await DaemonProcess.start(this.project);
        break;
      } catch (cause) {
        if (attempt === STARTS_MAX || !messageOf(cause).includes('Cannot lock')) throw cause;
        await pause(RESTART_MS);
      }
    }
    await this.#findUrl();
  }

  reload(): void {
    this.#daemon.signal('SIGHUP');
  }

  /** Take all room there is; false where the state has no disk of its own. */
  fillDisk(): boolean {
    if (!this.#ownDisk) return false;
    try {
      writeFileSync(this.project.folder.join('state', BALLAST), Buffer.alloc(2 ** 30));
    } catch {
      // Full is what it should be.
    }
    return true;
  }

  freeDisk(): void {
    rmSync(this.project.folder.join('state', BALLAST), { force: true });
  }

  async sample(): Promise<Sample> {
    const text = await (await fetch(`${this.#url}/metrics`)).text();
    const metric = (name: string): number =>
      Number(new RegExp(`^logstead_${name} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
    return {
      atMs: performance.now(),
      residentBytes: residentBytesOf(this.#daemon.pid),
      openFiles: readdirSync(`/proc/${this.#daemon.pid}/fd`).length,
      delayP99Ms: metric('control_delay_p99_seconds') * 1_000,
      delayMaxMs: metric('control_delay_max_seconds') * 1_000,
    };
  }

  async lagBytes(): Promise<number> {
    const status = (await this.project.cliJson(['status', '--json'])) as {
      ingest?: { lagBytes: number };
    };
    return status.ingest?.lagBytes ?? Number.NaN;
  }

  /** Lines of its log at level error or above that no fault of ours explains. */
  faults(): string[] {
    const lines = [...this.#printed, this.#daemon.output].join('\n').split('\n');
    return lines.filter((line) => /"level":"(?:error|fatal)"/.test(line) && !EXPECTED.test(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#daemon[Symbol.asyncDispose]();
    await this.mail[Symbol.asyncDispose]();
    if (this.#ownDisk) execFileSync('umount', ['-l', this.project.folder.join('state')]);
    this.project[Symbol.dispose]();
  }

  async #findUrl(): Promise<void> {
    const status = (await this.project.cliJson(['status', '--json'])) as { http: { url: string } };
    this.#url = status.http.url;
    // From the first scrape on the control thread's delay is measured.
    await fetch(`${this.#url}/metrics`);
  }
}

function residentBytesOf(pid: number): number {
  return (
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
  );
}
