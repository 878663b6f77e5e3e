/**
 * The sentence a person would say aloud after reading the whole report, and the three or four behind it.
 *
 * Worst thing first: new error patterns, an open incident, more errors than the day before, something that
 * stopped, errors, lost bytes, warnings. Words such as "usual" only where there is a yesterday to compare with.
 */
import { formatBytes, formatBytesExact } from '../base/byte-size.ts';
import { formatCount, formatCounted, formatMeasured } from '../base/number-text.ts';
import type { Incident } from '../model/incident.ts';
import { LEVELS, levelNameOf } from '../model/level.ts';
import {
  errorCountOf,
  fatalCountOf,
  type LevelCounts,
  totalOf,
  warnCountOf,
} from './level-counts.ts';
import type { NameTally } from './name-groups.ts';
import type { MovedPattern, News } from './news.ts';
import type { OtherTally, PatternTally } from './pattern-tallies.ts';
import type { IncidentCounts } from './report.ts';
import { weekdayOf } from './report-time.ts';

export type Verdict = Readonly<{
  /** For the heading and the mail subject. May hold names from outside. */
  title: string;
  /** Whether somebody should do something. */
  trouble: boolean;
  lead: readonly Sentence[];
}>;

type Sentence = Readonly<{ text: string; strong: boolean }>;

export type VerdictFacts = Readonly<{
  counts: LevelCounts;
  /** Worst first. */
  sources: readonly NameTally[];
  /** Open first, then the worst. */
  incidents: readonly Incident[];
  /** With those that are not among them. */
  incidentCounts: IncidentCounts;
  /** Patterns of ERROR and FATAL, most frequent first. */
  errors: readonly PatternTally[];
  /** What is in no pattern. */
  others: readonly OtherTally[];
  coverage: Readonly<{ readBytes: number; lostBytes: number; filesFollowed: number }>;
  news: News | null;
  timezone: string;
}>;

const ERROR_CODE = LEVELS.indexOf('ERROR');

export function verdictOf(facts: VerdictFacts): Verdict {
  const worse = worseThanUsual(facts);
  return {
    title: worse ?? titleOf(facts),
    trouble:
      worse !== null ||
      facts.incidentCounts.open > 0 ||
      errorCountOf(facts.counts) > 0 ||
      facts.coverage.lostBytes > 0 ||
      stoppedOf(facts).length > 0,
    lead: [...newsSentences(facts), ...countSentences(facts), ...untoldSentences(facts)],
  };
}

function worseThanUsual(facts: VerdictFacts): string | null {
  const fresh = freshErrors(facts);
  if (fresh.length > 0) {
    return `Worse than usual: ${formatCounted(fresh.length, 'new error pattern')}, ${fromSources(fresh)}`;
  }
  const worst = risenErrors(facts)[0];
  if (worst === undefined) return null;
  const { pattern, factor } = worst;
  const day = previousDayName(facts);
  return `Worse than usual: an error of ${pattern.source} came ${formatFactor(factor)} as often as on ${day}`;
}

function titleOf(facts: VerdictFacts): string {
  const { counts, coverage, incidents, incidentCounts, news } = facts;
  const { open } = incidentCounts;
  const [worst] = incidents;
  if (open === 1) return `1 incident is open: ${worst!.rule}`;
  if (open > 1) return `${formatCount(open)} incidents are open, first ${worst!.rule}`;
  const stopped = stoppedOf(facts);
  if (stopped.length > 0) {
    const what = `${formatCounted(stopped.length, 'pattern')} stopped`;
    return `${what}, ${fromSources(stopped.map(({ pattern }) => pattern))}`;
  }
  const fatalCount = fatalCountOf(counts);
  if (fatalCount > 0) {
    return `${formatCount(fatalCount)} fatal, ${worstSource(facts, fatalCountOf)}`;
  }
  const errorCount = errorCountOf(counts);
  if (errorCount > 0 && !news?.comparison) {
    return `${formatCounted(errorCount, 'error')}, ${worstSource(facts, errorCountOf)}`;
  }
  if (coverage.lostBytes > 0) {
    return `${errorCount === 0 ? 'No errors, but ' : ''}${formatBytesExact(coverage.lostBytes)} lost`;
  }
  if (totalOf(counts) === 0) return 'Nothing was logged';
  if (news?.comparison) return 'Nothing unusual';
  const warnCount = warnCountOf(counts);
  return warnCount === 0
    ? 'No errors, no warnings'
    : `No errors, ${formatCounted(warnCount, 'warning')}`;
}

