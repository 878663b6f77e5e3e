/** A value as an error message tells of it: what was found where something else was expected. */

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
      return Array.isArray(value) ? 'an array' : 'an object';
    default:
      return String(value);
  }
}
