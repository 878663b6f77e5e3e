/**
 * What is said of the incidents of one group: events for history, notifications for people, and the numbers to save.
 *
 * All of it is a function of the incidents and of what it is given, so a replay says the same, to the id.
 */
import type { EntryRecord } from '../model/entry.ts';
import type { Incident } from '../model/incident.ts';
import type { AlertNotice, Notification } from '../model/notification.ts';
import type { AlertEvent, AlertEventName, HeldBy } from './alert-event.ts';
import type { GroupFields } from './group-key.ts';
import type { RuleContext } from './group-state.ts';
import { endWhenClosed, type IncidentState } from './incident-book.ts';
import { incidentIdOf } from './incident-id.ts';
import { firstShownUs, type Window } from './kinds/window.ts';
import type { Item } from './moment.ts';
import { notificationOf } from './notice.ts';
import type { Rule } from './rule.ts';
import { findingText, matchesText } from './rule-text.ts';
import type { Samples } from './samples.ts';
import { type Opening, type SavedTelling, Telling } from './telling.ts';

/** What happens now, and where to say what it did. */
export type Step = Readonly<{
  item: Item;
  context: RuleContext;
  events: AlertEvent[];
  /** How openings were found, where it was not by their lines. */
  note?: string;
}>;

export type SavedLife = Readonly<{
  telling: SavedTelling;
  born: readonly [sequence: number, count: number];
}>;

type Said = Readonly<{
  name: AlertEventName;
  incident: IncidentState;
  heldBy: HeldBy | null;
  dueUs?: number;
  into?: string;
  note?: string;
}>;

const WHAT: Readonly<Partial<Record<AlertEventName, AlertNotice['what']>>> = {
  resolved: 'resolved',
  reminded: 'reminded',
  worsened: 'worsened',
};

export class IncidentLife {
  readonly #group: Readonly<{ key: string; fields: GroupFields }>;
  #window: Window;
  readonly #samples: Samples;
  readonly #telling: Telling;
  #bornSequence: number;
  #bornCount: number;
  /** Incidents whose numbers changed since they were saved. */
  readonly #unsaved = new Set<IncidentState>();
  /** The same, of incidents that have left the book. */
  #unsavedGone: Incident[] = [];

  constructor(
    group: Readonly<{ key: string; fields: GroupFields }>,
    parts: Readonly<{ window: Window; samples: Samples; saved: SavedLife | null }>,
  ) {
    this.#group = group;
    this.#window = parts.window;
    this.#samples = parts.samples;
    this.#telling = new Telling(parts.saved?.telling);
    this.#bornSequence = parts.saved?.born[0] ?? -1;
    this.#bornCount = parts.saved?.born[1] ?? 0;
  }

  /** From here on matches are counted by this one; those counted so far stay counted. */
  useWindow(window: Window): void {
    this.#window = window;
  }

  noteChanged(incident: IncidentState): void {
    this.#unsaved.add(incident);
  }