function newsSentences(facts: VerdictFacts): Sentence[] {
  if (facts.news === null) return [];
  const sentences: Sentence[] = [];
  const { fresh } = facts.news;
  const errors = freshErrors(facts);
  if (fresh.length > 0) {
    const ofThem =
      errors.length === 0 ? 'none an error' : `${formatCount(errors.length)} of errors`;
    const text = `${formatCounted(fresh.length, 'new pattern')}, ${ofThem}.`;
    sentences.push({ text, strong: errors.length > 0 });
  }
  const stopped = stoppedOf(facts);
  if (stopped.length > 0) {
    const from = fromSources(stopped.map(({ pattern }) => pattern));
    sentences.push({
      text: `${formatCounted(stopped.length, 'pattern')} stopped, ${from}.`,
      strong: true,
    });
  }
  return sentences;
}

function countSentences(facts: VerdictFacts): Sentence[] {
  const { counts, coverage, incidentCounts, sources } = facts;
  const lead: Sentence[] = [];
  const errorCount = errorCountOf(counts);
  if (errorCount > 0) {
    const text = `${formatCounted(errorCount, 'error')}${inPatterns(facts)}.`;
    lead.push({ text, strong: facts.news === null });
  }
  const { total, open } = incidentCounts;
  if (total > 0) {
    const state = open === 0 ? 'none open now' : `${formatCount(open)} still open`;
    const text = `${formatCounted(total, 'incident')}, ${state}.`;
    lead.push({ text, strong: open > 0 });
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

/** Empty where no pattern of them is known. */
function inPatterns({ errors, others }: VerdictFacts): string {
  if (errors.length === 0) return '';
  const than = others.some((other) => isError(other)) ? 'more than ' : '';
  return ` in ${than}${formatCounted(errors.length, 'pattern')}`;
}

/** Of more patterns than are told apart: that there were such, and what is not known by that. */
function untoldSentences({ others, news }: VerdictFacts): Sentence[] {
  const texts: string[] = [];
  if (others.length > 0) {
    const days = others.flatMap((other) => [...other.days.values()]);
    const count = days.reduce((sum, dayCount) => sum + dayCount, 0);
    const what = `${formatCounted(count, 'entry', 'entries')} ${count === 1 ? 'is' : 'are'} in none`;
    texts.push(`More patterns came from ${levelsOf(others)} than are told apart: ${what}.`);
  }
  if (news !== null && news.untold.length > 0) {
    texts.push(`What is new or stopped is not known of ${levelsOf(news.untold)}.`);
  }
  return texts.map((text) => ({ text, strong: false }));
}

/** `app at INFO`, or how many levels and sources. */
function levelsOf(others: readonly OtherTally[]): string {
  const [first] = others;
  if (others.length === 1) return `${first!.source} at ${levelNameOf(first!.levelCode)}`;
  const sources = new Set(others.map(({ source }) => source));
  return sources.size === 1
    ? `${others.length} levels of ${first!.source}`
    : formatCounted(sources.size, 'source');
}

function freshErrors({ news }: VerdictFacts): PatternTally[] {
  return (news?.fresh ?? []).filter((pattern) => isError(pattern));
}

function risenErrors({ news }: VerdictFacts): MovedPattern[] {
  const moved = news?.comparison?.moved ?? [];
  return moved.filter(({ pattern, rose }) => rose && isError(pattern));
}

function stoppedOf({ news }: VerdictFacts): NonNullable<News['comparison']>['stopped'] {
  return news?.comparison?.stopped ?? [];
}

function isError({ levelCode }: Pick<PatternTally, 'levelCode'>): boolean {
  return levelCode === ERROR_CODE || levelCode === ERROR_CODE + 1;
}

function previousDayName({ news, timezone }: VerdictFacts): string {
  const day = news?.comparison?.previousDay;
  return day === undefined ? 'the day before' : weekdayOf(day, timezone);
}

/** "all from payments" or "from 3 sources". */
function fromSources(patterns: readonly PatternTally[]): string {
  const sources = new Set(patterns.map((pattern) => pattern.source));
  const [only] = sources;
  if (sources.size !== 1) return `from ${formatCounted(sources.size, 'source')}`;
  return patterns.length === 1 ? `from ${only}` : `all from ${only}`;
}

/** "all from payments", "most from payments", or how many sources it comes from. */
function worstSource(facts: VerdictFacts, countOf: (counts: LevelCounts) => number): string {
  const total = countOf(facts.counts);
  const from = facts.sources.filter((source) => countOf(source.counts) > 0);
  const worst = from.reduce((a, b) => (countOf(b.counts) > countOf(a.counts) ? b : a), from[0]!);
  const count = countOf(worst.counts);
  if (count === total) return `all from ${worst.name}`;
  if (count * 2 > total) return `most from ${worst.name}`;
  return `from ${formatCounted(from.length, 'source')}`;
}

/** `9.1 ×`. */
export function formatFactor(factor: number): string {
  return `${formatMeasured(factor >= 10 ? Math.round(factor) : Math.round(factor * 10) / 10)} ×`;
}
