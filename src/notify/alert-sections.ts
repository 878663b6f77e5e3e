/** The parts of an alert mail below its facts: lines, chart, patterns, command, silence. */
import { basename } from 'node:path';
import { formatDuration } from '../base/duration.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { AlertDetails, SampleContext } from '../model/alert-details.ts';
import type { EntryRecord } from '../model/entry.ts';
import type { AlertNotice } from '../model/notification.ts';
import type {
  ChartSection,
  DocumentContext,
  EntryBlock,
  PatternItem,
  Section,
  ShownEntry,
} from './document.ts';
import { clockText, stepText } from './moment-text.ts';

export function alertSections(notice: AlertNotice, context: DocumentContext): Section[] {
  const { details = null } = context;
  const sections = [
    linesSection(notice, details),
    details?.chart == null ? null : chartSection(notice, details.chart, context),
    details === null ? null : patternsSection(notice, details, context),
    commandSection(notice),
    silenceSection(notice, context),
  ];
  return sections.filter((section) => section !== null);
}

function linesSection(notice: AlertNotice, details: AlertDetails | null): Section | null {
  const { samples, what } = notice;
  if (samples.length === 0) return null;
  const contexts = details?.contexts ?? [];
  if (contexts.length === 0) {
    const isAll = what === 'opened' && notice.count <= samples.length;
    const title = isAll ? 'Matching entries' : 'First and newest matches';
    const blocks = plainBlocks(samples);
    return { kind: 'entries', title, blocks, note: moreText(notice, samples, details) };
  }
  const blocks = contextBlocks(notice, contexts);
  const shown = blocks.flatMap(({ entries }) =>
    entries.filter(({ isMatch }) => isMatch).map(({ record }) => record),
  );
  const [before, after] = [
    Math.max(...contexts.map((context) => context.before.length)),
    Math.max(...contexts.map((context) => context.after.length)),
  ];
  const title = `Lines, with ${before} before and ${after} after`;
  return { kind: 'entries', title, blocks, note: moreText(notice, shown, details) };
}

/** Samples alone, those of one file that follow each other together. */
function plainBlocks(samples: readonly EntryRecord[]): EntryBlock[] {
  const blocks: { title: string; entries: ShownEntry[]; note: string }[] = [];
  for (const record of samples) {
    const title = placeOf(record);
    if (blocks.at(-1)?.title !== title) blocks.push({ title, entries: [], note: '' });
    blocks.at(-1)!.entries.push({ record, isMatch: true });
  }
  return blocks;
}

type FileLines = {
  readonly file: string;
  readonly lines: Map<number, ShownEntry>;
  readonly names: string[];
  isNewest: boolean;
};

/** Each match with what stands around it; those of one file that meet are one block. */
function contextBlocks({ samples }: AlertNotice, contexts: readonly SampleContext[]): EntryBlock[] {
  const matches = new Set(samples.map(identityOf));
  const files: FileLines[] = [];
  for (const [index, { sample, before, after }] of contexts.entries()) {
    const around = [...before, sample, ...after];
    const last = files.at(-1);
    const isSame =
      last?.file === sample.file && around.some(({ offset }) => last.lines.has(offset));
    const part: FileLines = isSame
      ? last
      : { file: sample.file, lines: new Map(), names: [], isNewest: false };
    if (!isSame) files.push(part);
    for (const record of around) {
      part.lines.set(record.offset, { record, isMatch: matches.has(identityOf(record)) });
    }
    if (contexts.length > 1) part.names.push(index === 0 ? 'first match' : 'newest match');
    part.isNewest = after.length === 0;
  }
  return files.map(({ lines, names, isNewest }) => {
    const entries = [...lines.values()].sort((a, b) => a.record.offset - b.record.offset);
    const title = [placeOf(entries[0]!.record), names.join(' and ')].filter((part) => part !== '');
    const note = isNewest ? 'No later line yet when this mail was written.' : '';
    return { title: title.join(', '), entries, note };
  });
}

function identityOf({ file, offset }: EntryRecord): string {
  return `${offset} ${file}`;
}

