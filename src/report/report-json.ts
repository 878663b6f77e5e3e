/** The report for programs: every number exact, every time ISO 8601 in UTC, all text as it came. A contract. */
import { jsonPage } from '../base/escape.ts';
import { timestampText } from '../model/entry-record.ts';
import { levelOf } from '../model/level.ts';
import { namedCounts, totalOf } from './level-counts.ts';
import type { NameTally } from './name-groups.ts';
import type { PatternTally } from './pattern-tallies.ts';
import type { Report } from './report.ts';
import type { RouteLine } from './request-summary.ts';

export function reportJson(report: Report): string {
  const { verdict, period, coverage, chart } = report;
  const record = {
    host: report.host,
    written: timestampText(report.writtenAtMs * 1000),
    timezone: report.timezone,
    from: period === null ? null : timestampText(period.firstMs * 1000),
    until: period === null ? null : timestampText(period.lastMs * 1000),
    verdict: {
      title: verdict.title,
      trouble: verdict.trouble,
      lead: verdict.lead.map((sentence) => sentence.text),
    },
    total: report.entryCount,
    levels: namedCounts(report.levels),
    sources: namesRecord(report.sources),
    files: namesRecord(report.files),
    histogram:
      chart === null
        ? null
        : {
            from: timestampText(chart.startMs * 1000),
            widthMs: chart.widthMs,
            buckets: chart.bars.map(namedCounts),
          },
    topErrors: report.topErrors.map(patternRecord),
    topMessages: report.topMessages.map(patternRecord),
    patterns: report.patterns.length,
    news: newsRecord(report),
    otherPatterns: report.otherPatternCount,
    requests: requestsRecord(report),
    incidents: report.incidents.map((incident) => ({
      id: incident.id,
      rule: incident.rule,
      description: incident.description,
      severity: incident.severity,
      group: incident.group,
      opened: timestampText(incident.openedAtMs * 1000),
      resolved: incident.resolvedAtMs === null ? null : timestampText(incident.resolvedAtMs * 1000),
      count: incident.count,
      notified: incident.notified,
    })),
    incidentCounts: report.incidentCounts,
    coverage: {
      ...coverage,
      losses: coverage.losses.map(({ path, sizeBytes, reason, atMs }) => ({
        path,
        sizeBytes,
        reason,
        at: timestampText(atMs * 1000),
      })),
    },
  };
  return `${jsonPage(record)}\n`;
}

function newsRecord({ news, timezone }: Report): object | null {
  if (news === null) return null;
  const { comparison } = news;
  return {
    historyDays: news.historyDays,
    new: news.fresh.map(patternRecord),
    compared:
      comparison === null
        ? null
        : {
            day: dateOf(comparison.day),
            with: dateOf(comparison.previousDay),
            weekBefore: comparison.weekBeforeDay === null ? null : dateOf(comparison.weekBeforeDay),
            timezone,
          },
    stopped: (comparison?.stopped ?? []).map(({ pattern, perDay }) => ({
      ...patternRecord(pattern),
      perDay,
    })),
    moved: (comparison?.moved ?? []).map((change) => ({
      pattern: change.pattern.template,
      level: levelOf(change.pattern.levelCode),
      source: change.pattern.source,
      count: change.count,
      before: change.previousCount,
      weekBefore: change.weekBeforeCount,
      factor: change.rose ? change.factor : 1 / change.factor,
    })),
  };
}

function requestsRecord({ requests }: Report): object | null {
  if (requests === null) return null;
  const routeRecord = ({ source, route, count, failedCount, times }: RouteLine): object => ({
    ...{ source, route, count, failed: failedCount },
    times:
      times === null
        ? null
        : {
            timed: times.timedCount,
            meanMs: times.meanUs / 1000,
            p50Ms: times.p50Us / 1000,
            p95Ms: times.p95Us / 1000,
            maxMs: times.maxUs / 1000,
          },
  });
  return {
    total: requests.requestCount,
    failed: requests.failedCount,
    routes: requests.routeCount,
    frequent: requests.frequent.map(routeRecord),
    slowest: requests.slowest.map(routeRecord),
  };
}

/** `2026-11-20` of a numbered day. */
function dateOf(day: number): string {
  return new Date(day * 86_400_000).toISOString().slice(0, 10);
}

function namesRecord(names: readonly NameTally[]): readonly object[] {
  return names.map(({ name, counts, firstUs, lastUs }) => ({
    name,
    total: totalOf(counts),
    levels: namedCounts(counts),
    first: timestampText(firstUs),
    last: timestampText(lastUs),
  }));
}

function patternRecord(pattern: PatternTally): object {
  return {
    pattern: pattern.template,
    level: levelOf(pattern.levelCode),
    source: pattern.source,
    count: pattern.count,
    first: timestampText(pattern.firstUs),
    last: timestampText(pattern.lastUs),
    example: pattern.example,
  };
}
