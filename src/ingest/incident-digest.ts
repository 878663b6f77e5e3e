/** Incidents that are told of together: one digest to each who would have been told of them one by one. */
import type { AlertEvent } from '../alert/alert-event.ts';
import { formatCounted } from '../base/number-text.ts';
import type { Incident } from '../model/incident.ts';
import type { DigestNotice, Notification } from '../model/notification.ts';
import type { Way } from '../notify/routing.ts';

export type DigestOptions = Readonly<{
  /** Whom the rule of an incident tells. */
  wayOf: (incident: Incident) => Way;
  host: string;
}>;

type Reason = NonNullable<DigestNotice['reason']>;

/** Incidents that one digest lists; more are counted. */
const ITEMS_MAX = 100;

/** `incidents` in order of their opening. `key`: of what they are told after, so that each digest comes once. */
export function digestsOf(
  incidents: readonly Incident[],
  options: DigestOptions & Readonly<{ reason: Reason; key: string; atMs: number }>,
): Notification[] {
  const { wayOf, host, reason, key: cause, atMs } = options;
  const ways = new Map<string, { way: Way; incidents: Incident[] }>();
  for (const incident of incidents) {
    const way = wayOf(incident);
    if (way.channels.length === 0) continue;
    const key = [...way.channels, ...way.to].join(' ');
    const known = ways.get(key) ?? { way, incidents: [] };
    known.incidents.push(incident);
    ways.set(key, known);
  }
  return [...ways].map(([key, { way, incidents: told }]) => ({
    key: `${cause}:${key}`,
    ...way,
    createdAtMs: atMs,
    event: digestOf(told, { reason, host, atMs }),
  }));
}

/** A reload has closed what people were told of: nobody would tell them that it is over. `options`: of the rules as they were. */
export function closedDigests(
  events: readonly AlertEvent[],
  options: DigestOptions,
  atUs: number,
): Notification[] {
  const closed = events
    .filter(({ name, incident }) => name === 'closed' && incident.notified > 0)
    .map(({ incident }) => incident)
    .sort((a, b) => a.openedAtMs - b.openedAtMs);
  return digestsOf(closed, {
    ...options,
    reason: 'closed',
    key: `closed:${atUs}`,
    atMs: atUs / 1_000,
  });
}

function digestOf(
  incidents: readonly Incident[],
  { reason, host, atMs }: Readonly<{ reason: Reason; host: string; atMs: number }>,
): DigestNotice {
  const items = incidents.slice(-ITEMS_MAX).map(({ openedAtMs, severity, rule, group, count }) => {
    const groups = Object.values(group).join(', ');
    const where = groups === '' ? '' : ` (${groups})`;
    const subject = `${rule}${where}: ${formatCounted(count, 'match', 'matches')}`;
    return { atMs: openedAtMs, severity, subject };
  });
  return {
    kind: 'digest',
    reason,
    count: incidents.length,
    fromMs: Math.min(...incidents.map(({ openedAtMs }) => openedAtMs)),
    // Silence that was still going on has no end of its own.
    untilMs: Math.min(
      atMs,
      Math.max(...incidents.map(({ resolvedAtMs, lastAtMs }) => resolvedAtMs ?? lastAtMs)),
    ),
    items,
    host,
  };
}
