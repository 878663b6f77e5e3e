/**
 * Where a file goes: `ARCHIVE_DIR/SOURCE/2026/11/20/NAME`, and another name where that one is taken.
 *
 * The date is that of the file's last modification, in the time zone of `[rotation]`: the day its reader
 * remembers. A taken name gets the time of the move, then a counter: `app.20261120-140712.2.log`.
 * A source is data: it may be anything, and can never lead out of the archive folder. One that would have its folder where a
 * file or the manifest of another source stands (`x/2026/11/20.json` beside `x`) gets a counter behind that name.
 */
import { extname, join, relative, sep } from 'node:path';
import type { Disk } from '../base/disk.ts';
import { fileStamp, padded, zonedTime } from '../base/zoned-time.ts';

/** Longest name of file or folder on Linux file systems. */
const NAME_BYTES_MAX = 255;
/** Room kept for stamp, counter and the ending of a compressed file: `.20261120-140712.1000000.zst`. */
const SUFFIX_BYTES_MAX = 40;

export function archiveFolderOf(
  archiveDir: string,
  file: Readonly<{ source: string; modifiedAtMs: number; timezone: string }>,
): string {
  const day = zonedTime(file.modifiedAtMs, file.timezone);
  return join(
    archiveDir,
    ...sourceFolders(file.source),
    padded(day.year, 4),
    padded(day.month),
    padded(day.day),
  );
}

/** The source as folder names: no way up, no empty or hidden-by-accident part, nothing a file system refuses. */
export function sourceFolders(source: string): string[] {
  const folders = source
    .split('/')
    .map((part) => cutToBytes(part.replace(UNSAFE, '_'), NAME_BYTES_MAX))
    .filter((part) => part !== '' && part !== '.')
    .map((part) => (part === '..' ? '__' : part));
  return folders.length === 0 ? ['unnamed'] : folders;
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
const UNSAFE = /[\u0000-\u001f\u007f]/g;

/** A year and a month, where manifests stand, or a whole day, where files stand; elsewhere no file of the archive does. */
const IN_DATED_FOLDER = /\/\d{4,}\/\d\d(?:\/\d\d)?$/;

/** Free names in the archive. One object for one run: it remembers the names it gave. */
export class ArchiveNames {
  readonly #disk: Disk;
  readonly #timezone: string;
  readonly #given = new Set<string>();
  /** Folders that files are to come into, and those above them. */
  readonly #folders = new Set<string>();
  /** The counter given last, by stamped name: the next search starts there, not at 2. */
  readonly #counters = new Map<string, number>();

  constructor(disk: Disk, timezone: string) {
    this.#disk = disk;
    this.#timezone = timezone;
  }

  /** `folder` below `root`, led past files that the archive holds under the names of folders on its way. */
  folder(root: string, folder: string): string {
    let path = root;
    for (const name of relative(root, folder).split(sep)) {
      path = IN_DATED_FOLDER.test(path) ? this.#besideFiles(path, name) : join(path, name);
      this.#folders.add(path);
    }
    return path;
  }

  #besideFiles(parent: string, name: string): string {
    let path = join(parent, name);
    for (let counter = 2; this.#isFile(path); counter += 1) {
      const stem = cutToBytes(name, NAME_BYTES_MAX - SUFFIX_BYTES_MAX);
      path = join(parent, `${stem}.${counter}`);
    }
    return path;
  }

  #isFile(path: string): boolean {
    return this.#given.has(path) || this.#disk.linkStat(path)?.isFile() === true;
  }

  /** A path in `folder` that is free on disk and was not given before. `ending`: behind the name, `.zst`. */
  take(folder: string, wanted: Readonly<{ name: string; ending?: string; nowMs: number }>): string {
    const { ending = '' } = wanted;
    const plain = join(folder, fitted(wanted.name, ending));
    if (this.#claim(plain)) return plain;
    const { stem, extension } = splitName(wanted.name);
    const stamped = `${stem}.${fileStamp(zonedTime(wanted.nowMs, this.#timezone))}`;
    const path = join(folder, stamped + extension + ending);
    if (this.#claim(path)) return path;
    for (let counter = (this.#counters.get(path) ?? 1) + 1; ; counter += 1) {
      const numbered = join(folder, `${stamped}.${counter}${extension}${ending}`);
      if (!this.#claim(numbered)) continue;
      this.#counters.set(path, counter);
      return numbered;
    }
  }

  #claim(path: string): boolean {
    const isTaken = this.#given.has(path) || this.#folders.has(path);
    if (isTaken || this.#disk.linkStat(path) !== undefined) return false;
    this.#given.add(path);
    return true;
  }
}

/** A name as long as the file system allows has no room for an ending: its stem gives way. */
function fitted(name: string, ending: string): string {
  if (Buffer.byteLength(name + ending) <= NAME_BYTES_MAX) return name + ending;
  const { stem, extension } = splitName(name);
  return stem + extension + ending;
}

/** `app.log` is `app` and `.log`; `app.log.1` is kept whole, since `.1` says no type. */
function splitName(name: string): { stem: string; extension: string } {
  const ending = extname(name);
  const extension = /^\.[a-z]+[a-z0-9]{0,7}$/i.test(ending) ? ending : '';
  const stem = name.slice(0, name.length - extension.length);
  const room = NAME_BYTES_MAX - SUFFIX_BYTES_MAX - extension.length;
  return { stem: cutToBytes(stem, room), extension };
}

/** The longest start of `text` that takes at most `bytesMax` bytes and ends between characters. */
function cutToBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= bytesMax) return text;
  let end = bytesMax;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
