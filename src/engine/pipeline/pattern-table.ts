/** The stage `patterns`: messages of one shape, counted, with their worst level and an example. */
import { LEVEL_NONE_NAME, LEVELS } from '../../model/level.ts';
import { OTHERS, Templates } from '../../pattern/templates.ts';
import { columnsOfStage } from '../../query/stage-tree.ts';
import type { Table } from '../../query/table.ts';
import type { PatternCounts } from '../pattern-counts.ts';
import type { OpenTable } from './group-stages.ts';

const PATTERNS_MAX = 20_000;
const OTHERS_NAME = '(others)';

type Pattern = { count: number; severity: number; level: string; example: string };

export function openPatternTable(limit: number): OpenTable {
  const templates = new Templates(PATTERNS_MAX);
  const found = new Map<number, Pattern>();
  let total = 0;
  return {
    take(columns, row) {
      total += 1;
      const start = columns.messageStart[row]!;
      const id = templates.idOf(columns.bytes, start, start + columns.messageLength[row]!);
      const severity = columns.severity[row]!;
      const level = LEVELS[columns.level[row]!] ?? LEVEL_NONE_NAME;
      const pattern = found.get(id);
      if (pattern === undefined) {
        found.set(id, { count: 1, severity, level, example: columns.messageText(row) });
        return;
      }
      pattern.count += 1;
      takeWorse(pattern, { severity, level });
    },
    result: () => tableOf(mergedPatterns(found, templates), { limit, total }),
  };
}

function mergedPatterns(
  found: ReadonlyMap<number, Pattern>,
  templates: Templates,
): [string, Pattern][] {
  const merged = new Map<number, Pattern>();
  for (const [id, pattern] of found) {
    const root = templates.merged(id);
    const known = merged.get(root);
    if (known === undefined) {
      merged.set(root, { ...pattern });
      continue;
    }
    known.count += pattern.count;
    takeWorse(known, pattern);
  }
  return [...merged].map(([id, pattern]) => [
    id === OTHERS ? OTHERS_NAME : templates.textOf(id),
    pattern,
  ]);
}

/** Of two that are as severe, a level that is printed rather than none: which one is read first depends on who counts. */
function takeWorse(known: Pattern, { severity, level }: Pick<Pattern, 'severity' | 'level'>): void {
  if (severity < known.severity) return;
  if (severity === known.severity && known.level !== LEVEL_NONE_NAME) return;
  known.severity = severity;
  known.level = level;
}

/** Most frequent first, equal counts by their text: the same wherever they were counted, and in which order. */
function tableOf(
  patterns: readonly (readonly [string, Pattern])[],
  { limit, total }: Readonly<{ limit: number; total: number }>,
): Table {
  const rows = patterns
    .toSorted(([a, one], [b, other]) => other.count - one.count || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([template, { count, level, example }]) => [
      count,
      count / total,
      level,
      template,
      example,
    ]);
  return { columns: columnsOfStage({ kind: 'patterns', limit })!, rows };
}

/** The same from what the segments have stored: no message is read. */
export function storedPatternTable({ patterns, otherCount }: PatternCounts, limit: number): Table {
  const rows = new Map<string, Pattern>();
  let total = otherCount;
  for (const { template, count, severity, levelCode, example } of patterns) {
    total += count;
    const level = LEVELS[levelCode] ?? LEVEL_NONE_NAME;
    const known = rows.get(template);
    if (known === undefined) {
      rows.set(template, { count, severity, level, example });
      continue;
    }
    known.count += count;
    takeWorse(known, { severity, level });
  }
  if (otherCount > 0) {
    rows.set(OTHERS_NAME, { count: otherCount, severity: 0, level: LEVEL_NONE_NAME, example: '' });
  }
  return tableOf([...rows], { limit, total });
}
