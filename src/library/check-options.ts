/**
 * What a program gives to `Logstead.open`, checked before anything is opened: a folder that is not taken as one would leave
 * all in memory, and a time that cannot be meant would let go of everything, or of nothing.
 */
import { checkKeys, found } from './checks.ts';
import type { LogsteadOptions } from './options.ts';

const NAMES: Readonly<Record<keyof LogsteadOptions, true>> = {
  folder: true,
  retentionMs: true,
  indexBytesMax: true,
  indexedFields: true,
  rules: true,
  ruleKinds: true,
  notifiers: true,
  aggregations: true,
  onError: true,
  clock: true,
};

/** Throws TypeError for a value of another type and a name that is none, RangeError for one that cannot be meant. */
export function checkOptions(given: LogsteadOptions): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(
      `Cannot open a store: its options are ${found(given)}: expected an object, as in { folder: './log-store' }`,
    );
  }
  checkKeys('Cannot open a store', given, Object.keys(NAMES));
  const { folder, onError, rules } = given;
  if (folder !== undefined && typeof folder !== 'string') {
    throw new TypeError(`Cannot open a store: folder is ${found(folder)}: expected a string`);
  }
  if (folder === '') {
    throw new RangeError(
      'Cannot open a store: folder is "": expected a path; leave it out for one in memory',
    );
  }
  checkAmount(given, 'retentionMs', 'ms');
  checkAmount(given, 'indexBytesMax', 'bytes');
  for (const name of ['indexedFields', 'ruleKinds', 'notifiers', 'aggregations'] as const) {
    checkFunctions(given, name);
  }
  if (rules !== undefined && !Array.isArray(rules)) {
    throw new TypeError(
      `Cannot open a store: rules is ${found(rules)}: expected an array of alert rules`,
    );
  }
  if (onError !== undefined) checkFunction('onError', onError);
}

/** What is to be called later, when nobody would know who gave it. Throws TypeError. */
export function checkFunction(what: string, value: unknown): void {
  if (typeof value === 'function') return;
  throw new TypeError(`Cannot use ${what}: it is ${found(value)}: expected a function`);
}

function checkAmount(
  given: LogsteadOptions,
  name: 'retentionMs' | 'indexBytesMax',
  unit: string,
): void {
  const amount: unknown = given[name];
  // NaN is neither.
  if (amount === undefined || (typeof amount === 'number' && amount > 0)) return;
  const problem = `Cannot open a store: ${name} is ${found(amount)}: expected a number of ${unit} above 0; leave it out for no limit`;
  throw typeof amount === 'number' ? new RangeError(problem) : new TypeError(problem);
}

function checkFunctions(
  given: LogsteadOptions,
  name: 'indexedFields' | 'ruleKinds' | 'notifiers' | 'aggregations',
): void {
  const functions: unknown = given[name];
  if (functions === undefined) return;
  if (typeof functions !== 'object' || functions === null || Array.isArray(functions)) {
    throw new TypeError(
      `Cannot open a store: ${name} is ${found(functions)}: expected an object of functions`,
    );
  }
  for (const [key, value] of Object.entries(functions)) checkFunction(`"${key}" of ${name}`, value);
}
