/**
 * The links of an alert mail, signed for whoever gets it.
 *
 * They follow from the delivery alone, so a mail that is sent again has the same links.
 */
import type { SigningKey } from '../base/signing-key.ts';
import { zonedToUtcMs, zoneOffsetMs } from '../base/zoned-time.ts';
import { type AlertLink, alertLinkPath } from '../model/alert-link.ts';

/** Where people reach the daemon, and the key its links are signed with. */
export type LinkMaker = Readonly<{ base: string; key: SigningKey }>;

export type AlertLinks = Readonly<{
  show: string;
  acknowledge: string;
  silences: readonly Readonly<{ label: string; url: string }>[];
}>;

/** Whoever acts a week later looks at the incident first. */
const ACT_SECONDS = 7 * 86_400;
/** As long as who was told is kept. */
const SHOW_SECONDS = 90 * 86_400;

const DAY_MS = 86_400_000;
/** When people are at work again. */
const MORNING_MS = 8 * 3_600_000;

export function alertLinks(
  { base, key }: LinkMaker,
  of: Readonly<{ incidentId: string; who: string; createdAtMs: number; timezone: string }>,
): AlertLinks {
  const { incidentId: incident, who, createdAtMs, timezone } = of;
  const second = Math.floor(createdAtMs / 1_000);
  const to = (action: AlertLink['action'], duration = ''): string => {
    const expires = second + (action === 'show' ? SHOW_SECONDS : ACT_SECONDS);
    return base + alertLinkPath({ incident, action, duration, who, expires }, key);
  };
  const morning = nextMorning(createdAtMs, timezone);
  return {
    show: to('show'),
    acknowledge: to('acknowledge'),
    silences: [
      { label: 'for 1 hour', url: to('silence', '1h') },
      { label: 'for 4 hours', url: to('silence', '4h') },
      { label: morning.label, url: to('silence', `@${Math.floor(morning.atMs / 1_000)}`) },
    ],
  };
}

/** The next eight o'clock, by the clock on the wall: a night may have an hour more or less. */
function nextMorning(nowMs: number, timezone: string): Readonly<{ atMs: number; label: string }> {
  const wallMs = nowMs + zoneOffsetMs(nowMs, timezone);
  const todayMs = wallMs - (wallMs % DAY_MS) + MORNING_MS;
  const isToday = wallMs < todayMs;
  const atMs = zonedToUtcMs(isToday ? todayMs : todayMs + DAY_MS, timezone);
  return { atMs, label: `until 08:00 ${isToday ? 'today' : 'tomorrow'}` };
}
