/** What a program gives to `getAlerts`: a state that there is not would list the others, and a misspelt name all. */
import type { IncidentQuery } from '../alert/incident-store.ts';
import { ALERT_SEVERITIES } from '../model/notification.ts';
import { checkCount, checkGiven, checkKeys, found } from './checks.ts';

const DOING = 'Cannot list alerts';

type Expected = Readonly<{ oneOf: readonly string[] } | { type: 'number' | 'string' }>;

const EXPECTED: Readonly<Record<keyof IncidentQuery, Expected>> = {
  fromMs: { type: 'number' },
  untilMs: { type: 'number' },
  saidSinceMs: { type: 'number' },
  rule: { type: 'string' },
  severity: { oneOf: ALERT_SEVERITIES },
  state: { oneOf: ['open', 'resolved'] },
  order: { oneOf: ['worst'] },
  limit: { type: 'number' },
  offset: { type: 'number' },
};

/** Throws TypeError for a value of another type and a name that is none, RangeError for one that cannot be meant. */
export function checkAlertQuery(given: IncidentQuery): void {
  checkGiven(DOING, given);
  checkKeys(DOING, given, Object.keys(EXPECTED));
  const { limit = 0, offset = 0 } = given;
  checkCount(DOING, 'limit', limit);
  checkCount(DOING, 'offset', offset);
  for (const [name, expected] of Object.entries(EXPECTED)) {
    const value: unknown = given[name as keyof IncidentQuery];
    if (value !== undefined) checkValue(name, value, expected);
  }
}

function checkValue(name: string, value: unknown, expected: Expected): void {
  if ('oneOf' in expected) {
    if (expected.oneOf.some((one) => one === value)) return;
    const problem = `${DOING}: ${name} is ${found(value)}: expected ${expected.oneOf.join(', ')}`;
    throw typeof value === 'string' ? new RangeError(problem) : new TypeError(problem);
  }
  // NaN is none.
  if (typeof value === expected.type && !Number.isNaN(value)) return;
  throw new TypeError(`${DOING}: ${name} is ${found(value)}: expected a ${expected.type}`);
}
