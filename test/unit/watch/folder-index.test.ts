/** For how long a listing of a folder is used again. */
import { expect, test } from 'vitest';
import { FolderIndex } from '../../../src/watch/folder-index.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** On it every look at the clock takes so long, and so does a listing, which looks when it begins and when it ends. */
class SlowClock extends FakeClock {
  #monotonicMs = 0;
  readonly #lookMs: number;

  constructor(lookMs: number) {
    super();
    this.#lookMs = lookMs;
  }

  override monotonicMs(): number {
    this.#monotonicMs += this.#lookMs;
    return this.#monotonicMs;
  }
}

test.each([
  ['at once', 1, 90],
  ['in a second, as one with a hundred thousand files is on a busy machine', 1_000, 15],
])('A folder that is listed %s is not listed anew for each log in it', (_, lookMs, usesCount) => {
  using folder = TempFolder.make();
  folder.write('a.log', 'line\n');
  const index = new FolderIndex(new SlowClock(lookMs));
  const first = index.list(folder.path);
  for (let use = 1; use < usesCount; use += 1) expect(index.list(folder.path)).toBe(first);
  for (let use = 0; use < usesCount; use += 1) index.list(folder.path);
  expect(index.list(folder.path)).not.toBe(first);
});
