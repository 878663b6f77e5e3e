/**
 * The name that was probably meant: the nearest of the valid ones, if it is near enough to be worth saying.
 *
 * The door to `fastest-levenshtein`, which is loaded with the first mistake: most commands start without one.
 */
import { createRequire } from 'node:module';

type Library = typeof import('fastest-levenshtein');

/** Longer texts are no misspelt names, and comparing them costs. */
const NAME_CHARACTERS_MAX = 64;

/** Null where nothing is near: at most a third of the characters, and never more than three, may differ. */
export function nearestName(given: string, valid: readonly string[]): string | null {
  if (valid.length === 0 || given === '' || given.length > NAME_CHARACTERS_MAX) return null;
  const { closest, distance } = createRequire(import.meta.url)('fastest-levenshtein') as Library;
  const plain = given.toLowerCase();
  const nearest = closest(
    plain,
    valid.map((name) => name.toLowerCase()),
  );
  const differences = distance(plain, nearest);
  if (differences > Math.min(3, Math.ceil(plain.length / 3))) return null;
  return valid.find((name) => name.toLowerCase() === nearest) ?? null;
}
