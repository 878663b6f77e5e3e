/** For each kind: the lines of one group, sorted, to the pieces of event time in which the condition holds. */

import type { Rule, RuleOf } from '../../../src/alert/rule.ts';
import type { ModelLine } from './naive-model.ts';

type Piece = Readonly<{ start: number; end: number }>;

/** What a kind needs beside the lines. Everything before `horizonUs` is final. */
export type KindContext = Readonly<{ armedUs: number; horizonUs: number; isExpected: boolean }>;

const OPEN = Number.POSITIVE_INFINITY;

export function holdsIn(rule: Rule, all: readonly ModelLine[], context: KindContext): Piece[] {
  const final = all.filter(({ etUs }) => etUs < context.horizonUs);
  switch (rule.kind) {
    case 'any':
      return all.filter(({ matches }) => matches).map(({ etUs }) => ({ start: etUs, end: etUs }));
    case 'threshold':
      return steps(
        cutsOf(all, rule.windowUs),
        (at) => inWindow(all, at, rule.windowUs).length >= rule.threshold,
      );
    case 'cardinality':
      return rule.comparison === 'atLeast'
        ? steps(
            cutsOf(all, rule.windowUs),
            (at) => distinctOf(inWindow(all, at, rule.windowUs)) >= rule.distinct,
          )
        : fewer(rule, final, context);
    case 'absence':
      return absence(rule, final, context);
    case 'sequence':
      return sequence(rule, final, context);
    case 'change':
      return change(final);
    case 'rate':
      return slots(final, rule.windowUs, context, (window) => {
        const matching = window.filter(({ matches }) => matches).length;
        return window.length >= rule.minimum && matching * 100 >= rule.percent * window.length;
      });
    case 'metric':
      return slots(final, rule.windowUs, context, (window) => isBeyond(rule, window));
    case 'spike':
    case 'drop':
      return rule.season === 'none' ? baseline(rule, final, context) : season(rule, final, context);
    case 'new':
      return firstSeen(rule, all, context);
  }
}

function inWindow(lines: readonly ModelLine[], at: number, windowUs: number): ModelLine[] {
  return lines.filter(({ matches, etUs }) => matches && at - windowUs < etUs && etUs <= at);
}

function distinctOf(lines: readonly ModelLine[]): number {
  return new Set(lines.map(({ value }) => value)).size;
}

/** Moments at which a condition over a sliding window can change. */
function cutsOf(lines: readonly ModelLine[], windowUs: number): number[] {
  const matching = lines.filter(({ matches }) => matches);
  const cuts = new Set(matching.flatMap(({ etUs }) => [etUs, etUs + windowUs]));
  return [...cuts].sort((a, b) => a - b);
}

function steps(points: readonly number[], holds: (at: number) => boolean): Piece[] {
  return points.flatMap((start, index) =>
    holds(start) ? [{ start, end: points[index + 1] ?? OPEN }] : [],
  );
}

function fewer(
  { distinct, windowUs }: RuleOf<'cardinality'>,
  lines: readonly ModelLine[],
  { armedUs, horizonUs }: KindContext,
): Piece[] {
  const matching = lines.filter(({ matches }) => matches);
  const from = Math.max(armedUs, matching[0]?.etUs ?? OPEN) + windowUs;
  const points = [from, ...cutsOf(matching, windowUs).filter((at) => at > from)];
  return steps(
    points.filter((at) => at < horizonUs),
    (at) => distinctOf(inWindow(matching, at, windowUs)) < distinct,
  );
}

