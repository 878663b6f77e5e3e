/** Ingest over a folder of logs, taken by hand, by one process after the other. */
import { cpSync, renameSync, rmSync } from 'node:fs';
import type { AlertEvent } from '../../src/alert/alert-event.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { type Log, silentLog } from '../../src/base/log.ts';
import { settingsFromText } from '../../src/config/load-settings.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import type { Settings } from '../../src/config/settings.ts';
import type { SegmentLimits } from '../../src/engine/segment-format.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { entryAt } from '../../src/model/entry-at.ts';
import { TempFolder } from './temp-folder.ts';

const PATHS = `[paths]
log_dir = logs
report_dir = reports
archive_dir = archives
notify_dir = notifications
`;

/** One ingest after the other on one project; `drain` takes unfinished last lines at once. */
export class IngestScene implements AsyncDisposable {
  readonly folder = TempFolder.make();
  #config: string;
  readonly #clock: Clock;
  readonly #limits: Partial<SegmentLimits>;
  readonly events: AlertEvent[] = [];
  ingest!: Ingest;

  private constructor(config: string, clock: Clock, limits: Partial<SegmentLimits>) {
    this.#config = config;
    this.#clock = clock;
    this.#limits = limits;
    this.folder.makeFolder('logs');
  }

  /** `limits`: segments that are smaller than those of a real store. */
  static async make(
    config = '',
    clock: Clock = systemClock,
    limits: Partial<SegmentLimits> = {},
  ): Promise<IngestScene> {
    const scene = new IngestScene(config, clock, limits);
    await scene.start();
    return scene;
  }

  async start(log: Log = silentLog): Promise<void> {
    const settings = this.settings;
    prepareFolders(settings);
    this.ingest = await Ingest.open({
      disk: systemDisk,
      clock: this.#clock,
      log,
      settings,
      limits: this.#limits,
      onEvents: (events) => this.events.push(...events),
    });
  }

  async stop(): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
  }

  async reload(config: string): Promise<void> {
    this.#config = config;
    await this.ingest.reconfigure(this.settings);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** What is on the disk now is what the next process finds. `config`: it was written anew meanwhile. */
  async crash(config = this.#config): Promise<void> {
    this.#config = config;
    await this.kill();
    await this.start();
  }

  /** Stopped, with what is on the disk now. */
  async kill(): Promise<void> {
    const state = this.folder.join('state');
    cpSync(state, `${state}-as-it-is`, { recursive: true });
    await this.stop();
    rmSync(state, { recursive: true });
    renameSync(`${state}-as-it-is`, state);
  }

  async take(text: string | Buffer, name = 'a.log'): Promise<string[]> {
    this.folder.append(`logs/${name}`, text);
    await this.ingest.drain();
    return this.texts();
  }

  /** `line number:original bytes` of every entry, in order of the file. */
  texts(): string[] {
    using reader = this.ingest.openReader();
    const found: { at: number; text: string }[] = [];
    for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
      for (const row of rows.subarray(0, count)) {
        const { origin } = entryAt(columns, row);
        const text = `${columns.line[row]}:${columns.rawBytes(row).toString('utf8')}`;
        found.push({ at: origin.generation * 1e12 + origin.offsetBytes, text });
      }
    }
    return found.toSorted((a, b) => a.at - b.at).map(({ text }) => text);
  }

  /** Its sections, without the paths. */
  get config(): string {
    return this.#config;
  }

  get settings(): Settings {
    return settingsFromText(this.configText, { projectFolder: this.folder.path });
  }

  /** For commands, which read it from a file. */
  get configText(): string {
    return `${PATHS}${this.#config}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}
