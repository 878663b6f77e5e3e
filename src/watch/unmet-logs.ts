/**
 * Logs that came to be while nobody looked, and are not there any more: only their rotated forms tell of them. They are
 * looked for once, at the start, in the folders that are listed then. Who was there when a log came to be has met it.
 */
import { basename, dirname, join } from 'node:path';
import type { Ledger } from './ledger.ts';
import type { Patterns } from './patterns.ts';
import type { Roster } from './roster.ts';
import { originalsOf } from './rotation-name.ts';

export type UnmetLogsParts = Readonly<{
  roster: Roster;
  ledger: Ledger;
  patterns: () => Patterns;
}>;

export class UnmetLogs {
  readonly #parts: UnmetLogsParts;
  /** Names of logs that may be such; null: all were taken, and it is not looked for more. */
  #names: Set<string> | null = new Set();

  constructor(parts: UnmetLogsParts) {
    this.#parts = parts;
  }

  /** A file that no watch names. */
  note(path: string): void {
    if (this.#names === null) return;
    const { patterns } = this.#parts;
    for (const name of originalsOf(path)) if (patterns().names(name)) this.#names.add(name);
  }

  /** Once, when every file that is there was seen. */
  take(): string[] {
    const names = [...(this.#names ?? [])].filter((name) => this.#isUnmet(name));
    this.#names = null;
    return names;
  }

  /** What is known of a log, or of one above that is rotated into this folder, says since when its rotated forms are new. */
  #isUnmet(name: string): boolean {
    const { roster, ledger } = this.#parts;
    const above = join(dirname(dirname(name)), basename(name));
    return [name, above].every(
      (other) => roster.path(other) === undefined && ledger.newestUnder(other) === undefined,
    );
  }
}