  /** It has left the book. */
  noteGone(incident: IncidentState, rule: Rule): void {
    if (this.#unsaved.delete(incident)) this.#unsavedGone.push(this.incidentOf(incident, rule));
  }

  /** A new incident gets its id. */
  bear(incident: IncidentState, { item, context }: Step): void {
    if (this.#bornSequence !== item.sequence) {
      this.#bornSequence = item.sequence;
      this.#bornCount = 0;
    }
    incident.bornSequence = item.sequence;
    incident.bornOrdinal = this.#bornCount;
    this.#bornCount += 1;
    incident.id = incidentIdOf(context.ruleKey, {
      group: this.#group.key,
      sequence: incident.bornSequence,
      ordinal: incident.bornOrdinal,
    });
  }

  /**
   * What is true as the rule begins is found without a line: it is numbered from that moment on. Where no line came since the
   * rule was switched off, what was closed then has other ids, and people are told that it is open again.
   */
  beginWarm({ sequence, atUs }: Item): void {
    this.#bornSequence = sequence;
    this.#bornCount = atUs;
  }

  open(incident: IncidentState, isOver: boolean, step: Step): void {
    incident.phase = isOver ? 'over' : 'open';
    incident.backfill = isBackfill(step.item, step.context.rule);
    if (incident.backfill && isForDigest(step.item, step.context.rule)) incident.inDigest = true;
    this.#telling.noteOpening(incident.openUs);
    const heldBy = this.#decide(incident, incident.openUs, step);
    this.#say(step, { name: 'opened', incident, heldBy });
    if (isOver) this.#sayOver(incident, step, heldBy === null);
  }

  resolve(incident: IncidentState, step: Step): void {
    // What held it back may have ended while it was still going on.
    const releaseUs = incident.told === 'held' ? incident.heldUntilUs : Number.POSITIVE_INFINITY;
    incident.phase = 'over';
    incident.ackedUs = null;
    if (releaseUs < incident.endUs) {
      const { heldBy, dueUs } = this.#decideFrom(incident, releaseUs, incident.endUs, step);
      if (heldBy === null) {
        this.#say(step, { name: 'released', incident, heldBy, dueUs });
        this.#sayOver(incident, step, true);
        return;
      }
    }
    const heldBy = incident.told === 'yes' ? null : 'untold';
    if (heldBy === null) incident.notified += 1;
    else incident.told = 'no';
    this.#say(step, { name: 'resolved', incident, heldBy });
  }

  /** People who are told of it now are told that it is over, too. */
  #sayOver(incident: IncidentState, step: Step, isTold: boolean): void {
    this.#say(step, { name: 'resolved', incident, heldBy: isTold ? 'told' : 'untold' });
  }

  reopen(incident: IncidentState, step: Step): void {
    incident.phase = 'open';
    this.#telling.noteOpening(step.item.readCompleteUs);
    const heldBy = this.#decide(incident, step.item.readCompleteUs, step);
    this.#say(step, { name: 'reopened', incident, heldBy });
  }

  /** What held back the opening may have ended: a cooldown, a silence, history that has come up to the present. */
  release(incident: IncidentState, isChanged: boolean, step: Step): void {
    const { item, context } = step;
    const isDue = incident.told === 'held' && incident.heldUntilUs <= item.readCompleteUs;
    const isPresent = incident.backfill && isChanged && !isBackfill(item, context.rule);
    if (isPresent) {
      incident.backfill = false;
      delete incident.inDigest;
    }
    const isUntold = incident.told !== 'yes';
    if (!isDue && !(isPresent && isUntold)) return;
    const fromUs = isDue ? incident.heldUntilUs : incident.openUs;
    const { heldBy, dueUs } = this.#decideFrom(incident, fromUs, item.readCompleteUs + 1, step);
    if (heldBy === null) this.#say(step, { name: 'released', incident, heldBy, dueUs });
    else {
      // By what, and until when, may be another now.
      this.noteChanged(incident);
      item.hasDecided = true;
    }
  }

  /** When the next reminder is due; infinite: none is. */
  reminderDueUs(incident: IncidentState, { remindEveryUs }: Rule): number {
    if (remindEveryUs === null || incident.told !== 'yes' || incident.phase !== 'open') {
      return Number.POSITIVE_INFINITY;
    }
    return incident.openUs + (incident.reminderCount + 1) * remindEveryUs;
  }

  /** What is past by now counts as told, in the measure of the rule as it is. Returns whether that changes anything. */
  countReminders(
    incidents: readonly IncidentState[],
    { remindEveryUs }: Rule,
    readCompleteUs: number,
  ): boolean {
    if (remindEveryUs === null) return false;
    let isChanged = false;
    for (const incident of incidents) {
      const count = remindersBefore(readCompleteUs, incident, remindEveryUs);
      isChanged ||= count !== incident.reminderCount;
      incident.reminderCount = count;
    }
    return isChanged;
  }

