/**
 * What people are told of an incident: what and how many, since when, on which machine, what they can do, the lines, and
 * the command that shows them all.
 *
 * An opening says how many and how fast when it fired, never a later count. The subject fits a lock screen
 * and is the same for all mails of an incident, so that every client threads them: what is new stands in the preview.
 */
import { formatDuration } from '../base/duration.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { AlertChart } from '../model/alert-details.ts';
import type { AlertNotice } from '../model/notification.ts';
import { alertSections } from './alert-sections.ts';
import type { DocumentContext, Fact, Link, NoticeDocument } from './document.ts';
import { clockText, dateText, minuteMomentText, momentText, stepText } from './moment-text.ts';
import { alertSubject } from './subject.ts';

/** Openings this much older than their notification say their age. */
const AGE_WORTH_SAYING_MS = 2 * 60_000;

export function alertDocument(notice: AlertNotice, context: DocumentContext): NoticeDocument {
  const first = notice.samples[0];
  return {
    subject: alertSubject(notice),
    preview: `${previewStart(notice, context)} ${first?.message ?? ''}`.trim(),
    isTrouble: isOpen(notice),
    status: `${statusOf(notice)}, severity ${notice.severity}`,
    heading: headingOf(notice, context),
    lead: notice.description,
    facts: factsOf(notice, context),
    buttons: buttonsOf(notice, context),
    sections: alertSections(notice, context),
    condition: notice.condition,
    footer: footerOf(notice, context),
  };
}

/** Trouble that was not over when this was said. */
export function isOpen({ resolvedAtMs }: AlertNotice): boolean {
  return resolvedAtMs === null;
}

function statusOf({ what, resolvedAtMs }: AlertNotice): string {
  if (what === 'resolved') return 'Resolved';
  if (resolvedAtMs !== null) return 'Happened, and is over';
  return { opened: 'Open', reminded: 'Still open', worsened: 'Open, and worse' }[what];
}

function headingOf(notice: AlertNotice, context: DocumentContext): string {
  const sentence = sentenceOf(notice, context);
  switch (notice.what) {
    case 'opened':
      return sentence;
    case 'reminded':
      return `Still open after ${formatDuration(openForMs(notice))}: ${uncapital(sentence)}`;
    case 'worsened':
      return `Worse than when it was acknowledged: ${uncapital(sentence)}`;
    case 'resolved':
      return `Over after ${formatDuration(durationMsOf(notice))}: ${uncapital(sentence)}`;
  }
}

