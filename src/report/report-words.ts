/** What a report is called, and who was told: sentences that page, text and mail share. */
import { formatCount, formatCounted } from '../base/number-text.ts';
import { NEWS_SHOWN_MAX, type Report, type ReportedIncident } from './report.ts';
import { dayText, mailDayText, periodText } from './report-time.ts';

/** Verdict first, then machine and day. */
export function reportSubject({ verdict, host, period, writtenAtMs, timezone }: Report): string {
  return `${verdict.title}, ${host}, ${mailDayText(period?.lastMs ?? writtenAtMs, timezone)}`;
}

/** The time it covers, for a line of its own. */
export function whenOf({ period, writtenAtMs, timezone }: Report): string {
  return period === null ? dayText(writtenAtMs, timezone) : periodText(period, timezone);
}

/** `critical, host=web-01`: what tells incidents of one rule apart. */
export function severityAndGroup({ severity, group }: ReportedIncident): string {
  return [severity, ...Object.entries(group).map(([key, value]) => `${key}=${value}`)].join(', ');
}

/** Of what is new, stopped, rose or fell, where so many are shown; empty: they are all. */
export function moreNewsText(count: number, kind: 'new pattern' | 'pattern'): string {
  const more = count - NEWS_SHOWN_MAX;
  return more <= 0 ? '' : formatCounted(more, `more ${kind}`);
}

/** Of incidents, where so many are listed; empty: they are all. */
export function notListedText({ incidentCounts }: Report, listedCount: number): string {
  const more = incidentCounts.total - listedCount;
  return more <= 0 ? '' : `${formatCount(more)} more are not listed`;
}

/** Addresses named in full; more are counted. */
const NAMED_MAX = 2;

/** `told ops@example.org`, `told by file`, `nobody told`, with what did not go through. */
export function toldText({ told }: ReportedIncident): string {
  const sent = told.filter(({ state }) => state === 'sent');
  const waiting = new Set(
    told.filter(({ state }) => state !== 'sent').map(({ recipient }) => recipient),
  );
  const addresses = [...new Set(sent.map(({ recipient }) => recipient))].filter(
    (name) => name !== '',
  );
  const byFile = sent.some(({ channel }) => channel === 'file');
  const named = addresses.slice(0, NAMED_MAX).join(', ');
  const more = addresses.length - NAMED_MAX;
  const parts = [
    ...(named === '' ? [] : [more > 0 ? `${named} and ${more} more` : named]),
    ...(byFile ? ['a file'] : []),
  ];
  const text = parts.length === 0 ? 'nobody told yet' : `told ${parts.join(' and ')}`;
  if (told.length === 0) return 'nobody was to be told';
  return waiting.size === 0
    ? text
    : `${text}; ${formatCounted(waiting.size, 'recipient')} not reached`;
}
