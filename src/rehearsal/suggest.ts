/** Rules that the stored history speaks for, each with what it would have found there. */
import type { SearchRequest } from '../engine/search-request.ts';
import { dailyLines } from './daily-lines.ts';
import { errorSpikes } from './error-spikes.ts';
import { type RehearsalSettings, rehearsedRules } from './rehearsal-settings.ts';
import { type Rehearsal, type RehearsalParts, rehearse } from './rehearse.ts';
import { steadySources } from './steady-sources.ts';
import { type Suggestion, settingsOfSuggestion } from './suggestion.ts';

export type SuggestRequest = Readonly<{
  settings: RehearsalSettings;
  sinceUs: number;
  nowUs: number;
  /** Of the user: when in the day a line comes. */
  timezone: string;
  signal?: AbortSignal;
}>;

export type Suggested = Suggestion & Readonly<{ rehearsal: Rehearsal }>;

/** Of each kind at most: a config with more is read by nobody. */
const SUGGESTIONS_MAX = 20;
/** A rule that would have opened more often than this a day has no place in a config. */
const INCIDENTS_A_DAY_MAX = 0.5;
const DAY_US = 86_400_000_000;

export function* suggest(parts: RehearsalParts, request: SuggestRequest): Generator<Suggested> {
  const { reader, host } = parts;
  const { sinceUs, nowUs, timezone, settings, signal } = request;
  const search: SearchRequest & { untilUs: number } = {
    query: { kind: 'everything' },
    fromUs: sinceUs,
    untilUs: nowUs,
    ...(host === null ? {} : { host }),
    ...(signal === undefined ? {} : { signal }),
  };
  const spanMs = (nowUs - sinceUs) / 1_000;
  const candidates = [
    ...dailyLines(reader, search, { timezone, spanMs }).map((one) => [one]),
    ...steadySources(reader, search).map((one) => [one]),
    ...errorSpikes(reader, search),
  ];
  const taken = new Set(settings.alerts.map(({ name }) => name));
  const countOfKind = new Map<string, number>();
  for (const versions of candidates) {
    const kind = versions[0]!.keys.schedule === undefined ? versions[0]!.keys.kind! : 'schedule';
    if ((countOfKind.get(kind) ?? 0) >= SUGGESTIONS_MAX || taken.has(versions[0]!.name)) continue;
    const found = firstQuiet(parts, request, versions);
    if (found === null) continue;
    countOfKind.set(kind, (countOfKind.get(kind) ?? 0) + 1);
    taken.add(found.name);
    yield found;
  }
}

/** The first version that is quiet enough; null: none is. */
function firstQuiet(
  parts: RehearsalParts,
  request: SuggestRequest,
  versions: readonly Suggestion[],
): Suggested | null {
  const { settings, sinceUs, nowUs, signal } = request;
  const incidentsMax = Math.max(1, ((nowUs - sinceUs) / DAY_US) * INCIDENTS_A_DAY_MAX);
  for (const suggestion of versions) {
    const alert = settingsOfSuggestion(suggestion);
    if (alert === null) return null;
    const rehearsal = rehearse(parts, {
      ...rehearsedRules({ alerts: [alert] }, null),
      recipients: settings.recipients,
      quietHours: settings.quietHours,
      sinceUs,
      nowUs,
      mode: 'live',
      ...(signal === undefined ? {} : { signal }),
    });
    if (rehearsal.incidents.length <= incidentsMax) return { ...suggestion, rehearsal };
  }
  return null;
}
