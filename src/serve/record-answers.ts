/** Answers from the tables beside the segments: incidents, archived files, saved queries; and reports. */
import { ArchiveBook } from '../ingest/archive-book.ts';
import { SavedQueries } from '../ingest/saved-queries.ts';
import { incidentRecordOf } from '../model/incident-record.ts';
import { makeRangeReport } from '../report/make-report.ts';
import { reportHtml } from '../report/report-html.ts';
import { reportJson } from '../report/report-json.ts';
import { reportMarkdown } from '../report/report-markdown.ts';
import { reportText } from '../report/report-text.ts';
import { archiveRecordOf } from '../rotate/archive-record.ts';
import type { Answering } from './asked-request.ts';
import type {
  ArchivesAnswer,
  ArchivesQuestion,
  IncidentQuestion,
  IncidentsAnswer,
  ReportAnswer,
  ReportFormat,
  ReportQuestion,
  SavedQueriesAnswer,
} from './questions.ts';
import { SEARCH_LIMIT_DEFAULT } from './search-answers.ts';

export function answerIncidents(
  { incidents }: Answering,
  question: IncidentQuestion,
): IncidentsAnswer {
  const limit = question.limit ?? SEARCH_LIMIT_DEFAULT;
  return { incidents: incidents.list({ ...question, limit }).map(incidentRecordOf) };
}

export function answerArchives(
  { database }: Answering,
  question: ArchivesQuestion,
): ArchivesAnswer {
  const { limit, offset, text, source, fromUs, untilUs } = question;
  const book = ArchiveBook.read(database);
  const query = { text: text ?? null, source: source ?? null, fromUs, untilUs };
  const archives: ArchivesAnswer['archives'][number][] = [];
  let total = 0;
  let bytes = 0;
  let storedBytes = 0;
  for (const row of book.find(query)) {
    if (total >= offset && archives.length < limit) archives.push(archiveRecordOf(row));
    total += 1;
    bytes += row.sizeBytes;
    storedBytes += row.stored?.storedBytes ?? row.sizeBytes;
  }
  return { archives, total, bytes, storedBytes };
}

const WRITERS = {
  json: reportJson,
  html: reportHtml,
  text: reportText,
  md: reportMarkdown,
} as const satisfies Readonly<Record<ReportFormat, unknown>>;

export function answerReport(answering: Answering, question: ReportQuestion): ReportAnswer {
  const { clock, database, disk, reader } = answering;
  const { fromUs, untilUs, format, settings } = question;
  const report = makeRangeReport({ clock, disk, database, reader }, settings, { fromUs, untilUs });
  return { content: WRITERS[format](report) };
}

export function answerSavedQueries({ database }: Answering): SavedQueriesAnswer {
  return { queries: SavedQueries.read(database).list() };
}
