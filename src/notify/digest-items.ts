/** Which of many a digest says a line of: whoever has slept through a night looks for the worst first. */

/** Lines of a digest; more are counted. */
export const DIGEST_ITEMS_MAX = 100;

/** Critical ones, then the newest, all in their order. */
export function shownInDigest<T>(ordered: readonly T[], isCritical: (each: T) => boolean): T[] {
  const critical = ordered.filter(isCritical).slice(-DIGEST_ITEMS_MAX);
  const others = ordered.filter((each) => !isCritical(each));
  const newest = others.slice(Math.max(0, others.length - DIGEST_ITEMS_MAX + critical.length));
  const shown = new Set([...critical, ...newest]);
  return ordered.filter((each) => shown.has(each));
}
