/**
 * What people are told of an incident: what and how many, since when, on which machine, the lines, and the
 * command that shows them all.
 *
 * An opening says how many and how fast when it fired, never a later count. The subject fits a lock screen
 * and is the same for all mails of an incident, so that every client threads them.
 */
import { basename } from 'node:path';
import { formatDuration } from '../base/duration.ts';
import { formatCounted } from '../base/number-text.ts';
import type { EntryRecord } from '../model/entry.ts';
import type { AlertNotice } from '../model/notification.ts';
import type { DocumentContext, EntryBlock, Fact, NoticeDocument, Section } from './document.ts';
import { subjectOfEvent } from './event-text.ts';
import { clockText, dateText, momentText } from './moment-text.ts';

/** Openings this much older than their notification say their age. */
const AGE_WORTH_SAYING_MS = 2 * 60_000;

export function alertDocument(notice: AlertNotice, context: DocumentContext): NoticeDocument {
  const sentence = sentenceOf(notice);
  const first = notice.samples[0];
  return {
    subject: subjectOfEvent(notice),
    preview: `${previewStart(notice, context)} ${first?.message ?? ''}`.trim(),
    isTrouble: notice.what === 'opened' && notice.resolvedAtMs === null,
    status: `${statusOf(notice)}, severity ${notice.severity}`,
    heading: sentence,
    lead: notice.description,
    facts: factsOf(notice, context),
    sections: [...entrySections(notice), ...commandSections(notice)],
    condition: notice.condition,
    footer: footerOf(notice, context),
  };
}

function statusOf({ what, resolvedAtMs }: AlertNotice): string {
  if (what === 'resolved') return 'Resolved';
  return resolvedAtMs === null ? 'Open' : 'Happened, and is over';
}

/** `5 matching entries in 68 s in payments on web-01`; other kinds of rules say what they found. */
function sentenceOf(notice: AlertNotice): string {
  const { ruleKind, count, finding, firstAtMs, lastAtMs, samples, host } = notice;
  const spanMs = lastAtMs - firstAtMs;
  const during = spanMs > 0 ? ` in ${formatDuration(spanMs)}` : '';
  const entries = formatCounted(count, 'matching entry', 'matching entries');
  const isCounted = ruleKind === 'any' || ruleKind === 'threshold';
  const found = isCounted ? `${entries}${during}` : capital(finding);
  const sources = [...new Set(samples.map(({ source }) => source))];
  const where = sources.length === 1 && sources[0] !== '' ? ` in ${sources[0]}` : '';
  return `${found}${where} on ${host}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function previewStart(notice: AlertNotice, { timezone }: DocumentContext): string {
  if (notice.what === 'opened') {
    return `Since ${clockText(notice.firstAtMs, timezone)} on ${notice.host}.`;
  }
  return `Over after ${formatDuration(durationMsOf(notice))} on ${notice.host}.`;
}

/** From the first match to the end of the trouble. */
function durationMsOf({ firstAtMs, lastAtMs, resolvedAtMs }: AlertNotice): number {
  return Math.max(lastAtMs, resolvedAtMs ?? lastAtMs) - firstAtMs;
}

function factsOf(notice: AlertNotice, { timezone }: DocumentContext): Fact[] {
  const { firstAtMs, lastAtMs, resolvedAtMs, group, noticedAtMs } = notice;
  const facts: Fact[] = [
    {
      label: 'Newest',
      value: clockText(lastAtMs, timezone),
      detail: dateText(lastAtMs, timezone),
    },
    { label: 'First', value: momentText(firstAtMs, { besideMs: lastAtMs, timezone }), detail: '' },
  ];
  if (resolvedAtMs !== null) {
    const value = momentText(resolvedAtMs, { besideMs: lastAtMs, timezone });
    const detail = `after ${formatDuration(durationMsOf(notice))}`;
    facts.push({ label: 'Over', value, detail });
  }
  const ageMs = noticedAtMs - lastAtMs;
  if (notice.what === 'opened' && ageMs > AGE_WORTH_SAYING_MS) {
    facts.push({ label: 'Noticed', value: `${formatDuration(ageMs)} late`, detail: '' });
  }
  for (const [label, value] of Object.entries(group)) facts.push({ label, value, detail: '' });
  facts.push({ label: 'Rule', value: ruleText(notice), detail: '' });
  return facts;
}

/** `payments-timeouts: 5 in 2 min of source:payments timeout`. */
function ruleText({ rule, bound, condition }: AlertNotice): string {
  return condition === null ? `${rule}: ${bound}` : `${rule}: ${bound} of ${condition}`;
}

function entrySections({ samples, count, what }: AlertNotice): Section[] {
  if (samples.length === 0) return [];
  const blocks: EntryBlock[] = [];
  let current: EntryRecord[] = [];
  let title: string | null = null;
  for (const entry of samples) {
    const place = placeOf(entry);
    if (place !== title) {
      current = [];
      title = place;
      blocks.push({ title, entries: current });
    }
    current.push(entry);
  }
  const moreCount = count - samples.length;
  const note = moreCount > 0 ? `${formatCounted(moreCount, 'more match', 'more matches')}.` : '';
  const heading =
    what === 'opened' && moreCount <= 0 ? 'Matching entries' : 'First and newest matches';
  return [{ kind: 'entries', title: heading, blocks, note }];
}

function placeOf({ source, file }: EntryRecord): string {
  if (file === '') return source;
  const name = basename(file);
  return source === '' ? name : `${source} · ${name}`;
}

function commandSections(notice: AlertNotice): Section[] {
  const { condition, group, firstAtMs, lastAtMs, host } = notice;
  if (condition === null) return [];
  const fields = Object.entries(group).filter(([, value]) => isExact(value));
  const parts = [
    condition.trim() === '' ? '*' : `(${condition})`,
    ...fields.map(([name, value]) => `${name}:${queryValue(value)}`),
  ];
  const query = fields.length === 0 ? condition : parts.join(' ');
  const since = new Date(Math.floor(firstAtMs)).toISOString();
  const until = new Date(Math.floor(lastAtMs) + 1).toISOString();
  return [
    {
      kind: 'command',
      title: `The same entries on ${host}`,
      command: `logstead search ${shellQuoted(query)} --since ${since} --until ${until} --limit 0`,
      note: 'The command keeps working after rotation and archiving.',
    },
  ];
}

/** Not `(none)`, not `(other)`, not cut. */
function isExact(value: string): boolean {
  return !value.startsWith('(') && !value.includes('…');
}

function queryValue(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}

/** One word of a shell, whatever is in it. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function footerOf(notice: AlertNotice, { configName, recipient }: DocumentContext): string {
  const { rule, host, what, resolvedAtMs, incidentId } = notice;
  const whom = recipient === '' ? 'writes files' : `tells ${recipient}`;
  const next =
    what === 'opened' && resolvedAtMs === null
      ? ' Next: when it is over.'
      : ' Nothing more follows.';
  return `You get this because [alert:${rule}] in ${configName} on ${host} ${whom}. Incident ${incidentId}.${next}`;
}
