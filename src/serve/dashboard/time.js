/** Times of the page: local, 24 hours, the date once. */

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
/** A browser that does not find out its zone says so by a name that nobody else knows, and shows times as they are in UTC. */
export const timezone = zone === 'Etc/Unknown' ? 'UTC' : zone;

/** @param {Intl.DateTimeFormatOptions} options */
const format = (options) => new Intl.DateTimeFormat('en-GB', options);
const TWO = '2-digit';
const CLOCK = format({ hour: TWO, minute: TWO, second: TWO, fractionalSecondDigits: 3 });
const SHORT = format({ hour: TWO, minute: TWO });
const SECONDS = format({ hour: TWO, minute: TWO, second: TWO });
const DAY = format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
const DATE = format({ day: 'numeric', month: 'short' });
const WEEKDAY = format({ weekday: 'short' });
const YEAR = format({ day: 'numeric', month: 'short', year: 'numeric' });

export const DAY_MS = 86_400_000;
/** Clocks are set back by no more than this. */
const PASSES_APART_MS_MAX = 2 * 3_600_000;

/** Answers say their time to the second, and take a moment. */
const CLOCK_MS_EXACT = 2_000;
/** How far the daemon's clock is ahead of the browser's. */
let aheadMs = 0;

/** What an answer says of the time: logs and incidents are dated by the daemon's clock. @param {string | null} date */
export function learnClock(date) {
  const ms = Date.parse(date ?? '') - Date.now();
  if (!Number.isNaN(ms)) aheadMs = Math.abs(ms) < CLOCK_MS_EXACT ? 0 : ms;
}

/** Now, by the daemon's clock. */
export const nowMs = () => Date.now() + aheadMs;

/** `14:31:58.204` @param {Date} at */
export const clockText = (at) => CLOCK.format(at);

/** `14:31:58` @param {Date} at */
export const secondsText = (at) => SECONDS.format(at);

/** `Friday 20 November 2026, local time (UTC+1)` @param {Date} at */
export const dayText = (at) => `${DAY.format(at).replace(',', '')}, local time (${offsetText(at)})`;

/** `UTC+1` @param {Date} at */
function offsetText(at) {
  const minutes = -at.getTimezoneOffset();
  const rest = Math.abs(minutes) % 60;
  const hours = Math.trunc(Math.abs(minutes) / 60);
  if (minutes === 0) return 'UTC';
  return `UTC${minutes < 0 ? '-' : '+'}${hours}${rest === 0 ? '' : `:${String(rest).padStart(2, '0')}`}`;
}

/** ` UTC+2` where clocks are set back and show the same time twice, else nothing. @param {Date} at */
export function passText(at) {
  const offset = at.getTimezoneOffset();
  const isTwice = [-PASSES_APART_MS_MAX, PASSES_APART_MS_MAX].some((awayMs) => {
    const other = new Date(at.getTime() + awayMs).getTimezoneOffset();
    const twin = new Date(at.getTime() + (other - offset) * 60_000);
    return other !== offset && twin.getTimezoneOffset() === other;
  });
  return isTwice ? ` ${offsetText(at)}` : '';
}

/** Same for two times of one local day. @param {Date} at */
export const dayKey = (at) => `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;

/** `14:07:12` today, `Thu 22:31` within a week, `20 Nov 2026` beyond. @param {string | number | Date} time */
export function whenText(time) {
  const at = new Date(time);
  const now = new Date(nowMs());
  if (dayKey(at) === dayKey(now)) return SECONDS.format(at);
  const awayMs = Math.abs(now.getTime() - at.getTime());
  return awayMs < 6 * DAY_MS ? `${WEEKDAY.format(at)} ${SHORT.format(at)}` : YEAR.format(at);
}

/** The date, with the year where it is another one than now. @param {Date} at */
function dateText(at) {
  const isThisYear = at.getFullYear() === new Date(nowMs()).getFullYear();
  return (isThisYear ? DATE : YEAR).format(at);
}

/**
 * What stands on the axis of buckets that are `bucketMs` long: the date of each where they are long, else where a day begins.
 * Days are those of UTC. One that begins at another hour here says so; several of them are named by the midnight they begin next to.
 *
 * @param {readonly Date[]} times
 * @param {number} bucketMs
 */
export function axisTexts(times, bucketMs) {
  const clock = bucketMs < 60_000 ? SECONDS : SHORT;
  const isMidnight = (/** @type {Date} */ at) => at.getHours() === 0 && at.getMinutes() === 0;
  if (bucketMs > DAY_MS) return times.map((at) => dateText(new Date(at.getTime() + DAY_MS / 2)));
  if (bucketMs === DAY_MS && times.every(isMidnight)) return times.map(dateText);
  return times.map((at, index) => {
    const isDated =
      bucketMs >= 3_600_000 || dayKey(at) !== dayKey(times[index - 1] ?? new Date(nowMs()));
    const time = `${clock.format(at)}${passText(at)}`;
    return isDated ? `${dateText(at)} ${time}` : time;
  });
}

/** `13:55 – 14:20`, with dates where it spans days. @param {Date} from @param {Date} until */
export function rangeText(from, until) {
  const isOneDay = dayKey(from) === dayKey(until);
  const clock = until.getTime() - from.getTime() < 120_000 ? SECONDS : SHORT;
  const time = (/** @type {Date} */ at) => `${clock.format(at)}${passText(at)}`;
  const text = (/** @type {Date} */ at) =>
    isOneDay && dayKey(at) === dayKey(new Date(nowMs())) ? time(at) : `${dateText(at)} ${time(at)}`;
  return isOneDay ? `${text(from)} – ${time(until)}` : `${text(from)} – ${text(until)}`;
}

const STEPS = /** @type {const} */ ([
  ['day', DAY_MS],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
]);

/** `5 min`, `12 h 5 min`, `2.9 s`, `12 ms`: at most two units. @param {number} length ms; clocks may differ by a little: nothing took less than no time */
export function lengthText(length) {
  const ms = Math.max(0, length);
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toPrecision(ms < 10_000 ? 2 : 3))} s`;
  const index = STEPS.findIndex(([, size]) => ms >= size);
  const [unit, size] = STEPS[index] ?? STEPS[3];
  const whole = Math.floor(ms / size);
  const [restUnit, restSize] = STEPS[index + 1] ?? ['s', 1_000];
  const rest = unit === 'min' && whole >= 5 ? 0 : Math.floor((ms % size) / restSize);
  const name = unit === 'day' && whole !== 1 ? 'days' : unit;
  return rest === 0 ? `${whole} ${name}` : `${whole} ${name} ${rest} ${restUnit}`;
}