function absence(
  rule: RuleOf<'absence'>,
  lines: readonly ModelLine[],
  { armedUs, horizonUs, isExpected }: KindContext,
): Piece[] {
  const { silenceUs, forgetAfterUs } = rule;
  const seen = lines.filter(({ matches }) => matches).map(({ etUs }) => etUs);
  const known = isExpected ? [armedUs, ...seen] : seen;
  const parts = dayParts(rule, Math.max(horizonUs, ...known));
  const starts = parts.map(([from]) => from).filter((from) => from >= Math.min(...known));
  return [...known, ...starts]
    .flatMap((base) => {
      const start = base + silenceUs;
      const last = Math.max(...seen.filter((at) => at <= base));
      const gone = isExpected ? OPEN : last + forgetAfterUs;
      const isAnswered = seen.some((at) => at > base && at <= start);
      const isOutside =
        rule.schedule !== null && !parts.some(([from, until]) => from <= base && start <= until);
      if (base < armedUs || start >= horizonUs || isAnswered || isOutside || start >= gone)
        return [];
      const end = Math.min(seen.find((at) => at > start) ?? OPEN, gone);
      return [{ start, end: end < horizonUs ? end : OPEN }];
    })
    .sort((a, b) => a.start - b.start);
}

/** Day by day, in UTC. */
function dayParts(
  { schedule }: RuleOf<'absence'>,
  untilUs: number,
): [from: number, until: number][] {
  if (schedule === null) return [];
  const parts: [number, number][] = [];
  for (let dayUs = -10 * 86_400_000_000; dayUs <= untilUs; dayUs += 86_400_000_000) {
    const from = dayUs + schedule.fromMinute * 60_000_000;
    parts.push([from, dayUs + schedule.untilMinute * 60_000_000]);
  }
  return parts;
}

function sequence(
  { withinUs, holdUs }: RuleOf<'sequence'>,
  lines: readonly ModelLine[],
  { horizonUs }: KindContext,
): Piece[] {
  const follows = (b: ModelLine, a: ModelLine): boolean =>
    b.etUs > a.etUs ||
    (b.etUs === a.etUs && (b.generation !== a.generation || b.offset > a.offset));
  return lines
    .filter(({ matches, etUs }) => matches && etUs + withinUs < horizonUs)
    .flatMap((a) => {
      const b = lines.find((line) => line.second && follows(line, a));
      if (b !== undefined && b.etUs <= a.etUs + withinUs) return [];
      const start = a.etUs + withinUs;
      const end = Math.min(b?.etUs ?? OPEN, start + holdUs);
      return [{ start, end: end < horizonUs ? end : OPEN }];
    })
    .sort((x, y) => x.start - y.start);
}

/** It is about knowledge, so it goes by order of arrival. */
function firstSeen(
  { learnUs }: RuleOf<'new'>,
  lines: readonly ModelLine[],
  { armedUs }: KindContext,
): Piece[] {
  const known = new Set<number>();
  const pieces: Piece[] = [];
  for (const { matches, value, etUs, atUs } of [...lines].sort((a, b) => a.index - b.index)) {
    if (!matches || known.has(value)) continue;
    known.add(value);
    if (atUs >= armedUs + learnUs) pieces.push({ start: etUs, end: etUs });
  }
  return pieces.sort((a, b) => a.start - b.start);
}

function change(lines: readonly ModelLine[]): Piece[] {
  const matching = lines.filter(({ matches }) => matches);
  return matching.flatMap(({ etUs, value }, index) => {
    const before = matching[index - 1];
    return before === undefined || before.value === value ? [] : [{ start: etUs, end: etUs }];
  });
}

/** Judged at slot ends, over the lines of the window before each. */
function slots(
  lines: readonly ModelLine[],
  windowUs: number,
  { horizonUs }: KindContext,
  holds: (window: readonly ModelLine[]) => boolean,
): Piece[] {
  const width = windowUs / 50;
  const [first, last] = [lines[0], lines.at(-1)];
  const pieces: Piece[] = [];
  if (first === undefined || last === undefined) return pieces;
  const begin = (Math.floor(first.etUs / width) + 1) * width;
  for (let at = begin; at < horizonUs && at <= last.etUs + windowUs + width; at += width) {
    const window = lines.filter(({ etUs }) => at - windowUs <= etUs && etUs < at);
    if (holds(window)) pieces.push({ start: at, end: at + width });
  }
  return pieces;
}

