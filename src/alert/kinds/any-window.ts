/** Kind `any`: the condition holds at the moment of each match. Holds no lines. */
import type { IncidentBook, IncidentState } from '../incident-book.ts';
import type { Match, Window } from './window.ts';

export class AnyWindow implements Window {
  readonly spanUs = 0;
  readonly heldCount = 0;
  readonly dueUs = Number.POSITIVE_INFINITY;

  add(match: Match, book: IncidentBook): void {
    const incident = book.add({ startUs: match.etUs, endUs: match.etUs, keptUs: match.keptUs });
    incident.countedLines += 1;
    incident.firstUs = Math.min(incident.firstUs, match.etUs);
    incident.lastUs = Math.max(incident.lastUs, match.etUs);
  }

  decide(): void {}

  countOf(incident: IncidentState): number {
    return incident.countedLines;
  }

  forget(): void {}

  cut(): number {
    return 0;
  }

  save(): unknown {
    return null;
  }
}
