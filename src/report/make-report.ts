/**
 * Reports from the state folder: on everything no report has covered (runs), or on a range of time (people).
 *
 * Reads only; the caller writes the files and enters the report in the book. Needs a thread that owes nobody
 * an answer: it reads every entry it reports on.
 */
import { hostname } from 'node:os';
import { ARCHIVE_DAMAGED, ARCHIVE_DAMAGED_TEXT } from '../alert/archive-incidents.ts';
import { type IncidentFilter, IncidentStore } from '../alert/incident-store.ts';
import type { Clock } from '../base/clock.ts';
import type { Database } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { LocalDays } from '../base/zoned-time.ts';
import type { Settings } from '../config/settings.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import { type FinishedReport, RunBook } from '../ingest/run-book.ts';
import { Outbox } from '../notify/outbox.ts';
import { otherRecords, patternRecords } from './pattern-records.ts';
import { previousPeriodOf } from './previous-period.ts';
import { buildReport, type Report, type ReportContext, type Told } from './report.ts';
import { coverageSince } from './store-coverage.ts';
import { tallyStore } from './store-tally.ts';

/** What a report has to know of the settings. */
export type ReportSettings = Pick<Settings, 'rotation' | 'alerts' | 'paths'>;

export type ReportParts = Readonly<{
  clock: Clock;
  disk: Disk;
  database: Database;
  reader: EntryReader;
}>;

/** Incidents listed in a report, the worst of them; a report with more is not read to its end. All are counted. */
const INCIDENTS_REPORTED_MAX = 200;

/** What the book has to keep of a report that was written. */
export type NewReport = Readonly<{
  report: Report;
  finished: (path: string) => FinishedReport;
}>;

/** Report on everything that no report has covered, however old its stamps are. */
export function makeNewReport(parts: ReportParts, settings: ReportSettings): NewReport {
  const { clock, disk, database, reader } = parts;
  const { timezone } = settings.rotation;
  const book = RunBook.read(database);
  const last = book.lastReport();
  const sinceMs = last?.writtenAtMs ?? 0;
  const afterSequence = last?.lastSequence ?? 0;
  const tally = tallyStore(reader, { timezone, afterSequence });
  const writtenAtMs = clock.nowMs();
  const { coverage, facts } = coverageSince(
    { disk, database },
    {
      ...{ sinceMs, untilMs: null, nowMs: writtenAtMs },
      readBytes: tally.readBytes,
      folders: foldersOf(settings),
    },
  );
  const built = buildReport(tally, {
    host: hostname(),
    timezone,
    writtenAtMs,
    history: book.patterns.patterns(),
    otherHistory: book.patterns.others(),
    comparedDay: last?.comparedDay ?? null,
    ...incidentsOf(database, { saidSinceMs: sinceMs }, settings),
    coverage,
  });
  const report = { ...built, previous: previousPeriodOf(reader, built.chart, timezone) };
  return {
    report,
    finished: (path) => ({
      writtenAtMs,
      path,
      lastSequence: Math.max(afterSequence, tally.lastSequence),
      comparedDay: report.news?.comparison?.day ?? null,
      today: report.today,
      patterns: patternRecords(report),
      others: otherRecords(report),
      facts,
      generations: tally.generations,
    }),
  };
}

/** Report on the entries of a range of time, compared with the days before it. */
export function makeRangeReport(
  parts: ReportParts,
  settings: ReportSettings,
  range: Readonly<{ fromUs: number; untilUs: number }>,
): Report {
  const { clock, disk, database, reader } = parts;
  const { timezone } = settings.rotation;
  const { fromUs, untilUs } = range;
  const fromMs = fromUs / 1000;
  const tally = tallyStore(reader, { timezone, fromUs, untilUs });
  const firstDay = new LocalDays(timezone).dayOf(fromMs);
  const startsAtMidnight = new LocalDays(timezone).dayOf(fromMs - 1) < firstDay;
  const writtenAtMs = clock.nowMs();
  const { coverage } = coverageSince(
    { disk, database },
    {
      ...{ sinceMs: fromMs, untilMs: untilUs / 1000, nowMs: writtenAtMs },
      readBytes: tally.readBytes,
      folders: foldersOf(settings),
    },
  );
  const { patterns } = RunBook.read(database);
  const report = buildReport(tally, {
    host: hostname(),
    timezone,
    writtenAtMs,
    history: before(patterns.patterns(), firstDay),
    otherHistory: before(patterns.others(), firstDay),
    comparedDay: null,
    firstWholeDay: startsAtMidnight ? firstDay : firstDay + 1,
    ...incidentsOf(database, { fromMs, untilMs: untilUs / 1000 }, settings),
    coverage,
  });
  return { ...report, previous: previousPeriodOf(reader, report.chart, timezone) };
}

function foldersOf({ paths }: Pick<Settings, 'paths'>): string[] {
  return [paths.stateDir, paths.archiveDir];
}

/** The history as it was before that day. */
function before<Kept extends Readonly<{ days: readonly (readonly [number, number])[] }>>(
  history: readonly Kept[],
  firstDay: number,
): Kept[] {
  return history.flatMap((record) => {
    const days = record.days.filter(([day]) => day < firstDay);
    return days.length === 0 ? [] : [{ ...record, days }];
  });
}

function incidentsOf(
  database: Database,
  filter: IncidentFilter,
  settings: ReportSettings,
): Required<Pick<ReportContext, 'incidents' | 'incidentCounts'>> {
  const store = IncidentStore.reader(database);
  const outbox = Outbox.reader(database);
  const toldOf = (id: string): Told[] =>
    store
      .history(id)
      .flatMap(({ notification }) => (notification === null ? [] : [notification]))
      .flatMap((key) => outbox.deliveriesOf(key))
      .map(({ channel, recipient, state }) => ({ channel, recipient, state }));
  const descriptions = new Map([
    [ARCHIVE_DAMAGED, ARCHIVE_DAMAGED_TEXT],
    ...settings.alerts.map((alert) => [alert.name, alert.description] as const),
  ]);
  const worst = store.list({ ...filter, order: 'worst', limit: INCIDENTS_REPORTED_MAX });
  return {
    incidents: worst.map((incident) => ({
      ...incident,
      description: descriptions.get(incident.rule) ?? '',
      told: toldOf(incident.id),
    })),
    incidentCounts: {
      total: store.count(filter),
      open: store.count({ ...filter, state: 'open' }),
    },
  };
}
