/** Incidents that are told of together: one digest to each who would have been told of them one by one. */
import { hostname } from 'node:os';
import { formatCounted } from '../base/number-text.ts';
import type { Incident } from '../model/incident.ts';
import type { DigestNotice, Notification } from '../model/notification.ts';
import { shownInDigest } from '../notify/digest-items.ts';
import type { Outbox } from '../notify/outbox.ts';
import type { Way } from '../notify/routing.ts';

export type DigestOptions = Readonly<{
  /** Whom the rule of an incident tells. */
  wayOf: (incident: Incident) => Way;
  host: string;
}>;

type Reason = NonNullable<DigestNotice['reason']>;

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

/** What people were told of is closed with its rule: nobody else would tell them that it is over. */
export function closedDigests(
  incidents: readonly Incident[],
  outbox: Pick<Outbox, 'wayTo'>,
  atUs: number,
): Notification[] {
  const closed = incidents
    .filter(({ notified }) => notified > 0)
    .sort((a, b) => a.openedAtMs - b.openedAtMs || (subjectOf(a) < subjectOf(b) ? -1 : 1));
  return digestsOf(closed, {
    wayOf: ({ id }) => outbox.wayTo(`alert:${id}:`),
    host: hostname(),
    reason: 'closed',
    // Each is closed once.
    key: `closed:${closed[0]?.id}`,
    atMs: atUs / 1_000,
  });
}

function digestOf(
  incidents: readonly Incident[],
  { reason, host, atMs }: Readonly<{ reason: Reason; host: string; atMs: number }>,
): DigestNotice {
  const items = shownInDigest(incidents, ({ severity }) => severity === 'critical').map(
    (incident) => {
      const { openedAtMs, severity } = incident;
      return { atMs: openedAtMs, severity, subject: subjectOf(incident) };
    },
  );
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

function subjectOf({ rule, group, count }: Incident): string {
  const groups = Object.values(group).join(', ');
  const where = groups === '' ? '' : ` (${groups})`;
  return `${rule}${where}: ${formatCounted(count, 'match', 'matches')}`;
}
