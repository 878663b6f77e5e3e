/**
 * One group of one rule: its window, its incidents, its samples.
 *
 * A step has two halves. `accept` takes a matching line; `announce` says what that line, or the time that has
 * passed, did to the incidents. Both are functions of the state and of what they are given, so a replay of the
 * same lines in the same order says the same.
 */
import type { EntryColumns } from '../model/entry-columns.ts';
import type { HeldBy } from './alert-event.ts';
import type { GroupFields } from './group-key.ts';
import type { Holders } from './holders.ts';
import { IncidentBook, type IncidentState, OPEN_END_US } from './incident-book.ts';
import { IncidentLife, type SavedLife, type Step } from './incident-life.ts';
import { openWindow, type WindowContext } from './kinds/open-window.ts';
import { firstShownUs, ROLE, type Window } from './kinds/window.ts';
import type { Item } from './moment.ts';
import type { Rule } from './rule.ts';
import { Samples, type SavedSamples } from './samples.ts';
import type { Timed } from './timer-heap.ts';
import { Worsening } from './worsening.ts';

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
  holders: Holders;
}>;

export type SavedGroup = Readonly<{
  window: unknown;
  incidents: readonly IncidentState[];
  samples: SavedSamples;
  /** Null: no line yet. */
  linesUntilUs: number | null;
  lastSequence: number;
  /** Of the window that says whether acknowledged trouble got worse; null or absent: there is none. */
  worsening?: unknown;
}> &
  SavedLife;

/** What has to be written of a group, as text, which what comes later does not change. */
export type UnsavedGroup = Readonly<{
  /** A `SavedGroup` without its window. */
  state: string;
  /** The window, whole; null: as it was written before, with the changes since. */
  window: string | null;
  /** What changed of it; null: nothing, or it is written whole. */
  change: string | null;
}>;

/** Changes of a window are written as long as they are less than the window itself, or than this. */
const CHANGE_CHARACTERS_MIN = 16_384;

export class GroupState implements Timed {
  scheduledUs = Number.POSITIVE_INFINITY;
  /** In this batch; kept by the rule. */
  isTouched = false;
  readonly key: string;
  readonly fields: GroupFields;
  window: Window;
  readonly book: IncidentBook;
  readonly life: IncidentLife;
  readonly #samples: Samples;
  readonly #windowContext: WindowContext;
  #worsening: Worsening | null = null;
  /** Arrival number of the last line. */
  lastSequence: number;
  /** Length of the window as it was written last, and of its changes since; null: it has to be written whole. */
  #written: { window: number; changes: number } | null;
  /** The horizon has to pass this before no line is remembered. */
  #linesUntilUs: number;

