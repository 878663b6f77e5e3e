/** What goes on around the daemon of a soak: writers, queries, reloads, rotations, and faults of mail server and disk. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/base/errors.ts';
import { randomOf } from '../../src/selftest/random.ts';
import type { WriterOptions } from '../../src/selftest/rotating-writer.ts';
import type { Sample, SoakDaemon } from './soak-daemon.ts';

const WRITER = fileURLToPath(new URL('../support/torture-writer.ts', import.meta.url));
/** Source → how its log is rotated. */
const STYLES: Readonly<Record<string, Pick<WriterOptions, 'style' | 'compress'>>> = {
  renamed: { style: 'rename' },
  copied: { style: 'copytruncate' },
  packed: { style: 'rename-increasing', compress: 'gzip' },
};
const LINES_PER_ROTATION = 5_000;
/** Rotated files stay until Logstead archives them. */
const KEEP_COUNT = 1_000;
const QUERIES = [
  '/api/search?q=long&limit=50',
  '/api/search?q=level%3E%3Dinfo%20source%3Arenamed&limit=100',
  '/api/search?q=*999&limit=20',
  '/api/histogram?q=&buckets=60',
  '/api/stats?q=',
  '/api/status',
  '/api/alerts',
] as const;
/** Each fault has a rhythm of its own, so that over an hour they meet in every way. */
const RELOAD_EVERY_MS = 23_000;
const ROTATE_EVERY_MS = 61_000;
const MAIL_EVERY_MS = 71_000;
const MAIL_DOWN_MS = 11_000;
const DISK_EVERY_MS = 97_000;
const DISK_FULL_MS = 4_000;
const QUERY_PAUSE_MS = 250;
/** Threads look after their garbage every 10 s, and after all of it where they have little to do. */
const REST_MS = 90_000;
const REST_SAMPLED_MS = 40_000;
const REST_SAMPLE_EVERY_MS = 5_000;

/** What the daemon has in use when it has nothing to do. */
export type Rest = Readonly<{ atMs: number; residentBytes: number }>;

export class SoakLoad {
  readonly samples: Sample[] = [];
  readonly errors: string[] = [];
  queries = 0;
  reloads = 0;
  rotations = 0;
  mailOutages = 0;
  fullDisks = 0;
  readonly #daemon: SoakDaemon;
  readonly #writers = new Map<string, ChildProcess>();
  readonly #printed = new Map<string, string>();
  readonly #stop = new AbortController();
  #loops: Promise<unknown>[] = [];
  /** While the daemon is down on purpose, a refused connection is no error. */
  #isDown = false;
  #isResting = false;

  private constructor(daemon: SoakDaemon) {
    this.#daemon = daemon;
  }

