/** Entries as they leave the program (`search --json`, HTTP, exports, mails): text for times, nothing internal. */
import type { Entry, EntryRecord } from './entry.ts';

/** Beyond these a JavaScript date has no text. */
const DATE_US_MAX = 8.64e18;

/**
 * ISO 8601 in UTC. Milliseconds always, microseconds only where there are any:
 * `2026-11-20T13:56:04.118Z`, `2026-11-20T13:56:04.118250Z`.
 */
export function timestampText(timestampUs: number): string {
  const wholeUs = Math.max(-DATE_US_MAX, Math.min(DATE_US_MAX, Math.round(timestampUs)));
  const ms = Math.floor(wholeUs / 1000);
  const us = wholeUs - ms * 1000;
  const text = new Date(ms).toISOString();
  return us === 0 ? text : `${text.slice(0, -1)}${String(us).padStart(3, '0')}Z`;
}

export function entryRecordOf(entry: Entry): EntryRecord {
  return {
    timestamp: timestampText(entry.timestampUs),
    level: entry.level,
    severity: entry.severity,
    source: entry.source,
    message: entry.message,
    tags: entry.tags,
    metadata: entry.metadata,
    file: entry.origin.path,
    offset: entry.origin.offsetBytes,
    ...(entry.host === undefined ? {} : { host: entry.host }),
  };
}
