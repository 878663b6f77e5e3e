/** What people are told of a run (report, rotation, `once`), of the daemon itself, and of many things at once. */
import { formatDuration } from '../base/duration.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type {
  DigestNotice,
  InternalNotice,
  ReportNotice,
  RunNotice,
} from '../model/notification.ts';
import type { DocumentContext, Fact, NoticeDocument } from './document.ts';
import { subjectOfEvent } from './event-text.ts';
import { clockText, dateText, momentText } from './moment-text.ts';

export function runDocument(notice: RunNotice, context: DocumentContext): NoticeDocument {
  const { run, status, startedAtMs, finishedAtMs, failure, host } = notice;
  const { timezone } = context;
  const isFailed = status === 'FAILED';
  const stage = failure === null ? '' : ` in stage ${failure.stage}`;
  const facts: Fact[] = [
    {
      label: 'Ended',
      value: clockText(finishedAtMs, timezone),
      detail: dateText(finishedAtMs, timezone),
    },
    { label: 'Took', value: formatDuration(finishedAtMs - startedAtMs), detail: '' },
  ];
  if (failure !== null) {
    facts.push({ label: 'Stage', value: failure.stage, detail: '' });
    facts.push({ label: 'Error', value: failure.message, detail: '' });
    if (failure.hint !== null) facts.push({ label: 'Hint', value: failure.hint, detail: '' });
  }
  for (const { name, value } of notice.context) facts.push({ label: name, value, detail: '' });
  return {
    subject: subjectOfEvent(notice),
    preview: failure === null ? summaryOf(notice) : failure.message,
    isTrouble: isFailed,
    status: isFailed ? 'Failed' : 'Success',
    heading: isFailed ? `${run} failed${stage} on ${host}` : `${run} finished on ${host}`,
    lead: isFailed ? 'Nothing after that stage was touched; what was done before it stands.' : '',
    facts,
    buttons: [],
    sections: [],
    condition: null,
    footer: `You get this because [notify] in ${context.configName} on ${host} names this channel for "${isFailed ? 'failure' : 'success'}".`,
  };
}

function summaryOf({ context }: RunNotice): string {
  return context.map(({ name, value }) => `${name}: ${value}`).join('. ');
}

/** For a file; the mail is the report itself. */
export function reportDocument(notice: ReportNotice, context: DocumentContext): NoticeDocument {
  const { title, isTrouble, preview, path, host } = notice;
  return {
    subject: subjectOfEvent(notice),
    preview,
    isTrouble,
    status: 'Report',
    heading: title,
    lead: preview,
    facts: [{ label: 'Saved', value: path, detail: '' }],
    buttons: [],
    sections: [],
    condition: null,
    footer: `You get this because [report] in ${context.configName} on ${host} asks for it.`,
  };
}

export function internalDocument(notice: InternalNotice, context: DocumentContext): NoticeDocument {
  const { title, text, severity, host, isTest = false } = notice;
  return {
    subject: subjectOfEvent(notice),
    preview: text,
    isTrouble: !isTest,
    status: isTest ? 'A test' : `About Logstead itself, severity ${severity}`,
    heading: title,
    lead: text,
    facts: [],
    buttons: [],
    sections: [],
    condition: null,
    footer: isTest
      ? `You get this because somebody on ${host} tries whether ${context.configName} reaches you.`
      : `You get this because Logstead on ${host} (${context.configName}) needs your attention.`,
  };
}

const DIGEST_LEADS = {
  waited:
    'They waited, or were more than a person reads in an hour, and come as one mail. Nothing was dropped.',
  quiet:
    'The quiet hours held them back, and they were over when these ended. What is still open is told by itself.',
  import:
    'They were found in entries that were old when they arrived, and come as one notification.',
  closed:
    'You were told when they opened. Their rules were switched off or changed, so nobody will say when they are over.',
} as const;

function digestHeading({ reason, count, host }: DigestNotice): string {
  switch (reason) {
    case 'quiet':
      return `${formatCounted(count, 'incident')} began and ended in the quiet hours on ${host}`;
    case 'import':
      return `${formatCounted(count, 'incident')} in old entries on ${host}`;
    case 'closed':
      return `${formatCounted(count, 'incident')} closed with their rules on ${host}`;
    default:
      return `${formatCounted(count, 'notification')} on ${host}`;
  }
}

export function digestDocument(notice: DigestNotice, context: DocumentContext): NoticeDocument {
  const { count, items, fromMs, untilMs, host } = notice;
  const { timezone, configName } = context;
  const lines = items.map(({ atMs, severity, subject }) => {
    return `${momentText(atMs, { besideMs: untilMs, timezone })}  ${severity}: ${subject}`;
  });
  const moreCount = count - items.length;
  const whom = context.recipient === '' ? 'writes files' : `names ${context.recipient}`;
  return {
    subject: subjectOfEvent(notice),
    preview: items.at(-1)?.subject ?? '',
    isTrouble: items.some(({ severity }) => severity === 'critical' || severity === 'high'),
    status: 'Digest',
    heading: digestHeading(notice),
    lead: DIGEST_LEADS[notice.reason ?? 'waited'],
    facts: [
      { label: 'From', value: momentText(fromMs, { besideMs: untilMs, timezone }), detail: '' },
      { label: 'Until', value: clockText(untilMs, timezone), detail: dateText(untilMs, timezone) },
    ],
    buttons: [],
    sections: [
      {
        kind: 'list',
        title:
          notice.reason === undefined ? 'Notifications, newest last' : 'Incidents, newest last',
        items: lines,
        note: moreCount > 0 ? `${formatCount(moreCount)} more not shown.` : '',
      },
      {
        kind: 'command',
        title: `All incidents on ${host}`,
        command: 'logstead alerts',
        note: '',
      },
    ],
    condition: null,
    footer: `You get this because ${configName} on ${host} ${whom} for notifications.`,
  };
}
