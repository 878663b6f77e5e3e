/** Incidents as they leave the program (`alerts --json`, HTTP): text for times. A contract. */
import { timestampText } from './entry-record.ts';
import type { Incident } from './incident.ts';
import type { AlertSeverity } from './notification.ts';

export type IncidentRecord = Readonly<{
  id: string;
  rule: string;
  severity: AlertSeverity;
  state: 'open' | 'resolved';
  openedAt: string;
  resolvedAt: string | null;
  firstAt: string;
  lastAt: string;
  /** Matching entries. */
  count: number;
  group: Readonly<Record<string, string>>;
  /** Notifications decided to be sent. */
  notified: number;
  /** Found in entries that were too old to tell people of when they arrived. */
  backfill: boolean;
  /** When somebody said that they take care of it. */
  acknowledgedAt: string | null;
  /** Why nobody was told yet of an open one, and until when that is known. */
  heldBy: string | null;
  heldUntil: string | null;
  /** The search that finds its entries again; null: the rule is a function of a program. */
  query: string | null;
}>;

export function incidentRecordOf(incident: Incident): IncidentRecord {
  const { id, rule, severity, group, count, notified, backfill, resolvedAtMs } = incident;
  return {
    id,
    rule,
    severity,
    state: resolvedAtMs === null ? 'open' : 'resolved',
    openedAt: timestampText(incident.openedAtMs * 1_000),
    resolvedAt: resolvedAtMs === null ? null : timestampText(resolvedAtMs * 1_000),
    firstAt: timestampText(incident.firstAtMs * 1_000),
    lastAt: timestampText(incident.lastAtMs * 1_000),
    count,
    group,
    notified,
    backfill,
    acknowledgedAt: momentText(incident.acknowledgedAtMs),
    heldBy: incident.heldBy,
    heldUntil: momentText(incident.heldUntilMs),
    query: incidentQueryOf(incident),
  };
}

function momentText(ms: number | null): string | null {
  return ms === null ? null : timestampText(ms * 1_000);
}

/**
 * The whole search for exactly an incident's entries, its times included; null: the condition is not known. Groups are
 * told apart by case, which a query does only in a regular expression.
 */
export function incidentSearchOf(
  incident: Pick<Incident, 'condition' | 'group' | 'firstAtMs' | 'lastAtMs'>,
): string | null {
  const query = incidentQueryOf(incident);
  if (query === null) return null;
  const cases = Object.entries(incident.group).flatMap(
    ([name, value]) => caseTest(name, value) ?? [],
  );
  const since = timestampText(incident.firstAtMs * 1_000);
  // "Until" leaves out the moment itself; stamps are whole microseconds.
  const until = timestampText(Math.round(incident.lastAtMs * 1_000) + 1);
  const whole = [`(${query.trim() === '' ? '*' : query})`, ...cases].join(' ');
  return `${whole} since:"${since}" until:"${until}"`;
}

/**
 * The query that finds an incident's entries, between its first and its last match: the condition of its rule, and the
 * values of its group. Null where the condition is not known.
 */
export function incidentQueryOf({
  condition,
  group,
}: Pick<Incident, 'condition' | 'group'>): string | null {
  if (condition === null) return null;
  const parts = Object.entries(group).flatMap(([name, value]) => groupTest(name, value) ?? []);
  if (parts.length === 0) return condition;
  return [condition.trim() === '' ? '*' : `(${condition})`, ...parts].join(' ');
}

/** That an entry is in the group; null: no query can say it. */
function groupTest(name: string, value: string): string | null {
  const isNone = value === GROUP_NONE_TEXT;
  if (name === 'pattern' || value === GROUP_OTHER_TEXT) return null;
  const beginning = beginningOf(value);
  if (beginning !== null) return beginningTest(name, beginning);
  switch (name) {
    case 'level':
      return `level:${isNone ? 'none' : quoted(value)}`;
    case 'tag':
    case 'tags': {
      const tags = value.split(',').filter((tag) => tag !== '');
      return tags.length === 0 ? '-has:tag' : tags.map((tag) => `tag:${quoted(tag)}`).join(' ');
    }
    case 'source':
    case 'file':
      return `${name}:${quoted(value)}`;
    default:
      return isNone ? `-has:${fieldText(name)}` : `${fieldText(name)}:=${quoted(value)}`;
  }
}

/** That a long value begins like this: of what its hash stands for no query knows more. */
function beginningTest(name: string, beginning: string): string | null {
  if (name === 'source' || name === 'file') return `${name}:${quoted(beginning)}*`;
  return NO_REGEX.includes(name) ? null : `${fieldText(name)}:/^${escaped(beginning)}/`;
}

/** The group of entries that lack a field. */
const GROUP_NONE_TEXT = '(none)';
/** Where matches go when a rule has too many groups. */
const GROUP_OTHER_TEXT = '(other)';
/** What a value is cut to, and the hash of the whole behind it. */
const CUT_VALUE = /^(.{200})…[0-9a-f]{16}$/s;

/** Compared as patterns or by severity, not as texts. */
const NO_REGEX: readonly string[] = ['level', 'source', 'file', 'tag', 'tags', 'pattern'];

/** Null: the value reads the same in every case. */
function caseTest(name: string, value: string): string | null {
  const isMade = value === GROUP_NONE_TEXT || value === GROUP_OTHER_TEXT;
  if (NO_REGEX.includes(name) || isMade || beginningOf(value) !== null) return null;
  if (value.toLowerCase() === value.toUpperCase()) return null;
  return `${fieldText(name)}:/^${escaped(value)}$/`;
}

function escaped(value: string): string {
  return value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replaceAll('\n', '\\n');
}

/** A field as a query names it. */
export function fieldText(name: string): string {
  return /^[A-Za-z_][\w.]*$/.test(name) ? name : quoted(name);
}

/** Null: the value was not cut. */
function beginningOf(value: string): string | null {
  // Half of a pair that was cut through is another character.
  return CUT_VALUE.exec(value)?.[1]?.replace(/\ufffd$/, '') ?? null;
}

function quoted(value: string): string {
  return `"${value.replace(/["\\]/g, '\\$&')}"`;
}
