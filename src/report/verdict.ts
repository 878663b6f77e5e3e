/**
 * The sentence a person would say aloud after reading the whole report, and the three or four behind it.
 *
 * Worst thing first: an open incident, fatal entries, errors, warnings, lost bytes. Facts only: a word such
 * as "unusual" needs a yesterday to compare with.
 */
import { formatBytes, formatBytesExact } from '../base/byte-size.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { Incident } from '../model/incident.ts';
import {
  errorCountOf,
  fatalCountOf,
  type LevelCounts,
  totalOf,
  warnCountOf,
} from './level-counts.ts';
import type { NameTally, PatternTally } from './report-tally.ts';

export type Verdict = Readonly<{
  /** For the heading and the mail subject. May hold names from outside. */
  title: string;
  /** Whether somebody should do something. */
  trouble: boolean;
  lead: readonly Readonly<{ text: string; strong: boolean }>[];
}>;

type Facts = Readonly<{
  counts: LevelCounts;
  /** Worst first. */
  sources: readonly NameTally[];
  /** Open first. */
  incidents: readonly Incident[];
  /** Patterns of ERROR and FATAL, most frequent first. */
  errors: readonly PatternTally[];
  coverage: Readonly<{ readBytes: number; lostBytes: number; filesFollowed: number }>;
}>;

export function verdictOf(facts: Facts): Verdict {
  const open = facts.incidents.filter((incident) => incident.resolvedAtMs === null);
  return {
    title: titleOf(facts, open),
    trouble: open.length > 0 || errorCountOf(facts.counts) > 0 || facts.coverage.lostBytes > 0,
    lead: leadOf(facts, open),
  };
}

function titleOf(facts: Facts, open: readonly Incident[]): string {
  const { counts, coverage } = facts;
  if (open.length === 1) return `1 incident is open: ${open[0]!.rule}`;
  if (open.length > 1) return `${open.length} incidents are open, first ${open.at(-1)!.rule}`;
  const fatalCount = fatalCountOf(counts);
  if (fatalCount > 0)
    return `${formatCount(fatalCount)} fatal, ${worstSource(facts, fatalCountOf)}`;
  const errorCount = errorCountOf(counts);
  if (errorCount > 0) {
    return `${formatCounted(errorCount, 'error')}, ${worstSource(facts, errorCountOf)}`;
  }
  if (coverage.lostBytes > 0) return `No errors, but ${formatBytesExact(coverage.lostBytes)} lost`;
  if (totalOf(counts) === 0) return 'Nothing was logged';
  const warnCount = warnCountOf(counts);
  return warnCount === 0
    ? 'No errors, no warnings'
    : `No errors, ${formatCounted(warnCount, 'warning')}`;
}

/** "all from payments", "most from payments", or how many sources it comes from. */
function worstSource(facts: Facts, countOf: (counts: LevelCounts) => number): string {
  const total = countOf(facts.counts);
  const from = facts.sources.filter((source) => countOf(source.counts) > 0);
  const worst = from.reduce((a, b) => (countOf(b.counts) > countOf(a.counts) ? b : a), from[0]!);
  const count = countOf(worst.counts);
  if (count === total) return `all from ${worst.name}`;
  if (count * 2 > total) return `most from ${worst.name}`;
  return `from ${from.length} sources`;
}

function leadOf(facts: Facts, open: readonly Incident[]): Verdict['lead'] {
  const { counts, coverage, errors, incidents, sources } = facts;
  const lead: { text: string; strong: boolean }[] = [];
  const errorCount = errorCountOf(counts);
  if (errorCount > 0) {
    const text = `${formatCounted(errorCount, 'error')} in ${formatCounted(errors.length, 'pattern')}.`;
    lead.push({ text, strong: true });
  }
  if (incidents.length > 0) {
    const state = open.length === 0 ? 'none open now' : `${open.length} still open`;
    lead.push({
      text: `${formatCounted(incidents.length, 'incident')}, ${state}.`,
      strong: open.length > 0,
    });
  }
  const read = coverage.readBytes > 0 ? `, ${formatBytes(coverage.readBytes)}` : '';
  const entries = formatCounted(totalOf(counts), 'entry', 'entries');
  const from = sources.length === 0 ? '' : ` from ${formatCounted(sources.length, 'source')}`;
  lead.push({ text: `${entries}${from} read${read}.`, strong: false });
  const lost = coverage.lostBytes > 0;
  const lostText = lost ? `${formatBytesExact(coverage.lostBytes)} lost.` : 'Nothing lost.';
  lead.push({ text: lostText, strong: lost });
  return lead;
}
