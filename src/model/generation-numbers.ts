/** What the number of an entry's generation says of how it came: watched files count from 1, imports far above them. */

/** Entries of imports have generations of their own. */
const IMPORTED_FIRST = 2_000_000_000;

export function importGenerationOf(id: number): number {
  return IMPORTED_FIRST + id;
}

export function importIdOf(generation: number): number {
  return generation - IMPORTED_FIRST;
}

export function isImported(generation: number): boolean {
  return generation >= IMPORTED_FIRST;
}
