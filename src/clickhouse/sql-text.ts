/**
 * SQL with bound parameters: every value travels beside the text, never in it.
 *
 * `SqlParameters` gives each value a name and remembers it; the text holds `{name:Type}`, which the server replaces after it
 * has read the text. Types and expressions come from this room alone.
 */

type ParameterType =
  | 'String'
  | 'Int64'
  | 'UInt64'
  | 'UInt32'
  | 'Float64'
  | 'Array(String)'
  | 'Array(Float64)';

export class SqlParameters {
  readonly values: Record<string, unknown> = {};
  #count = 0;

  /** What stands in the text for a value. */
  of(value: string | number | readonly string[] | readonly number[], type: ParameterType): string {
    const name = `p${this.#count}`;
    this.#count += 1;
    this.values[name] = value;
    return `{${name}:${type}}`;
  }
}

/** A condition, and whether it holds for exactly the entries that are meant, or for some more. */
export type Condition = Readonly<{ sql: string; isExact: boolean }>;

export const ALWAYS: Condition = { sql: '1', isExact: true };
export const NEVER: Condition = { sql: '0', isExact: true };

export function allOf(conditions: readonly Condition[]): Condition {
  const isExact = conditions.every((condition) => condition.isExact);
  const parts = conditions.map(({ sql }) => sql).filter((sql) => sql !== '1');
  if (parts.includes('0')) return { sql: '0', isExact };
  if (parts.length === 0) return { sql: '1', isExact };
  return { sql: parts.length === 1 ? parts[0]! : `(${parts.join(' AND ')})`, isExact };
}

export function anyOf(conditions: readonly Condition[]): Condition {
  const isExact = conditions.every((condition) => condition.isExact);
  const parts = conditions.map(({ sql }) => sql).filter((sql) => sql !== '0');
  if (parts.includes('1')) return { sql: '1', isExact };
  if (parts.length === 0) return { sql: '0', isExact };
  return { sql: parts.length === 1 ? parts[0]! : `(${parts.join(' OR ')})`, isExact };
}

/** What is not known exactly says nothing about its opposite. */
export function noneOf({ sql, isExact }: Condition): Condition {
  if (!isExact) return { sql: '1', isExact: false };
  if (sql === '1') return NEVER;
  return sql === '0' ? ALWAYS : { sql: `NOT (${sql})`, isExact: true };
}