  /** Several due at once are one. */
  remind(incident: IncidentState, step: Step): void {
    const { item, context } = step;
    const { remindEveryUs } = context.rule;
    if (remindEveryUs === null || this.reminderDueUs(incident, context.rule) >= item.readCompleteUs)
      return;
    incident.reminderCount = remindersBefore(item.readCompleteUs, incident, remindEveryUs);
    const dueUs = incident.openUs + incident.reminderCount * remindEveryUs;
    const heldBy = this.#telling.holdOfReminder(incident, this.#openingOf(incident, dueUs, step));
    if (heldBy === null) incident.notified += 1;
    this.#say(step, { name: 'reminded', incident, heldBy, dueUs });
  }

  acknowledge(incident: IncidentState, note: string, step: Step): void {
    incident.ackedUs = step.item.readCompleteUs;
    this.#say(step, { name: 'acknowledged', incident, heldBy: 'none', note });
  }

  /** Reminders go on where they would be now; what only the acknowledgement kept back is told as the group is announced. */
  unacknowledge(incident: IncidentState, note: string, step: Step): void {
    incident.ackedUs = null;
    this.#say(step, { name: 'unacknowledged', incident, heldBy: 'none', note });
  }

  /** It ends the acknowledgement; people who knew of it are told. */
  worsen(incident: IncidentState, step: Step): void {
    incident.ackedUs = null;
    const dueUs = step.item.readCompleteUs;
    if (incident.told !== 'yes') {
      incident.heldUntilUs = Math.min(incident.heldUntilUs, dueUs);
      this.#say(step, { name: 'worsened', incident, heldBy: 'untold', dueUs });
      return;
    }
    const heldBy = this.#telling.holdOfReminder(incident, this.#openingOf(incident, dueUs, step));
    if (heldBy === null) incident.notified += 1;
    this.#say(step, { name: 'worsened', incident, heldBy, dueUs });
  }

  merge(from: IncidentState, into: IncidentState, step: Step): void {
    this.#unsaved.delete(from);
    this.#say(step, { name: 'merged', incident: from, heldBy: 'none', into: into.id });
  }

  close(incident: IncidentState, step: Step): void {
    incident.phase = 'over';
    incident.endUs = endWhenClosed(incident, step.item.atUs);
    this.#say(step, { name: 'closed', incident, heldBy: 'none' });
  }

  incidentOf(state: IncidentState, rule: Rule): Incident {
    return {
      id: state.id,
      rule: rule.name,
      severity: rule.severity,
      group: this.#group.fields,
      openedAtMs: state.openUs / 1000,
      resolvedAtMs: state.phase === 'over' ? state.endUs / 1000 : null,
      count: this.#window.countOf(state),
      firstAtMs: state.firstUs / 1000,
      lastAtMs: state.lastUs / 1000,
      notified: state.notified,
      backfill: state.backfill,
      condition: matchesText(rule),
      heldBy: state.phase === 'over' || state.told === 'yes' ? null : state.heldBy,
      heldUntilMs: state.phase !== 'over' && state.told === 'held' ? heldUntilMs(state) : null,
      acknowledgedAtMs: state.ackedUs === null ? null : state.ackedUs / 1000,
    };
  }

