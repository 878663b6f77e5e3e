/** Numbers for names that repeat (sources, paths, field keys): equal names share one number, counted from 0. */

export class Dictionary {
  readonly #ids = new Map<string, number>();
  readonly values: string[] = [];

  /** The number of `value`, given now if it is new. Callers bound what they put in. */
  idOf(value: string): number {
    const known = this.#ids.get(value);
    if (known !== undefined) return known;
    const id = this.values.length;
    this.#ids.set(value, id);
    this.values.push(value);
    return id;
  }

  /** The number of `value`, or -1. */
  find(value: string): number {
    return this.#ids.get(value) ?? -1;
  }

  valueOf(id: number): string {
    return this.values[id] ?? '';
  }

  get size(): number {
    return this.values.length;
  }
}
