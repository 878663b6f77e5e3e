/** What people are told of an incident, as the notification that is queued with it. */
import type { EntryRecord } from '../model/entry.ts';
import type { Incident } from '../model/incident.ts';
import type { AlertNotice, Notification } from '../model/notification.ts';
import type { Rule } from './rule.ts';
import { boundText } from './rule-text.ts';

export type Told = Readonly<{
  what: AlertNotice['what'];
  incident: Incident;
  /** What was found, in a few words. */
  finding: string;
  /** The opening a `resolved` replies to; null: this is one. */
  opening: AlertNotice['opening'] | null;
  samples: readonly EntryRecord[];
  rule: Rule;
  atUs: number;
  host: string;
  /** It was true already as its rule began. */
  wasThere: boolean;
}>;

/** The key tells every notification of an incident apart, and is the same in every life of the same lines. */
export function notificationOf(told: Told): Readonly<{
  notification: Notification;
  opening: AlertNotice['opening'];
}> {
  const { what, incident, rule } = told;
  const { count, openedAtMs, firstAtMs, lastAtMs } = incident;
  const key = `alert:${incident.id}:${incident.notified}:${what}`;
  const opening = told.opening ?? { key, finding: told.finding, openedAtMs };
  const noticedAtMs = Math.floor(told.atUs / 1000);
  const event: AlertNotice = {
    kind: 'alert',
    what,
    incidentId: incident.id,
    rule: rule.name,
    description: rule.description,
    condition: rule.when.kind === 'query' ? rule.when.text : null,
    query: incident.condition,
    severity: rule.severity,
    group: incident.group,
    count,
    ruleKind: rule.kind,
    finding: told.finding,
    bound: boundText(rule),
    openedAtMs,
    firstAtMs,
    lastAtMs,
    resolvedAtMs: incident.resolvedAtMs,
    noticedAtMs,
    remindsAtMs: nextReminderMs(told, noticedAtMs),
    opening,
    samples: told.samples,
    host: told.host,
    ...(told.wasThere ? { wasThere: true } : {}),
  };
  const notification = { key, channels: rule.notify, createdAtMs: noticedAtMs, event };
  return { notification, opening };
}

/** Reminders count from the opening; null: none follows. */
function nextReminderMs({ what, incident, rule }: Told, nowMs: number): number | null {
  const { openedAtMs, resolvedAtMs } = incident;
  if (rule.remindEveryUs === null || what === 'resolved' || resolvedAtMs !== null) return null;
  const everyMs = rule.remindEveryUs / 1000;
  const passed = Math.max(0, Math.floor((nowMs - openedAtMs) / everyMs));
  return openedAtMs + (passed + 1) * everyMs;
}
