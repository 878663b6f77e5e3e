/** Times as SQLite columns hold them and give them back. */

/** Beyond this, in the years 1684 and 2255, SQLite's integers do not come back as JS numbers. */
export function storable(timestampUs: number): number {
  return Math.max(
    Number.MIN_SAFE_INTEGER,
    Math.min(Number.MAX_SAFE_INTEGER, Math.round(timestampUs)),
  );
}
