/**
 * Reports from the state folder: on everything no report has covered (runs), or on a range of time (people).
 *
 * Reads only; the caller writes the files and enters the report in the book. Needs a thread that owes nobody
 * an answer: it reads every entry it reports on.
 */
import { hostname } from 'node:os';
import { type IncidentQuery, IncidentStore } from '../alert/incident-store.ts';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import { LocalDays } from '../base/zoned-time.ts';
import type { Settings } from '../config/settings.ts';
import type { StoreReader } from '../engine/store-reader.ts';
import type { PatternRecord } from '../ingest/pattern-history.ts';
import { type FinishedReport, RunBook } from '../ingest/run-book.ts';
import { patternRecords } from './pattern-records.ts';
import { buildReport, type Report, type ReportedIncident } from './report.ts';
import { coverageSince } from './store-coverage.ts';
import { tallyStore } from './store-tally.ts';

export type ReportParts = Readonly<{ clock: Clock; database: Database; reader: StoreReader }>;

/** Incidents listed in a report; a report with more is not read to its end. */
const INCIDENTS_REPORTED_MAX = 200;

/** What the book has to keep of a report that was written. */
export type NewReport = Readonly<{
  report: Report;
  finished: (path: string) => FinishedReport;
}>;

/** Report on everything that no report has covered, however old its stamps are. */
export function makeNewReport(parts: ReportParts, settings: Settings): NewReport {
  const { clock, database, reader } = parts;
  const { timezone } = settings.rotation;
  const book = RunBook.read(database);
  const last = book.lastReport();
  const sinceMs = last?.writtenAtMs ?? 0;
  const afterSequence = last?.lastSequence ?? 0;
  const tally = tallyStore(reader, { timezone, afterSequence });
  const writtenAtMs = clock.nowMs();
  const report = buildReport(tally, {
    host: hostname(),
    timezone,
    writtenAtMs,
    history: book.patterns.patterns(),
    comparedDay: last?.comparedDay ?? null,
    incidents: incidentsOf(database, { saidSinceMs: sinceMs }, settings),
    coverage: coverageSince({ database, reader }, { sinceMs, readBytes: tally.readBytes }),
  });
  return {
    report,
    finished: (path) => ({
      writtenAtMs,
      path,
      lastSequence: Math.max(afterSequence, tally.lastSequence),
      comparedDay: report.news?.comparison?.day ?? null,
      today: report.today,
      patterns: patternRecords(report),
      generations: tally.generations,
    }),
  };
}

/** Report on the entries of a range of time, compared with the days before it. */
export function makeRangeReport(
  parts: ReportParts,
  settings: Settings,
  range: Readonly<{ fromUs: number; untilUs: number }>,
): Report {
  const { clock, database, reader } = parts;
  const { timezone } = settings.rotation;
  const { fromUs, untilUs } = range;
  const fromMs = fromUs / 1000;
  const tally = tallyStore(reader, { timezone, fromUs, untilUs });
  const firstDay = new LocalDays(timezone).dayOf(fromMs);
  const startsAtMidnight = new LocalDays(timezone).dayOf(fromMs - 1) < firstDay;
  return buildReport(tally, {
    host: hostname(),
    timezone,
    writtenAtMs: clock.nowMs(),
    history: before(RunBook.read(database).patterns.patterns(), firstDay),
    comparedDay: null,
    firstWholeDay: startsAtMidnight ? firstDay : firstDay + 1,
    incidents: incidentsOf(database, { fromMs, untilMs: untilUs / 1000 }, settings),
    coverage: coverageSince({ database, reader }, { sinceMs: fromMs, readBytes: tally.readBytes }),
  });
}

/** The history as it was before that day. */
function before(history: readonly PatternRecord[], firstDay: number): PatternRecord[] {
  return history.flatMap((pattern) => {
    const days = pattern.days.filter(([day]) => day < firstDay);
    return days.length === 0 ? [] : [{ ...pattern, days }];
  });
}

function incidentsOf(
  database: Database,
  query: IncidentQuery,
  settings: Settings,
): ReportedIncident[] {
  const descriptions = new Map(settings.alerts.map((alert) => [alert.name, alert.description]));
  return IncidentStore.reader(database)
    .list({ ...query, limit: INCIDENTS_REPORTED_MAX })
    .map((incident) => ({ ...incident, description: descriptions.get(incident.rule) ?? '' }));
}
