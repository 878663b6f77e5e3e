/** Sources that never keep silent for long: one that does has stopped, or is no longer read. */

import { durationSetting, formatDuration } from '../base/duration.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { phrase, ruleName, type Suggestion } from './suggestion.ts';

const MINUTE_US = 60_000_000;
/** A source that is younger has no habits yet. */
const SPAN_MINUTES_MIN = 24 * 60;
/** Silence that is usual for so long is no sign of anything. */
const GAP_MINUTES_MAX = 6 * 60;
/** As long again as the longest silence there was, and never so short that a restart pages somebody. */
const GAP_FACTOR = 2;
const SILENCE_MINUTES_MIN = 5;

type Life = { firstMinute: number; lastMinute: number; gapMinutes: number };

/** `untilUs` of the request: one that is silent by then is not steady. */
export function steadySources(
  reader: EntryReader,
  request: SearchRequest & Readonly<{ untilUs: number }>,
): Suggestion[] {
  const lives = new Map<string, Life>();
  for (const { startUs, counts } of reader.histogram(request, {
    bucketUs: MINUTE_US,
    by: 'source',
  })) {
    const minute = startUs / MINUTE_US;
    for (const source of counts.keys()) {
      const life = lives.get(source) ?? { firstMinute: minute, lastMinute: minute, gapMinutes: 0 };
      lives.set(source, life);
      life.gapMinutes = Math.max(life.gapMinutes, minute - life.lastMinute);
      life.lastMinute = minute;
    }
  }
  const nowMinute = request.untilUs / MINUTE_US;
  return [...lives].flatMap(([source, { firstMinute, lastMinute, gapMinutes }]) => {
    const isOld = lastMinute - firstMinute >= SPAN_MINUTES_MIN;
    const isSteady = gapMinutes <= GAP_MINUTES_MAX && nowMinute - lastMinute <= gapMinutes + 1;
    if (!isOld || !isSteady) return [];
    const silenceMinutes = Math.max(SILENCE_MINUTES_MIN, Math.ceil(gapMinutes * GAP_FACTOR));
    const longest = formatDuration(gapMinutes * 60_000);
    return [
      {
        name: `${ruleName(source)} is silent`,
        reason: `${source} was never silent for longer than ${longest}.`,
        keys: {
          kind: 'absence',
          when: `source:${phrase(source)}`,
          silence: durationSetting(silenceMinutes * 60_000),
          severity: 'high',
        },
      },
    ];
  });
}
