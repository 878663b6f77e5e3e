/** Answers about one incident and about silences, on a query thread. */
import { incidentRecordOf, incidentSearchOf } from '../model/incident-record.ts';
import { silenceRecordOf } from '../model/silence-record.ts';
import { incidentHistory } from '../notify/incident-history.ts';
import type { Answering } from './asked-request.ts';
import type {
  IncidentLinesAnswer,
  IncidentLinesQuestion,
  IncidentStoryAnswer,
  IncidentStoryQuestion,
  SilencesAnswer,
  SilencesQuestion,
} from './questions.ts';
import { answerSearch } from './search-answers.ts';

/** Somebody looks at a phone. */
const LINES_DEADLINE_MS = 8_000;

export function answerIncident(
  { incidents, database }: Answering,
  { id }: IncidentStoryQuestion,
): IncidentStoryAnswer {
  const incident = incidents.find(id);
  if (incident === null) return null;
  return {
    incident: incidentRecordOf(incident),
    history: incidentHistory(database, incident.id),
  };
}

/** The same search as `logstead search --incident`. */
export function answerIncidentLines(
  answering: Answering,
  { id, nowMs, limit, after }: IncidentLinesQuestion,
): IncidentLinesAnswer {
  const incident = answering.incidents.find(id);
  if (incident === null) return null;
  const record = incidentRecordOf(incident);
  const q = incidentSearchOf(incident);
  if (q === null) {
    return { incident: record, hasQuery: false, records: [], hits: [], cursor: null };
  }
  const { records, hits, cursor } = answerSearch(answering, {
    q,
    nowMs,
    limit,
    deadlineMs: LINES_DEADLINE_MS,
    order: 'oldest',
    hits: true,
    ...(after === undefined ? {} : { cursor: after }),
  });
  return { incident: record, hasQuery: true, records, hits: hits ?? [], cursor };
}

export function answerSilences(
  { incidents }: Answering,
  { nowMs }: SilencesQuestion,
): SilencesAnswer {
  return { silences: incidents.silences(nowMs * 1_000).map(silenceRecordOf) };
}
