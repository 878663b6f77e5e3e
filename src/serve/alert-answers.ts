/** Answers about one incident and about silences, on a query thread. */
import { incidentRecordOf } from '../model/incident-record.ts';
import { silenceRecordOf } from '../model/silence-record.ts';
import { incidentHistory } from '../notify/incident-history.ts';
import type { Answering } from './asked-request.ts';
import type {
  IncidentStoryAnswer,
  IncidentStoryQuestion,
  SilencesAnswer,
  SilencesQuestion,
} from './questions.ts';

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

export function answerSilences(
  { incidents }: Answering,
  { nowMs }: SilencesQuestion,
): SilencesAnswer {
  return { silences: incidents.silences(nowMs * 1_000).map(silenceRecordOf) };
}
