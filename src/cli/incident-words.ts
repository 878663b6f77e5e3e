/** `--incident ID`: an incident's own query and times as words of a search, whatever its rule says by now. */
import { IncidentStore } from '../alert/incident-store.ts';
import { OperatorError } from '../base/errors.ts';
import { incidentSearchOf } from '../model/incident-record.ts';
import { foundIncident } from './alerts-list.ts';
import type { CliContext } from './context.ts';
import { openDatabase } from './open-database.ts';

export function wordsOfIncident(
  context: CliContext,
  asked: Readonly<{ stateDir: string; words: readonly string[]; incident: string }>,
): string[] {
  const { stateDir, words, incident: id } = asked;
  using database = openDatabase(context, { stateDir });

  if (database === null) return [...words];
  const incident = foundIncident(IncidentStore.reader(database), id);
  const query = incidentSearchOf(incident);
  if (query !== null) return [query, ...words];
  throw new OperatorError(
    'USAGE',
    `Cannot search for incident ${incident.id}: its rule is a function of a program, or an older version found it`,
  );
}
