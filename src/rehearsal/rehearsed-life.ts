/**
 * The evaluator of a rehearsal, and what it said: incidents, notifications, and why others were not sent. Nothing is
 * written, and nobody is told.
 *
 * An acknowledgement belongs to an incident, and so does taking it back: where the rule is another than it was, it is
 * given to the incident of the same group that is open at that moment.
 */
import type { AlertControl } from '../alert/alert-control.ts';
import type { AlertEvent, Batch, HeldBy } from '../alert/alert-event.ts';
import type { BatchRecord } from '../alert/alert-log.ts';
import { Evaluator } from '../alert/evaluator.ts';
import type { GroupFields } from '../alert/group-key.ts';
import type { QuietHours } from '../alert/holders.ts';
import type { Rule } from '../alert/rule.ts';
import type { KeysBefore } from '../alert/rule-keys.ts';
import type { RuleStatus } from '../alert/rule-status.ts';
import type { SavedAlerts } from '../alert/saved-alerts.ts';
import type { ColumnNames } from '../model/entry-columns.ts';
import type { Incident } from '../model/incident.ts';
import type { Notification } from '../model/notification.ts';
import type { Silence } from '../model/silence.ts';
import type { Arrived } from './arrived-rows.ts';

/** More incidents than anybody looks through; a rule that finds so many is no rule. */
export const INCIDENTS_MAX = 50_000;

/** An idle daemon looks at its timers this often. */
export const IDLE_TURN_US = 1_000_000;

export type LifeOptions = Readonly<{
  /** All rules of the config: their keys depend on each other. */
  rules: readonly Rule[];
  /** Those that are asked about. */
  asked: ReadonlySet<string>;
  names: ColumnNames;
  host: string;
  quietHours: QuietHours | null;
  silences: readonly Silence[];
  /** Which rule has which key. */
  keys: KeysBefore;
  /** Since when each rule watches, by its key. */
  armedUs: (ruleKey: string) => number;
  /** Arrival number of the entry before the first. */
  sequence: number;
  /** Of an acknowledged incident. */
  findIncident: (id: string) => Pick<Incident, 'rule' | 'group'> | null;
}>;

type IncidentControl = Extract<AlertControl, { kind: 'acknowledge' | 'unacknowledge' }>;

export class RehearsedLife {
  readonly #options: LifeOptions;
  readonly #evaluator: Evaluator;
  readonly #incidents = new Map<string, Incident>();
  /** When something was said of each last, arrival clock. */
  readonly #saidAtMs = new Map<string, number>();
  readonly notifications: Notification[] = [];
  /** Openings and reminders that nobody was told of, by reason, with the moment. */
  readonly held: Readonly<{ by: HeldBy; atMs: number }>[] = [];

  constructor(options: LifeOptions) {
    const { rules, asked, names, host, quietHours, silences, armedUs, sequence, keys } = options;
    this.#options = options;
    const saved: SavedAlerts = { sequence, runs: [], silences };
    const only = withParents(rules, asked);
    this.#evaluator = Evaluator.start(rules, names, {
      host,
      quietHours,
      saved,
      only,
      armedUs,
      keys,
    });
  }

  /** What each rule has counted. */
  get statuses(): readonly RuleStatus[] {
    return this.#evaluator.describe();
  }

  get isFull(): boolean {
    return this.#incidents.size >= INCIDENTS_MAX;
  }

  /** A batch as it arrived: its matches, or nothing but time (`count` 0). */
  batch(record: BatchRecord, { columns, rows }: Arrived): void {
    if (record.count === 0) this.tick(record);
    else this.#take(this.#evaluator.replay(columns, rows, record));
  }

  /** Time passes from one moment to another: every timer on the way has its turn, as in a daemon that is idle. */
  passTime(fromUs: number, untilUs: number): void {
    let nowUs = fromUs;
    while (!this.isFull) {
      const dueUs = this.#evaluator.nextDueUs + 1;
      // What is still due where time stands is asked again a moment later, as a daemon would.
      nowUs = dueUs > nowUs ? dueUs : nowUs + IDLE_TURN_US;
      if (!(nowUs < untilUs)) return;
      this.tick({ atUs: nowUs, readCompleteUs: nowUs });
    }
  }

  tick(batch: Batch): void {
    this.#take(this.#evaluator.tick(batch));
  }

  /** A daemon lets time pass before it does what somebody wished; where that said nothing, it is in no record. */
  control(control: AlertControl, batch: Batch): void {
    this.tick(batch);
    const isOfOne = control.kind === 'acknowledge' || control.kind === 'unacknowledge';
    const meant = isOfOne ? this.#ofItsIncident(control) : control;
    if (meant !== null) this.#take(this.#evaluator.control(meant, batch));
  }

  /** Those that are open, or of which something was said from that moment on, as they are in the end; oldest first. */
  incidentsSince(saidSinceMs: number): Incident[] {
    for (const incident of this.#evaluator.unsaved().incidents) {
      if (this.#incidents.has(incident.id)) this.#incidents.set(incident.id, incident);
    }
    return [...this.#incidents.values()]
      .filter(
        ({ id, resolvedAtMs }) => resolvedAtMs === null || this.#saidAtMs.get(id)! >= saidSinceMs,
      )
      .sort((a, b) => a.openedAtMs - b.openedAtMs);
  }

  #take(events: readonly AlertEvent[]): void {
    for (const { incident, mergedInto, name, heldBy, notification, atUs } of events) {
      if (!this.#options.asked.has(incident.rule)) continue;
      this.#saidAtMs.set(incident.id, atUs / 1_000);
      if (mergedInto === null) this.#incidents.set(incident.id, incident);
      else this.#incidents.delete(incident.id);
      if (notification !== null) this.notifications.push(notification);
      else if (name !== 'resolved' && heldBy !== null && heldBy !== 'none') {
        this.held.push({ by: heldBy, atMs: atUs / 1_000 });
      }
    }
  }

  #ofItsIncident(control: IncidentControl): IncidentControl | null {
    if (this.#incidents.get(control.incident)?.resolvedAtMs === null) return control;
    const meant = this.#options.findIncident(control.incident);
    if (meant === null) return null;
    for (const { id, rule, group, resolvedAtMs } of this.#incidents.values()) {
      if (resolvedAtMs !== null || rule !== meant.rule || !agree(group, meant.group)) continue;
      return { ...control, incident: id };
    }
    return null;
  }
}

/** Equal in the fields that both have. */
export function agree(a: GroupFields, b: GroupFields): boolean {
  return Object.entries(a).every(([field, value]) => (b[field] ?? value) === value);
}

/** The names of rules, of those that keep them quiet, and of those that keep these quiet. */
export function withParents(rules: readonly Rule[], asked: ReadonlySet<string>): Set<string> {
  const names = new Set(asked);
  for (const name of names) {
    for (const rule of rules) {
      if (rule.name === name) for (const parent of rule.inhibitedBy) names.add(parent);
    }
  }
  return names;
}
