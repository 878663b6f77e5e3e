/**
 * One group of one rule: its window, its incidents, its samples.
 *
 * A step has two halves. `accept` takes a matching line; `announce` says what that line, or the time that has
 * passed, did to the incidents. Both are functions of the state and of what they are given, so a replay of the
 * same lines in the same order says the same.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { Incident } from '../model/incident.ts';
import type { Notification } from '../model/notification.ts';
import type { AlertEvent, AlertEventName, HeldBy } from './alert-event.ts';
import type { GroupFields } from './group-key.ts';
import { IncidentBook, type IncidentState, OPEN_END_US } from './incident-book.ts';
import { incidentIdOf } from './incident-id.ts';
import { ROLE, type Window } from './kinds/window.ts';
import { notificationOf } from './notice.ts';
import type { Rule } from './rule.ts';
import { findingText } from './rule-text.ts';
import { Samples, type SavedSamples } from './samples.ts';
import { type SavedTelling, Telling } from './telling.ts';
import type { Timed } from './timer-heap.ts';

/** What happens now: a line, or a tick (`etUs` is NaN). One object, changed from row to row. */
export type Item = {
  sequence: number;
  atUs: number;
  readCompleteUs: number;
  etUs: number;
};

/** A line as its rule sees it. */
export type RuleLine = Readonly<{
  columns: EntryColumns;
  row: number;
  roles: number;
  value: string | null;
  /** How many matching entries the group may keep to show. */
  samplesMax: number;
}>;

/** What a group knows of its rule. */
export type RuleContext = Readonly<{
  rule: Rule;
  /** See `firesAtOnce`. */
  isAtOnce: boolean;
  /** Under which the rule's state is kept; part of every incident id. */
  ruleKey: string;
  host: string;
}>;

export type SavedGroup = Readonly<{
  window: unknown;
  incidents: readonly IncidentState[];
  samples: SavedSamples;
  /** Null: no line yet. */
  linesUntilUs: number | null;
  telling: SavedTelling;
  lastSequence: number;
  born: readonly [sequence: number, count: number];
}>;

type Step = Readonly<{ item: Item; context: RuleContext; events: AlertEvent[] }>;

export class GroupState implements Timed {
  scheduledUs = Number.POSITIVE_INFINITY;
  /** In this batch; kept by the rule. */
  isTouched = false;
  readonly key: string;
  readonly fields: GroupFields;
  readonly window: Window;
  readonly book: IncidentBook;
  readonly #samples: Samples;
  readonly #telling: Telling;
  /** Arrival number of the last line. */
  lastSequence: number;
  /** The horizon has to pass this before no line is remembered. */
  #linesUntilUs: number;
  #bornSequence: number;
  #bornCount: number;
  /** Incidents whose numbers changed since they were saved. */
  readonly #unsaved = new Set<IncidentState>();
  /** The same, of incidents that have left the book. */
  #unsavedGone: Incident[] = [];

  constructor(
    identity: Readonly<{ key: string; fields: GroupFields }>,
    parts: Readonly<{ window: Window; resolveAfterUs: number; saved: SavedGroup | null }>,
  ) {
    const { saved } = parts;
    this.key = identity.key;
    this.fields = identity.fields;
    this.window = parts.window;
    this.book = new IncidentBook(parts.resolveAfterUs, saved?.incidents);
    this.#samples = new Samples(saved?.samples);
    this.#telling = new Telling(saved?.telling);
    this.lastSequence = saved?.lastSequence ?? 0;
    this.#linesUntilUs = saved?.linesUntilUs ?? Number.NEGATIVE_INFINITY;
    this.#bornSequence = saved?.born[0] ?? -1;
    this.#bornCount = saved?.born[1] ?? 0;
  }

  /** A group with an incident that may still change is never evicted. */
  isEvictable(horizonUs: number): boolean {
    const { book } = this;
    return book.settledBefore(horizonUs).length === book.incidents.length;
  }

  get hasIncidents(): boolean {
    return this.book.incidents.length > 0;
  }

  /** Without incidents, new ones included, there is nothing to say. */
  get mayAnnounce(): boolean {
    return this.hasIncidents;
  }

  get openIncidentCount(): number {
    return this.book.incidents.filter(({ phase }) => phase !== 'over').length;
  }

