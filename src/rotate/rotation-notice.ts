/** What the notification about a run says of it: counts and paths in the order of the stages, only what has happened. */
import { formatBytes } from '../base/byte-size.ts';
import { formatCounted } from '../base/number-text.ts';
import type { RunNotice } from '../model/notification.ts';
import { leftSteps } from './rotation-plan.ts';
import type { RotationResult } from './rotation-run.ts';

/** Files named one by one in a notice; the report and the book have all of them. */
const LISTED_FILES_MAX = 20;

type Context = RunNotice['context'];
type Told = Omit<RotationResult, 'status' | 'failure'>;

export function noticeContext({ scan, report, outcome, steps, upkeep, asides }: Told): Context {
  const context: Context[number][] = [];
  if (scan !== null) {
    const { fileCount, entryCount, sizeBytes } = scan;
    const read = `${formatCounted(entryCount, 'entry', 'entries')}, ${formatBytes(sizeBytes)}`;
    context.push({ name: 'Read', value: `${formatCounted(fileCount, 'file')}, ${read}` });
  }
  for (const path of report?.paths ?? []) context.push({ name: 'Report', value: path });
  for (const { path, asidePath, way } of asides.taken.slice(0, LISTED_FILES_MAX)) {
    const name = way === 'rename' ? 'Renamed' : 'Emptied';
    const where = way === 'rename' ? 'to' : 'after it was copied to';
    context.push({ name, value: `${path} ${where} ${asidePath}` });
  }
  const archivedBytes = outcome.archived.reduce((sum, file) => sum + file.sizeBytes, 0);
  const archived = formatCounted(outcome.archived.length, 'file');
  context.push({ name: 'Archived', value: `${archived}, ${formatBytes(archivedBytes)}` });
  const moved = outcome.archived.map((file) => `${file.originalPath} to ${file.archivePath}`);
  context.push(...listed('Moved', moved));
  context.push(...listed('Deleted', upkeep.removed.map(pathAndReason)));
  context.push(...listed('Damaged', upkeep.damaged.map(pathAndReason)));
  const { waiting, configuredCount } = leftSteps(steps);
  const left = [...asides.left, ...outcome.left, ...waiting];
  context.push(...listed('Left', left.map(pathAndReason)));
  if (configuredCount > 0) {
    const files = formatCounted(configuredCount, 'file');
    context.push({ name: 'Left', value: `${files}, as the config has it` });
  }
  return context;
}

/** The first ones, and how many more there are. */
function listed(name: string, values: readonly string[]): Context {
  const moreCount = values.length - LISTED_FILES_MAX;
  const shown = moreCount > 0 ? values.slice(0, LISTED_FILES_MAX) : values;
  const more = moreCount > 0 ? [formatCounted(moreCount, 'more file')] : [];
  return [...shown, ...more].map((value) => ({ name, value }));
}

function pathAndReason({ path, reason }: Readonly<{ path: string; reason: string }>): string {
  return `${path}: ${reason}`;
}
