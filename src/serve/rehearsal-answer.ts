/** A rehearsal of one rule, which the config has or which is made for an entry, on a query thread. */
import { OperatorError } from '../base/errors.ts';
import { ruleLike } from '../rehearsal/like-entry.ts';
import { type RehearsalRecord, rehearsalRecordOf } from '../rehearsal/rehearsal-record.ts';
import { rehearsedRules } from '../rehearsal/rehearsal-settings.ts';
import { rehearse } from '../rehearsal/rehearse.ts';
import { sectionText, settingsOfSuggestion } from '../rehearsal/suggestion.ts';
import type { Answering } from './asked-request.ts';
import type { RehearsalQuestion, RuleLikeAnswer, RuleLikeQuestion } from './questions.ts';
import { answerContext } from './search-answers.ts';

/** Incidents of one answer, the newest: more than a page shows. */
const INCIDENTS_MAX = 500;

export function answerRehearsal(
  { reader, database, host, signal }: Answering,
  { rule, settings, ...times }: RehearsalQuestion,
): RehearsalRecord {
  const { recipients, quietHours } = settings;
  const rehearsal = rehearse(
    { reader, database, host },
    { ...rehearsedRules(settings, rule), recipients, quietHours, ...times, signal },
  );
  return rehearsalRecordOf(rehearsal, INCIDENTS_MAX);
}

/** Entries are taken by the times they carry: a rule that is not there yet was at work at no time. */
export function answerRuleLike(
  answering: Answering,
  { id, settings, ...times }: RuleLikeQuestion,
): RuleLikeAnswer {
  const { reader, database, host, signal } = answering;
  const found = answerContext(answering, { id, before: 0, after: 0 });
  if (found === null) return null;
  const suggestion = ruleLike(
    found.records[found.index]!,
    new Set(settings.alerts.map(({ name }) => name)),
  );
  const alert = suggestion === null ? null : settingsOfSuggestion(suggestion);
  if (suggestion === null || alert === null) {
    throw new OperatorError(
      'USAGE',
      `Cannot word a rule for the entry "${id}": it has no source, level or words that a config can hold`,
    );
  }
  const { recipients, quietHours } = settings;
  const rehearsal = rehearse(
    { reader, database, host },
    {
      ...rehearsedRules({ alerts: [alert] }, null),
      ...{ recipients, quietHours, ...times, mode: 'live', signal },
    },
  );
  return {
    name: suggestion.name,
    reason: suggestion.reason,
    config: sectionText(suggestion),
    query: alert.when,
    rehearsal: rehearsalRecordOf(rehearsal, INCIDENTS_MAX),
  };
}
