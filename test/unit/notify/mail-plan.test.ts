import { expect, test } from 'vitest';
import { subjectOfEvent } from '../../../src/notify/event-text.ts';
import {
  BACKLOG_AGE_MS,
  BUDGET_DEFAULT,
  DIGEST_EVERY_MS,
  type DueMail,
  type MailHistory,
  planMails,
} from '../../../src/notify/mail-plan.ts';
import { alertNotice, outboxRow, reportNotice } from '../../support/notices.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 13);
const NOTHING_YET: MailHistory = {
  budget: BUDGET_DEFAULT,
  sentCount: 0,
  lastAtMs: null,
  digestWaits: false,
};

/** Mails numbered from 1, all created `agoMs` ago. */
function due(
  count: number,
  change: Partial<{ agoMs: number; digest: number; first: number; severity: 'critical' }> = {},
): DueMail[] {
  const { agoMs = 1_000, digest = null, first = 1, severity = 'high' } = change;
  return Array.from({ length: count }, (_, index) => ({
    row: outboxRow(alertNotice({ severity }), {
      numbers: [first + index],
      createdAtMs: NOW_MS - agoMs,
    }),
    digest,
    follows: null,
  }));
}

/** The numbers of each mail. */
function planned(mails: readonly DueMail[], history: MailHistory = NOTHING_YET): string[] {
  return planMails(mails, history, NOW_MS).mails.map(({ numbers }) => numbers.join('+'));
}

test('planMails() sends mails one by one as long as the hour has room', () => {
  expect(planned(due(3))).toEqual(['1', '2', '3']);
  expect(
    planned(due(3), { ...NOTHING_YET, sentCount: BUDGET_DEFAULT - 2, lastAtMs: NOW_MS }),
  ).toEqual(['1', '2']);
});

test('planMails() keeps back what is over the budget, and sends it as a digest when it is time', () => {
  const full = { ...NOTHING_YET, sentCount: BUDGET_DEFAULT, lastAtMs: NOW_MS - 1_000 };
  expect(planned(due(5), full)).toEqual([]);
  const later = { ...full, lastAtMs: NOW_MS - DIGEST_EVERY_MS };
  expect(planned(due(5), later)).toEqual(['1+2+3+4+5']);
  expect(planMails(due(5), later, NOW_MS).newDigest).toEqual([1, 2, 3, 4, 5]);
  expect(planned(due(1), later)).toEqual(['1']);
});

test('planMails() keeps a report for the hour that has room for it, whole', () => {
  const report = (number: number, agoMs: number): DueMail => ({
    row: outboxRow(reportNotice(), { numbers: [number], createdAtMs: NOW_MS - agoMs }),
    digest: null,
    follows: null,
  });
  const full = { ...NOTHING_YET, sentCount: BUDGET_DEFAULT, lastAtMs: NOW_MS - DIGEST_EVERY_MS };
  expect(planned([...due(3), report(9, 1_000)], full)).toEqual(['1+2+3']);
  expect(planned([report(9, 1_000)], full)).toEqual([]);
  const room = { ...NOTHING_YET, sentCount: BUDGET_DEFAULT - 1 };
  expect(planned([report(9, BACKLOG_AGE_MS), ...due(3)], room)).toEqual(['9']);
  // Many of them, late: the mail server was away.
  const late = [1, 2, 3, 4].map((number) => report(number, BACKLOG_AGE_MS));
  expect(planned(late)).toEqual(['1+2+3+4']);
});

test('planMails() lets critical ones through at twice the budget', () => {
  const full = { ...NOTHING_YET, sentCount: BUDGET_DEFAULT, lastAtMs: NOW_MS };
  expect(planned(due(2, { severity: 'critical' }), full)).toEqual(['1', '2']);
  expect(
    planned(due(2, { severity: 'critical' }), { ...full, sentCount: 2 * BUDGET_DEFAULT }),
  ).toEqual([]);
});

test('planMails() leaves critical ones out of a digest while their hour has room', () => {
  const lastAtMs = NOW_MS - DIGEST_EVERY_MS - 60_000;
  const later = { ...NOTHING_YET, budget: 20, sentCount: 20, lastAtMs };
  const one = due(1, { first: 7, severity: 'critical' });
  expect(planned([...due(1), ...one], later)).toEqual(['7', '1']);
  expect(planned([...due(3), ...one], later)).toEqual(['7', '1+2+3']);
  expect(planned(one, later)).toEqual(['7']);
  expect(planned([...due(3), ...one], { ...later, sentCount: 40 })).toEqual(['1+2+3+7']);
  const three = due(3, { first: 7, severity: 'critical' });
  expect(planned([...due(2), ...three], { ...later, sentCount: 38 })).toEqual(['7', '8', '1+2+9']);
  const old = due(4, { agoMs: BACKLOG_AGE_MS });
  expect(planned([...old, ...one])).toEqual(['7', '1+2+3+4']);
});