  constructor(
    identity: Readonly<{ key: string; fields: GroupFields }>,
    parts: Readonly<{
      rule: Rule;
      window: Window;
      context: WindowContext;
      saved: SavedGroup | null;
    }>,
  ) {
    const { rule, window, saved } = parts;
    this.key = identity.key;
    this.fields = identity.fields;
    this.window = window;
    this.#windowContext = parts.context;
    this.book = new IncidentBook(rule.resolveAfterUs, saved?.incidents);
    this.#samples = new Samples(saved?.samples);
    this.life = new IncidentLife(identity, { window, samples: this.#samples, saved });
    this.lastSequence = saved?.lastSequence ?? 0;
    this.#written = saved === null ? null : { window: 0, changes: 0 };
    this.#linesUntilUs = saved?.linesUntilUs ?? Number.NEGATIVE_INFINITY;
    if (saved?.worsening != null) {
      this.#worsening = Worsening.open(rule, parts.context, saved.worsening);
    }
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
    let count = 0;
    for (const { phase } of this.book.awake()) if (phase !== 'over') count += 1;
    return count;
  }

  /** Entries kept to show. */
  get sampleCount(): number {
    return this.#samples.count;
  }

  /** A line that concerns the rule. */
  accept(item: Item, context: RuleContext, line: RuleLine): void {
    const { etUs } = item;
    const { columns, row, roles, value } = line;
    const horizonUs = item.readCompleteUs - context.rule.latenessUs;
    const isLate = etUs < horizonUs;
    const keptUs = isLate ? item.readCompleteUs : etUs;
    // What a late line finds must not depend on when state was written last.
    const mayForget = isLate && (this.window.mayForget?.(horizonUs, this.book) ?? false);
    if (mayForget || (this.hasIncidents && this.book.settleDueUs < horizonUs)) {
      this.settle(horizonUs, context);
    }
    const generation = columns.generation[row]!;
    const offset = columns.offset[row]!;
    const { atUs } = item;
    const match = { etUs, keptUs, horizonUs, atUs, roles, value, generation, offset };
    this.window.add(match, this.book);
    this.#worsening?.add(match);
    this.lastSequence = item.sequence;
    const untilUs = Math.max(this.#linesUntilUs, keptUs, etUs + this.window.spanUs);
    this.#linesUntilUs = Math.min(untilUs, OPEN_END_US);
    if ((roles & ROLE.WHEN) === 0 || this.window.mayShowLast === false) return;
    this.#samples.add(etUs, line, (sampleUs) => this.#stillCounts(sampleUs, etUs));
  }

  /** What has come before the horizon is decided; kinds that fire at once have decided already. */
  decide(item: Item, { rule, isAtOnce }: RuleContext): void {
    const horizonUs = item.readCompleteUs - rule.latenessUs;
    if (!isAtOnce) this.window.decide(horizonUs, this.book);
    this.#worsening?.decide(horizonUs);
  }

  /** Let go of what nothing can change any more, now that nothing before `horizonUs` may arrive. */
  settle(horizonUs: number, context: RuleContext): void {
    const { window, book } = this;
    window.forget(horizonUs, book);
    const settled = book.settledBefore(horizonUs);
    for (const incident of settled) this.life.noteGone(incident, context.rule);
    if (settled.length === 0) return;
    book.remove(settled);
    window.forget(horizonUs, book);
  }

  /** Let go of what was over before people could be told of it: found in stored lines, it is no news. */
  forgetOver(item: Item, { rule, isAtOnce }: RuleContext): void {
    const { book } = this;
    const nowUs = item.readCompleteUs - (isAtOnce ? 0 : rule.latenessUs);
    book.remove(book.incidents.filter(({ endUs }) => endUs + book.resolveAfterUs < nowUs));
  }

  /** What is still true of an incident of the rule as it was goes on as the same incident. */
  adopt(open: readonly IncidentState[]): readonly IncidentState[] {
    const { book } = this;
    const adopted: IncidentState[] = [];
    for (const [index, old] of open.entries()) {
      const incident = book.incidents[index];
      if (incident === undefined) break;
      const { openUs, endUs, firstUs, lastUs, countedLines, keptUs, note } = incident;
      Object.assign(incident, old, { endUs, lastUs, countedLines, keptUs, note });
      incident.openUs = Math.min(openUs, old.openUs);
      incident.firstUs = Math.min(firstUs, old.firstUs);
      adopted.push(old);
    }
    return adopted;
  }

  get openIncidents(): readonly IncidentState[] {
    return this.book.incidents.filter(({ phase }) => phase === 'open');
  }

  /** Nothing could be written before this moment. False: that changes nothing here. */
  gap(toUs: number): boolean {
    return this.window.gap?.(toUs) ?? false;
  }

  /** See `RuleRun.step`. */
  step(toUs: number, step: Step): void {
    const { book, window } = this;
    const { item, context } = step;
    const { rule, isAtOnce } = context;
    if (!isAtOnce) window.decide(item.readCompleteUs, book);
    const going = book.incidents.at(-1);
    if (going?.endUs === OPEN_END_US) {
      // So early that it is over now: no later moment of the old time comes.
      const overUs = item.readCompleteUs - rule.latenessUs - book.resolveAfterUs - 1;
      book.end(Math.max(going.openUs, overUs));
    }
    if (this.hasIncidents) this.announce(step);
    // In the new time their end lies ahead: they would seem to go on.
    const over = book.incidents.filter(({ phase }) => phase === 'over');
    for (const incident of over) this.life.noteGone(incident, rule);
    book.remove(over);
    this.#worsening = null;
    // What was ever seen stays seen; a value stays the last one.
    if (rule.kind === 'new' || rule.kind === 'change') return;
    for (const incident of book.incidents) incident.countedLines = window.countOf(incident);
    this.window = openWindow(rule, { ...this.#windowContext, armedUs: toUs }, null);
    this.writeWhole();
    this.life.useWindow(this.window);
  }

  /** Those that go on are to be written again; false: there are none. What is over stays as it was when it ended. */
  noteIncidents(): boolean {
    const going = this.book.incidents.filter(({ phase }) => phase !== 'over');
    for (const incident of going) this.life.noteChanged(incident);
    return going.length > 0;
  }

  /** Say what changed since the last call, and what is due by now. */
  announce(step: Step): void {
    const { book, life } = this;
    const { changed, merges } = book.takeChanges();
    for (const incident of changed) {
      life.noteChanged(incident);
      if (incident.phase === 'new') life.bear(incident, step);
    }
    for (const { from, into } of merges) life.merge(from, into, step);
    const { rule, isAtOnce } = step.context;
    const nowUs = step.item.readCompleteUs - (isAtOnce ? 0 : rule.latenessUs);
    // With each match of a flood: one changes, and no set is made for it.
    const changedNow = changed.length > 1 ? new Set(changed) : null;
    for (const incident of book.awake()) {
      const isOver = incident.endUs + book.resolveAfterUs < nowUs;
      if (incident.phase === 'new') life.open(incident, isOver, step);
      else if (isOver && incident.phase === 'open') life.resolve(incident, step);
      else if (!isOver && incident.phase === 'over') life.reopen(incident, step);
      else this.#goOn(incident, changedNow?.has(incident) ?? incident === changed[0], step);
    }
    book.noteSaid();
  }

  /** Nothing ended or began; yet somebody may have to hear of it. */
  #goOn(incident: IncidentState, isChanged: boolean, step: Step): void {
    this.life.release(incident, isChanged, step);
    if (incident.ackedUs !== null && this.#worsening?.hasHappened) {
      this.#worsening = null;
      this.life.worsen(incident, step);
      this.life.release(incident, isChanged, step);
    }
    this.life.remind(incident, step);
  }

  /** Somebody takes care of an open incident. False: it is not open here. */
  acknowledge(id: string, note: string, step: Step): boolean {
    const incident = this.book.incidents.find((each) => each.id === id && each.phase === 'open');
    if (incident === undefined) return false;
    this.life.acknowledge(incident, note, step);
    this.#worsening = Worsening.open(step.context.rule, this.#windowContext, this.window.save());
    return true;
  }

  /** Nobody takes care of it any more. False: it is not open here, or nobody did. */
  unacknowledge(id: string, note: string, step: Step): boolean {
    const incident = this.book.incidents.find((each) => each.id === id && each.phase === 'open');
    if (incident === undefined || incident.ackedUs === null) return false;
    this.life.unacknowledge(incident, note, step);
    this.#worsening = null;
    return true;
  }

  /** What held back notifications for these reasons may be gone: look again. */
  reconsider(reasons: readonly HeldBy[], nowUs: number): boolean {
    let isAny = false;
    for (const incident of this.book.incidents) {
      if (incident.told !== 'held' || incident.heldBy === null) continue;
      if (!reasons.includes(incident.heldBy)) continue;
      incident.heldUntilUs = Math.min(incident.heldUntilUs, nowUs);
      isAny = true;
    }
    return isAny;
  }

  /** The rule is gone or means something else now. */
  close(step: Step, kept: ReadonlySet<string>): void {
    for (const incident of this.openIncidents) {
      if (!kept.has(incident.id)) this.life.close(incident, step);
    }
  }

  /** `announce` has something to say, or the group is empty, once S has passed this. */
  dueUs({ rule, isAtOnce }: RuleContext): number {
    const delayUs = isAtOnce ? 0 : rule.latenessUs;
    let dueUs = Math.min(this.window.dueUs, this.#worsening?.dueUs ?? OPEN_END_US) + delayUs;
    for (const incident of this.book.awake()) {
      if (incident.phase === 'over') continue;
      dueUs = Math.min(dueUs, incident.endUs + this.book.resolveAfterUs + delayUs);
      // Due at that moment, not after it.
      if (incident.told === 'held') dueUs = Math.min(dueUs, incident.heldUntilUs - 1);
      dueUs = Math.min(dueUs, this.life.reminderDueUs(incident, rule));
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

  save(): SavedGroup {
    return { window: this.window.save(), samples: this.#samples.save(), ...this.#saveRest() };
  }

  #saveRest(): Omit<SavedGroup, 'window' | 'samples'> {
    const hasLines = this.#linesUntilUs !== Number.NEGATIVE_INFINITY;
    return {
      incidents: this.book.incidents,
      linesUntilUs: hasLines ? this.#linesUntilUs : null,
      lastSequence: this.lastSequence,
      ...this.life.save(),
      ...(this.#worsening === null ? {} : { worsening: this.#worsening.save() }),
    };
  }

  /** What was written is not of this window. */
  writeWhole(): void {
    this.#written = null;
  }

  /** What changed since the last call, for the store. */
  takeUnsaved(): UnsavedGroup {
    const rest = JSON.stringify(this.#saveRest());
    const state = `{"samples":${this.#samples.text()},${rest.slice(1)}`;
    const change = this.window.takeChange?.() ?? null;
    const written = this.#written;
    if (change !== null && written !== null) {
      const text = JSON.stringify(change);
      written.changes += text.length;
      if (written.changes <= Math.max(written.window, CHANGE_CHARACTERS_MIN)) {
        return { state, window: null, change: text };
      }
    }
    const window = JSON.stringify(this.window.save());
    this.#written = { window: window.length, changes: 0 };
    return { state, window, change: null };
  }

  #emptyAfterUs(rule: Rule): number {
    const { book, life } = this;
    const untilUs = Math.max(this.#linesUntilUs, life.untilUs(rule), book.settledUntilUs);
    return untilUs + rule.latenessUs;
  }

  /** Whether the first sample still belongs to what the window of the newest line is about, or to an incident. */
  #stillCounts(sampleUs: number, newestUs: number): boolean {
    const { window } = this;
    const sinceUs = window.shownSinceUs?.(newestUs) ?? newestUs - window.spanUs + 1;
    if (sampleUs >= sinceUs) return true;
    for (const incident of this.book.awake()) {
      const { phase, endUs } = incident;
      if (phase === 'over' || sampleUs > endUs) continue;
      if (firstShownUs(window, incident) <= sampleUs) return true;
    }
    return false;
  }
}
