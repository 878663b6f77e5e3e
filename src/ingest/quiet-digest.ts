/**
 * The morning after quiet hours: what began in them and was over by then is told in one digest to each who would have
 * been woken. What is still open is told by itself.
 *
 * Which incidents those are stands in their history, so nothing is kept beside it but how far the last digest went; it is
 * queued in the transaction that moves this mark, and under a key of its own, so that it comes once.
 */
import type { QuietHours } from '../alert/holders.ts';
import type { IncidentStore, QuietIncident } from '../alert/incident-store.ts';
import { DayParts, type Span } from '../alert/kinds/day-parts.ts';
import { formatCounted } from '../base/number-text.ts';
import type { DigestNotice, Notification } from '../model/notification.ts';
import type { Way } from '../notify/routing.ts';

export type QuietDigestOptions = Readonly<{
  quietHours: QuietHours | null;
  /** Whom the rule of an incident tells. */
  wayOf: (incident: QuietIncident) => Way;
  host: string;
}>;

/** Incidents that one digest lists; more are counted. */
const ITEMS_MAX = 100;

export class QuietDigest {
  readonly #incidents: IncidentStore;
  #options: QuietDigestOptions;
  #parts: DayParts | null = null;
  /** The part of the day that ends next. */
  #next: Span | null = null;

  constructor(incidents: IncidentStore, options: QuietDigestOptions) {
    this.#incidents = incidents;
    this.#options = options;
    this.reconfigure(options);
  }

  reconfigure(options: QuietDigestOptions): void {
    const { quietHours } = options;
    this.#options = options;
    this.#next = null;
    this.#parts =
      quietHours === null
        ? null
        : new DayParts({ ...quietHours.part, timezone: quietHours.timezone });
  }

  /** The quiet hours that have ended by now; null: none since the last call. The first call only looks at the clock. */
  ended(readCompleteUs: number): Span | null {
    if (this.#parts === null) return null;
    const last = this.#next;
    if (last !== null && last.endUs > readCompleteUs) return null;
    this.#next = this.#parts.endingAfter(readCompleteUs);
    return last;
  }

  /** After a restart: quiet hours that ended while nothing ran count as ended now. */
  startAt(readCompleteUs: number): void {
    this.#next = this.#parts?.endingAfter(readCompleteUs) ?? null;
  }

  /** Inside the transaction of the lines, behind what the rules said. */
  notifications({ endUs }: Span, atMs: number): Notification[] {
    const { wayOf, host } = this.#options;
    const ways = new Map<string, { way: Way; incidents: QuietIncident[] }>();
    for (const incident of this.#incidents.takeQuiet()) {
      const way = wayOf(incident);
      if (way.channels.length === 0) continue;
      const key = [...way.channels, ...way.to].join(' ');
      const known = ways.get(key) ?? { way, incidents: [] };
      known.incidents.push(incident);
      ways.set(key, known);
    }
    return [...ways].map(([key, { way, incidents }]) => ({
      key: `quiet:${endUs}:${key}`,
      ...way,
      createdAtMs: atMs,
      event: digestOf(incidents, host),
    }));
  }
}

function digestOf(incidents: readonly QuietIncident[], host: string): DigestNotice {
  const items = incidents.slice(-ITEMS_MAX).map(({ openedAtMs, severity, rule, group, count }) => {
    const groups = Object.values(group).join(', ');
    const where = groups === '' ? '' : ` (${groups})`;
    const subject = `${rule}${where}: ${formatCounted(count, 'match', 'matches')}`;
    return { atMs: openedAtMs, severity, subject };
  });
  return {
    kind: 'digest',
    reason: 'quiet',
    count: incidents.length,
    fromMs: Math.min(...incidents.map(({ openedAtMs }) => openedAtMs)),
    untilMs: Math.max(...incidents.map(({ resolvedAtMs }) => resolvedAtMs)),
    items,
    host,
  };
}
