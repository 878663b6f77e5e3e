/**
 * Rules over stored history, through the code that runs in the daemon: which incidents they would have found, and what
 * people would have been told. Nothing is written and nothing is sent.
 */
import type { HeldBy } from '../alert/alert-event.ts';
import { AlertLog } from '../alert/alert-log.ts';
import { type QuietHours, SILENCE_KEPT_US } from '../alert/holders.ts';
import { IncidentStore } from '../alert/incident-store.ts';
import { DAY_US, type Rule } from '../alert/rule.ts';
import { keyed } from '../alert/rule-keys.ts';
import { filterOfRule } from '../alert/rule-reader.ts';
import type { Database } from '../base/database.ts';
import { OperatorError } from '../base/errors.ts';
import { formatCount, formatCounted } from '../base/number-text.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import { timestampText } from '../model/entry-record.ts';
import type { Incident } from '../model/incident.ts';
import type { Recipients } from '../notify/outbox.ts';
import type { Filter } from '../query/query-tree.ts';
import { ArrivedRows } from './arrived-rows.ts';
import { type Delivered, deliveriesOf } from './deliveries.ts';
import { hintsOf } from './hints.ts';
import { liveIdeally } from './ideal-life.ts';
import { liveRecorded } from './recorded-life.ts';
import { INCIDENTS_MAX, RehearsedLife, withParents } from './rehearsed-life.ts';
import { warmUpUs } from './warm-up.ts';

/** Farther back nothing is kept that a rule could look at. */
const WARM_UP_US_MAX = 100 * 366 * DAY_US;

export type RehearsalParts = Readonly<{
  reader: EntryReader;
  /** The state of this machine: what arrived when, silences, acknowledgements; null: there is none. */
  database: Database | null;
  /** Name of this machine where the reader has entries of several; null: it has ours alone. */
  host: string | null;
}>;

export type RehearsalRequest = Readonly<{
  /** All rules of a config, and the names of those asked about. */
  rules: readonly Rule[];
  asked: ReadonlySet<string>;
  recipients: Recipients;
  quietHours: QuietHours | null;
  sinceUs: number;
  nowUs: number;
  /** `recorded`: as the entries arrived; `live`: as if each had been read the moment it was written. */
  mode: 'recorded' | 'live';
  deadlineMs?: number;
  signal?: AbortSignal;
}>;

export type Rehearsal = Readonly<{
  mode: RehearsalRequest['mode'];
  /** From when on it says what would have been; later than asked where less is known. */
  sinceUs: number;
  /** Those that touch that time, oldest first. */
  incidents: readonly Incident[];
  delivered: readonly Delivered[];
  /** Notifications, before budget and recipients. */
  notificationCount: number;
  held: readonly Readonly<{ by: HeldBy; count: number }>[];
  /** What is to be known of the answer. */
  notes: readonly string[];
}>;

export function rehearse(parts: RehearsalParts, request: RehearsalRequest): Rehearsal {
  if (request.asked.size === 0) return nothingFound(request);
  return request.mode === 'recorded' ? recorded(parts, request) : live(parts, request);
}

/** A config without rules. */
function nothingFound({ mode, sinceUs }: RehearsalRequest): Rehearsal {
  const none = { incidents: [], delivered: [], held: [], notes: [] };
  return { mode, sinceUs, notificationCount: 0, ...none };
}

function recorded(parts: RehearsalParts, request: RehearsalRequest): Rehearsal {
  const { reader, database } = parts;
  const log = logOf(database);
  const fromUs = request.sinceUs - warmUp(request);
  const ends = log?.spanSince(fromUs) ?? null;
  if (log === null || ends === null) {
    throw new OperatorError(
      'USAGE',
      'Cannot repeat what arrived: this machine has no record of arrivals for that time',
      { hint: 'With --as-if-live entries are taken by the times they carry' },
    );
  }
  const span = { from: ends.first.first, until: ends.last.first + ends.last.count };
  const known = log.armedUs();
  const life = lifeOf(parts, request, {
    fromUs,
    sequence: Math.max(0, span.from - 1),
    armedUs: (ruleKey) => armedInRecord(known.get(ruleKey), ends.first, fromUs),
  });
  const search = searchOf(parts, request);
  const rows = new ArrivedRows(reader, search, span);
  const recordedFromUs = recordedSince(log, request);
  const times = { fromUs, committed: log.committed, recordedFromUs, untilUs: request.nowUs };
  const entryCount = liveRecorded({ log, rows, life, ...times });
  const storedCount = reader.count({ ...search, query: { kind: 'everything' }, arrived: span });
  const notes = recordNotes(life.incidentsSince(request.sinceUs / 1_000), {
    lateStartUs: ends.first.atUs > request.sinceUs + DAY_US ? ends.first.atUs : null,
    goneCount: entryCount - storedCount,
  });
  return answer(life, request, notes);
}

