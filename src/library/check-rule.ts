/**
 * What a program gives to `addAlertRule`, checked before anything is added.
 *
 * A rule works on every entry from then on, and what it finds is committed with them: one that cannot be would stop both.
 */
import { ALERT_SEVERITIES } from '../model/notification.ts';
import { checkKeys, found, isTexts } from './checks.ts';
import type { AlertRule } from './options.ts';

/** A century: with it the times of incidents are still whole µs that SQLite gives back exactly. */
const DURATION_MS_MAX = 36_525 * 86_400_000;

const NAMES: Readonly<Record<keyof AlertRule, true>> = {
  name: true,
  when: true,
  condition: true,
  kind: true,
  parameters: true,
  threshold: true,
  windowMs: true,
  cooldownMs: true,
  severity: true,
  description: true,
  groupBy: true,
  notify: true,
};

/** The rule, its times as whole ms. Throws TypeError for a value of another type, RangeError for one that cannot be meant. */
export function checkedRule(given: AlertRule): AlertRule {
  if (typeof given !== 'object' || given === null) {
    throw new TypeError(`Cannot add ${found(given)} as a rule: expected an object`);
  }
  const { name } = given;
  if (typeof name !== 'string' || name === '') {
    const problem = `Cannot add a rule whose name is ${found(name)}: expected a string with at least one character`;
    throw name === '' ? new RangeError(problem) : new TypeError(problem);
  }
  checkKeys(`Cannot add the rule "${name}"`, given, Object.keys(NAMES));
  checkConditions(given);
  checkThreshold(given);
  checkText(given, 'description');
  checkSeverity(given);
  checkNames(given, 'groupBy');
  checkNames(given, 'notify');
  if (given.groupBy?.includes('')) {
    throw new RangeError(
      `Cannot add the rule "${name}": "" in groupBy names no field: expected at least one character`,
    );
  }
  const { windowMs, cooldownMs } = given;
  return {
    ...given,
    ...(windowMs === undefined ? {} : { windowMs: wholeMs(given, 'windowMs', 1) }),
    ...(cooldownMs === undefined ? {} : { cooldownMs: wholeMs(given, 'cooldownMs', 0) }),
  };
}

function checkConditions(given: AlertRule): void {
  checkText(given, 'when');
  checkText(given, 'kind');
  if (given.condition !== undefined && typeof given.condition !== 'function') {
    throw refused(given, 'condition', { type: 'function', expected: 'a function' });
  }
}

function checkThreshold(given: AlertRule): void {
  const { threshold } = given;
  if (threshold === undefined || (Number.isSafeInteger(threshold) && threshold >= 1)) return;
  throw refused(given, 'threshold', { type: 'number', expected: 'a whole number, at least 1' });
}

function checkSeverity(given: AlertRule): void {
  const { severity } = given;
  if (severity === undefined || ALERT_SEVERITIES.includes(severity)) return;
  throw refused(given, 'severity', {
    type: 'string',
    expected: `one of ${ALERT_SEVERITIES.join(', ')}`,
  });
}

function checkText(given: AlertRule, key: 'when' | 'kind' | 'description'): void {
  if (given[key] === undefined || typeof given[key] === 'string') return;
  throw refused(given, key, { type: 'string', expected: 'a string' });
}

function checkNames(given: AlertRule, key: 'groupBy' | 'notify'): void {
  const names: unknown = given[key];
  if (names === undefined) return;
  if (isTexts(names)) return;
  throw refused(given, key, { type: 'array', expected: 'an array of strings' });
}

function wholeMs(given: AlertRule, key: 'windowMs' | 'cooldownMs', minMs: number): number {
  const ms: unknown = given[key];
  // NaN is neither.
  if (typeof ms === 'number' && ms >= minMs && ms <= DURATION_MS_MAX) return Math.round(ms);
  throw refused(given, key, {
    type: 'number',
    expected: `a number of ms from ${minMs} to ${DURATION_MS_MAX} (a century)`,
  });
}

/** TypeError unless the value is of the `type` that is expected. */
function refused(
  given: AlertRule,
  key: keyof AlertRule,
  { type, expected }: Readonly<{ type: string; expected: string }>,
): Error {
  const value: unknown = given[key];
  const problem = `Cannot add the rule "${given.name}": ${key} is ${found(value)}: expected ${expected}`;
  return typeof value === type ? new RangeError(problem) : new TypeError(problem);
}