test('planMails() makes one digest of many old critical ones: they are a flood of the past too', () => {
  const old = due(4, { agoMs: BACKLOG_AGE_MS, severity: 'critical' });
  expect(planned([...old, ...due(1, { first: 9 })])).toEqual(['1+2+3+4+9']);
});

test('planMails() makes one digest of a backlog, the new ones with it', () => {
  const mails = [...due(4, { agoMs: BACKLOG_AGE_MS }), ...due(2, { first: 5 })];
  expect(planned(mails)).toEqual(['1+2+3+4+5+6']);
  expect(planned(due(3, { agoMs: BACKLOG_AGE_MS }))).toEqual(['1', '2', '3']);
});

test('planMails() tries a digest again as it was, under the same key, and new mails apart from it', () => {
  const mails = [...due(4, { digest: 1 }), ...due(1, { first: 9 })];
  expect(planned(mails)).toEqual(['1+2+3+4', '9']);
  const keys = [due(4, { digest: 1 }), due(4, { digest: 1 }).reverse()].map(
    (each) => planMails(each, NOTHING_YET, NOW_MS).mails[0]!.key,
  );
  expect(keys).toEqual(['digest:1', 'digest:1']);
});

test('planMails() counts what is too much for a digest', () => {
  const [digest] = planMails(due(250, { agoMs: BACKLOG_AGE_MS }), NOTHING_YET, NOW_MS).mails;
  expect(digest!.numbers).toHaveLength(250);
  expect(digest!.event).toMatchObject({ kind: 'digest', count: 250 });
  expect(digest!.event.kind === 'digest' && digest!.event.items).toHaveLength(100);
});

test('planMails() shows in a digest the critical ones, however many came after them', () => {
  const mails = [
    ...due(4, { agoMs: BACKLOG_AGE_MS + 1_000, severity: 'critical' }),
    ...due(300, { agoMs: BACKLOG_AGE_MS, first: 5 }),
  ];
  const [digest] = planMails(mails, NOTHING_YET, NOW_MS).mails;
  const items = digest!.event.kind === 'digest' ? digest!.event.items : [];
  expect(items.map(({ severity }) => severity)).toEqual([
    ...Array.from({ length: 4 }, () => 'critical'),
    ...Array.from({ length: 96 }, () => 'high'),
  ]);
  expect(subjectOfEvent(digest!.event)).toBe('304 notifications, 4 critical');
  const flood = due(120, { agoMs: BACKLOG_AGE_MS, severity: 'critical' });
  const [worst] = planMails(flood, NOTHING_YET, NOW_MS).mails;
  expect(subjectOfEvent(worst!.event)).toBe('120 notifications, at least 100 critical');
});

test('planMails() makes no second digest while one waits, so that a night without a server is few mails, not a hundred', () => {
  const waits = { ...NOTHING_YET, digestWaits: true };
  const old = due(6, { agoMs: BACKLOG_AGE_MS });
  expect(planMails(old, waits, NOW_MS)).toEqual({ mails: [], newDigest: [] });
  // The digest itself is tried, what is new goes out, and the rest when it is its turn.
  const mails = [
    ...due(2, { agoMs: BACKLOG_AGE_MS, digest: 7, first: 7 }),
    ...old,
    ...due(1, { first: 20 }),
  ];
  expect(planned(mails, waits)).toEqual(['7+8', '20']);
  expect(planned(old)).toEqual(['1+2+3+4+5+6']);
});

test('planMails() lets no critical one wait for a digest that is not sent, however many and old they are', () => {
  const critical = due(5, { agoMs: BACKLOG_AGE_MS, severity: 'critical' });
  expect(planned(critical, { ...NOTHING_YET, digestWaits: true })).toEqual([
    '1',
    '2',
    '3',
    '4',
    '5',
  ]);
});

test('planMails() says in a digest what goes on with each incident', () => {
  const notices = [
    alertNotice(),
    alertNotice({ what: 'reminded' }),
    alertNotice({ what: 'worsened' }),
    alertNotice({ what: 'resolved', resolvedAtMs: NOW_MS }),
    alertNotice({ resolvedAtMs: NOW_MS }),
  ];
  const mails = notices.map((notice, index) => {
    const row = outboxRow(notice, { numbers: [index + 1], createdAtMs: NOW_MS - BACKLOG_AGE_MS });
    return { row, digest: null, follows: null };
  });
  const [digest] = planMails(mails, NOTHING_YET, NOW_MS).mails;
  const subject = 'payments-timeouts: 5 in 68 s, high';
  expect(digest!.event).toMatchObject({
    items: ['', 'still open: ', 'worse: ', 'over: ', 'over: '].map((state) => {
      return { subject: state + subject };
    }),
  });
});
