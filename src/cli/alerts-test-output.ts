/** What a rehearsal found, and what other rules change, as text for people. */
import type { HeldBy } from '../alert/alert-event.ts';
import { escapeTerminal } from '../base/escape.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Delivered } from '../rehearsal/deliveries.ts';
import type { DifferenceRow } from '../rehearsal/difference.ts';
import type { Rehearsal } from '../rehearsal/rehearse.ts';
import type { CliContext } from './context.ts';
import { incidentTable } from './incident-table.ts';
import type { LocalTime } from './local-time.ts';

export type TestView = Readonly<{ context: CliContext; time: LocalTime }>;

/** Incidents that are printed; `--json` has all. */
const INCIDENTS_SHOWN_MAX = 50;

/** Why nobody was told, in a few words. */
const HELD_WORDS: Readonly<Partial<Record<HeldBy, string>>> = {
  cooldown: 'within the cooldown',
  flapping: 'opened again and again',
  silence: 'silenced',
  inhibited: 'another incident kept it quiet',
  acknowledged: 'somebody took care of it',
  quiet: 'quiet hours',
  backfill: 'the entry was old when it arrived',
  digest: 'told in the digest of old entries',
  untold: 'nor was the opening',
};

export function rehearsalText(rehearsal: Rehearsal, view: TestView): string {
  const { incidents, sinceUs, notes } = rehearsal;
  const since = sinceText(sinceUs, view);
  const found = `${formatCounted(incidents.length, 'incident')} since ${since}, ${toldText(rehearsal)}\n`;
  return [
    found,
    incidents.length === 0 ? '' : `\n${newestTable(incidents, view)}`,
    toldLines(rehearsal),
    notesText(notes),
  ].join('');
}

export type ShownDifference = Readonly<{
  then: Rehearsal;
  now: Rehearsal;
  rows: readonly DifferenceRow[];
  /** Today's config does not have the rule. */
  isNew: boolean;
}>;

export function differenceText(
  { then, now, rows, isNew }: ShownDifference,
  view: TestView,
): string {
  const since = sinceText(now.sinceUs, view);
  const gone = rows.filter(({ kind }) => kind === 'gone').flatMap(({ before }) => before);
  const added = rows.filter(({ kind }) => kind === 'added').flatMap(({ after }) => after);
  const others = (['moved', 'split', 'joined', 'same'] as const).flatMap((kind) => {
    const count = rows.filter((row) => row.kind === kind).length;
    return count === 0 ? [] : [`${formatCount(count)} ${KIND_WORDS[kind]}`];
  });
  const parts = [
    `${sentText(now)} instead of ${sentText(then)}, ${formatCounted(now.incidents.length, 'incident')} instead of ${formatCount(then.incidents.length)}, since ${since}\n`,
  ];
  if (isNew) parts.push("Today's config does not have this rule.\n");
  if (gone.length > 0) {
    parts.push(`\nNo longer noticed (${formatCount(gone.length)})\n${newestTable(gone, view)}`);
  }
  if (added.length > 0) {
    parts.push(`\nNewly noticed (${formatCount(added.length)})\n${newestTable(added, view)}`);
  }
  if (others.length > 0) parts.push(`\nOf the others ${others.join(', ')}\n`);
  parts.push(toldLines(now), notesText(now.notes));
  return parts.join('');
}

const KIND_WORDS = {
  same: 'are the same',
  moved: 'begin, end or weigh otherwise',
  split: 'became several',
  joined: 'became one with others',
} as const;

/** `3 mails`, where people get mails; else `3 notifications`. */
function sentText({ delivered, notificationCount }: Rehearsal): string {
  const mails = delivered.filter(({ channel }) => channel === 'email');
  if (mails.length === 0) return formatCounted(notificationCount, 'notification');
  return formatCounted(Math.max(...mails.map(({ count }) => count)), 'mail');
}

function toldText(rehearsal: Rehearsal): string {
  return rehearsal.notificationCount === 0
    ? 'nobody would have been told'
    : `${sentText(rehearsal)} would have been sent`;
}

function sinceText(sinceUs: number, { time }: TestView): string {
  const atMs = sinceUs / 1_000;
  return `${time.date(atMs)} ${time.clock(atMs).slice(0, 5)}`;
}

function newestTable(incidents: Rehearsal['incidents'], view: TestView): string {
  const shown = incidents.slice(-INCIDENTS_SHOWN_MAX).reverse();
  const left = incidents.length - shown.length;
  const more = left === 0 ? '' : `… and ${formatCount(left)} before; --json lists all\n`;
  return `${incidentTable(shown, view)}${more}`;
}

/** Each recipient with what it would have got, and why the rest was not sent. */
function toldLines({ delivered, held }: Rehearsal): string {
  const lines = delivered.map((each) => `  ${recipientText(each)}: ${countText(each)}\n`);
  for (const { by, count } of held) {
    const why = HELD_WORDS[by];
    if (why !== undefined) lines.push(`  not sent, ${why}: ${formatCount(count)}\n`);
  }
  return lines.length === 0 ? '' : `\nWhat would have been sent\n${lines.join('')}`;
}

function recipientText({ channel, recipient }: Delivered): string {
  return recipient === '' ? channel : `${channel} ${escapeTerminal(recipient)}`;
}

function countText({ count, digestCount, digestedCount }: Delivered): string {
  if (digestCount === 0) return formatCount(count);
  return `${formatCount(count)}, of these ${formatCounted(digestCount, 'digest')} with ${formatCount(digestedCount)}`;
}

function notesText(notes: readonly string[]): string {
  return notes.length === 0 ? '' : `\n${notes.map((note) => `${note}\n`).join('')}`;
}
