/**
 * The morning after quiet hours: what began in them and was over by then is told in one digest to each who would have
 * been woken. What is still open is told by itself.
 *
 * Which incidents those are stands in their history, so nothing is kept beside it but how far the last digest went; it is
 * queued in the transaction that moves this mark, and under a key of its own, so that it comes once.
 */
import type { QuietHours } from '../alert/holders.ts';
import type { IncidentStore } from '../alert/incident-store.ts';
import { DayParts, type Span } from '../alert/kinds/day-parts.ts';
import type { Notification } from '../model/notification.ts';
import { type DigestOptions, digestsOf } from './incident-digest.ts';

export type QuietDigestOptions = DigestOptions & Readonly<{ quietHours: QuietHours | null }>;

export class QuietDigest {
  readonly #incidents: IncidentStore;
  #options: QuietDigestOptions;
  #parts: DayParts | null = null;
  /** The part of the day that ends next. */
  #next: Span | null = null;

  constructor(incidents: IncidentStore, options: QuietDigestOptions) {
    this.#incidents = incidents;
    this.#options = options;
    this.#parts = partsOf(options);
  }

  /** Other settings. Gives the quiet hours that this ends: they have begun, and those of now do not go on with them. */
  reconfigure(options: QuietDigestOptions, readCompleteUs: number): Span | null {
    const last = this.#next;
    this.#options = options;
    this.#parts = partsOf(options);
    this.startAt(readCompleteUs);
    if (last === null || last.startUs > readCompleteUs) return null;
    const goesOn = this.#next !== null && this.#next.startUs <= readCompleteUs;
    return goesOn ? null : { ...last, endUs: Math.min(last.endUs, readCompleteUs) };
  }

  /** The quiet hours that have ended by now; null: none since the last call. The first call only looks at the clock. */
  ended(readCompleteUs: number): Span | null {
    if (this.#parts === null) return null;
    const last = this.#next;
    if (last !== null && last.endUs > readCompleteUs) return null;
    this.#next = this.#parts.endingAfter(readCompleteUs);
    return last;
  }

  /** `ended` has nothing to say before S has passed this; infinite: there are no quiet hours. */
  get nextDueUs(): number {
    if (this.#parts === null) return Number.POSITIVE_INFINITY;
    return this.#next === null ? Number.NEGATIVE_INFINITY : this.#next.endUs - 1;
  }

  /** After a restart: quiet hours that ended while nothing ran count as ended now. */
  startAt(readCompleteUs: number): void {
    this.#next = this.#parts?.endingAfter(readCompleteUs) ?? null;
  }

  /** Inside the transaction of the lines, behind what the rules said. */
  notifications({ endUs }: Span, atMs: number): Notification[] {
    const incidents = this.#incidents.takeQuiet();
    return digestsOf(incidents, { ...this.#options, reason: 'quiet', key: `quiet:${endUs}`, atMs });
  }
}

function partsOf({ quietHours }: QuietDigestOptions): DayParts | null {
  if (quietHours === null) return null;
  return new DayParts({ ...quietHours.part, timezone: quietHours.timezone });
}