/** `5 matching entries in 68 s in payments on web-01`; other kinds of rules say what they found. */
function sentenceOf(notice: AlertNotice, { details }: DocumentContext): string {
  const { ruleKind, count, finding, firstAtMs, lastAtMs, samples, host } = notice;
  const spanMs = lastAtMs - firstAtMs;
  const during = spanMs > 0 ? ` in ${formatDuration(spanMs)}` : '';
  const entries = formatCounted(count, 'matching entry', 'matching entries');
  const isCounted = ruleKind === 'any' || ruleKind === 'threshold';
  const found = isCounted ? `${entries}${during}` : capital(finding);
  const counted = details?.sources.map(({ name }) => name) ?? [];
  const sources = [...new Set([...counted, ...samples.map(({ source }) => source)])];
  const where = sources.length === 1 && sources[0] !== '' ? ` in ${sources[0]}` : '';
  return `${found}${where} on ${host}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A number or a name stays as it is; `Nothing for 30 min` becomes the end of a sentence. */
function uncapital(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

function previewStart(notice: AlertNotice, { timezone }: DocumentContext): string {
  const { what, firstAtMs, host, resolvedAtMs } = notice;
  const since = `since ${clockText(firstAtMs, timezone)} on ${host}.`;
  if (what === 'resolved' || resolvedAtMs !== null) {
    return `Over after ${formatDuration(durationMsOf(notice))} on ${host}.`;
  }
  switch (what) {
    case 'opened':
      return capital(since);
    case 'reminded':
      return `Still open, ${since}`;
    case 'worsened':
      return `Worse, ${since}`;
  }
}

/** From the first match to the end of the trouble. */
function durationMsOf({ firstAtMs, lastAtMs, resolvedAtMs }: AlertNotice): number {
  return Math.max(lastAtMs, resolvedAtMs ?? lastAtMs) - firstAtMs;
}

function openForMs({ openedAtMs, noticedAtMs }: AlertNotice): number {
  return Math.max(0, noticedAtMs - openedAtMs);
}

function factsOf(notice: AlertNotice, { timezone, details }: DocumentContext): Fact[] {
  const { lastAtMs, resolvedAtMs, group, noticedAtMs, what } = notice;
  const facts = spanFacts(notice, timezone);
  if (resolvedAtMs !== null) {
    const value = momentText(resolvedAtMs, { besideMs: lastAtMs, timezone });
    const detail = `after ${formatDuration(durationMsOf(notice))}`;
    facts.push({ label: 'Over', value, detail });
  }
  const ageMs = noticedAtMs - lastAtMs;
  if (what === 'opened' && ageMs > AGE_WORTH_SAYING_MS) {
    const detail = whyLate(notice, timezone);
    facts.push({ label: 'Noticed', value: `${formatDuration(ageMs)} late`, detail });
  }
  for (const [label, value] of Object.entries(group)) facts.push({ label, value, detail: '' });
  facts.push({ label: 'Rule', value: ruleText(notice), detail: '' });
  const usual = usualText(details?.chart ?? null, timezone);
  if (usual !== '') facts.push({ label: 'Usual', value: usual, detail: '' });
  return facts;
}

function whyLate({ unwatched, wasThere, lastAtMs }: AlertNotice, timezone: string): string {
  if (unwatched === undefined) return wasThere === true ? 'as the rule was switched on' : '';
  const momentOf = (atMs: number): string => momentText(atMs, { besideMs: lastAtMs, timezone });
  return `the daemon was not running from ${momentOf(unwatched.fromMs)} to ${momentOf(unwatched.toMs)}`;
}

/** From when to when there were matches; of silence that goes on there is no newest one. */
function spanFacts(notice: AlertNotice, timezone: string): Fact[] {
  const { ruleKind, openedAtMs, firstAtMs, lastAtMs, resolvedAtMs } = notice;
  const isSilent = ruleKind === 'absence' && resolvedAtMs === null;
  const newestMs = isSilent ? openedAtMs : lastAtMs;
  const first = momentText(firstAtMs, { besideMs: newestMs, timezone });
  return [
    {
      label: isSilent ? 'Missed' : 'Newest',
      value: clockText(newestMs, timezone),
      detail: dateText(newestMs, timezone),
    },
    {
      label: isSilent ? 'Silent' : 'First',
      value: isSilent ? `since ${first}` : first,
      detail: '',
    },
  ];
}

/** `payments-timeouts: 5 in 2 min of source:payments timeout`. */
function ruleText({ rule, bound, condition }: AlertNotice): string {
  return condition === null ? `${rule}: ${bound}` : `${rule}: ${bound} of ${condition}`;
}

/** How many there were in the steps of the chart that the incident does not touch. */
function usualText(chart: AlertChart | null, timezone: string): string {
  const counts = chart?.counts.filter((_, index) => !chart.alarms[index]) ?? [];
  if (chart === null || counts.length === 0) return '';
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  const range =
    least === most ? formatCount(most) : `${formatCount(least)} to ${formatCount(most)}`;
  return `${range} in ${formatDuration(chart.stepMs)} since ${stepText(chart.fromMs, { ...chart, timezone })}`;
}

function buttonsOf(notice: AlertNotice, { links }: DocumentContext): Link[] {
  if (links == null) return [];
  const { count, condition, ruleKind } = notice;
  const lines = count === 1 ? 'Open this line' : `Open these ${formatCount(count)} lines`;
  const isCounted = condition !== null && count > 0 && ruleKind !== 'cardinality';
  const show = { label: isCounted ? lines : 'Open', url: links.show };
  return isOpen(notice) ? [show, { label: 'Acknowledge', url: links.acknowledge }] : [show];
}

function footerOf(notice: AlertNotice, context: DocumentContext): string {
  const { configName, recipient, budget } = context;
  const { rule, host, incidentId } = notice;
  const whom = recipient === '' ? 'writes files' : `tells ${recipient}`;
  const sentences = [
    `You get this because [alert:${rule}] in ${configName} on ${host} ${whom}.`,
    `Incident ${incidentId}.`,
    nextText(notice, context),
  ];
  if (budget !== undefined) {
    const { sentCount, budget: most } = budget;
    const sent = `${formatCount(sentCount)} of ${formatCount(most)}`;
    sentences.push(`Mails to you this hour: ${sent}; above that, one digest.`);
  }
  return sentences.join(' ');
}

function nextText(notice: AlertNotice, { timezone }: DocumentContext): string {
  if (!isOpen(notice)) return 'Nothing more follows.';
  const { remindsAtMs, noticedAtMs } = notice;
  if (remindsAtMs == null) return 'Next: when it is over.';
  const at = minuteMomentText(remindsAtMs, { besideMs: noticedAtMs, timezone });
  return `Next: a reminder at ${at} unless acknowledged, or when it is over.`;
}
