import { expect, test } from 'vitest';
import type { Notification } from '../../../src/model/notification.ts';
import { deliveriesOf } from '../../../src/rehearsal/deliveries.ts';
import { alertNotice } from '../../support/notices.ts';

const RECIPIENTS = { email: ['ops@example.org'], routes: [], budget: 3 };

function openings(...atMinutes: readonly number[]): Notification[] {
  return atMinutes.map((minute, index) => {
    const key = `alert:${index}`;
    const event = { ...alertNotice(), severity: 'medium' as const, opening: { key, finding: '' } };
    return { key, channels: ['file', 'email'], createdAtMs: minute * 60_000, event };
  });
}

test('mails above the budget come as a digest, and nothing is dropped', () => {
  const [file, mail] = deliveriesOf(openings(0, 1, 2, 3, 4, 5), RECIPIENTS, 0);
  expect(file).toMatchObject({ channel: 'file', count: 6, digestCount: 0 });
  // Three one by one, the others in one mail a quarter of an hour after the last.
  expect(mail).toMatchObject({ channel: 'email', count: 4, digestCount: 1, digestedCount: 3 });
});

test('what was sent before counts towards the budget and is not told', () => {
  const [, mail] = deliveriesOf(openings(0, 1, 2, 3, 4), RECIPIENTS, 3 * 60_000);
  expect(mail).toMatchObject({ count: 1, digestCount: 1, digestedCount: 2 });
});

test('mails far apart come one by one', () => {
  const [, mail] = deliveriesOf(openings(0, 30, 60, 90, 120), RECIPIENTS, 0);
  expect(mail).toMatchObject({ count: 5, digestCount: 0 });
});