function recordNotes(
  incidents: readonly Incident[],
  { lateStartUs, goneCount }: Readonly<{ lateStartUs: number | null; goneCount: number }>,
): string[] {
  const notes: string[] = [];
  if (lateStartUs !== null) {
    notes.push(
      `The record of arrivals begins at ${timestampText(lateStartUs)}; --as-if-live goes back as far as the entries.`,
    );
  }
  if (goneCount > 0) {
    notes.push(
      `${formatCounted(goneCount, 'entry', 'entries')} of that time are no longer stored: what they did is not seen.`,
    );
  }
  const oldCount = incidents.filter(({ backfill }) => backfill).length;
  if (oldCount > 0) {
    notes.push(
      `${formatCounted(oldCount, 'incident')} lie in entries that were old when they arrived, so nobody would have been told; --as-if-live takes them as if they had been read when they were written.`,
    );
  }
  return notes;
}

function live(parts: RehearsalParts, request: RehearsalRequest): Rehearsal {
  const { reader, database } = parts;
  const fromUs = Math.max(request.sinceUs - warmUp(request), 0);
  const life = lifeOf(parts, request, { fromUs, sequence: 0, armedUs: () => fromUs });
  const search = { ...searchOf(parts, request), fromUs, untilUs: request.nowUs };
  liveIdeally({ reader, request: search, life, log: logOf(database) });
  return answer(life, request, []);
}

function lifeOf(
  { reader, database }: RehearsalParts,
  { rules, asked, quietHours }: RehearsalRequest,
  from: Readonly<{ fromUs: number; sequence: number; armedUs: (ruleKey: string) => number }>,
): RehearsedLife {
  const store = database === null ? null : IncidentStore.reader(database);
  return new RehearsedLife({
    rules,
    asked,
    names: reader.names,
    host: '',
    quietHours,
    silences:
      store?.silences(from.fromUs - SILENCE_KEPT_US).filter(({ fromUs }) => fromUs < from.fromUs) ??
      [],
    sequence: from.sequence,
    armedUs: from.armedUs,
    keys: logOf(database)?.ruleKeys() ?? new Map(),
    findIncident: (id) => store?.find(id) ?? null,
  });
}

/** What may concern any of the rules that run. */
function searchOf(
  { host }: RehearsalParts,
  { rules, asked, deadlineMs, signal }: RehearsalRequest,
): SearchRequest {
  const names = withParents(rules, asked);
  const filters = rules.filter(({ name }) => names.has(name)).map(filterOfRule);
  const known = filters.filter((filter) => filter !== null);
  const query: Filter =
    known.length < filters.length
      ? { kind: 'everything' }
      : known.length === 1
        ? known[0]!
        : { kind: 'or', parts: known };
  return {
    query,
    ...(host === null ? {} : { host }),
    ...(deadlineMs === undefined ? {} : { deadlineMs }),
    ...(signal === undefined ? {} : { signal }),
  };
}

function warmUp({ rules, asked }: RehearsalRequest): number {
  const names = withParents(rules, asked);
  const longestUs = Math.max(...rules.filter(({ name }) => names.has(name)).map(warmUpUs));
  return Math.min(longestUs, WARM_UP_US_MAX);
}

/** A rule that was at work all the time watched since it did; another one is taken as if it had from the beginning. */
function armedInRecord(
  armedUs: number | undefined,
  first: Readonly<{ readCompleteUs: number }>,
  fromUs: number,
): number {
  return armedUs === undefined || armedUs > first.readCompleteUs ? fromUs : armedUs;
}

/** From when on the record has the ticks of the rules. */
function recordedSince(log: AlertLog, { rules, asked }: RehearsalRequest): number {
  const known = log.begunUs();
  const begun = keyed(rules, log.ruleKeys())
    .filter(([, { name }]) => asked.has(name))
    .map(([ruleKey]) => known.get(ruleKey) ?? Number.POSITIVE_INFINITY);
  return Math.max(...begun);
}

function logOf(database: Database | null): AlertLog | null {
  return database === null ? null : AlertLog.reader(database);
}

function answer(
  life: RehearsedLife,
  request: RehearsalRequest,
  notes: readonly string[],
): Rehearsal {
  const { sinceUs, mode, recipients, rules, asked } = request;
  const sinceMs = sinceUs / 1_000;
  const incidents = life.incidentsSince(sinceMs);
  const sent = life.notifications.filter(({ createdAtMs }) => createdAtMs >= sinceMs);
  const held = new Map<HeldBy, number>();
  for (const { by, atMs } of life.held) if (atMs >= sinceMs) held.set(by, (held.get(by) ?? 0) + 1);
  const full = life.isFull
    ? [
        `There are more than ${formatCount(INCIDENTS_MAX)} incidents: what came behind them was not looked at.`,
      ]
    : [];
  const tried = rules.filter(({ name }) => asked.has(name));
  const hints = hintsOf(tried, life.statuses, incidents);
  return {
    mode,
    sinceUs,
    incidents,
    delivered: deliveriesOf(life.notifications, recipients, sinceMs),
    notificationCount: sent.length,
    held: [...held].map(([by, count]) => ({ by, count })).sort((a, b) => b.count - a.count),
    notes: [...notes, ...full, ...hints],
  };
}
