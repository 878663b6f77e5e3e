/** Questions of the HTTP API, each to what answers it: plain data in, plain data out, on a query thread. */

import { answerActivity } from './activity-answer.ts';
import { answerIncident, answerIncidentLines, answerSilences } from './alert-answers.ts';
import { answerAlertDetails } from './alert-details.ts';
import { type Answering, requestOf } from './asked-request.ts';
import { answerHistogram, answerPatterns, answerStats, answerValues } from './count-answers.ts';
import { answerDownload } from './download-answer.ts';
import { fieldStats } from './field-stats.ts';
import { answerLedger } from './ledger-answer.ts';
import type { Answers, AskedQuestion } from './questions.ts';
import {
  answerArchives,
  answerIncidents,
  answerReport,
  answerSavedQueries,
} from './record-answers.ts';
import { answerRehearsal, answerRuleLike } from './rehearsal-answer.ts';
import { answerContext, answerSearch, answerTail } from './search-answers.ts';

export function answerOf(
  answering: Answering,
  asked: AskedQuestion,
): Answers[AskedQuestion['kind']] | Promise<Answers['alertDetails']> {
  switch (asked.kind) {
    case 'search':
      return answerSearch(answering, asked.question);
    case 'stats':
      return answerStats(answering, asked.question);
    case 'histogram':
      return answerHistogram(answering, asked.question);
    case 'tail':
      return answerTail(answering, asked.question);
    case 'fields':
      return fieldStats(answering.reader, requestOf(answering, asked.question).request);
    case 'values':
      return answerValues(answering, asked.question);
    case 'patterns':
      return answerPatterns(answering, asked.question);
    case 'context':
      return answerContext(answering, asked.question);
    case 'download':
      return answerDownload(answering, asked.question);
    case 'activity':
      return answerActivity(answering, asked.question);
    case 'archives':
      return answerArchives(answering, asked.question);
    case 'report':
      return answerReport(answering, asked.question);
    case 'rehearsal':
      return answerRehearsal(answering, asked.question);
    case 'ruleLike':
      return answerRuleLike(answering, asked.question);
    case 'ledger':
      return answerLedger(answering, asked.question);
    case 'savedQueries':
      return answerSavedQueries(answering);
    case 'incident':
      return answerIncident(answering, asked.question);
    case 'incidentLines':
      return answerIncidentLines(answering, asked.question);
    case 'silences':
      return answerSilences(answering, asked.question);
    case 'alertDetails':
      return answerAlertDetails(answering, asked.question);
    case 'incidents':
      return answerIncidents(answering, asked.question);
  }
}
