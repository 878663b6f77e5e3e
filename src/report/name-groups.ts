/**
 * Counts by name, for names that columns hold as numbers: found by number, so that a row costs no look-up of text.
 *
 * Numbers mean something only together with their dictionary; with another one the table of numbers begins anew.
 */
import type { Dictionary } from '../model/dictionary.ts';
import { type LevelCounts, noCounts } from './level-counts.ts';

export type NameTally = Readonly<{
  name: string;
  counts: LevelCounts;
  firstUs: number;
  lastUs: number;
}>;

type Seen = Readonly<{ levelCode: number; count: number; firstUs: number; lastUs: number }>;

type Group = {
  readonly name: string;
  readonly counts: LevelCounts;
  firstUs: number;
  lastUs: number;
};

export class NameGroups {
  readonly #byName = new Map<string, Group>();
  #byId: (Group | undefined)[] = [];
  #dictionary: Dictionary | null = null;

  /** Count entries of the name with this number. */
  add(dictionary: Dictionary, id: number, { levelCode, count, firstUs, lastUs }: Seen): void {
    if (dictionary !== this.#dictionary) {
      this.#dictionary = dictionary;
      this.#byId = [];
    }
    const group = this.#byId[id] ?? this.#find(dictionary, id);
    group.counts[levelCode]! += count;
    if (!(firstUs >= group.firstUs)) group.firstUs = firstUs;
    if (!(lastUs <= group.lastUs)) group.lastUs = lastUs;
  }

  tallies(): NameTally[] {
    return [...this.#byName.values()];
  }

  #find(dictionary: Dictionary, id: number): Group {
    const name = dictionary.valueOf(id);
    let group = this.#byName.get(name);
    if (group === undefined) {
      group = { name, counts: noCounts(), firstUs: Number.NaN, lastUs: Number.NaN };
      this.#byName.set(name, group);
    }
    this.#byId[id] = group;
    return group;
  }
}
