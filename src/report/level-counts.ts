/** Counts by level in one small array, indexed by level code; what every table and bar of a report is made of. */
import { LEVEL_CODE_COUNT, LEVEL_NONE, LEVELS, levelNameOf } from '../model/level.ts';

export type LevelCounts = Float64Array;

const WARN = LEVELS.indexOf('WARN');
const ERROR = LEVELS.indexOf('ERROR');
const FATAL = LEVELS.indexOf('FATAL');

/** Level codes, worst first, as tables and legends list them. */
export const LEVELS_WORST_FIRST: readonly number[] = [
  ...LEVELS.map((_, code) => code).reverse(),
  LEVEL_NONE,
];

export function noCounts(): LevelCounts {
  return new Float64Array(LEVEL_CODE_COUNT);
}

export function totalOf(counts: LevelCounts): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

export function warnCountOf(counts: LevelCounts): number {
  return counts[WARN]!;
}

/** ERROR and FATAL. */
export function errorCountOf(counts: LevelCounts): number {
  return counts[ERROR]! + counts[FATAL]!;
}

export function fatalCountOf(counts: LevelCounts): number {
  return counts[FATAL]!;
}

export function addCounts(to: LevelCounts, from: LevelCounts): void {
  for (let code = 0; code < LEVEL_CODE_COUNT; code += 1) to[code]! += from[code]!;
}

/** `{ FATAL: 0, …, none: 3 }`, all seven, worst first. */
export function namedCounts(counts: LevelCounts): Record<string, number> {
  return Object.fromEntries(LEVELS_WORST_FIRST.map((code) => [levelNameOf(code), counts[code]!]));
}
