/** What a notification is called in one line, and how bad it is: for subjects, digests and lists. */
import { unreachable } from '../base/assert.ts';
import { formatCounted } from '../base/number-text.ts';
import type { AlertSeverity, NotificationEvent } from '../model/notification.ts';
import { alertSubject } from './subject.ts';

export function subjectOfEvent(event: NotificationEvent): string {
  switch (event.kind) {
    case 'alert':
      return alertSubject(event);
    case 'run': {
      const stage = event.failure === null ? '' : ` in stage ${event.failure.stage}`;
      return `${event.run} on ${event.host}: ${event.status}${stage}`;
    }
    case 'report':
      return `${event.title}, ${event.host}, ${event.day}`;
    case 'internal':
      return `Logstead on ${event.host}: ${event.title}${event.isTest ? '' : `, ${event.severity}`}`;
    case 'digest': {
      const worst = event.items.filter(({ severity }) => severity === 'critical').length;
      // Of more than are shown it is not known.
      const isAll = event.items.length === event.count || worst < event.items.length;
      const critical = worst === 0 ? '' : `, ${isAll ? '' : 'at least '}${worst} critical`;
      const what = event.reason === undefined ? 'notification' : 'incident';
      const when = event.reason === undefined ? '' : DIGEST_TIMES[event.reason];
      return `${formatCounted(event.count, what)}${when}${critical}`;
    }
    default:
      return unreachable(event);
  }
}

/** The same in a list of several, where no subject before it says what goes on: what is over is not to look as if it began. */
export function itemOfEvent(event: NotificationEvent): string {
  if (event.kind !== 'alert') return subjectOfEvent(event);
  const { what, resolvedAtMs } = event;
  const state = what === 'opened' && resolvedAtMs !== null ? 'over' : ITEM_STATES[what];
  return `${state}${state === '' ? '' : ': '}${alertSubject({ ...event, what: 'opened' })}`;
}

const ITEM_STATES = {
  opened: '',
  reminded: 'still open',
  worsened: 'worse',
  resolved: 'over',
} as const;

const DIGEST_TIMES = {
  quiet: ' in quiet hours',
  import: ' in old entries',
  closed: ' closed with their rules',
} as const;

export function severityOfEvent(event: NotificationEvent): AlertSeverity {
  switch (event.kind) {
    case 'alert':
    case 'internal':
      return event.severity;
    case 'run':
      return event.status === 'FAILED' ? 'high' : 'low';
    case 'report':
      return event.isTrouble ? 'medium' : 'low';
    case 'digest':
      if (event.items.some(({ severity }) => severity === 'critical')) return 'critical';
      // What could wait until the morning, or is old, can wait again.
      return event.reason === undefined ? 'high' : 'low';
    default:
      return unreachable(event);
  }
}
