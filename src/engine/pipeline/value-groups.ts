/** The state of each combination of values of some names, over the rows of a query. */
import type { EntryColumns } from '../../model/entry-columns.ts';
import { GROUPS_MAX, tooMany } from '../../query/stage-limits.ts';
import type { Cell } from '../../query/table.ts';
import { valuesReader } from './values.ts';

/** A state is made when its combination is first met. */
export class ValueGroups<State> {
  readonly #readers: readonly ReturnType<typeof valuesReader>[];
  readonly #open: () => State;
  readonly #groups = new Map<string, { values: readonly Cell[]; state: State }>();

  constructor(names: readonly string[], open: () => State) {
    this.#readers = names.map(valuesReader);
    this.#open = open;
  }

  /** An entry with several tags belongs to several groups. */
  statesOf(columns: EntryColumns, row: number): State[] {
    let keys: (readonly (string | null)[])[] = [[]];
    for (const valuesOf of this.#readers) {
      const values = valuesOf(columns, row);
      const added = values.length === 0 ? [null] : values;
      keys = keys.flatMap((key) => added.map((value) => [...key, value]));
    }
    return keys.map((values) => this.#stateOf(values));
  }

  all(): { values: readonly Cell[]; state: State }[] {
    return [...this.#groups.values()];
  }

  #stateOf(values: readonly (string | null)[]): State {
    const key =
      values.length === 1 ? `${values[0] === null ? 0 : 1}${values[0]}` : JSON.stringify(values);
    const known = this.#groups.get(key);
    if (known !== undefined) return known.state;
    if (this.#groups.size === GROUPS_MAX) throw tooMany('group', `${GROUPS_MAX} groups`);
    const state = this.#open();
    this.#groups.set(key, { values, state });
    return state;
  }
}