  static async start(
    daemon: SoakDaemon,
    { linesPerSecond }: Readonly<{ linesPerSecond: number }>,
  ): Promise<SoakLoad> {
    const load = new SoakLoad(daemon);
    for (const [source, style] of Object.entries(STYLES))
      load.#write(source, style, linesPerSecond);
    load.#loops = [
      load.#query(),
      load.#every(RELOAD_EVERY_MS, () => {
        daemon.reload();
        load.reloads += 1;
      }),
      load.#every(ROTATE_EVERY_MS, () => load.#rotate()),
      load.#every(MAIL_EVERY_MS, async () => {
        await daemon.mail.goDown();
        load.mailOutages += 1;
        await load.#sleep(MAIL_DOWN_MS);
        await daemon.mail.comeUp();
      }),
      load.#every(DISK_EVERY_MS, async () => {
        if (daemon.fillDisk()) load.fullDisks += 1;
        await load.#sleep(DISK_FULL_MS);
        daemon.freeDisk();
      }),
    ];
    return load;
  }

  /** Let it go on for a while. */
  async pause(ms: number): Promise<void> {
    // What comes next may be a kill: answers cut short from here on are its doing.
    this.#isDown = false;
    await pause(ms);
    this.#isDown = true;
  }

  async sample(): Promise<void> {
    this.#isDown = false;
    try {
      this.samples.push(await this.#daemon.sample());
    } catch (error) {
      this.errors.push(`sample: ${messageOf(error)}`);
    }
  }

  /**
   * Nothing is written, asked or broken for `REST_MS`. What the daemon has in use at the end of it is what it keeps: what it
   * holds under load is more, and moves by tens of megabytes.
   */
  async rest(): Promise<Rest> {
    this.#isResting = true;
    for (const child of this.#writers.values()) child.kill('SIGUSR2');
    const endMs = performance.now() + REST_MS;
    const samples: Sample[] = [];
    while (performance.now() < endMs) {
      await pause(REST_SAMPLE_EVERY_MS);
      const sample = await this.#daemon.sample();
      if (sample.atMs >= endMs - REST_SAMPLED_MS) samples.push(sample);
    }
    for (const child of this.#writers.values()) child.kill('SIGUSR2');
    this.#isResting = false;
    return {
      atMs: performance.now(),
      residentBytes: Math.min(...samples.map(({ residentBytes }) => residentBytes)),
    };
  }

  /** Source → lines written. */
  async stopWriting(): Promise<ReadonlyMap<string, number>> {
    this.#isDown = false;
    const counts = new Map<string, number>();
    for (const [source, child] of this.#writers) {
      child.kill('SIGTERM');
      await once(child, 'close');
      counts.set(source, Number.parseInt(this.#printed.get(source)!, 10));
    }
    return counts;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
    this.#daemon.freeDisk();
    await this.#daemon.mail.comeUp();
  }

  #write(
    source: string,
    style: Pick<WriterOptions, 'style' | 'compress'>,
    linesPerSecond: number,
  ): void {
    const options: WriterOptions = {
      ...style,
      path: this.#daemon.project.folder.join(`logs/${source}.log`),
      seed: source.length,
      linesMax: Number.MAX_SAFE_INTEGER,
      linesPerSecond,
      linesPerRotation: LINES_PER_ROTATION,
      keepCount: KEEP_COUNT,
      longEvery: 1_000,
      longBytes: 20_000,
    };
    const child = spawn(process.execPath, [WRITER, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#printed.set(source, '');
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#printed.set(source, this.#printed.get(source)! + text);
    });
    this.#writers.set(source, child);
  }

  async #query(): Promise<void> {
    const random = randomOf(7);
    while (!this.#stop.signal.aborted) {
      await this.#sleep(QUERY_PAUSE_MS);
      if (this.#isResting) continue;
      const path = QUERIES[Math.floor(random() * QUERIES.length)]!;
      try {
        const answer = await fetch(this.#daemon.url + path, {
          signal: AbortSignal.timeout(30_000),
        });
        this.queries += 1;
        const text = await answer.text();
        if (!answer.ok) this.errors.push(`${path}: ${answer.status} ${text.slice(0, 200)}`);
      } catch (error) {
        await this.#sleep(1_000);
        if (!this.#isDown && !isCut(error)) this.errors.push(`${path}: ${messageOf(error)}`);
      }
    }
  }

  async #rotate(): Promise<void> {
    const { code, stderr } = await this.#daemon.project.cli(['rotate']);
    this.rotations += 1;
    // Killed in the middle, or the disk was full: the next one goes on.
    if (code !== 0 && !/daemon|connection|space|full|commit|state/i.test(stderr)) {
      this.errors.push(`rotate: ${code} ${stderr.trim()}`);
    }
  }

  async #every(ms: number, act: () => void | Promise<void>): Promise<void> {
    for (;;) {
      await this.#sleep(ms);
      if (this.#stop.signal.aborted) return;
      if (!this.#isResting) await act();
    }
  }

  async #sleep(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => null);
  }
}

/** The daemon was killed while it answered, or is not up again yet. */
function isCut(error: unknown): boolean {
  const { code } = ((error as { cause?: unknown }).cause ?? {}) as { code?: string };
  return ['ECONNREFUSED', 'ECONNRESET', 'UND_ERR_SOCKET'].includes(code ?? '');
}
