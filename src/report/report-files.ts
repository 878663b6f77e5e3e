/**
 * A report on disk: `report_20261120-000502.txt`, `.html` and `.json`, whole or not there, never over another.
 *
 * A report of a run is announced before its files are written: what a run that died has left, the next one removes.
 * The three share one name. Where a report of the same second has it, a counter follows: `…-000502.2.txt`.
 * The text comes last: where it stands, the other two do.
 */
import { join } from 'node:path';
import type { Disk } from '../base/disk.ts';
import { messageOf, OperatorError } from '../base/errors.ts';
import { takeName } from '../base/take-name.ts';
import { fileStamp, zonedTime } from '../base/zoned-time.ts';
import type { Report } from './report.ts';
import { reportHtml } from './report-html.ts';
import { reportJson } from './report-json.ts';
import { reportText } from './report-text.ts';

/** Reports of one second; more are a loop gone wild, not people. */
const SAME_SECOND_MAX = 10_000;

export type ReportPlace = Readonly<{
  disk: Disk;
  folder: string;
  /** Told of the path of the text before anything is written. */
  begin?: (textPath: string) => Promise<void>;
}>;

const EXTENSIONS = ['html', 'json', 'txt'] as const;

/** Returns the paths, text first. */
export async function writeReport(place: ReportPlace, report: Report): Promise<string[]> {
  const { disk, folder } = place;
  const contents: [extension: string, content: string][] = [
    ['html', reportHtml(report)],
    ['json', reportJson(report)],
    ['txt', reportText(report)],
  ];
  const stamp = `report_${fileStamp(zonedTime(report.writtenAtMs, report.timezone))}`;
  try {
    if (disk.stat(folder) === undefined) disk.makeFolder(folder);
    for (let count = 1; count <= SAME_SECOND_MAX; count += 1) {
      const base = join(folder, count === 1 ? stamp : `${stamp}.${count}`);
      const paths = await writeNamed(place, base, contents);
      if (paths === null) continue;
      disk.syncFolder(folder);
      return paths.reverse();
    }
    throw new Error(`${SAME_SECOND_MAX} reports of this second are there already`);
  } catch (cause) {
    throw new OperatorError(
      'REPORT_FAILED',
      `Cannot write the report "${stamp}" into "${folder}": ${messageOf(cause)}`,
      { cause, hint: 'Check that the folder can be written to and that its disk has room' },
    );
  }
}

/** Remove what there is of a report. */
export function removeReport(disk: Disk, textPath: string): void {
  // The text first, as it says that the others are there.
  for (const extension of EXTENSIONS.toReversed()) {
    const path = textPath.replace(/txt$/, extension);
    for (const name of [path, temporaryOf(path)]) {
      if (disk.linkStat(name) !== undefined) disk.unlink(name);
    }
  }
}

/** Null: one of the names is taken; nothing is left behind. */
async function writeNamed(
  { disk, begin }: ReportPlace,
  base: string,
  contents: readonly (readonly [extension: string, content: string])[],
): Promise<string[] | null> {
  const paths: string[] = [];
  const names = contents.map(([extension]) => `${base}.${extension}`);
  if (names.some((name) => disk.linkStat(name) !== undefined)) return null;
  await begin?.(`${base}.txt`);
  for (const [extension, content] of contents) {
    const path = `${base}.${extension}`;
    if (!writeWhole(disk, path, content)) {
      for (const written of paths) disk.unlink(written);
      return null;
    }
    paths.push(path);
  }
  return paths;
}

function temporaryOf(path: string): string {
  return `${path}.part`;
}

function writeWhole(disk: Disk, path: string, content: string): boolean {
  const temporary = temporaryOf(path);
  // Only a crash of ours leaves one; whoever writes reports holds the state lock.
  if (disk.linkStat(temporary) !== undefined) disk.unlink(temporary);
  try {
    const file = disk.open(temporary, 'create', { noFollow: true });
    try {
      file.write(Buffer.from(content));
      file.sync();
    } finally {
      file.close();
    }
    return takeName(disk, temporary, path);
  } finally {
    if (disk.linkStat(temporary) !== undefined) disk.unlink(temporary);
  }
}
