/** What people are told of a run (report, rotation, `once`), and of the daemon itself. */
import { formatDuration } from '../base/duration.ts';
import type { InternalNotice, RunNotice } from '../model/notification.ts';
import type { DocumentContext, Fact, NoticeDocument } from './document.ts';
import { clockText, dateText } from './moment-text.ts';

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
    subject: `${run} on ${host}: ${isFailed ? `FAILED${stage}` : 'SUCCESS'}`,
    preview: failure === null ? summaryOf(notice) : failure.message,
    isTrouble: isFailed,
    status: isFailed ? 'Failed' : 'Success',
    heading: isFailed ? `${run} failed${stage} on ${host}` : `${run} finished on ${host}`,
    lead: isFailed ? 'Nothing after that stage was touched; what was done before it stands.' : '',
    facts,
    sections: [],
    condition: null,
    footer: `You get this because [notify] in ${context.configName} on ${host} names this channel for "${isFailed ? 'failure' : 'success'}".`,
  };
}

function summaryOf({ context }: RunNotice): string {
  return context.map(({ name, value }) => `${name}: ${value}`).join('. ');
}

export function internalDocument(notice: InternalNotice, context: DocumentContext): NoticeDocument {
  const { title, text, severity, host } = notice;
  return {
    subject: `Logstead on ${host}: ${title}, ${severity}`,
    preview: text,
    isTrouble: true,
    status: `About Logstead itself, severity ${severity}`,
    heading: title,
    lead: text,
    facts: [],
    sections: [],
    condition: null,
    footer: `You get this because Logstead on ${host} (${context.configName}) needs your attention.`,
  };
}
