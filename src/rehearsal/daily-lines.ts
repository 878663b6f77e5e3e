/**
 * Lines that come once a day at about the same time (a backup, a rotation, a report): each day one would miss them.
 *
 * Looked at are patterns of messages by source. What comes more often than a few times a day is no such line and is let
 * go of at once, so a busy store costs no more memory than its rare patterns.
 */

import { zoneOffsetMs } from '../base/zoned-time.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { NEED } from '../engine/segment-format.ts';
import { PLACEHOLDER_PATTERN } from '../pattern/template.ts';
import { OTHERS } from '../pattern/templates.ts';
import { phrase, ruleName, type Suggestion } from './suggestion.ts';

/** Patterns told apart; a store with more has no use for those that come once. */
const PATTERNS_MAX = 20_000;
/** More lines on one day, on average, are no daily line. */
const LINES_A_DAY_MAX = 3;
/** So many days must have it, so that it is a habit and no chance. */
const DAYS_MIN = 5;
/** Of the days from its first to its last. */
const DAYS_SHARE_MIN = 0.9;
/** The lines of all days lie within so much of the clock. */
const SPREAD_MS_MAX = 2 * 3_600_000;
/** Before the earliest and behind the latest that was seen. */
const MARGIN_MS = 10 * 60_000;
const ROUND_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
/** A phrase of a query says something. */
const PHRASE_CHARACTERS_MIN = 4;
const PHRASES_MAX = 3;

/** What a name leaves out: placeholders, with a unit behind them. */
export const VARYING = new RegExp(`${PLACEHOLDER_PATTERN.source}( \\p{L}{1,2}\\b)?`, 'gu');

type Times = { atMs: number[]; isFrequent: boolean };

export function dailyLines(
  reader: EntryReader,
  request: SearchRequest,
  { timezone, spanMs }: Readonly<{ timezone: string; spanMs: number }>,
): Suggestion[] {
  const linesMax = Math.ceil((spanMs / DAY_MS) * LINES_A_DAY_MAX);
  const rare = rareLines(reader, request, linesMax);
  return rare.flatMap(({ pattern, source, atMs }) => {
    const habit = habitOf(atMs, timezone);
    if (habit === null) return [];
    const phrases = phrasesOf(pattern);
    if (phrases.length === 0) return [];
    const { from, until, lengthMinutes, dayCount, daySpan } = habit;
    return [
      {
        name: `${ruleName(pattern.replace(VARYING, ' '))} is missing`,
        reason: `"${pattern}" of ${source} came on ${dayCount} of ${daySpan} days, between ${from} and ${until}.`,
        keys: {
          kind: 'absence',
          when: `source:${phrase(source)} ${phrases.map(phrase).join(' ')}`,
          schedule: `${from}-${until}`,
          timezone,
          silence: `${lengthMinutes}m`,
          severity: 'high',
        },
      },
    ];
  });
}

/** Patterns by source that come seldom, with all their moments. */
function rareLines(
  reader: EntryReader,
  request: SearchRequest,
  linesMax: number,
): Readonly<{ pattern: string; source: string; atMs: number[] }>[] {
  return reader.fold(
    request,
    (book) => {
      const bySource = new Map<number, Map<number, Times>>();
      return {
        take({ columns, rows, count, patterns }) {
          for (let index = 0; index < count; index += 1) {
            const row = rows[index]!;
            const source = columns.source[row]!;
            const known = bySource.get(source) ?? new Map<number, Times>();
            bySource.set(source, known);
            note(known, patterns![row]!, columns.timestampUs[row]! / 1_000, linesMax);
          }
        },
        result() {
          const { sources } = reader.names;
          return [...bySource].flatMap(([source, known]) =>
            [...mergedTimes(known, (id) => book!.merged(id))]
              .filter(([id, { isFrequent, atMs }]) => {
                return id !== OTHERS && !isFrequent && atMs.length <= linesMax;
              })
              .map(([id, { atMs }]) => {
                return { pattern: book!.textOf(id), source: sources.valueOf(source), atMs };
              }),
          );
        },
      };
    },
    {
      need: NEED.SOURCE | NEED.TIMESTAMP,
      withText: false,
      withOrigins: false,
      patternsMax: PATTERNS_MAX,
    },
  );
}

function note(known: Map<number, Times>, id: number, atMs: number, linesMax: number): void {
  const times = known.get(id);
  if (times === undefined) {
    known.set(id, { atMs: [atMs], isFrequent: false });
    return;
  }
  if (times.isFrequent) return;
  times.atMs.push(atMs);
  if (times.atMs.length > linesMax) {
    times.isFrequent = true;
    times.atMs = [];
  }
}

function mergedTimes(
  known: ReadonlyMap<number, Times>,
  merged: (id: number) => number,
): Map<number, Times> {
  const all = new Map<number, Times>();
  for (const [id, times] of known) {
    const into = merged(id);
    const there = all.get(into);
    if (there === undefined) all.set(into, { ...times, atMs: [...times.atMs] });
    else {
      there.isFrequent ||= times.isFrequent;
      there.atMs.push(...times.atMs);
    }
  }
  return all;
}

type Habit = Readonly<{
  from: string;
  until: string;
  lengthMinutes: number;
  dayCount: number;
  daySpan: number;
}>;

/** The part of the day in which all of them lie; null: they have no such habit. */
export function habitOf(moments: readonly number[], timezone: string): Habit | null {
  const local = moments.map((atMs) => atMs + zoneOffsetMs(atMs, timezone)).sort((a, b) => a - b);
  const days = new Set(local.map((atMs) => Math.floor(atMs / DAY_MS)));
  const first = Math.min(...days);
  const daySpan = Math.max(...days) - first + 1;
  if (days.size < DAYS_MIN || days.size < DAYS_SHARE_MIN * daySpan) return null;
  const clocks = local.map((atMs) => ((atMs % DAY_MS) + DAY_MS) % DAY_MS).sort((a, b) => a - b);
  const [earliest, latest] = [clocks[0]!, clocks.at(-1)!];
  if (latest - earliest > SPREAD_MS_MAX) return null;
  const from = Math.floor((earliest - MARGIN_MS) / ROUND_MS) * ROUND_MS;
  const until = Math.ceil((latest + MARGIN_MS) / ROUND_MS) * ROUND_MS;
  // A part of the day that begins yesterday is not looked at: such a line is left to people.
  if (from < 0 || until >= DAY_MS) return null;
  return {
    from: clockText(from),
    until: clockText(until),
    lengthMinutes: (until - from) / 60_000,
    dayCount: days.size,
    daySpan,
  };
}

function clockText(ms: number): string {
  return new Date(ms).toISOString().slice(11, 16);
}

/** The longest pieces of a pattern between what varies. */
export function phrasesOf(pattern: string): string[] {
  return pattern
    .replace(/…$/, '')
    .split(PLACEHOLDER_PATTERN)
    .filter((_, index) => index % 2 === 0)
    .map((piece) => piece.trim())
    .filter((piece) => piece.length >= PHRASE_CHARACTERS_MIN && /\p{L}{3}/u.test(piece))
    .sort((a, b) => b.length - a.length)
    .slice(0, PHRASES_MAX);
}
