/**
 * How a new or changed rule begins: with the stored lines that can still count, looked at silently, as if each had been
 * read when it was written. What is true at the end is said then.
 *
 * So a rule that is changed on a reload goes on with what it can know, instead of being blind for a window.
 */
import { OperatorError } from '../base/errors.ts';
import { copyRow, EntryColumns } from '../model/entry-columns.ts';
import type { GroupKeys } from './group-key.ts';
import type { RuleContext, RuleLine } from './group-state.ts';
import type { IncidentState } from './incident-book.ts';
import { KNOWN_MAX } from './kinds/new-window.ts';
import { SEASON_US } from './kinds/season-kind.ts';
import type { Item, Moment } from './moment.ts';
import type { Rule } from './rule.ts';
import type { RuleGroups } from './rule-groups.ts';
import type { RuleReader } from './rule-reader.ts';

/** Stored lines, as a reader gives them: valid until the next batch is asked for. */
export type StoredBatch = Readonly<{ columns: EntryColumns; rows: Int32Array; count: number }>;

/**
 * Stored lines that may concern a rule, from a moment of event time on, oldest first; newest first where only the newest of
 * a group, or of a value, counts (`countsNewest`). Throws QUERY_STOPPED where they are more than can be looked at now.
 */
export type StoredLines = (rule: Rule, fromUs: number) => Iterable<StoredBatch>;

/** Open incidents of a rule, by the key of their group. */
export type OpenIncidents = ReadonlyMap<string, readonly IncidentState[]>;

/** What of a rule takes part. */
export type BeginningRule = Readonly<{
  context: RuleContext;
  reader: RuleReader;
  keys: GroupKeys;
  groups: RuleGroups;
}>;

const WARM_NOTE = 'found when the rule was switched on';

const DAY_US = 86_400_000_000;
/** Text of the newest lines that a rule begins with: many of them are long. */
const NEWEST_BYTES_MAX = 64 * 1024 ** 2;

/** A window is compared with the same one of so many days or weeks. */
const SEASONS = 4;

/** How long ago a line may have been that still counts now. */
export function lookBackUs(rule: Rule): number {
  switch (rule.kind) {
    case 'any':
      return rule.latenessUs;
    case 'threshold':
    case 'rate':
    case 'metric':
    case 'cardinality':
      return rule.latenessUs + rule.windowUs;
    case 'absence':
      return rule.latenessUs + Math.max(rule.silenceUs, rule.forgetAfterUs);
    case 'sequence':
      return rule.latenessUs + rule.withinUs + Math.min(rule.holdUs, DAY_US);
    case 'spike':
    case 'drop':
      return rule.season === 'none'
        ? // One more: the window that is judged at the end lies behind a whole baseline.
          rule.latenessUs + rule.windowUs * (2 + rule.baselineWindows)
        : rule.latenessUs + SEASON_US[rule.season] * SEASONS + rule.windowUs;
    // What a value was before: of the last day.
    case 'change':
      return DAY_US;
    // Whatever was ever seen.
    case 'new':
      return Number.POSITIVE_INFINITY;
  }
}

/**
 * Who was there at all is known by the last line, and that may be days ago: what is missed now has not come for long. So is
 * which values there are.
 */
export function countsNewest({ kind }: Rule): boolean {
  return kind === 'absence' || kind === 'new';
}

/**
 * Since when the rule is taken to have watched: what is usual is known since the first line that counts, and what is silent since
 * its last one. What has to be there whether it ever was or not is missed from now on, and so is all else.
 */
export function watchedSinceUs(batches: Iterable<StoredBatch>, rule: Rule, nowUs: number): number {
  switch (rule.kind) {
    case 'spike':
    case 'drop':
      for (const { columns, rows, count } of batches)
        if (count > 0) return Math.min(columns.timestampUs[rows[0]!]!, nowUs);
      return nowUs;
    case 'absence':
      return rule.expect.length === 0 ? nowUs - lookBackUs(rule) : nowUs;
    default:
      return nowUs;
  }
}

