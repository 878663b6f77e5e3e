/**
 * Writes segment files so that a name never stands for half a file, and takes them away.
 *
 * Write under a temporary name → sync → rename → sync the folder. A power cut leaves the temporary file, or a whole
 * segment without a catalog row; recovery deletes both.
 */
import { basename, dirname, join } from 'node:path';
import type { Disk } from '../base/disk.ts';
import { systemCodeOf } from '../base/errors.ts';
import { partialOf, SET_ASIDE_FOLDER } from './segment-files.ts';

export class SegmentStore {
  readonly #disk: Disk;
  readonly folder: string;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.folder = folder;
  }

  /** Write a segment durably. `file` is a path below the folder. */
  write(file: string, bytes: Uint8Array): void {
    const { path, temporary } = this.#begin(file);
    try {
      {
        using target = this.#disk.open(temporary, 'create');
        target.write(bytes);
        target.sync();
      }
      this.#disk.rename(temporary, path);
      this.#disk.syncFolder(dirname(path));
    } catch (thrown) {
      this.#takeBack(file);
      throw thrown;
    }
  }

  /** The same while this thread does something else. `bytes` must stay as they are until then. */
  async writeMeanwhile(file: string, bytes: Uint8Array): Promise<void> {
    const { path, temporary } = this.#begin(file);
    try {
      {
        using target = this.#disk.open(temporary, 'create');
        await target.writeMeanwhile(bytes);
        await target.syncMeanwhile();
      }
      this.#disk.rename(temporary, path);
      await this.#disk.syncFolderMeanwhile(dirname(path));
    } catch (thrown) {
      this.#takeBack(file);
      throw thrown;
    }
  }

  #begin(file: string): Readonly<{ path: string; temporary: string }> {
    const path = join(this.folder, file);
    this.#ensureFolder(dirname(path));
    // A partial file of the same number was left by a write that failed.
    this.remove(partialOf(file));
    return { path, temporary: partialOf(path) };
  }

  #takeBack(file: string): void {
    this.#removeQuietly(partialOf(file));
    this.#removeQuietly(file);
  }

  /** Remove a file; one that is not there is removed already. */
  remove(file: string): void {
    try {
      this.#disk.unlink(join(this.folder, file));
    } catch (thrown) {
      if (systemCodeOf(thrown) !== 'ENOENT') throw thrown;
    }
  }

  /** Remove files so that they do not come back, and day folders that are empty then. */
  removeDurably(files: readonly string[]): void {
    for (const file of files) this.remove(file);
    for (const folder of new Set(files.map((file) => dirname(join(this.folder, file))))) {
      if (this.#disk.stat(folder) === undefined) continue;
      this.#disk.syncFolder(folder);
      if (folder === this.folder || this.#disk.list(folder).length > 0) continue;
      this.#disk.removeFolder(folder);
      this.#disk.syncFolder(this.folder);
    }
  }

  /** Move a file out of the way, for a person to look at. Never overwrites. */
  setAside(file: string): void {
    const path = join(this.folder, file);
    if (this.#disk.stat(path) === undefined) return;
    const asideFolder = join(this.folder, SET_ASIDE_FOLDER);
    this.#ensureFolder(asideFolder);
    let target = join(asideFolder, basename(file));
    for (let copy = 1; this.#disk.stat(target) !== undefined; copy += 1) {
      target = join(asideFolder, `${basename(file)}.${copy}`);
    }
    this.#disk.rename(path, target);
    this.#disk.syncFolder(asideFolder);
    this.#disk.syncFolder(dirname(path));
  }

  /** Keep bytes that are no file of ours, as `setAside` does. */
  keepAside(name: string, bytes: Uint8Array): void {
    const asideFolder = join(this.folder, SET_ASIDE_FOLDER);
    this.#ensureFolder(asideFolder);
    this.write(join(SET_ASIDE_FOLDER, name), bytes);
  }

  /** After a failure: what cannot be removed now is found by the next recovery. */
  #removeQuietly(file: string): void {
    try {
      this.remove(file);
    } catch {
      // The failure that brought us here is the one to report.
    }
  }

  #ensureFolder(path: string): void {
    if (this.#disk.stat(path) !== undefined) return;
    this.#disk.makeFolder(path);
    this.#disk.syncFolder(dirname(path));
  }
}
