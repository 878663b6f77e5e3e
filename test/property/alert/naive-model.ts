/**
 * What the rules of a kind mean, without state and without cleverness: after every item all accepted lines are
 * sorted and looked at again (`kindsOf`), and what is found is compared with what was found before. The incremental
 * evaluator has to say the same.
 */
import { firesAtOnce, type Rule } from '../../../src/alert/rule.ts';
import { holdsIn } from './naive-kinds.ts';

/** A line with its batch's read-complete time, or a tick (`etUs` null). */
export type ModelItem = Readonly<{
  readCompleteUs: number;
  /** Arrival clock. */
  atUs: number;
  /** Order of arrival. */
  index: number;
  etUs: number | null;
  group: string;
  /** The rule's condition holds; the second one does. */
  matches: boolean;
  second: boolean;
  value: number;
  generation: number;
  offset: number;
}>;

export type ModelLine = ModelItem & Readonly<{ etUs: number }>;

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

type Group = {
  lines: ModelLine[];
  told: Told[];
  /** What was found last, and of what: the same lines before the same horizon give the same. */
  found: Readonly<{ lineCount: number; horizonUs: number; clusters: readonly Cluster[] }> | null;
};

export function runModel(rule: Rule, items: readonly ModelItem[]): ModelResult {
  const armedUs = items[0]?.readCompleteUs ?? 0;
  const expected = rule.kind === 'absence' ? rule.expect : [];
  const groups = new Map<string, Group>(expected.map((name) => [name, emptyGroup()]));
  const events: ModelEvent[] = [];
  items.forEach((item, index) => {
    accept(rule, groups, item);
    const delayUs = firesAtOnce(rule) ? 0 : rule.latenessUs;
    const horizonUs = item.readCompleteUs - rule.latenessUs;
    for (const [name, group] of groups) {
      const { lines } = group;
      if (group.found?.lineCount !== lines.length || group.found.horizonUs !== horizonUs) {
        const isExpected = expected.includes(name);
        const pieces = holdsIn(rule, lines, { armedUs, horizonUs, isExpected });
        const clusters = clustersOf(rule, pieces, lines);
        group.found = { lineCount: lines.length, horizonUs, clusters };
      }
      group.told = compare(group.found.clusters, group.told, {
        item: index,
        isOver: ({ end }) => end + rule.resolveAfterUs < item.readCompleteUs - delayUs,
        say: (what, { born, ordinal }) =>
          events.push({ item: index, name: what, group: name, born, ordinal }),
      });
    }
  });
  const incidents = [...groups].flatMap(([name, { told }]) =>
    told.map(
      ({ born, ordinal, open, end, count, over }) =>
        `${name} ${born}.${ordinal} ${open}-${over ? end : ''} x${count} ${over}`,
    ),
  );
  return { events, incidents: incidents.sort() };
}

function emptyGroup(): Group {
  return { lines: [], told: [], found: null };
}

function accept(rule: Rule, groups: Map<string, Group>, item: ModelItem): void {
  const { etUs } = item;
  if (etUs === null || !(item.matches || item.second)) return;
  if (etUs < item.readCompleteUs - rule.latenessUs) return;
  const group = groups.get(item.group) ?? emptyGroup();
  groups.set(item.group, group);
  group.lines.push({ ...item, etUs });
  group.lines.sort((a, b) => a.etUs - b.etUs || a.generation - b.generation || a.offset - b.offset);
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
function clustersOf(
  rule: Rule,
  pieces: readonly Readonly<{ start: number; end: number }>[],
  lines: readonly ModelLine[],
): Cluster[] {
  const clusters: Cluster[] = [];
  for (const piece of pieces) {
    const last = clusters.at(-1);
    if (last !== undefined && piece.start <= last.end + rule.resolveAfterUs) {
      last.end = Math.max(last.end, piece.end);
    } else {
      clusters.push({ open: piece.start, end: piece.end, count: 0 });
    }
  }
  for (const cluster of clusters) cluster.count = countOf(rule, cluster, lines);
  return clusters;
}

function countOf(rule: Rule, { open, end }: Cluster, lines: readonly ModelLine[]): number {
  const matching = lines.filter(({ matches }) => matches);
  switch (rule.kind) {
    case 'any':
      return matching.filter(({ etUs }) => open <= etUs && etUs <= end).length;
    case 'threshold':
      return matching.filter(({ etUs }) => open - rule.windowUs < etUs && etUs < end).length;
    case 'rate':
    case 'metric':
    case 'spike':
    case 'drop': {
      // Judged over [t − window, t), the last time one slot before the end.
      const untilUs = end - rule.windowUs / 50;
      return matching.filter(({ etUs }) => open - rule.windowUs <= etUs && etUs < untilUs).length;
    }
    default:
      return 0;
  }
}
