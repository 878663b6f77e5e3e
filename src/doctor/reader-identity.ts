/** Who reads the log files, and whether that user may: judged by the mode bits, because doctor mostly runs as root. */
import type { Stats } from 'node:fs';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export type ReaderIdentity = Readonly<{
  /** For messages: `logstead, in adm and systemd-journal`. */
  name: string;
  uid: number | null;
  groupIds: readonly number[];
  /** Root, or a service with CAP_DAC_OVERRIDE: modes do not count. */
  readsAll: boolean;
}>;

const READ = 4;
const SEARCH = 1;

/** What stops this reader: the file itself or a folder above it; null: nothing does. */
export function obstacleOf(path: string, reader: ReaderIdentity): string | null {
  if (reader.readsAll) return null;
  if (!may(statSync(path), READ, reader)) return path;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!may(statSync(folder), SEARCH, reader)) return folder;
    if (folder === '/') return null;
  }
}

/** As the kernel decides: the first class that fits counts, even where a later one would allow more. */
function may({ uid, gid, mode }: Stats, bit: number, reader: ReaderIdentity): boolean {
  if (uid === reader.uid) return ((mode >> 6) & bit) !== 0;
  if (reader.groupIds.includes(gid)) return ((mode >> 3) & bit) !== 0;
  return (mode & bit) !== 0;
}
