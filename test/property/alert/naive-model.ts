/**
 * What the rules of a kind mean, without state and without cleverness: after every item all accepted lines are
 * sorted and looked at again. The incremental evaluator has to say the same.
 *
 * An item is a line with its batch's read-complete time, or a tick (`etUs` null).
 */
import type { Rule } from '../../../src/alert/rule.ts';

export type ModelItem = Readonly<{
  readCompleteUs: number;
  etUs: number | null;
  group: string;
  matches: boolean;
}>;

type Interval = Readonly<{ start: number; end: number }>;
type Cluster = { open: number; end: number; count: number };
type Told = Cluster & { born: number; ordinal: number; over: boolean };

export type ModelEvent = Readonly<{
  item: number;
  name: string;
  group: string;
  born: number;
  ordinal: number;
}>;

export type ModelResult = Readonly<{
  events: readonly ModelEvent[];
  /** Every incident that was not merged away, as it was last. */
  incidents: readonly string[];
}>;

export function runModel(rule: Rule, items: readonly ModelItem[]): ModelResult {
  const groups = new Map<string, { lines: number[]; told: Told[] }>();
  const events: ModelEvent[] = [];
  items.forEach((item, index) => {
    const isLate = item.etUs !== null && item.etUs < item.readCompleteUs - rule.latenessUs;
    if (item.etUs !== null && item.matches && !isLate) {
      const group = groups.get(item.group) ?? { lines: [], told: [] };
      groups.set(item.group, group);
      group.lines.push(item.etUs);
      group.lines.sort((a, b) => a - b);
    }
    for (const [name, group] of groups) {
      const say = (what: string, told: Readonly<{ born: number; ordinal: number }>): void => {
        events.push({
          item: index,
          name: what,
          group: name,
          born: told.born,
          ordinal: told.ordinal,
        });
      };
      group.told = compare(clustersOf(rule, group.lines), group.told, {
        item: index,
        isOver: (cluster) => cluster.end + rule.resolveAfterUs < item.readCompleteUs,
        say,
      });
    }
  });
  const incidents = [...groups].flatMap(([name, { told }]) =>
    told.map(
      (each) =>
        `${name} ${each.born}.${each.ordinal} ${each.open}-${each.over ? each.end : ''} x${each.count} ${each.over}`,
    ),
  );
  return { events, incidents: incidents.sort() };
}

function compare(
  clusters: readonly Cluster[],
  before: readonly Told[],
  step: Readonly<{
    item: number;
    isOver: (cluster: Cluster) => boolean;
    say: (what: string, told: Readonly<{ born: number; ordinal: number }>) => void;
  }>,
): Told[] {
  let fresh = 0;
  return clusters.map((cluster) => {
    const known = before
      .filter((told) => cluster.open <= told.open && told.open <= cluster.end)
      .sort((a, b) => a.born - b.born || a.ordinal - b.ordinal);
    const told: Told = {
      born: known[0]?.born ?? step.item,
      ordinal: known[0]?.ordinal ?? fresh,
      ...cluster,
      over: step.isOver(cluster),
    };
    if (known[0] === undefined) {
      fresh += 1;
      step.say('opened', told);
    }
    for (const other of known.slice(1)) step.say('merged', other);
    const wasOver = known[0]?.over ?? false;
    if (told.over && !wasOver) step.say('resolved', told);
    if (!told.over && wasOver) step.say('reopened', told);
    return told;
  });
}

/** Pieces in which the condition holds; those no more than `resolveAfter` apart are one. */
function clustersOf(rule: Rule, lines: readonly number[]): Cluster[] {
  const clusters: Cluster[] = [];
  for (const piece of holdsIn(rule, lines)) {
    const last = clusters.at(-1);
    if (last !== undefined && piece.start <= last.end + rule.resolveAfterUs) {
      last.end = Math.max(last.end, piece.end);
    } else {
      clusters.push({ open: piece.start, end: piece.end, count: 0 });
    }
  }
  for (const cluster of clusters) {
    cluster.count = lines.filter((line) =>
      rule.kind === 'any'
        ? cluster.open <= line && line <= cluster.end
        : cluster.open - rule.windowUs < line && line < cluster.end,
    ).length;
  }
  return clusters;
}

function holdsIn(rule: Rule, lines: readonly number[]): Interval[] {
  if (rule.kind === 'any') return lines.map((line) => ({ start: line, end: line }));
  const { windowUs, threshold } = rule;
  const cuts = [...new Set(lines.flatMap((line) => [line, line + windowUs]))].sort((a, b) => a - b);
  return cuts.flatMap((start, index) => {
    const inWindow = lines.filter((line) => start - windowUs < line && line <= start);
    const end = cuts[index + 1] ?? Number.POSITIVE_INFINITY;
    return inWindow.length >= threshold ? [{ start, end }] : [];
  });
}
