/**
 * A project whose logs are followed in the test's own process, on a clock turned by hand: rules look at lines as they come,
 * and what they said is then rehearsed.
 */
import { cpSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { IncidentStore } from '../../src/alert/incident-store.ts';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { silentLog } from '../../src/base/log.ts';
import { settingsFromText } from '../../src/config/load-settings.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import type { Settings } from '../../src/config/settings.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { DATABASE_NAME } from '../../src/ingest/state-files.ts';
import { incidentRecordOf } from '../../src/model/incident-record.ts';
import { rehearsalSettingsOf, rehearsedRules } from '../../src/rehearsal/rehearsal-settings.ts';
import { type Rehearsal, rehearse } from '../../src/rehearsal/rehearse.ts';
import { CONFIG_TEXT } from './command-line.ts';
import { FAKE_START_MS, FakeClock } from './fake-clock.ts';
import { TempFolder } from './temp-folder.ts';

export type SceneLine = Readonly<{ level?: string; message?: string; fields?: string }>;

export class RehearsalScene implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly clock: FakeClock;
  #ingest: Ingest;
  #settings: Settings;

  private constructor(
    parts: Readonly<{ folder: TempFolder; clock: FakeClock; settings: Settings }>,
    ingest: Ingest,
  ) {
    this.folder = parts.folder;
    this.clock = parts.clock;
    this.#settings = parts.settings;
    this.#ingest = ingest;
  }

  /** `sections`: the rules, and what else the config says. */
  static async open(sections: string): Promise<RehearsalScene> {
    const folder = TempFolder.make();
    const clock = new FakeClock();
    folder.write('config/config.ini', `${CONFIG_TEXT}${sections}`);
    const settings = settingsIn(folder, sections);
    prepareFolders(settings);
    const parts = { folder, clock, settings };
    return new RehearsalScene(parts, await openIngest(parts));
  }

  get ingest(): Ingest {
    return this.#ingest;
  }

  /** Write a line now, or as if it had been `agoMs` ago. */
  write(line: SceneLine, agoMs = 0, file = 'app'): void {
    const { level = 'info', message = 'it works', fields = '' } = line;
    const time = new Date(this.clock.nowMs() - agoMs).toISOString();
    this.folder.append(
      `logs/${file}.log`,
      `time=${time} level=${level} msg="${message}"${fields === '' ? '' : ` ${fields}`}\n`,
    );
  }

  /** Time passes, in steps of at most a second; each a turn of the daemon's loop. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 1_000) {
      await this.clock.advance(Math.min(left, 1_000));
      await this.#ingest.turn();
    }
  }

  /** `meanwhile`: what happens while no daemon runs. */
  async restart(meanwhile: () => Promise<void> = async () => {}): Promise<void> {
    await this.#ingest[Symbol.asyncDispose]();
    await meanwhile();
    const { folder, clock } = this;
    this.#ingest = await openIngest({ folder, clock, settings: this.#settings });
  }

  /** `sections`: other rules from here on. */
  async reload(sections: string): Promise<void> {
    this.#settings = settingsIn(this.folder, sections);
    await this.#ingest.reconfigure(this.#settings);
  }

  /** The next daemon finds what is on the disk now: what was not committed is read again. */
  async crash(): Promise<void> {
    const state = this.#settings.paths.stateDir;
    const asItIs = `${state}-as-it-is`;
    cpSync(state, asItIs, { recursive: true });
    await this.restart(async () => {
      rmSync(state, { recursive: true });
      renameSync(asItIs, state);
    });
  }

  /** What the rules said while it happened: the lines of `alerts list --json`, oldest first. */
  live(rule?: string): unknown[] {
    using database = this.#openDatabase();
    const store = IncidentStore.reader(database);
    return store
      .list({ limit: 0, ...(rule === undefined ? {} : { rule }) })
      .map(incidentRecordOf)
      .reverse();
  }

  /** Notifications of what the rules said: as their history has them, and how many of those are to be delivered. */
  notified(): Readonly<{ said: number; queued: number }> {
    using database = this.#openDatabase();
    const row = database
      .prepare(
        `SELECT count(*) AS said, count(n.number) AS queued
         FROM incident_history h LEFT JOIN notifications n ON n.key = h.notification
         WHERE h.notification IS NOT NULL`,
      )
      .get()!;
    return { said: Number(row.said), queued: Number(row.queued) };
  }

  /** Ids of what is silenced now. */
  silences(): string[] {
    using database = this.#openDatabase();
    const nowUs = this.clock.nowMs() * 1_000;
    const silences = IncidentStore.reader(database).silences(nowUs);
    return silences.map(({ id }) => id);
  }

  /** `sections`: other rules than those at work. Default: the last day, as it was recorded. */
  async rehearse(
    change: Readonly<{
      sections?: string;
      rule?: string;
      mode?: 'recorded' | 'live';
      sinceMs?: number;
    }> = {},
  ): Promise<Rehearsal> {
    await this.#ingest.flush();
    const {
      sections,
      rule = null,
      mode = 'recorded',
      sinceMs = FAKE_START_MS - 3_600_000,
    } = change;
    const settings = sections === undefined ? this.#settings : settingsIn(this.folder, sections);
    using database = this.#openDatabase();
    const folder = this.folder.join('state/segments');
    using reader = StoreReader.open({ disk: systemDisk, clock: this.clock, database, folder });
    const { recipients, quietHours } = rehearsalSettingsOf(settings);
    return rehearse(
      { reader, database, host: null },
      {
        ...rehearsedRules(settings, rule),
        recipients,
        quietHours,
        sinceUs: sinceMs * 1_000,
        nowUs: this.clock.nowMs() * 1_000,
        mode,
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ingest[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }

  #openDatabase(): Database {
    return Database.open(join(this.#settings.paths.stateDir, DATABASE_NAME), { readOnly: true });
  }
}

/** The incidents of a rehearsal, as `alerts test --json` prints them. */
export function recordsOf({ incidents }: Rehearsal): unknown[] {
  return incidents.map(incidentRecordOf);
}

function settingsIn(folder: TempFolder, sections: string): Settings {
  return settingsFromText(`${CONFIG_TEXT}${sections}`, { projectFolder: folder.path });
}

function openIngest({
  clock,
  settings,
}: Readonly<{ folder: TempFolder; clock: FakeClock; settings: Settings }>): Promise<Ingest> {
  return Ingest.open({ disk: systemDisk, clock, log: silentLog, settings });
}
