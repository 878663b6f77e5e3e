/**
 * What another version of a rule changes: incidents of both that touch each other are one row.
 *
 * Two incidents touch when their groups agree (in the fields that both have) and their times, widened by what makes
 * trouble one incident, overlap.
 */
import type { Incident } from '../model/incident.ts';
import { agree } from './rehearsed-life.ts';

export type DifferenceRow = Readonly<{
  /** `gone`: no longer noticed; `added`: newly noticed; `split`, `joined`: one became several, several one. */
  kind: 'gone' | 'added' | 'same' | 'moved' | 'split' | 'joined';
  before: readonly Incident[];
  after: readonly Incident[];
}>;

/** `reachMs`: the longer `resolve_after` of the two. Rows in the order of time; those no longer noticed come first. */
export function differenceOf(
  before: readonly Incident[],
  after: readonly Incident[],
  reachMs: number,
): DifferenceRow[] {
  const rows = partsOf(before, after, reachMs).map((part): DifferenceRow => {
    return { kind: kindOf(part), ...part };
  });
  const rank = ({ kind }: DifferenceRow): number => (kind === 'gone' ? 0 : 1);
  return rows.sort((a, b) => rank(a) - rank(b) || openedMs(a) - openedMs(b));
}

type Part = { before: Incident[]; after: Incident[] };

/** Connected parts of the graph of incidents that touch. */
function partsOf(before: readonly Incident[], after: readonly Incident[], reachMs: number): Part[] {
  const parts = new Map<Incident, Part>();
  for (const incident of before) parts.set(incident, { before: [incident], after: [] });
  const byTime = [...before].sort(byOpening);
  for (const incident of after) {
    const own: Part = { before: [], after: [incident] };
    parts.set(incident, own);
    for (const other of byTime) {
      if (other.openedAtMs - reachMs > endMs(incident)) break;
      if (endMs(other) + reachMs < incident.openedAtMs) continue;
      if (agree(other.group, incident.group)) join(parts, parts.get(other)!, parts.get(incident)!);
    }
  }
  return [...new Set(parts.values())];
}

function join(parts: Map<Incident, Part>, into: Part, from: Part): void {
  if (into === from) return;
  into.before.push(...from.before);
  into.after.push(...from.after);
  into.before.sort(byOpening);
  into.after.sort(byOpening);
  for (const incident of [...from.before, ...from.after]) parts.set(incident, into);
}

function kindOf({ before, after }: Part): DifferenceRow['kind'] {
  if (after.length === 0) return 'gone';
  if (before.length === 0) return 'added';
  if (before.length > 1) return 'joined';
  if (after.length > 1) return 'split';
  const [old, now] = [before[0]!, after[0]!];
  const isSame =
    old.openedAtMs === now.openedAtMs &&
    old.resolvedAtMs === now.resolvedAtMs &&
    old.severity === now.severity;
  return isSame ? 'same' : 'moved';
}

function endMs({ openedAtMs, resolvedAtMs }: Incident): number {
  return resolvedAtMs === null ? Number.POSITIVE_INFINITY : Math.max(openedAtMs, resolvedAtMs);
}

function byOpening(a: Incident, b: Incident): number {
  return a.openedAtMs - b.openedAtMs;
}

function openedMs({ before, after }: DifferenceRow): number {
  return Math.min(...[...before, ...after].map(({ openedAtMs }) => openedAtMs));
}
