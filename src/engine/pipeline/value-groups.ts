/** The state of each combination of values of some names, over the rows of a query. */
import type { EntryColumns } from '../../model/entry-columns.ts';
import { GROUPS_MAX, tooMany } from '../../query/stage-limits.ts';
import type { Cell } from '../../query/table.ts';
import { valuesReader } from './values.ts';

const NONE = [null];

/** A state is made when its combination is first met. */
export class ValueGroups<State> {
  readonly #readers: readonly ReturnType<typeof valuesReader>[];
  readonly #open: () => State;
  /** By the value of the only name, or by those of several. */
  readonly #groups = new Map<string | null, { values: readonly Cell[]; state: State }>();

  constructor(names: readonly string[], open: () => State) {
    this.#readers = names.map(valuesReader);
    this.#open = open;
  }

  /** An entry with several tags belongs to several groups. */
  statesOf(columns: EntryColumns, row: number): State[] {
    let combinations: (readonly (string | null)[])[] = [[]];
    for (const valuesOf of this.#readers) {
      const found = valuesOf(columns, row);
      const values = found.length === 0 ? NONE : found;
      combinations =
        values.length === 1
          ? combinations.map((before) => [...before, values[0]!])
          : combinations.flatMap((before) => values.map((value) => [...before, value]));
    }
    return combinations.map((values) => this.#stateOf(values));
  }

  all(): { values: readonly Cell[]; state: State }[] {
    return [...this.#groups.values()];
  }

  #stateOf(values: readonly (string | null)[]): State {
    const key = values.length === 1 ? values[0]! : keyOf(values);
    const known = this.#groups.get(key);
    if (known !== undefined) return known.state;
    if (this.#groups.size === GROUPS_MAX) throw tooMany('group', `${GROUPS_MAX} groups`);
    const state = this.#open();
    this.#groups.set(key, { values, state });
    return state;
  }
}

/** With the length before each: values hold any sign. */
function keyOf(values: readonly (string | null)[]): string {
  let key = '';
  for (const value of values) key += value === null ? '-' : `${value.length}:${value}`;
  return key;
}