/** Take lines of before `nowUs`, oldest first and silently; `announceWarm` says what is still true then. */
export function warmUp(batches: Iterable<StoredBatch>, nowUs: number, rule: BeginningRule): void {
  const { context, reader, keys, groups } = rule;
  const item: Item = {
    sequence: 0,
    atUs: 0,
    readCompleteUs: 0,
    etUs: 0,
    origin: 'read',
    hasDecided: false,
  };
  for (const { columns, rows, count } of batches) {
    for (const row of rows.subarray(0, count)) {
      const etUs = columns.timestampUs[row]!;
      const line = etUs < nowUs ? lineOf(columns, row, { reader, groups }) : null;
      if (line === null) continue;
      // As if it had been read when it was written.
      Object.assign(item, {
        sequence: columns.sequence[row]!,
        atUs: etUs,
        readCompleteUs: etUs,
        etUs,
      });
      const group = groups.groupFor(keys.keyOf(columns, row), item);
      const heldBefore = group.window.heldCount;
      group.accept(item, context, line);
      if (!context.isAtOnce) group.decide(item, context);
      groups.noteHeld(group.window.heldCount - heldBefore, item);
    }
    for (const group of groups.values()) group.endBatch();
  }
}

/** Lines, oldest first. Not whole: there were more than could be looked at. */
export type NewestLines = Readonly<{ batches: readonly StoredBatch[]; isWhole: boolean }>;

/** Of lines of before `nowUs` that come newest first, the newest of each group, or of each value. */
export function newestLines(
  batches: Iterable<StoredBatch>,
  nowUs: number,
  { context, reader, keys, groups }: BeginningRule,
): NewestLines {
  const keptMax = newestMax(context.rule);
  const seen = new Set<string>();
  let newest: EntryColumns | null = null;
  let isWhole = true;
  try {
    for (const { columns, rows, count } of batches) {
      newest ??= new EntryColumns(columns.names);
      isWhole = newest.bytesLength <= NEWEST_BYTES_MAX;
      if (!isWhole) break;
      for (const row of rows.subarray(0, count)) {
        if (seen.size === keptMax) break;
        if (columns.timestampUs[row]! >= nowUs) continue;
        const line = lineOf(columns, row, { reader, groups });
        if (line === null) continue;
        const group = keys.keyOf(columns, row);
        const key = context.rule.kind === 'new' ? JSON.stringify([group, line.value]) : group;
        if (seen.has(key)) continue;
        seen.add(key);
        copyRow(columns, row, newest);
      }
      if (seen.size === keptMax) break;
    }
  } catch (thrown) {
    if (!(thrown instanceof OperatorError) || thrown.code !== 'QUERY_STOPPED') throw thrown;
    isWhole = false;
  }
  if (newest === null) return { batches: [], isWhole };
  const { count } = newest;
  const rows = Int32Array.from({ length: count }, (_, at) => count - 1 - at);
  return { batches: [{ columns: newest, rows, count }], isWhole };
}

/** Lines that are enough: as many as there can be groups, or known values. */
function newestMax({ kind, groupBy, groupsMax }: Rule): number {
  if (kind === 'new') return KNOWN_MAX;
  return groupBy.length === 0 ? 1 : groupsMax;
}

function lineOf(
  columns: EntryColumns,
  row: number,
  { reader, groups }: Pick<BeginningRule, 'reader' | 'groups'>,
): RuleLine | null {
  const roles = reader.rolesOf(columns, row);
  const value = roles !== 0 && reader.hasField ? reader.valueOf(columns, row) : null;
  if (roles === 0 || (value === null && reader.hasField)) return null;
  return { columns, row, roles, value, samplesMax: groups.samplesMax };
}

/** What is true now. Incidents of the rule as it was, `open` by group, go on; returns the ids of those that do. */
export function announceWarm(
  open: OpenIncidents,
  { item, events }: Moment,
  { context, groups }: Pick<BeginningRule, 'context' | 'groups'>,
): Set<string> {
  const kept = new Set<string>();
  for (const group of groups.values()) {
    const heldBefore = group.window.heldCount;
    group.decide(item, context);
    groups.noteHeld(group.window.heldCount - heldBefore, item);
    group.forgetOver(item, context);
    for (const { id } of group.adopt(open.get(group.key) ?? [])) kept.add(id);
    group.life.beginWarm(item);
    if (group.hasIncidents) group.announce({ item, events, context, note: WARM_NOTE });
    group.writeWhole();
    groups.touch(group);
    groups.schedule(group);
  }
  return kept;
}
