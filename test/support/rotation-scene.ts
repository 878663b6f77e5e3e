/** A project with real logs, index, archive and rotation, in this process: for what happens between them. */
import { utimesSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { type Disk, systemDisk } from '../../src/base/disk.ts';
import { openLog } from '../../src/base/log.ts';
import { defaultSettings } from '../../src/config/load-settings.ts';
import { prepareFolders } from '../../src/config/prepare-folders.ts';
import type { Settings } from '../../src/config/settings.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { Ingest } from '../../src/ingest/ingest.ts';
import { rotate } from '../../src/rotate/rotation-job.ts';
import type { RotationRequest } from '../../src/rotate/rotation-request.ts';
import type { RotationResult } from '../../src/rotate/rotation-run.ts';
import { TempFolder } from './temp-folder.ts';

export class RotationScene implements AsyncDisposable {
  readonly folder: TempFolder;
  readonly settings: Settings;
  readonly ingest: Ingest;
  /** Of the runs. */
  disk: Disk = systemDisk;

  private constructor(folder: TempFolder, settings: Settings, ingest: Ingest) {
    this.folder = folder;
    this.settings = settings;
    this.ingest = ingest;
  }

  static async make(
    change: (settings: Settings) => Settings = (same) => same,
  ): Promise<RotationScene> {
    const folder = TempFolder.make();
    const settings = change(defaultSettings(folder.path));
    prepareFolders(settings);
    return new RotationScene(folder, settings, await ingestOf(settings));
  }

  /** A log file that was last written at that time. */
  write(name: string, content: string, modifiedAtMs: number): string {
    const path = this.folder.write(`logs/${name}`, content);
    utimesSync(path, modifiedAtMs / 1000, modifiedAtMs / 1000);
    return path;
  }

  rotate(request: RotationRequest = { run: 'once' }): Promise<RotationResult> {
    const parts = { clock: systemClock, disk: this.disk, ingest: this.ingest.service() };
    return rotate(parts, this.settings, request);
  }

  /** Let the index forget every entry it has. */
  forget(): void {
    const { maintenance } = this.ingest;
    maintenance.reconfigure({ ...this.settings.retention, indexBytesMax: 0 });
    maintenance.expire();
  }

  /** What another process sees. */
  open(): Readonly<{ database: Database; reader: StoreReader }> & Disposable {
    const database = Database.open(`${this.settings.paths.stateDir}/logstead.db`, {
      readOnly: true,
    });
    const reader = StoreReader.open({ disk: systemDisk, clock: systemClock, database });
    return {
      database,
      reader,
      [Symbol.dispose]() {
        reader[Symbol.dispose]();
        database.close();
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ingest[Symbol.asyncDispose]();
    this.folder[Symbol.dispose]();
  }
}

function ingestOf(settings: Settings): Promise<Ingest> {
  const log = openLog({ level: 'error', style: 'json' });
  return Ingest.open({ disk: systemDisk, clock: systemClock, log, settings });
}