function placeOf({ source, file }: EntryRecord): string {
  if (file === '') return source;
  const name = basename(file);
  return source === '' ? name : `${source} · ${name}`;
}

/** `3 more matches: 2 in payments, 1 in payments/worker.` */
function moreText(
  { count, ruleKind }: AlertNotice,
  shown: readonly EntryRecord[],
  details: AlertDetails | null,
): string {
  // Different values are counted, not entries.
  if (ruleKind === 'cardinality') return '';
  const moreCount = count - shown.length;
  if (moreCount <= 0) return '';
  const more = formatCounted(moreCount, 'more match', 'more matches');
  // Where not all were looked at, or some came meanwhile, the sum would not be the one that is said.
  if (details === null || details.countedCount !== count) return `${more}.`;
  const parts = details.sources
    .map(({ name, count: counted }) => {
      const left = counted - shown.filter(({ source }) => source === name).length;
      return { name, left };
    })
    .filter(({ name, left }) => left > 0 && name !== '')
    .map(({ name, left }) => `${formatCount(left)} in ${name}`);
  return parts.length === 0 ? `${more}.` : `${more}: ${parts.join(', ')}.`;
}

function chartSection(
  { finding, bound, what, ruleKind }: AlertNotice,
  { fromMs, stepMs, counts, alarms, png }: NonNullable<AlertDetails['chart']>,
  { timezone }: DocumentContext,
): ChartSection {
  const every = formatDuration(stepMs);
  const since = stepText(fromMs, { stepMs, timezone });
  const most = (isAlarm: boolean): number =>
    Math.max(0, ...counts.filter((_, index) => alarms[index] === isAlarm));
  const isBound = what === 'opened' && ruleKind === 'threshold';
  const caption = isBound ? `${finding}, limit ${bound}` : finding;
  const counted = `Matches per ${every} since ${since}`;
  const title = `${counted}, most ${formatCount(Math.max(0, ...counts))}`;
  const alt = `${counted}: at most ${formatCount(most(false))} before, then ${formatCount(most(true))}; ${finding}`;
  const at = (index: number): string => stepText(fromMs + index * stepMs, { stepMs, timezone });
  const marks = [at(0), at(Math.floor(counts.length / 2)), at(counts.length - 1)] as const;
  return { kind: 'chart', title, alt, caption, counts, marks, png };
}

function patternsSection(
  notice: AlertNotice,
  { patterns, countedCount, chart }: AlertDetails,
  { timezone }: DocumentContext,
): Section | null {
  if (patterns.length === 0) return null;
  const from = chart === null ? null : stepText(chart.fromMs, { ...chart, timezone });
  const until = clockText(notice.firstAtMs, timezone);
  const items = patterns.map(({ text, count, earlierCount }): PatternItem => {
    const isKnown = earlierCount !== null && from !== null;
    const note = isKnown ? earlierText(earlierCount, `from ${from} to ${until}`) : '';
    return { count: formatCount(count), text, note };
  });
  const lines = countedCount < notice.count ? 'newest ' : '';
  const title = `Patterns of the ${lines}${formatCounted(countedCount, 'line')}`;
  return { kind: 'patterns', title, items, note: '' };
}

function earlierText(count: number, span: string): string {
  return count === 0
    ? `new: not seen ${span}`
    : `${formatCounted(count, 'match', 'matches')} ${span}`;
}

function commandSection({ condition, incidentId, host }: AlertNotice): Section | null {
  if (condition === null) return null;
  return {
    kind: 'command',
    title: `The same lines on ${host}`,
    command: `logstead search --incident ${incidentId}`,
    note: 'Works after rotation and archiving, too. Add --archives for lines that the index has let go of.',
  };
}

function silenceSection({ resolvedAtMs }: AlertNotice, { links }: DocumentContext): Section | null {
  if (links == null || resolvedAtMs !== null) return null;
  return {
    kind: 'links',
    title: 'Silence this rule',
    links: links.silences,
    note: 'Each asks once more before it acts.',
  };
}
