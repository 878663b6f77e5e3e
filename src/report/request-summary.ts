/** The requests of a report: which routes were asked for most, and which took longest. Pure. */
import { type RouteCounts, timeOfClass } from '../engine/request-part.ts';

export type RouteLine = Readonly<{
  source: string;
  /** `GET /users/<id>`. */
  route: string;
  count: number;
  /** Answered with a status of 5xx. */
  failedCount: number;
  /** Of the requests whose entries say how long they took; null: none does. */
  times: Readonly<{
    timedCount: number;
    meanUs: number;
    p50Us: number;
    p95Us: number;
    maxUs: number;
  }> | null;
}>;

export type RequestSummary = Readonly<{
  requestCount: number;
  failedCount: number;
  routeCount: number;
  frequent: readonly RouteLine[];
  /** By the time that 95 of 100 stay below; empty where no entry says how long it took. */
  slowest: readonly RouteLine[];
}>;

/** What fits a page. */
const ROUTES_SHOWN_MAX = 10;

/** Null: the logs have no requests. */
export function requestSummary(routes: readonly Readonly<RouteCounts>[]): RequestSummary | null {
  if (routes.length === 0) return null;
  const lines = routes.map(lineOf);
  const byName = (a: RouteLine, b: RouteLine): number =>
    compareTexts(a.route, b.route) || compareTexts(a.source, b.source);
  const frequent = lines.toSorted((a, b) => b.count - a.count || byName(a, b));
  const slowest = lines
    .filter(({ times }) => times !== null)
    .sort(
      (a, b) => b.times!.p95Us - a.times!.p95Us || b.times!.maxUs - a.times!.maxUs || byName(a, b),
    );
  const sum = (of: (line: RouteLine) => number): number =>
    lines.reduce((total, line) => total + of(line), 0);
  return {
    requestCount: sum(({ count }) => count),
    failedCount: sum(({ failedCount }) => failedCount),
    routeCount: lines.length,
    frequent: frequent.slice(0, ROUTES_SHOWN_MAX),
    slowest: slowest.slice(0, ROUTES_SHOWN_MAX),
  };
}

function lineOf(counts: Readonly<RouteCounts>): RouteLine {
  const { source, route, count, failedCount, timedCount, totalUs, maxUs } = counts;
  const times =
    timedCount === 0
      ? null
      : {
          ...{ timedCount, maxUs, meanUs: totalUs / timedCount },
          p50Us: percentileOf(counts, 0.5),
          p95Us: percentileOf(counts, 0.95),
        };
  return { source, route, count, failedCount, times };
}

/** Nearest rank, right to a tenth; never more than the longest. */
function percentileOf({ timedCount, times, maxUs }: Readonly<RouteCounts>, share: number): number {
  const rank = Math.max(1, Math.ceil(timedCount * share));
  let seen = 0;
  for (const [timeClass, count] of [...times].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= rank) return Math.min(maxUs, timeOfClass(timeClass));
  }
  return maxUs;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `870 µs`, `4.2 ms`, `310 ms`, `12.5 s`. */
export function timeText(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 10_000) return `${(us / 1000).toFixed(1)} ms`;
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`;
  return `${(us / 1_000_000).toFixed(us < 10_000_000 ? 2 : 1)} s`;
}
