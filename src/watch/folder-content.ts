/**
 * What lies in a folder, and what in it cannot be followed because its name is not UTF-8.
 *
 * Paths are text everywhere: in the ledger, in patterns, in answers. The system's names are bytes, and those that are no
 * UTF-8 do not survive as text: nothing lies under what they become. They are told, so that their lines do not stay away
 * in silence. The bytes are asked for only where a name has U+FFFD in it, which may also be its own.
 */
import { isUtf8 } from 'node:buffer';
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

export type RefusedName = Readonly<{
  kind: 'file' | 'folder';
  /** As text, with U+FFFD for what is not UTF-8: for patterns. Nothing lies there. */
  path: string;
  /** For people: with the code of each byte that is not UTF-8, `caf\\xe9.log`. */
  shown: string;
}>;

export type FolderContent = Readonly<{
  entries: readonly Dirent[];
  refused: readonly RefusedName[];
}>;

const REPLACEMENT = '\ufffd';

/** A character of UTF-8. */
const CHARACTER_BYTES_MAX = 4;

/** Throws the system's error. */
export function listFolder(folder: string): FolderContent {
  const entries = readdirSync(folder, { withFileTypes: true });
  if (!entries.some(({ name }) => name.includes(REPLACEMENT))) return { entries, refused: [] };
  const asBytes = readdirSync(folder, { withFileTypes: true, encoding: 'buffer' });
  const whole = new Set(asBytes.filter(({ name }) => isUtf8(name)).map(({ name }) => `${name}`));
  return {
    entries: entries.filter(({ name }) => whole.has(name)),
    refused: asBytes
      .filter(({ name }) => !isUtf8(name))
      .map((entry) => ({
        kind: isFolder(folder, entry) ? 'folder' : 'file',
        path: join(folder, entry.name.toString()),
        shown: join(folder, shownName(entry.name)),
      })),
  };
}

function isFolder(folder: string, entry: Dirent<Buffer>): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const path = Buffer.concat([Buffer.from(`${folder}/`), entry.name]);
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    // Where it leads to may not be known: as a file its own name decides.
    return false;
  }
}

function shownName(name: Buffer): string {
  let shown = '';
  for (let at = 0; at < name.length; ) {
    const character = characterAt(name, at);
    shown += character ?? `\\x${name.toString('hex', at, at + 1)}`;
    at += character === undefined ? 1 : Buffer.byteLength(character);
  }
  return shown;
}

function characterAt(name: Buffer, at: number): string | undefined {
  for (let bytesLength = 1; bytesLength <= CHARACTER_BYTES_MAX; bytesLength += 1) {
    const bytes = name.subarray(at, at + bytesLength);
    if (isUtf8(bytes)) return bytes.toString();
  }
  return undefined;
}
