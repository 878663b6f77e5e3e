/** The query that finds what a rule counted: an alert mail's link and command show exactly these entries. */
import { expect, test } from 'vitest';
import { ruleOf } from '../../../src/alert/rule-from-settings.ts';
import { matchesText } from '../../../src/alert/rule-text.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import { AlertLife, usOf } from '../../support/alert-life.ts';
import { alertSettings } from '../../support/alert-settings.ts';

const METRIC = { kind: 'metric', aggregate: 'max', above: 5 };

test.each([
  [{}, 'level>=error'],
  [{ kind: 'rate', percent: 5 }, 'level>=error'],
  [{ kind: 'rate', percent: 5, of: 'source:shop* OR x' }, '(level>=error) (source:shop* OR x)'],
  [{ ...METRIC, field: 'ms' }, '(level>=error) (ms<0 OR ms>=0)'],
  [{ ...METRIC, field: 'req-ms' }, '(level>=error) ("req-ms"<0 OR "req-ms">=0)'],
  [{ kind: 'change', field: 'version' }, '(level>=error) has:version'],
  [{ kind: 'cardinality', field: 'user', at_least: 3 }, '(level>=error) has:user'],
  [{ kind: 'cardinality', field: 'source', at_least: 3 }, 'level>=error'],
  [{ kind: 'new', field: 'pattern' }, 'level>=error'],
])('matchesText() of %o', (keys, expected) => {
  const text = matchesText(ruleOf(alertSettings(keys)));
  expect(text).toBe(expected);
  expect(() => parseQuery(text!, { nowMs: 0, timezone: 'UTC' })).not.toThrow();
});

test('an incident of a share is found again by both conditions, and so is what a mail shows of it', () => {
  const keys = { kind: 'rate', percent: 50, minimum: 2, window: '50s', of: 'source:shop*' };
  const life = new AlertLife([ruleOf(alertSettings(keys))]);
  life.read(0);
  life.rows([1, 2].map((at) => ({ etUs: usOf(at), level: 'ERROR', source: 'shop' })));
  const [opened] = life.read(1_000);
  const query = '(level>=error) (source:shop*)';
  expect(opened!.incident.condition).toBe(query);
  expect(opened!.notification!.event).toMatchObject({ condition: 'level>=error', query });
});
