/** When a delivery that failed is tried again: soon at first, then ever later, never later than five minutes. */

const FIRST_DELAY_MS = 2_000;

/** Short enough that mail flows again soon after a server is back, long enough not to press one that is ill. */
export const RETRY_DELAY_MS_MAX = 5 * 60_000;

/** A wrong password does not get right by itself, and many servers lock accounts that keep trying. */
export const HOLD_RETRY_MS = 15 * 60_000;

/** Share by which delays differ, so that what failed together is not tried together. */
const JITTER = 0.2;

/** `attempts` so far, at least 1. The same delivery and attempt give the same delay. */
export function retryDelayMs(attempts: number, deliveryNumber: number): number {
  const doubled = FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 20);
  const delayMs = Math.min(doubled, RETRY_DELAY_MS_MAX);
  return Math.round(delayMs * (1 - JITTER * fractionOf(deliveryNumber * 31 + attempts)));
}

/** A number in [0, 1) that looks random. */
function fractionOf(seed: number): number {
  return (Math.imul(seed + 1, 0x9e37_79b1) >>> 0) / 2 ** 32;
}
