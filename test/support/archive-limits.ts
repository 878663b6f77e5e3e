/** Which archived files limits let go of, by the lines in them and the plainest of counting. */
import type { ArchiveRow } from '../../src/ingest/archive-row.ts';
import { linesOf, rowsOf, type SectionHistory } from './section-history.ts';

/** A run takes a while. */
const SLACK_MS = 60_000;

/** Faults of a plan to delete these. `indexed`: lines that the index has. */
export function wrongRemovals(
  history: SectionHistory,
  ids: readonly number[],
  indexed: ReadonlySet<string>,
): string[] {
  const { retention, watches } = history.scene.settings;
  const { bytesMax, lastCopy } = retention.archive;
  const rows = doneRowsOf(history);
  const going = new Set(ids);
  const ends = new Map(rows.map((row) => [row.id, endOf(history, row)]));
  const isOlder = (a: ArchiveRow, b: ArchiveRow): boolean => {
    const byMs = ends.get(a.id)! - ends.get(b.id)!;
    return byMs < 0 || (byMs === 0 && a.id < b.id);
  };
  const isTooMuch = (max: number | null, all: readonly ArchiveRow[], row: ArchiveRow): boolean => {
    const left = all.filter((each) => !(going.has(each.id) && isOlder(each, row)));
    return max !== null && bytesOf(left) > max;
  };
  return rows.flatMap((row) => {
    if (!going.has(row.id)) return [];
    const last = linesOf(row.archivePath).find((line) => !indexed.has(line));
    if (last !== undefined && lastCopy === 'keep') return [`last copy: ${row.archivePath}`];
    const ageMs = history.clock.nowMs() - ends.get(row.id)!;
    if (ageMs > Math.min(...keptMsOf(history, row))) return [];
    if (isTooMuch(bytesMax, rows, row)) return [];
    const isOfSection = sectionsOf(history, row).some((name) => {
      const max = watches.find((watch) => watch.name === name)!.rotation.archiveBytesMax;
      const own = rows.filter((each) => sectionsOf(history, each).includes(name));
      return isTooMuch(max, own, row);
    });
    return isOfSection ? [] : [`no limit lets go of ${row.archivePath}`];
  });
}

/** Faults of what is in the archive after a run that looked after it; last copies may be kept for ever. */
export function wronglyKept(history: SectionHistory): string[] {
  const { archive } = history.scene.settings.retention;
  if (history.forgets && archive.lastCopy === 'keep') return [];
  const rows = doneRowsOf(history);
  const old = rows.filter((row) => {
    const ageMs = history.clock.nowMs() - SLACK_MS - endOf(history, row);
    return ageMs > Math.max(...keptMsOf(history, row));
  });
  const faults = old.map(({ archivePath }) => `kept too long: ${archivePath}`);
  const isLarge = archive.bytesMax !== null && bytesOf(rows) > archive.bytesMax;
  return isLarge ? [...faults, `the archive is too large: ${bytesOf(rows)}`] : faults;
}

function doneRowsOf({ scene }: SectionHistory): ArchiveRow[] {
  return rowsOf(scene).filter(({ state }) => state === 'done');
}

/** In each section that it may be of. */
function keptMsOf(history: SectionHistory, row: ArchiveRow): number[] {
  const { retention, watches } = history.scene.settings;
  const bySource = retention.archive.sources
    .filter(({ name }) => row.source.includes(name.replaceAll('*', '')))
    .map(({ durationMs }) => durationMs);
  if (bySource.length > 0) return [Math.min(...bySource)];
  return sectionsOf(history, row).map((name) => {
    const { archiveAgeMs } = watches.find((watch) => watch.name === name)!.rotation;
    return archiveAgeMs ?? retention.archive.ageMs ?? Infinity;
  });
}

/** The one that names it, and that of `log_dir`, which may have read it before there was that one. */
function sectionsOf({ scene }: SectionHistory, { originalPath }: ArchiveRow): string[] {
  const { folder, settings } = scene;
  const below = (name: string): boolean => originalPath.startsWith(`${folder.join(name)}/`);
  const name = below('other') ? 'other' : below('logs/web') ? 'web' : 'log_dir';
  const names = new Set(settings.watches.map((watch) => watch.name));
  return [...new Set([name, 'log_dir'])].filter((each) => names.has(each));
}

function endOf({ lines }: SectionHistory, row: ArchiveRow): number {
  const times = linesOf(row.archivePath).map((line) => lines.get(line)!);
  return times.length === 0 ? row.modifiedAtMs : Math.max(...times);
}

function bytesOf(rows: readonly ArchiveRow[]): number {
  return rows.reduce((sum, { stored }) => sum + stored!.storedBytes, 0);
}
