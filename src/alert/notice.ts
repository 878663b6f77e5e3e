/** What people are told of an incident, as the notification that is queued with it. */
import type { EntryRecord } from '../model/entry.ts';
import type { Incident } from '../model/incident.ts';
import type { Notification } from '../model/notification.ts';
import type { AlertEventName } from './alert-event.ts';
import type { Rule } from './rule.ts';

export type Told = Readonly<{
  name: AlertEventName;
  incident: Incident;
  samples: readonly EntryRecord[];
  rule: Rule;
  atUs: number;
  host: string;
}>;

/** The key tells every notification of an incident apart, and is the same in every life of the same lines. */
export function notificationOf({ name, incident, samples, rule, atUs, host }: Told): Notification {
  const what = name === 'resolved' ? 'resolved' : 'opened';
  return {
    key: `alert:${incident.id}:${incident.notified}:${what}`,
    channels: rule.notify,
    createdAtMs: Math.floor(atUs / 1000),
    event: {
      kind: 'alert',
      what,
      incidentId: incident.id,
      rule: rule.name,
      description: rule.description,
      severity: rule.severity,
      group: incident.group,
      count: incident.count,
      threshold: rule.kind === 'threshold' ? rule.threshold : 1,
      windowMs: rule.kind === 'threshold' ? rule.windowUs / 1000 : 0,
      openedAtMs: incident.openedAtMs,
      firstAtMs: incident.firstAtMs,
      lastAtMs: incident.lastAtMs,
      resolvedAtMs: incident.resolvedAtMs,
      samples,
      host,
    },
  };
}
