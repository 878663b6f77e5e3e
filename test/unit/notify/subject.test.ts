import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeLine } from '../../../src/base/escape.ts';
import { ALERT_SEVERITIES } from '../../../src/model/notification.ts';
import {
  alertSubject,
  cutTo,
  lengthOf,
  SUBJECT_CHARACTERS_MAX,
} from '../../../src/notify/subject.ts';
import { HOSTILE_TEXTS } from '../../support/hostile-texts.ts';
import { alertNotice } from '../../support/notices.ts';

function subject(change: Partial<ReturnType<typeof alertNotice>> & { finding?: string }): string {
  const { finding = '5 in 68 s', ...rest } = change;
  const opening = { ...alertNotice().opening, finding };
  return alertSubject(alertNotice({ ...rest, opening }));
}

test('alertSubject() keeps severity and finding, and gives way with rule and group', () => {
  expect(subject({})).toBe('payments-timeouts: 5 in 68 s, high');
  expect(subject({ group: { customer: 'acme', zone: 'eu' } })).toBe(
    'payments-timeouts (acme, eu): 5 in 68 s, high',
  );
  expect(subject({ group: { customer: 'acme-and-sons', zone: 'eu' } })).toBe(
    'payments-timeouts (acme-an…): 5 in 68 s, high',
  );
  expect(subject({ rule: 'payments-timeouts-of-the-ledger-database' })).toBe(
    'payments-timeouts-of-the-le…: 5 in 68 s, high',
  );
  expect(subject({ finding: 'fewer than 3 different customers in 5 min' })).toBe(
    'payments-ti…: fewer than 3 different c…, high',
  );
});

test('alertSubject() shows the group however long the name of its rule is', () => {
  const rule = 'payments-timeouts-of-the-ledger-database';
  expect(subject({ rule, group: { customer: 'acme' } })).toBe(
    'payments-timeouts-of… (acme): 5 in 68 s, high',
  );
  expect(subject({ rule, group: { customer: 'acme-and-sons', zone: 'eu' } })).toBe(
    'payments-timeout… (acme-an…): 5 in 68 s, high',
  );
  // Of a long finding there is room for one of them: that is the rule.
  expect(
    subject({ rule, group: { customer: 'acme' }, finding: 'fewer than 3 customers in 5 min' }),
  ).toBe('payments-ti…: fewer than 3 customers i…, high');
});

test('alertSubject() is the same for all mails of an incident, but for Re:', () => {
  for (const what of ['reminded', 'worsened', 'resolved'] as const) {
    expect(subject({ what, count: 99, finding: '5 in 68 s' })).toBe(
      'Re: payments-timeouts: 5 in 68 s, high',
    );
  }
});

test('alertSubject() fits a lock screen, whatever rule, group and finding are', () => {
  const hostile = fc.constantFrom(...HOSTILE_TEXTS.map(({ text }) => text));
  const text = fc.oneof(fc.string({ unit: 'binary' }), hostile);
  const group = fc.dictionary(fc.string(), text, { maxKeys: 4 });
  fc.assert(
    fc.property(
      text,
      group,
      text,
      fc.constantFrom(...ALERT_SEVERITIES),
      (rule, of, finding, severity) => {
        const shown = subject({ rule, group: of, finding, severity });
        expect(lengthOf(shown)).toBeLessThanOrEqual(SUBJECT_CHARACTERS_MAX);
        expect(shown.endsWith(`, ${severity}`)).toBe(true);
        expect(escapeLine(shown)).toBe(shown);
      },
    ),
  );
});

test('cutTo() counts what people see', () => {
  expect(cutTo('👩‍👩‍👧 family', 20)).toBe('👩‍👩‍👧 family');
  expect(cutTo('éééé', 3)).toBe('éé…');
  expect(lengthOf(`Z${'\u0300'.repeat(50)}`)).toBe(1);
});
