/**
 * What keeps a notification back, beside the rule's own cooldown: silences by query, open incidents of other rules,
 * quiet hours. All is decided in event time, so that a replay decides the same.
 */

import type { DayPart } from '../config/value-kinds.ts';
import type { AlertSeverity } from '../model/notification.ts';
import type { Silence } from '../model/silence.ts';
import type { GroupFields } from './group-key.ts';
import { matchesIncident } from './incident-match.ts';
import { DayParts } from './kinds/day-parts.ts';
import type { Rule } from './rule.ts';

/** An incident, as far as holders look at it. */
export type Labels = Readonly<{ rule: Rule; group: GroupFields }>;

export type QuietHours = Readonly<{
  part: DayPart;
  timezone: string;
  severities: readonly AlertSeverity[];
}>;

/** Whether a rule has an open incident whose group has these values. */
export type OpenIncidents = (ruleName: string, equal: GroupFields) => boolean;

/** A late line may still ask for a silence that ended within the last day. */
export const SILENCE_KEPT_US = 86_400_000_000;

function isForgotten({ untilUs }: Silence, readCompleteUs: number): boolean {
  return untilUs <= readCompleteUs - SILENCE_KEPT_US;
}

export class Holders {
  readonly #silences = new Map<string, Silence>();
  #quiet: QuietHours | null = null;
  #quietParts: DayParts | null = null;
  /** Set by whoever has the rules. */
  openIncidents: OpenIncidents = () => false;

  get silences(): readonly Silence[] {
    return [...this.#silences.values()];
  }

  addSilence(silence: Silence): void {
    this.#silences.set(silence.id, silence);
  }

  /** It ends at this moment, where it has not before: what was due until then stays silenced. */
  endSilence(id: string, atUs: number): void {
    const silence = this.#silences.get(id);
    if (silence === undefined) return;
    this.#silences.set(id, { ...silence, untilUs: Math.min(silence.untilUs, atUs) });
  }

  /** Let go of silences that ended so long ago that they hold nothing back any more. */
  forget(readCompleteUs: number): void {
    for (const silence of this.#silences.values()) {
      if (isForgotten(silence, readCompleteUs)) this.#silences.delete(silence.id);
    }
  }

  setQuietHours(quiet: QuietHours | null): void {
    this.#quiet = quiet;
    this.#quietParts =
      quiet === null ? null : new DayParts({ ...quiet.part, timezone: quiet.timezone });
  }

  /** When the last of the silences that cover the incident at this moment ends; null: there is none. */
  silencedUntilUs(
    labels: Labels,
    { dueUs, readCompleteUs }: Readonly<{ dueUs: number; readCompleteUs: number }>,
  ): number | null {
    let untilUs: number | null = null;
    for (const silence of this.#silences.values()) {
      if (dueUs < silence.fromUs || dueUs >= silence.untilUs) continue;
      // Whether it is still here depends on when somebody silenced something last, and on restarts.
      if (isForgotten(silence, readCompleteUs)) continue;
      if (matchesIncident(silence.query, labels)) untilUs = Math.max(untilUs ?? 0, silence.untilUs);
    }
    return untilUs;
  }

  isInhibited({ rule, group }: Labels): boolean {
    if (rule.inhibitedBy.length === 0) return false;
    const equal = Object.fromEntries(rule.inhibitEqual.map((field) => [field, group[field] ?? '']));
    return rule.inhibitedBy.some((parent) => this.openIncidents(parent, equal));
  }

  /** When the quiet hours that this moment lies in end; null: none, or not for this severity. */
  quietUntilUs(severity: AlertSeverity, dueUs: number): number | null {
    if (this.#quietParts === null || this.#quiet?.severities.includes(severity) !== true)
      return null;
    const part = this.#quietParts.endingAfter(dueUs);
    return part.startUs <= dueUs ? part.endUs : null;
  }
}
