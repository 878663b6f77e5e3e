/**
 * Whether people are told of an opening, decided in event time: backfill first, then the cooldown.
 *
 * The cooldown holds back the notification, never the incident: still open when it ends, people are told then;
 * over by then, it is history. An incident that was over when it was found (an old file, a late line) is measured
 * by its arrival too, so that a month of history is not a month of mails.
 */
import type { HeldBy } from './alert-event.ts';
import type { IncidentState } from './incident-book.ts';
import type { Rule } from './rule.ts';

/** Event time and arrival clock of the last opening that was sent; null: none yet. */
export type SavedTelling = readonly [dueUs: number, atUs: number] | null;

export type Opening = Readonly<{
  rule: Rule;
  dueUs: number;
  atUs: number;
  readCompleteUs: number;
  isOver: boolean;
}>;

export class Telling {
  #dueUs: number;
  #atUs: number;

  constructor(saved: SavedTelling = null) {
    this.#dueUs = saved?.[0] ?? Number.NEGATIVE_INFINITY;
    this.#atUs = saved?.[1] ?? Number.NEGATIVE_INFINITY;
  }

  /** Null: people are told, which is noted here and in the incident. */
  decide(incident: IncidentState, opening: Opening): HeldBy | null {
    const { rule } = opening;
    if (incident.backfill && !rule.backfill) {
      incident.told = 'no';
      return 'backfill';
    }
    if (this.#isCooling(opening)) {
      incident.told = opening.isOver ? 'no' : 'held';
      incident.heldUntilUs = this.#dueUs + rule.cooldownUs;
      return 'cooldown';
    }
    incident.told = 'yes';
    incident.notified += 1;
    this.#dueUs = Math.max(this.#dueUs, opening.dueUs);
    this.#atUs = opening.atUs;
    return null;
  }

  /** The horizon has to pass this before the last telling has no meaning any more. */
  untilUs(rule: Rule): number {
    return Math.max(this.#dueUs, this.#atUs) + rule.cooldownUs;
  }

  save(): SavedTelling {
    return this.#atUs === Number.NEGATIVE_INFINITY ? null : [this.#dueUs, this.#atUs];
  }

  #isCooling({ rule, dueUs, atUs, readCompleteUs, isOver }: Opening): boolean {
    if (readCompleteUs - rule.latenessUs > this.untilUs(rule)) return false;
    if (Math.abs(dueUs - this.#dueUs) < rule.cooldownUs) return true;
    return isOver && atUs - this.#atUs < rule.cooldownUs;
  }
}
