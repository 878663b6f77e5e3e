/**
 * What is new, what stopped, and what rose or fell: the report's first question is "worse than usual?".
 *
 * New: a pattern that no earlier entry had. The other two compare a whole day with the days before it, so
 * they need one that has ended since the last comparison; each day is compared once. A difference counts
 * when it is larger than chance and at least twofold. Pure.
 *
 * A source may have more patterns than are told apart, at a level. Which of them came on such a day is not known, and nothing is
 * said that depends on it.
 */

import { compareTexts, type KnownPatterns, patternKey } from './known-patterns.ts';
import { type OtherTally, otherKey, type PatternTally } from './pattern-tallies.ts';

export type News = Readonly<{
  /** Days before this report that had entries. */
  historyDays: number;
  /** Worst level first, then most frequent. */
  fresh: readonly PatternTally[];
  /** Sources and levels of which not all is said. */
  untold: readonly OtherTally[];
  comparison: Comparison | null;
}>;

export type Comparison = Readonly<{
  day: number;
  /** The last day with entries before it. */
  previousDay: number;
  /** The same weekday a week before; null: no entries then. */
  weekBeforeDay: number | null;
  stopped: readonly StoppedPattern[];
  moved: readonly MovedPattern[];
}>;

export type StoppedPattern = Readonly<{ pattern: PatternTally; perDay: number }>;

export type MovedPattern = Readonly<{
  pattern: PatternTally;
  count: number;
  previousCount: number;
  weekBeforeCount: number | null;
  /** At least 2; how many times as many, or as few. */
  factor: number;
  rose: boolean;
}>;

/** A change of less is weather. */
const FACTOR_MIN = 2;
/** Against the same weekday, which wavers more. */
const WEEK_FACTOR_MIN = 1.5;
/** Below it, twice as many is two or three lines more. */
const MOVED_COUNT_MIN = 20;
/** Standard deviations of a Poisson count: one false alarm in some ten thousand patterns. */
const DEVIATIONS_MIN = 4;
/** Days that must all have had a pattern for its absence to mean something. */
const STEADY_DAYS_MIN = 3;
const STEADY_DAYS_LOOKED_AT = 7;
/** A job that runs the same number of times each day is missed when it does not; others come at random, and rarely stay away from this many on. */
const STEADY_COUNT_MIN = 10;
const REGULAR_DAYS_MIN = 5;

export type NewsFacts = Readonly<{
  patterns: KnownPatterns;
  /** Entries that are in none of them. */
  others: Readonly<{ now: readonly OtherTally[]; before: readonly OtherTally[] }>;
  /** The local day of the report's last entry, and of its writing. */
  lastDay: number;
  today: number;
  /** The first day whose entries are all in the report or its history; earlier ones are not compared. */
  firstWholeDay: number;
  /** Whether entries are known from the first hour of the first day on. */
  firstDayIsWhole: boolean;
  /** The day compared last; null: none. */
  comparedDay: number | null;
}>;

/** Null: there is no history yet. */
export function newsOf(facts: NewsFacts): News | null {
  const { now, before } = facts.patterns;
  const historyDays = daysOf(before.values());
  if (historyDays.length === 0) return null;
  const mayHaveBeen = new Set(facts.others.before.map(otherKey));
  const fresh = now
    .filter((pattern) => !before.has(patternKey(pattern)) && !mayHaveBeen.has(otherKey(pattern)))
    .sort((a, b) => (b.levelCode % NO_LEVEL) - (a.levelCode % NO_LEVEL) || b.count - a.count);
  const untold = new Map(
    [...facts.others.now, ...facts.others.before].map((other) => [otherKey(other), other]),
  );
  return {
    historyDays: historyDays.length,
    fresh,
    untold: [...untold.values()],
    comparison: comparisonOf(facts),
  };
}

/** So that "no level", the highest code, sorts below all others. */
const NO_LEVEL = 6;