function isBeyond(rule: RuleOf<'metric'>, lines: readonly ModelLine[]): boolean {
  const values = lines.filter(({ matches }) => matches).map(({ value }) => value);
  if (values.length < Math.max(1, rule.minimum)) return false;
  const value = aggregateOf(rule.aggregate, values);
  return rule.comparison === '>' ? value > rule.limit : value < rule.limit;
}

function aggregateOf(aggregate: RuleOf<'metric'>['aggregate'], values: readonly number[]): number {
  const sum = values.reduce((total, value) => total + value, 0);
  switch (aggregate) {
    case 'count':
      return values.length;
    case 'sum':
      return sum;
    case 'avg':
      return sum / values.length;
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    default: {
      const rank = Math.ceil((Number(aggregate.slice(1)) * values.length) / 100);
      const ascending = [...values].sort((a, b) => a - b);
      return ascending[Math.max(1, rank) - 1]!;
    }
  }
}

function baseline(
  { kind, ratio, minimum, windowUs }: RuleOf<'spike' | 'drop'>,
  lines: readonly ModelLine[],
  { armedUs, horizonUs }: KindContext,
): Piece[] {
  const width = windowUs / 50;
  const matching = lines.filter(({ matches }) => matches);
  const [first, last] = [lines[0], lines.at(-1)];
  const pieces: Piece[] = [];
  if (first === undefined || last === undefined) return pieces;
  const begin = (Math.floor(first.etUs / width) + 1) * width;
  const countIn = (from: number, until: number): number =>
    matching.filter(({ etUs }) => from <= etUs && etUs < until).length;
  for (let at = begin; at < horizonUs && at <= last.etUs + 14 * windowUs; at += width) {
    if (at - 13 * windowUs < armedUs) continue;
    const now = countIn(at - windowUs, at);
    const mean = countIn(at - 13 * windowUs, at - windowUs) / 12;
    const holds =
      kind === 'spike'
        ? now >= minimum && now >= ratio * Math.max(mean, 1)
        : mean >= minimum && now * ratio <= mean;
    if (holds) pieces.push({ start: at, end: at + width });
  }
  return pieces;
}

const MINUTE_US = 60_000_000;
const SEASON_US = 86_400_000_000;

/** The window against the median of the same window, in whole minutes, on each of the four days before. */
function season(
  { kind, ratio, minimum, windowUs }: RuleOf<'spike' | 'drop'>,
  lines: readonly ModelLine[],
  { armedUs, horizonUs }: KindContext,
): Piece[] {
  const width = windowUs / 50;
  const times = lines.filter(({ matches }) => matches).map(({ etUs }) => etUs);
  const [first, last] = [times[0], times.at(-1)];
  const pieces: Piece[] = [];
  if (first === undefined || last === undefined) return pieces;
  const before = (at: number): number => times.filter((etUs) => etUs < at).length;
  const minuteOf = (at: number): number => Math.floor(at / MINUTE_US) * MINUTE_US;
  const knownUs = Math.min(armedUs, minuteOf(first));
  const begin = (Math.floor(first / width) + 1) * width;
  for (let at = begin; at < horizonUs && at <= last + 4 * SEASON_US + 2 * windowUs; at += width) {
    if (at - 4 * SEASON_US - windowUs < knownUs) continue;
    const now = before(at) - before(at - windowUs);
    const usual = [1, 2, 3, 4]
      .map((day) => at - day * SEASON_US)
      .map((end) => before(minuteOf(end)) - before(minuteOf(end - windowUs)))
      .sort((a, b) => a - b);
    const median = (usual[1]! + usual[2]!) / 2;
    const holds =
      kind === 'spike'
        ? now >= minimum && now >= ratio * Math.max(median, 1)
        : median >= minimum && now * ratio <= median;
    if (holds) pieces.push({ start: at, end: at + width });
  }
  return pieces;
}
