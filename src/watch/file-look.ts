/** What a stat says about a file, in the words of this room; inode numbers above 2^53 are kept exactly. */
import { type BigIntStats, fstatSync, lstatSync, type Stats, statSync } from 'node:fs';
import type { FileIdentity } from '../base/open-writers.ts';

declare const fileKeyBrand: unique symbol;
/** Device and inode, `<device>:<inode>`: which file, whatever it is called. */
export type FileKey = string & { readonly [fileKeyBrand]: true };

export type FileLook = Readonly<{
  key: FileKey;
  kind: 'file' | 'folder' | 'other';
  sizeBytes: number;
  modifiedAtMs: number;
  /** 0 where the file system does not know. */
  birthMs: number;
  /** Names that lead to it; 0: deleted. */
  linkCount: number;
}>;

/** Follows links; undefined where nothing is there. Throws the system's error for anything else. */
export function lookAtPath(path: string): FileLook | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return lookOf(stats, () => statSync(path, { bigint: true }));
}

export function lookAtDescriptor(descriptor: number): FileLook {
  return lookOf(fstatSync(descriptor), () => fstatSync(descriptor, { bigint: true }));
}

export function fileKeyOf(device: string, inode: string): FileKey {
  return `${device}:${inode}` as FileKey;
}

/** The inode part of a key: device numbers may change when the machine starts again. */
export function inodeOf(key: FileKey): string {
  return key.slice(key.indexOf(':') + 1);
}

/** As plain numbers, for those who compare with what a stat says without asking for more. */
export function identityOf(key: FileKey): FileIdentity {
  const device = Number(key.slice(0, key.indexOf(':')));
  return { device, inode: Number(inodeOf(key)) };
}

function lookOf(stats: Stats, exact: () => BigIntStats): FileLook {
  return {
    key: Number.isSafeInteger(stats.ino)
      ? fileKeyOf(String(stats.dev), String(stats.ino))
      : exactKeyOf(exact()),
    kind: kindOf(stats),
    sizeBytes: stats.size,
    modifiedAtMs: stats.mtimeMs,
    birthMs: stats.birthtimeMs,
    linkCount: stats.nlink,
  };
}

/** Overlay file systems put a layer number into the high bits of the inode number. */
function exactKeyOf(stats: BigIntStats): FileKey {
  return fileKeyOf(String(stats.dev), String(stats.ino));
}

function kindOf(stats: Stats): FileLook['kind'] {
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : 'other';
}

/** Undefined also where it cannot be looked at now: who misses it asks again. */
export function lookOrNothing(path: string): FileLook | undefined {
  try {
    return lookAtPath(path);
  } catch {
    return undefined;
  }
}

/** Whether the name itself is a symbolic link. */
export function isLink(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch {
    return false;
  }
}