  /** Numbers of incidents that changed since `markSaved`. */
  unsavedIncidents(rule: Rule): Incident[] {
    const kept = [...this.#unsaved].map((incident) => this.incidentOf(incident, rule));
    return [...this.#unsavedGone, ...kept];
  }

  markSaved(): void {
    this.#unsaved.clear();
    this.#unsavedGone = [];
  }

  /** The horizon has to pass this before the last telling has no meaning any more. */
  untilUs(rule: Rule): number {
    return this.#telling.untilUs(rule);
  }

  save(): SavedLife {
    return { telling: this.#telling.save(), born: [this.#bornSequence, this.#bornCount] };
  }

  #decide(incident: IncidentState, dueUs: number, step: Step): HeldBy | null {
    const heldBy = this.#telling.decide(incident, this.#openingOf(incident, dueUs, step));
    const { remindEveryUs } = step.context.rule;
    if (heldBy === null && remindEveryUs !== null) {
      const passedUs = Math.max(0, step.item.readCompleteUs - incident.openUs);
      incident.reminderCount = Math.floor(passedUs / remindEveryUs);
    }
    return heldBy;
  }

  /** What holds it back then may end, too, before `untilUs`: each end is a moment at which people may be told. */
  #decideFrom(
    incident: IncidentState,
    fromUs: number,
    untilUs: number,
    step: Step,
  ): Readonly<{ heldBy: HeldBy | null; dueUs: number }> {
    let dueUs = fromUs;
    for (;;) {
      const heldBy = this.#decide(incident, dueUs, step);
      const { heldUntilUs } = incident;
      if (heldBy === null || heldUntilUs <= dueUs || heldUntilUs >= untilUs)
        return { heldBy, dueUs };
      dueUs = heldUntilUs;
    }
  }

  #openingOf(incident: IncidentState, dueUs: number, { item, context }: Step): Opening {
    return {
      labels: { rule: context.rule, group: this.#group.fields },
      holders: context.holders,
      dueUs,
      atUs: item.atUs,
      readCompleteUs: item.readCompleteUs,
      isOver: incident.phase === 'over',
    };
  }

  #say(step: Step, said: Said): void {
    const { name, incident: state, heldBy } = said;
    const { item, context } = step;
    if (name !== 'merged') this.#unsaved.add(state);
    const incident = this.incidentOf(state, context.rule);
    const notification = heldBy === null ? this.#tell(step, { name, state, incident }) : null;
    step.events.push({
      name,
      incident,
      mergedInto: said.into ?? null,
      dueUs: said.dueUs ?? (name === 'resolved' ? state.endUs : state.openUs),
      sequence: item.sequence,
      atUs: item.atUs,
      readCompleteUs: item.readCompleteUs,
      heldBy,
      note: said.note ?? (name === 'opened' ? (step.note ?? null) : null),
      notification,
    });
  }

  #tell(
    { item, context, note }: Step,
    of: Readonly<{ name: AlertEventName; state: IncidentState; incident: Incident }>,
  ): Notification {
    const { name, state, incident } = of;
    const finding = state.note ?? findingText(context.rule, incident);
    const what = WHAT[name] ?? 'opened';
    const { notification, opening } = notificationOf({
      what,
      incident,
      finding,
      opening: what === 'opened' ? null : state.opening,
      samples: this.#samplesOf(state),
      rule: context.rule,
      atUs: item.atUs,
      host: context.host,
      wasThere: note !== undefined,
    });
    state.opening = opening;
    return notification;
  }

  #samplesOf(state: IncidentState): readonly EntryRecord[] {
    return this.#samples.between(firstShownUs(this.#window, state), state.lastUs);
  }
}

/** Reminders that are due before this moment. */
function remindersBefore(nowUs: number, { openUs }: IncidentState, everyUs: number): number {
  return Math.max(0, Math.floor((nowUs - 1 - openUs) / everyUs));
}

/** Infinite where nobody can say: until another incident ends, or somebody acts. */
function heldUntilMs({ heldUntilUs }: IncidentState): number | null {
  return heldUntilUs >= Number.MAX_SAFE_INTEGER ? null : heldUntilUs / 1000;
}

function isBackfill(item: Item, rule: Rule): boolean {
  return item.etUs < item.readCompleteUs - rule.backfillAfterUs;
}

/** What an import brings is told of where the rule wants that; what we should have read in time always is. */
function isForDigest({ origin }: Item, { backfill }: Rule): boolean {
  return origin === 'owed' || (origin === 'imported' && backfill);
}