  /** A line that concerns the rule. */
  accept(item: Item, context: RuleContext, line: RuleLine): void {
    const { etUs } = item;
    const { columns, row, roles, value } = line;
    const horizonUs = item.readCompleteUs - context.rule.latenessUs;
    const isLate = etUs < horizonUs;
    const keptUs = isLate ? item.readCompleteUs : etUs;
    if (isLate || (this.hasIncidents && this.book.settleDueUs < horizonUs)) {
      this.settle(horizonUs, context);
    }
    const generation = columns.generation[row]!;
    const offset = columns.offset[row]!;
    const { atUs } = item;
    const match = { etUs, keptUs, horizonUs, atUs, roles, value, generation, offset };
    this.window.add(match, this.book);
    this.lastSequence = item.sequence;
    const untilUs = Math.max(this.#linesUntilUs, keptUs, etUs + this.window.spanUs);
    this.#linesUntilUs = Math.min(untilUs, OPEN_END_US);
    if ((roles & ROLE.WHEN) === 0) return;
    this.#samples.add(etUs, line, (sampleUs) => this.#stillCounts(sampleUs, etUs));
  }

  /** What has come before the horizon is decided; kinds that fire at once have decided already. */
  decide(item: Item, { rule, isAtOnce }: RuleContext): void {
    if (!isAtOnce) this.window.decide(item.readCompleteUs - rule.latenessUs, this.book);
  }

  /** Let go of what nothing can change any more, now that nothing before `horizonUs` may arrive. */
  settle(horizonUs: number, context: RuleContext): void {
    const { window, book } = this;
    window.forget(horizonUs, book);
    const settled = book.settledBefore(horizonUs);
    for (const incident of settled) {
      if (!this.#unsaved.delete(incident)) continue;
      this.#unsavedGone.push(this.#incidentOf(incident, context.rule));
    }
    if (settled.length === 0) return;
    book.remove(settled);
    window.forget(horizonUs, book);
  }

  /** Say what changed since the last call, and what is due by now. */
  announce(step: Step): void {
    const { book } = this;
    const { changed, merges } = book.takeChanges();
    for (const incident of changed) {
      this.#unsaved.add(incident);
      if (incident.phase === 'new') this.#bear(incident, step);
    }
    for (const { from, into } of merges) {
      this.#unsaved.delete(from);
      this.#say(step, { name: 'merged', incident: from, heldBy: 'none', into: into.id });
    }
    const { rule, isAtOnce } = step.context;
    const nowUs = step.item.readCompleteUs - (isAtOnce ? 0 : rule.latenessUs);
    for (const incident of book.incidents) {
      const isOver = incident.endUs + book.resolveAfterUs < nowUs;
      if (incident.phase === 'new') this.#announceOpening(incident, isOver, step);
      else if (isOver && incident.phase === 'open') this.#announceResolved(incident, step);
      else if (!isOver && incident.phase === 'over') this.#announceReopened(incident, step);
      else this.#release(incident, changed.includes(incident), step);
    }
  }

  /** The rule is gone or means something else now. */
  close(step: Step): void {
    for (const incident of this.book.incidents) {
      if (incident.phase !== 'open') continue;
      incident.phase = 'over';
      this.#say(step, { name: 'closed', incident, heldBy: 'none' });
    }
  }

  /** `announce` has something to say, or the group is empty, once S has passed this. */
  dueUs({ rule, isAtOnce }: RuleContext): number {
    const delayUs = isAtOnce ? 0 : rule.latenessUs;
    let dueUs = this.window.dueUs + delayUs;
    for (const incident of this.book.incidents) {
      if (incident.phase === 'over') continue;
      dueUs = Math.min(dueUs, incident.endUs + this.book.resolveAfterUs + delayUs);
      // Due at that moment, not after it.
      if (incident.told === 'held') dueUs = Math.min(dueUs, incident.heldUntilUs - 1);
    }
    return dueUs < OPEN_END_US ? dueUs : this.#emptyAfterUs(rule);
  }

  /** As good as never having existed. */
  isEmpty(readCompleteUs: number, rule: Rule): boolean {
    const isIdle = this.openIncidentCount === 0 && this.window.dueUs >= OPEN_END_US;
    return isIdle && this.#emptyAfterUs(rule) < readCompleteUs;
  }

  /** Samples need the rows of the batch, which end with it. */
  endBatch(): void {
    this.isTouched = false;
    this.#samples.materialize();
  }

  /** Numbers of incidents that changed since `markSaved`. */
  unsavedIncidents(rule: Rule): Incident[] {
    const kept = [...this.#unsaved].map((incident) => this.#incidentOf(incident, rule));
    return [...this.#unsavedGone, ...kept];
  }

  markSaved(): void {
    this.#unsaved.clear();
    this.#unsavedGone = [];
  }

  save(): SavedGroup {
    const hasLines = this.#linesUntilUs !== Number.NEGATIVE_INFINITY;
    return {
      window: this.window.save(),
      incidents: this.book.incidents,
      samples: this.#samples.save(),
      linesUntilUs: hasLines ? this.#linesUntilUs : null,
      telling: this.#telling.save(),
      lastSequence: this.lastSequence,
      born: [this.#bornSequence, this.#bornCount],
    };
  }

  #announceOpening(incident: IncidentState, isOver: boolean, step: Step): void {
    const { rule } = step.context;
    incident.phase = isOver ? 'over' : 'open';
    incident.backfill = isBackfill(step.item, rule);
    const heldBy = this.#decide(incident, incident.openUs, step);
    this.#say(step, { name: 'opened', incident, heldBy });
    if (isOver) {
      this.#say(step, { name: 'resolved', incident, heldBy: heldBy === null ? 'told' : 'untold' });
    }
  }

  #announceResolved(incident: IncidentState, step: Step): void {
    incident.phase = 'over';
    const heldBy = incident.told === 'yes' ? null : 'untold';
    if (heldBy === null) incident.notified += 1;
    else incident.told = 'no';
    this.#say(step, { name: 'resolved', incident, heldBy });
  }

  #announceReopened(incident: IncidentState, step: Step): void {
    incident.phase = 'open';
    const heldBy = this.#decide(incident, step.item.readCompleteUs, step);
    this.#say(step, { name: 'reopened', incident, heldBy });
  }

  /** What held back the opening may have ended: the cooldown, or history that has come up to the present. */
  #release(incident: IncidentState, isChanged: boolean, step: Step): void {
    const { item, context } = step;
    const cooledDown = incident.told === 'held' && incident.heldUntilUs <= item.readCompleteUs;
    const isPresent = incident.backfill && isChanged && !isBackfill(item, context.rule);
    if (isPresent) incident.backfill = false;
    const isUntold = incident.told !== 'yes';
    if (!cooledDown && !(isPresent && isUntold)) return;
    const dueUs = cooledDown ? incident.heldUntilUs : incident.openUs;
    const heldBy = this.#decide(incident, dueUs, step);
    if (heldBy === null) this.#say(step, { name: 'released', incident, heldBy });
  }

  #decide(incident: IncidentState, dueUs: number, { item, context }: Step): HeldBy | null {
    return this.#telling.decide(incident, {
      rule: context.rule,
      dueUs,
      atUs: item.atUs,
      readCompleteUs: item.readCompleteUs,
      isOver: incident.phase === 'over',
    });
  }

  #bear(incident: IncidentState, { item, context }: Step): void {
    if (this.#bornSequence !== item.sequence) {
      this.#bornSequence = item.sequence;
      this.#bornCount = 0;
    }
    incident.bornSequence = item.sequence;
    incident.bornOrdinal = this.#bornCount;
    this.#bornCount += 1;
    incident.id = incidentIdOf(context.ruleKey, {
      group: this.key,
      sequence: incident.bornSequence,
      ordinal: incident.bornOrdinal,
    });
  }

  #say(
    step: Step,
    what: Readonly<{
      name: AlertEventName;
      incident: IncidentState;
      heldBy: HeldBy | null;
      into?: string;
    }>,
  ): void {
    const { name, incident: state, heldBy } = what;
    const { item, context } = step;
    if (name !== 'merged') this.#unsaved.add(state);
    const incident = this.#incidentOf(state, context.rule);
    const notification = heldBy === null ? this.#tell(step, { name, state, incident }) : null;
    step.events.push({
      name,
      incident,
      mergedInto: what.into ?? null,
      dueUs: name === 'resolved' ? state.endUs : state.openUs,
      sequence: item.sequence,
      atUs: item.atUs,
      readCompleteUs: item.readCompleteUs,
      heldBy,
      notification,
    });
  }

  #tell(
    { item, context }: Step,
    of: Readonly<{ name: AlertEventName; state: IncidentState; incident: Incident }>,
  ): Notification {
    const { name, state, incident } = of;
    const finding = state.note ?? findingText(context.rule, incident);
    const what = name === 'resolved' ? 'resolved' : 'opened';
    const sinceUs = state.openUs - Math.max(this.window.spanUs, 1);
    const { notification, opening } = notificationOf({
      what,
      incident,
      finding,
      opening: what === 'resolved' ? state.opening : null,
      samples: this.#samples.between(sinceUs, state.endUs),
      rule: context.rule,
      atUs: item.atUs,
      host: context.host,
    });
    state.opening = opening;
    return notification;
  }

  #incidentOf(state: IncidentState, rule: Rule): Incident {
    return {
      id: state.id,
      rule: rule.name,
      severity: rule.severity,
      group: this.fields,
      openedAtMs: state.openUs / 1000,
      resolvedAtMs: state.phase === 'over' ? state.endUs / 1000 : null,
      count: this.window.countOf(state),
      firstAtMs: state.firstUs / 1000,
      lastAtMs: state.lastUs / 1000,
      notified: state.notified,
      backfill: state.backfill,
    };
  }

  #emptyAfterUs(rule: Rule): number {
    let untilUs = Math.max(this.#linesUntilUs, this.#telling.untilUs(rule));
    for (const incident of this.book.incidents) {
      untilUs = Math.max(untilUs, this.book.settledAfterUs(incident));
    }
    return untilUs + rule.latenessUs;
  }

  /** Whether the first sample still belongs to the window of the newest line or to an incident. */
  #stillCounts(sampleUs: number, newestUs: number): boolean {
    const { spanUs } = this.window;
    if (sampleUs > newestUs - spanUs) return true;
    return this.book.incidents.some(
      ({ phase, openUs, endUs }) =>
        phase !== 'over' && openUs - spanUs <= sampleUs && sampleUs <= endUs,
    );
  }
}

function isBackfill(item: Item, rule: Rule): boolean {
  return item.etUs < item.readCompleteUs - rule.backfillAfterUs;
}
