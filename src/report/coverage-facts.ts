/**
 * Whether a report can be trusted, as rows that page, text and mail share: what was read, what is missing, what went
 * out, what was put away, and how long the disk will last.
 */
import { formatBytes, formatBytesExact } from '../base/byte-size.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Coverage, Report } from './report.ts';

export type CoverageFact = Readonly<{ label: string; value: string; isTrouble: boolean }>;

export function coverageFacts({ coverage }: Report): CoverageFact[] {
  const { filesFollowed, readBytes, skippedBytes, lostBytes, mails, lateCount } = coverage;
  const facts: CoverageFact[] = [
    plain('Files followed', formatCount(filesFollowed)),
    plain('Read', formatBytes(readBytes)),
    plain('Skipped, with reason', formatBytes(skippedBytes)),
    { label: 'Lost', value: formatBytesExact(lostBytes), isTrouble: lostBytes > 0 },
  ];
  if (lateCount !== null)
    facts.push(
      plain('Late entries', lateCount === 0 ? '0' : `${formatCount(lateCount)}, all evaluated`),
    );
  if (mails !== null) {
    const { sent, failed, waiting } = mails;
    const value = [sent, failed, waiting].map(formatCount).join(', ');
    facts.push({ label: 'Mails sent, failed, waiting', value, isTrouble: failed > 0 });
  }
  return [...facts, ...archiveFacts(coverage), ...diskFacts(coverage)];
}

function archiveFacts({ archives }: Coverage): CoverageFact[] {
  if (archives === null) return [];
  const { fileCount, originalBytes, storedBytes, damagedCount } = archives;
  const facts = [plain('Archived and verified', formatCounted(fileCount, 'file'))];
  if (fileCount > 0) {
    const size = `${formatBytes(originalBytes)} \u2192 ${formatBytes(storedBytes)}`;
    facts.push(plain('Archive size', size));
  }
  if (damagedCount > 0) {
    const value = formatCounted(damagedCount, 'file');
    facts.push({ label: 'Archives found damaged', value, isTrouble: true });
  }
  return facts;
}

function diskFacts({ diskBytes, disk }: Coverage): CoverageFact[] {
  const facts: CoverageFact[] = [];
  if (diskBytes !== null) facts.push(plain('Index on disk', formatBytes(diskBytes)));
  if (disk === null) return facts;
  const { freeBytes, totalBytes, daysLeft } = disk;
  facts.push(plain('Disk free', `${formatBytes(freeBytes)} of ${formatBytes(totalBytes)}`));
  if (daysLeft !== null) {
    const isTrouble = daysLeft < DAYS_LEFT_MIN;
    const value = daysLeft > DAYS_LEFT_SHOWN_MAX ? 'more than a year' : formatCount(daysLeft);
    facts.push({ label: 'Days until 10 % free', value, isTrouble });
  }
  return facts;
}

/** Less than this is a matter for this week. */
const DAYS_LEFT_MIN = 14;
const DAYS_LEFT_SHOWN_MAX = 365;

function plain(label: string, value: string): CoverageFact {
  return { label, value, isTrouble: false };
}

/** The answer in one sentence. */
export function coverageSentence({ coverage }: Report): string {
  const { lostBytes } = coverage;
  return lostBytes === 0
    ? 'Yes: nothing is missing.'
    : `Almost: ${formatBytesExact(lostBytes)} are missing.`;
}
