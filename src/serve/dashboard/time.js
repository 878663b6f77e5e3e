/** Times of the page: local, 24 hours, the date once. */

export const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
});
const SHORT = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const DAY = new Intl.DateTimeFormat('en-GB', {
  weekday: 'long',
  day: 'numeric',
  month: 'long',
  year: 'numeric',
});
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });

/** `14:31:58.204` @param {Date} at */
export const clockText = (at) => CLOCK.format(at);

/** `Friday 20 November 2026, local time (UTC+1)` @param {Date} at */
export function dayText(at) {
  const minutes = -at.getTimezoneOffset();
  const rest = Math.abs(minutes) % 60;
  const hours = Math.trunc(Math.abs(minutes) / 60);
  const offset =
    minutes === 0
      ? ''
      : `${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
  return `${DAY.format(at).replace(',', '')}, local time (UTC${offset})`;
}

/** Same for two times of one local day. @param {Date} at */
export const dayKey = (at) => `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;

/** A time on the axis of buckets that are `bucketMs` long. @param {Date} at @param {number} bucketMs */
export function axisText(at, bucketMs) {
  if (bucketMs >= 86_400_000) return DATE.format(at);
  if (bucketMs >= 3_600_000) return `${DATE.format(at)} ${SHORT.format(at)}`;
  return bucketMs < 60_000 ? SECONDS.format(at) : SHORT.format(at);
}

const STEPS = /** @type {const} */ ([
  ['day', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
]);

/** `5 min`, `1 h`. @param {number} ms */
export function lengthText(ms) {
  for (const [unit, size] of STEPS) {
    if (ms < size) continue;
    const count = Math.round(ms / size);
    return `${count} ${unit === 'day' && count !== 1 ? 'days' : unit}`;
  }
  return `${Math.round(ms)} ms`;
}