function comparisonOf(facts: NewsFacts): Comparison | null {
  const { lastDay, today, comparedDay } = facts;
  const day = lastDay < today ? lastDay : today - 1;
  if (day < facts.firstWholeDay || (comparedDay !== null && day <= comparedDay)) return null;
  const rows = [...sums(facts.patterns).values()];
  if (!rows.some((pattern) => pattern.days.has(day))) return null;
  const earlier = daysOf(rows).filter((known) => known < day);
  const previousDay = earlier.at(-1);
  // The first day of all may have begun in the middle: counts of it say nothing.
  if (previousDay === undefined || (earlier.length === 1 && !facts.firstDayIsWhole)) return null;
  const weekBeforeDay = earlier.includes(day - 7) && previousDay !== day - 7 ? day - 7 : null;
  const steadyDays = earlier.slice(-STEADY_DAYS_LOOKED_AT);
  const freshKeys = new Set(
    facts.patterns.now.map(patternKey).filter((key) => !facts.patterns.before.has(key)),
  );
  const isWhole = wholeDays(facts.others);
  const stopped: StoppedPattern[] = [];
  const moved: MovedPattern[] = [];
  for (const pattern of rows) {
    if (!pattern.days.has(day) && !pattern.days.has(day + 1)) {
      const perDay = steadyCount(pattern, steadyDays);
      const isKnown = isWhole(pattern, day) && isWhole(pattern, day + 1);
      if (perDay !== null && isKnown) stopped.push({ pattern, perDay });
    } else if (!freshKeys.has(patternKey(pattern))) {
      const change = changeOf(pattern, { day, previousDay, weekBeforeDay });
      // What was not counted makes a day look smaller than it was.
      const smaller = change?.rose ? [previousDay, weekBeforeDay ?? previousDay] : [day];
      if (change !== null && smaller.every((own) => isWhole(pattern, own))) moved.push(change);
    }
  }
  return {
    day,
    previousDay,
    weekBeforeDay,
    stopped: stopped.sort((a, b) => b.perDay - a.perDay || byText(a.pattern, b.pattern)),
    moved: moved.sort(byTrouble),
  };
}

/** Whether all entries of a pattern's source and level on a day are in patterns. */
function wholeDays({
  now,
  before,
}: NewsFacts['others']): (pattern: PatternTally, day: number) => boolean {
  const cut = new Set(
    [...now, ...before].flatMap((other) =>
      [...other.days.keys()].map((day) => `${day}\0${otherKey(other)}`),
    ),
  );
  return (pattern, day) => !cut.has(`${day}\0${otherKey(pattern)}`);
}

/** How often a steady pattern comes a day; null: not steadily enough for its absence to say anything. */
function steadyCount(pattern: PatternTally, days: readonly number[]): number | null {
  if (days.length < STEADY_DAYS_MIN) return null;
  const counts = days.map((day) => pattern.days.get(day) ?? 0);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  const isRegular = least === most && least > 0 && days.length >= REGULAR_DAYS_MIN;
  return isRegular || (least > 0 && mean >= STEADY_COUNT_MIN) ? Math.round(mean) : null;
}

function changeOf(
  pattern: PatternTally,
  days: Readonly<{ day: number; previousDay: number; weekBeforeDay: number | null }>,
): MovedPattern | null {
  const count = pattern.days.get(days.day) ?? 0;
  const previousCount = pattern.days.get(days.previousDay) ?? 0;
  const weekBeforeCount =
    days.weekBeforeDay === null ? null : (pattern.days.get(days.weekBeforeDay) ?? 0);
  const rose = count > previousCount;
  const most = Math.max(count, previousCount);
  const least = Math.max(Math.min(count, previousCount), 1);
  if (most < MOVED_COUNT_MIN || most / least < FACTOR_MIN) return null;
  if (Math.abs(count - previousCount) < DEVIATIONS_MIN * Math.sqrt(most)) return null;
  if (weekBeforeCount !== null) {
    const usual = Math.max(weekBeforeCount, 1);
    const again = rose ? count / usual : usual / Math.max(count, 1);
    if (again < WEEK_FACTOR_MIN) return null;
  }
  return { pattern, count, previousCount, weekBeforeCount, factor: most / least, rose };
}

/** WARN and worse before the rest, rises before falls, largest factor first. */
function byTrouble(a: MovedPattern, b: MovedPattern): number {
  const rank = ({ pattern, rose }: MovedPattern): number =>
    (TROUBLE_CODES.has(pattern.levelCode) ? 0 : 2) + (rose ? 0 : 1);
  return rank(a) - rank(b) || b.factor - a.factor || byText(a.pattern, b.pattern);
}
const TROUBLE_CODES: ReadonlySet<number> = new Set([3, 4, 5]);

function byText(a: PatternTally, b: PatternTally): number {
  return compareTexts(patternKey(a), patternKey(b));
}

/** History and report together, by key. */
function sums({ now, before }: KnownPatterns): Map<string, PatternTally> {
  const all = new Map(before);
  for (const pattern of now) {
    const key = patternKey(pattern);
    const known = all.get(key);
    if (known === undefined) {
      all.set(key, pattern);
      continue;
    }
    const days = new Map(known.days);
    for (const [day, count] of pattern.days) days.set(day, (days.get(day) ?? 0) + count);
    all.set(key, { ...known, lastUs: Math.max(known.lastUs, pattern.lastUs), days });
  }
  return all;
}

/** All days with entries, oldest first. */
function daysOf(patterns: Iterable<PatternTally>): number[] {
  const days = new Set<number>();
  for (const pattern of patterns) for (const day of pattern.days.keys()) days.add(day);
  return [...days].sort((a, b) => a - b);
}
