/** What of a daemon's status needs somebody, worst first: for `logstead status` and the status line of the service. */
import { formatBytes } from '../base/byte-size.ts';
import { formatDuration } from '../base/duration.ts';
import { formatCounted } from '../base/number-text.ts';
import type { DaemonStatus } from './daemon-status.ts';

/** What was given up or set aside is no news for longer: it stays counted, for months. */
const NEWS_MS = 24 * 3_600_000;

/** Each as part of a sentence; none: all is well. */
export function troublesOf(status: DaemonStatus, nowMs: number): string[] {
  const { ingest } = status;
  const troubles: string[] = [];
  if (ingest.trouble !== null) {
    const since = formatDuration(nowMs - ingest.trouble.sinceMs);
    troubles.push(`nothing could be committed for ${since}: ${ingest.trouble.message}`);
  }
  troubles.push(...unreadTroubles(ingest));
  if (ingest.diskPressure !== 'calm') {
    troubles.push(pressureTrouble(ingest.diskPressure));
  }
  if (ingest.lostBytes > 0) troubles.push(`${formatBytes(ingest.lostBytes)} lost`);
  troubles.push(...setAsideTroubles(ingest.setAside, nowMs));
  if (ingest.openIncidentCount > 0) {
    troubles.push(`${formatCounted(ingest.openIncidentCount, 'incident')} open`);
  }
  troubles.push(...undeliveredTroubles(ingest.outbox, nowMs));
  for (const { address, trouble } of status.cluster?.shards ?? []) {
    if (trouble === null) continue;
    const since = formatDuration(nowMs - trouble.sinceMs);
    const hint = trouble.hint === null ? '' : `. ${trouble.hint}`;
    const what = trouble.batch === null ? 'has taken nothing' : 'has not taken a batch';
    troubles.push(`${address} ${what} for ${since}: ${trouble.message}${hint}`);
  }
  if (ingest.cluster.gapRows > 0) {
    const entries = formatCounted(ingest.cluster.gapRows, 'entry', 'entries');
    troubles.push(`the cluster will never get ${entries}: see \`logstead clickhouse status\``);
  }
  return troubles;
}

function setAsideTroubles(
  { segmentCount, lastAtMs }: DaemonStatus['ingest']['setAside'],
  nowMs: number,
): string[] {
  if (lastAtMs === null || nowMs - lastAtMs >= NEWS_MS) return [];
  const segments = formatCounted(segmentCount, 'damaged segment');
  const ago = formatDuration(Math.max(0, nowMs - lastAtMs));
  return [`${segments} set aside, the last ${ago} ago: see \`logstead check --deep\``];
}

function undeliveredTroubles(
  { failed, held, dead, lastDeadAtMs }: DaemonStatus['ingest']['outbox'],
  nowMs: number,
): string[] {
  const troubles: string[] = [];
  const counted = (count: number): string => formatCounted(count, 'notification');
  if (failed > 0) troubles.push(`${counted(failed)} not delivered yet, to be tried again`);
  if (held > 0) {
    troubles.push(
      `${counted(held)} held back until a setting is corrected: the journal says which`,
    );
  }
  if (lastDeadAtMs !== null && nowMs - lastDeadAtMs < NEWS_MS) {
    const ago = formatDuration(Math.max(0, nowMs - lastDeadAtMs));
    troubles.push(`${counted(dead)} given up, the last ${ago} ago: the journal says why`);
  }
  return troubles;
}

/** Why nothing is read and committed now; null: it is. */
export function standstillOf({ trouble, diskPressure }: DaemonStatus['ingest']): string | null {
  if (trouble !== null) return trouble.message;
  return diskPressure === 'rest' ? pressureTrouble(diskPressure) : null;
}

function pressureTrouble(step: DaemonStatus['ingest']['diskPressure']): string {
  const text = `the disk is short of space (step "${step}")`;
  return step === 'rest' ? `${text}: nothing is read until there is more` : text;
}

/** What is watched and cannot be read; a file that is skipped because of what it is needs nobody. */
function unreadTroubles({ fileTotals, failedFolders }: DaemonStatus['ingest']): string[] {
  const { troubledCount } = fileTotals;
  const counted = [
    ...(troubledCount > 0 ? [formatCounted(troubledCount, 'file')] : []),
    ...(failedFolders.length > 0 ? [formatCounted(failedFolders.length, 'folder')] : []),
  ];
  if (counted.length === 0) return [];
  return [`${counted.join(' and ')} cannot be read: see \`logstead status --files\``];
}
