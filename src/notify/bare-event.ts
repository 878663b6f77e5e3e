/**
 * A notification without what others wrote: mail servers look into mails, and refuse one for the attack that it tells of, or for
 * its size. Whoever wrote that into a log must not keep people from being told.
 */
import { unreachable } from '../base/assert.ts';
import type { AlertNotice, NotificationEvent } from '../model/notification.ts';
import type { NoticeDocument } from './document.ts';

const LEAD =
  'The mail server refused this mail for what was in it, so it comes without: lines of logs, values and messages are left out.';

const LEFT_OUT = '(left out)';

export function bareEvent(event: NotificationEvent): NotificationEvent {
  switch (event.kind) {
    case 'alert':
      return bareAlert(event);
    case 'run':
      return {
        ...event,
        failure: event.failure && { ...event.failure, message: LEFT_OUT, hint: null },
        context: [],
      };
    case 'report':
      return { ...event, title: 'Report', preview: '' };
    case 'internal':
      return { ...event, text: LEFT_OUT };
    case 'digest':
      return { ...event, items: event.items.map((item) => ({ ...item, subject: LEFT_OUT })) };
    default:
      return unreachable(event);
  }
}

function bareAlert(notice: AlertNotice): AlertNotice {
  const { finding, bound, opening } = notice;
  return {
    ...notice,
    group: {},
    samples: [],
    finding: unquoted(finding, bound),
    opening: { ...opening, finding: unquoted(opening.finding, bound) },
  };
}

/** What a rule found may be a value: `"curl/8.1" for the first time`. */
function unquoted(finding: string, bound: string): string {
  return finding.includes('"') ? bound : finding;
}

export function bareDocument(document: NoticeDocument): NoticeDocument {
  const { lead } = document;
  return { ...document, lead: [LEAD, lead].filter((part) => part !== '').join('\n\n') };
}
