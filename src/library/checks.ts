/**
 * What programs give, checked: TypeScript says what is expected, and nothing holds a caller in JavaScript to it.
 *
 * Messages tell of a value by what it is, where something else was expected.
 */
import { types } from 'node:util';
import { nearestName } from '../base/nearest.ts';

/** The beginning of a long text says which one it is. */
const CHARACTERS_MAX = 100;

export function found(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(
        value.length > CHARACTERS_MAX ? `${value.slice(0, CHARACTERS_MAX)}…` : value,
      );
    case 'function':
      return 'a function';
    case 'object':
      if (value === null) return 'null';
      if (types.isDate(value)) return dateText(value);
      return Array.isArray(value) ? 'an array' : 'an object';
    default:
      return String(value);
  }
}

function dateText(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'an invalid Date' : date.toISOString();
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

/** What is asked for, by name. A text in its place would be passed over, and everything found. Throws TypeError. */
export function checkGiven(doing: string, given: unknown): void {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return;
  throw new TypeError(`${doing}: given was ${found(given)}: expected an object`);
}

/** A misspelt name would be passed over, as if it had been left out. Throws TypeError. */
export function checkKeys(doing: string, given: object, known: readonly string[]): void {
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || known.includes(key)) continue;
    const meant = nearestName(key, known);
    const expected = meant === null ? `expected ${known.join(', ')}` : `did you mean "${meant}"?`;
    throw new TypeError(`${doing}: there is no ${found(key)}: ${expected}`);
  }
}

/** One of what a program has given by name; undefined for `constructor` and what else every object has. */
export function functionNamed<Given>(
  functions: Readonly<Record<string, Given>> | undefined,
  name: string,
): Given | undefined {
  const given: unknown = functions?.[name];
  const isInherited = given === Reflect.get(Object.prototype, name);
  return typeof given === 'function' && !isInherited ? (given as Given) : undefined;
}

/** How many entries or values are asked for, or left out. `doing`: `Cannot …`. Throws RangeError. */
export function checkCount(doing: string, name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return;
  throw new RangeError(`${doing}: ${name} is ${found(value)}: expected a whole number from 0`);
}
