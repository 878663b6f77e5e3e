/**
 * What the evaluator says of incidents, in order of event time. Events are history; some of them tell people.
 *
 * `opened`, `resolved`, `reopened` (a late line), `merged` (a late line closed the gap to another incident),
 * `released` (still open when what held back its notification ended), `reminded`, `acknowledged`, `unacknowledged`
 * (somebody took that back), `worsened` (which ends an acknowledgement too), `closed` (its rule is gone or changed).
 */
import type { Incident } from '../model/incident.ts';
import type { Notification } from '../model/notification.ts';

export type AlertEventName =
  | 'opened'
  | 'resolved'
  | 'reopened'
  | 'merged'
  | 'released'
  | 'reminded'
  | 'acknowledged'
  | 'unacknowledged'
  | 'worsened'
  | 'closed';

/**
 * Why an event tells nobody: the cooldown, or that of a group that opens again and again; a silence; an open incident of
 * another rule; an acknowledgement; quiet hours; a line too old when it arrived; old lines that are told of together, in one
 * `digest`, when all of them are read; `told` already, with the opening;
 * `untold`: nor was the opening; `none`: events of this name never do.
 */
export type HeldBy =
  | 'cooldown'
  | 'flapping'
  | 'silence'
  | 'inhibited'
  | 'acknowledged'
  | 'quiet'
  | 'backfill'
  | 'digest'
  | 'told'
  | 'untold'
  | 'none';

export type AlertEvent = Readonly<{
  name: AlertEventName;
  /** As it is after the event. */
  incident: Incident;
  /** The incident this one became part of. */
  mergedInto: string | null;
  /** Moment of event time the event belongs to. */
  dueUs: number;
  /** Arrival number of the line it was said at, or of the last line before a tick; and that batch's times. */
  sequence: number;
  atUs: number;
  readCompleteUs: number;
  /** Null when `notification` is not. */
  heldBy: HeldBy | null;
  /** Who did it and why, where somebody did. */
  note: string | null;
  /** To be queued in the transaction that commits the event. */
  notification: Notification | null;
}>;

/** The arrival side of a batch of rows, as it is committed with them. */
export type Batch = Readonly<{
  /** Arrival clock; never goes back. */
  atUs: number;
  /** S: every byte that was in any followed file at this moment has been through the rules. Never goes back. */
  readCompleteUs: number;
}>;
