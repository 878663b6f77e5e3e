/**
 * What a file name says about rotation: `app.log.2.gz` is a rotated, compressed form of `app.log`.
 *
 * Names only suggest where to look; whether two files hold the same bytes is always decided by content.
 */
import { basename, dirname, join, relative } from 'node:path';
import type { Packing } from '../base/unpacking.ts';

export type Compression = Packing | 'unsupported';

export type RotationName = Readonly<{
  /** The name while it was written, `app.log`; the name itself if it shows no rotation. */
  stem: string;
  rotated: boolean;
  compression: Compression | null;
}>;

const COMPRESSED = /\.(gz|zst|bz2|xz|lz4|lzma|Z)$/;
/** Those that can be read. */
const PACKINGS: Readonly<Record<string, Packing>> = {
  gz: 'gzip',
  zst: 'zstd',
  bz2: 'bzip2',
  xz: 'xz',
};
const YEAR = String.raw`(?:19|20)\d\d`;
/** The year first, or last as `-%d%m%Y` of logrotate and `%d{MM-dd-yyyy}` of log4j have it; and months and weeks. */
const DAY = String.raw`${YEAR}[-_.]?[01]\d[-_.]?[0-3]\d|[0-3]\d[-_.]?[0-3]\d[-_.]?${YEAR}|${YEAR}[-_.][0-5]\d|${YEAR}[-_.]?W[0-5]\d`;
const TIME = String.raw`(?:[-_.T]\d{1,10}|\d{2,6}|[-_.T]?\d\d[-_.:]?\d\d(?:[-_.:]?\d\d)?)(?:Z|[-+]\d{4})?`;
/** The last: `%s` of logrotate, seconds since 1970, and the milliseconds of others. */
const DATE = String.raw`(?:(?:${DAY})(?:${TIME})?|[12]\d{9}(?:\d{3})?)`;
/** A number like any other, but behind an extension: `app.log-202611`. */
const PLAIN_MONTH = String.raw`(?<=\.[A-Za-z]{1,10})[-_.]${YEAR}(?:0[1-9]|1[0-2])`;
/** By themselves, or behind another: `addextension` of logrotate. */
const LEFT = String.raw`\.(?:old|bak)`;
/** `.1`, `.old`, `-20261120`, `.2026-11-20`, `.1.bak`, and a counter behind a date. */
const SUFFIX = new RegExp(
  String.raw`(?:(?:[-_.]${DATE}(?:[-_.]\d{1,4})?|${PLAIN_MONTH}|\.\d{1,4})(?:${LEFT})?|${LEFT})$`,
);
/** The same in front of the extension: `app-20261120.log`, `app.1.log`. */
const INFIX = new RegExp(
  String.raw`(?:[-_.]${DATE}(?:[-_.]\d{1,4})?|\.\d{1,4})(?=\.[A-Za-z][A-Za-z0-9]{0,9}$)`,
);
/** `app-1.log.gz` of log4j: taken for a rotated form only where it is compressed, for `app-1.log` may be a log of its own. */
const DASHED = /[-_]\d{1,4}(?=\.[A-Za-z][A-Za-z0-9]{0,9}$)/;
/** Counted up with each rotation, in either place. */
const COUNTED = new RegExp(String.raw`\.(\d{1,4})(?:${LEFT}|\.[A-Za-z][A-Za-z0-9]{0,9})?$`);
/** What svlogd, multilog and s6-log make of `current`: when, in TAI64N, and whether it was finished. */
const OF_CURRENT = /^@[0-9a-f]{24}\.[stu]$/;
const EXTENSION = /(?<=.)\.[A-Za-z][A-Za-z0-9]{0,9}$/;

export function parseRotationName(name: string): RotationName {
  const ending = COMPRESSED.exec(name);
  const plain = ending === null ? name : name.slice(0, ending.index);
  const bare = plain.replace(OF_CURRENT, 'current').replace(SUFFIX, '').replace(INFIX, '');
  const stem = bare || plain;
  const compression = ending === null ? null : (PACKINGS[ending[1] ?? ''] ?? 'unsupported');
  return { stem, rotated: stem !== plain || compression !== null, compression };
}

/** The paths that a file may have been written under before rotation gave it this one, nearest first. */
export function originalsOf(path: string): string[] {
  const folder = dirname(path);
  const name = basename(path);
  const plain = name.replace(COMPRESSED, '');
  const current = plain.replace(OF_CURRENT, 'current');
  const names = new Set([plain, current, plain.replace(SUFFIX, ''), plain.replace(INFIX, '')]);
  if (plain !== name) names.add(plain.replace(DASHED, ''));
  names.delete(name);
  names.delete('');
  return [...names].map((original) => join(folder, original));
}

/** The same for a file that rotation moved into a folder below, as the `olddir` of logrotate says. */
export function originalsAbove(path: string): string[] {
  const above = dirname(dirname(path));
  return originalsOf(path).map((original) => join(above, basename(original)));
}

export function isRotatedName(path: string): boolean {
  return parseRotationName(basename(path)).rotated;
}

/** How often a file of this name was rotated, where the name counts: 2 for `app.log.2.gz`; 0 where it does not. */
export function timesRotated(path: string): number {
  return Number(COUNTED.exec(path.replace(COMPRESSED, ''))?.[1] ?? 0);
}

/** How a file of this name is compressed, if that can be read. */
export function packedFormatOf(path: string): Packing | null {
  const { compression } = parseRotationName(basename(path));
  return compression === 'unsupported' ? null : compression;
}

/** Whether both may be forms of one log: `app.log.1` and `app.log.2.gz`. */
export function sharesStem(a: string, b: string): boolean {
  return parseRotationName(a).stem === parseRotationName(b).stem;
}

/** What the names of all forms of a log begin with. */
export function beginningOfForms(name: string): string {
  return parseRotationName(name).stem.replace(EXTENSION, '');
}

export type SourceOptions = Readonly<{
  /** The part of the watched pattern before its first wildcard: a folder. */
  fixedFolder: string;
  /** Whether that folder is `log_dir`, whose own name says nothing. */
  inLogDir: boolean;
}>;

/**
 * The source a path stands for: the path below the fixed folder, without extension and rotation suffix.
 * A bare file name gets its folder in front: `/var/log/nginx/access.log` is `nginx/access`.
 */
export function sourceOf(path: string, options: SourceOptions): string {
  const stem = parseRotationName(basename(path)).stem;
  const name = stem.replace(EXTENSION, '');
  const below = relative(options.fixedFolder, dirname(path));
  if (below !== '' && !below.startsWith('..')) return `${below}/${name}`;
  const folder = basename(dirname(path));
  return options.inLogDir || folder === '' ? name : `${folder}/${name}`;
}
