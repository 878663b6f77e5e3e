/**
 * Whether people are told of an opening, decided in event time: backfill, silence, inhibition, acknowledgement,
 * cooldown, quiet hours; the first that holds it back is the reason.
 *
 * All of them hold back the notification, never the incident: still open when that ends, people are told then; over by
 * then, it is history. An incident that was over when it was found (an old file, a late line) is measured by its
 * arrival too, so that a month of history is not a month of mails. A group that opens `FLAPPING_COUNT` times in an hour
 * flaps: from then on it is told as often as a reminder would come, but where the rule has a cooldown of 0: there people
 * asked for each opening.
 */
import type { HeldBy } from './alert-event.ts';
import type { Holders, Labels } from './holders.ts';
import { type IncidentState, OPEN_END_US } from './incident-book.ts';
import type { Rule } from './rule.ts';

/** Event time and arrival clock of the last opening that was sent, and the last openings, sent or not; null: none yet. */
export type SavedTelling =
  | readonly [dueUs: number, atUs: number, openings?: readonly number[]]
  | null;

export type Opening = Readonly<{
  labels: Labels;
  holders: Holders;
  dueUs: number;
  atUs: number;
  readCompleteUs: number;
  isOver: boolean;
}>;

export type Hold = Readonly<{ by: HeldBy; untilUs: number }>;

const FLAPPING_COUNT = 4;
const FLAPPING_US = 3_600_000_000;
/** How often a flapping group is told where the rule has no reminders. */
const FLAPPING_EVERY_US = 3_600_000_000;

export class Telling {
  #dueUs: number;
  #atUs: number;
  /** Event times of the last openings, oldest first. */
  #openings: number[];

  constructor(saved: SavedTelling = null) {
    this.#dueUs = saved?.[0] ?? Number.NEGATIVE_INFINITY;
    this.#atUs = saved?.[1] ?? Number.NEGATIVE_INFINITY;
    this.#openings = [...(saved?.[2] ?? [])];
  }

  /** An incident began. */
  noteOpening(openUs: number): void {
    this.#openings.push(openUs);
    this.#openings.sort((a, b) => a - b);
    if (this.#openings.length > FLAPPING_COUNT) this.#openings.shift();
  }

  /** Null: people are told, which is noted here and in the incident. */
  decide(incident: IncidentState, opening: Opening): HeldBy | null {
    const hold = this.#holdOf(incident, opening);
    if (hold === null) {
      incident.told = 'yes';
      incident.heldBy = null;
      incident.notified += 1;
      this.#dueUs = Math.max(this.#dueUs, opening.dueUs);
      this.#atUs = opening.atUs;
      return null;
    }
    const isForGood = opening.isOver || hold.by === 'backfill' || hold.by === 'digest';
    incident.told = isForGood ? 'no' : 'held';
    incident.heldUntilUs = hold.untilUs;
    incident.heldBy = hold.by;
    return hold.by;
  }

  /** What keeps a reminder back. */
  holdOfReminder(incident: IncidentState, reminder: Opening): HeldBy | null {
    return marksOf(incident, reminder)?.by ?? quietOf(reminder)?.by ?? null;
  }

  /** The horizon has to pass this before the last telling has no meaning any more. */
  untilUs(rule: Rule): number {
    const told = Math.max(this.#dueUs, this.#atUs) + this.#cooldownUs(rule);
    const newestUs = this.#openings.at(-1);
    // A rule that has no cooldown does not ask whether it flaps.
    if (newestUs === undefined || rule.cooldownUs === 0) return told;
    return Math.max(told, newestUs + FLAPPING_US);
  }

  save(): SavedTelling {
    const isTold = this.#atUs !== Number.NEGATIVE_INFINITY;
    if (!isTold && this.#openings.length === 0) return null;
    // JSON has no infinity; a time so early cools nothing.
    return isTold
      ? [this.#dueUs, this.#atUs, this.#openings]
      : [-OPEN_END_US, -OPEN_END_US, this.#openings];
  }

  #holdOf(incident: IncidentState, opening: Opening): Hold | null {
    const { rule } = opening.labels;
    if (incident.inDigest === true) return { by: 'digest', untilUs: 0 };
    if (incident.backfill && !rule.backfill) return { by: 'backfill', untilUs: 0 };
    const mark = marksOf(incident, opening);
    if (mark !== null) return mark;
    if (this.#isCooling(opening)) {
      const untilUs = this.#dueUs + this.#cooldownUs(rule);
      return { by: this.#isFlapping(rule) ? 'flapping' : 'cooldown', untilUs };
    }
    return quietOf(opening);
  }

  #isFlapping({ cooldownUs }: Rule): boolean {
    const openings = this.#openings;
    if (cooldownUs === 0 || openings.length < FLAPPING_COUNT) return false;
    return openings.at(-1)! - openings.at(-FLAPPING_COUNT)! < FLAPPING_US;
  }

  #cooldownUs(rule: Rule): number {
    const { cooldownUs, remindEveryUs } = rule;
    const isFlapping = this.#isFlapping(rule);
    return isFlapping ? Math.max(cooldownUs, remindEveryUs ?? FLAPPING_EVERY_US) : cooldownUs;
  }

  #isCooling({ labels: { rule }, dueUs, atUs, readCompleteUs, isOver }: Opening): boolean {
    const cooldownUs = this.#cooldownUs(rule);
    if (readCompleteUs - rule.latenessUs > Math.max(this.#dueUs, this.#atUs) + cooldownUs)
      return false;
    if (Math.abs(dueUs - this.#dueUs) < cooldownUs) return true;
    return isOver && atUs - this.#atUs < cooldownUs;
  }
}

/** Silence, inhibition, acknowledgement. */
function marksOf(incident: IncidentState, opening: Opening): Hold | null {
  const { labels, holders } = opening;
  const silencedUntilUs = holders.silencedUntilUs(labels, opening);
  if (silencedUntilUs !== null) return { by: 'silence', untilUs: silencedUntilUs };
  if (holders.isInhibited(labels)) return { by: 'inhibited', untilUs: OPEN_END_US };
  if (incident.ackedUs !== null) return { by: 'acknowledged', untilUs: OPEN_END_US };
  return null;
}

function quietOf({ labels, holders, dueUs }: Opening): Hold | null {
  const untilUs = holders.quietUntilUs(labels.rule.severity, dueUs);
  return untilUs === null ? null : { by: 'quiet', untilUs };
}
