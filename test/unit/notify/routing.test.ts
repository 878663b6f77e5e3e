import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import type { RouteSettings } from '../../../src/config/notify-settings.ts';
import { Outbox } from '../../../src/notify/outbox.ts';
import { type Directory, placesOf } from '../../../src/notify/routing.ts';
import { alertNotice, notification, runNotice } from '../../support/notices.ts';

function route(change: Partial<RouteSettings>): RouteSettings {
  return {
    name: 'r',
    severities: [],
    rules: [],
    sources: [],
    notify: ['email'],
    to: [],
    ...change,
  };
}

function told(directory: Directory, event = alertNotice()): string[] {
  return placesOf(notification(event), directory).map(
    ({ channel, recipient }) => `${channel} ${recipient}`,
  );
}

test('placesOf() is what the rule says where no route matches', () => {
  const directory = { email: ['a@x.org', 'b@x.org'], routes: [route({ rules: ['disk*'] })] };
  expect(told(directory)).toEqual(['file ', 'email a@x.org', 'email b@x.org']);
});

test('placesOf() takes the first route of which severity, rule and source hold', () => {
  const routes = [
    route({ severities: ['critical'], notify: ['command:pager'] }),
    route({
      rules: ['PAY*'],
      sources: ['payments/*'],
      notify: ['webhook:team', 'email'],
      to: ['p@x.org'],
    }),
    route({ notify: ['file'] }),
  ];
  const directory = { email: ['a@x.org'], routes };
  expect(told(directory)).toEqual(['webhook team', 'email p@x.org']);
  expect(told(directory, alertNotice({ severity: 'critical' }))).toEqual(['command pager']);
  expect(told(directory, alertNotice({ rule: 'other' }))).toEqual(['file ']);
  expect(told(directory, alertNotice({ group: { source: 'nginx' } }))).toEqual(['file ']);
});

test('placesOf() routes alerts only, and none of a rule that tells nobody', () => {
  const directory = { email: ['a@x.org'], routes: [route({ notify: ['file'] })] };
  expect(placesOf(notification(runNotice()), directory)).toHaveLength(2);
  expect(placesOf(notification(alertNotice(), { channels: [] }), directory)).toEqual([]);
});

test('Outbox.enqueue() tells of the end whoever was told of the beginning', () => {
  const outbox = Outbox.open(Database.open(':memory:'), {
    email: ['a@x.org'],
    routes: [],
    budget: 20,
  });
  outbox.enqueue(notification());
  outbox.reconfigure({ email: ['z@x.org'], routes: [], budget: 20 }, 0);
  const key = 'alert:5f3a9c01d2e4b687:2:resolved';
  outbox.enqueue(notification(alertNotice({ what: 'resolved' }), { key }));
  expect(outbox.deliveriesOf(key).map(({ recipient }) => recipient)).toEqual(['', 'a@x.org']);
});
