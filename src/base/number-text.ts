/**
 * Numbers as people read them: thousands with commas, three significant digits, a space before `%`.
 *
 * Counts stay exact; only measured things (sizes, times, shares) are rounded. Machine output (`--json`,
 * metrics) never passes through here.
 */

const SIGNIFICANT_DIGITS = 3;

/** `1,041`. For whole numbers. */
export function formatCount(count: number): string {
  const digits = String(Math.abs(Math.trunc(count)));
  return (count < 0 ? '-' : '') + digits.replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 file`, `1,041 files`: a count and its noun. */
export function formatCounted(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** At most three significant digits, without trailing zeros: `2.91`, `48.1`, `214`, `1,234`. */
export function formatMeasured(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return formatCount(Math.round(value));
  const rounded = Number(value.toPrecision(SIGNIFICANT_DIGITS));
  // Below a millionth a double prints as `1e-7`; nobody reads that, and nothing we measure is so small.
  return magnitude < 1e-6 ? '0' : String(rounded);
}

/** `0.18 %` of a share between 0 and 1; a share that is not 0 is never shown as 0. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent !== 0 && Math.abs(percent) < 0.01) return '< 0.01 %';
  return `${percent.toFixed(percent === 0 || percent === 100 ? 0 : 2)} %`;
}
