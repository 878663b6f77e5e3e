/** The stages that make a number of a field: avg, sum, min, max, distinct, percentiles; in one pass, groups bounded. */
import { nearestRank } from '../../base/nearest-rank.ts';
import { GROUPS_MAX, tooMany } from '../../query/stage-limits.ts';
import { columnsOfStage, type Measure, type Stage } from '../../query/stage-tree.ts';
import { measureTableOf, numberOf } from '../../query/table.ts';
import type { OpenTable } from './group-stages.ts';
import { ValueGroups } from './value-groups.ts';
import { valuesReader } from './values.ts';

/** Numbers held for percentiles: 400 MB. */
const NUMBERS_MAX = 50_000_000;

export function openMeasureTable(stage: Extract<Stage, { kind: 'measure' }>): OpenTable {
  const { measure, by } = stage;
  const valuesOf = valuesReader(stage.name);
  let heldCount = 0;
  const groups = new ValueGroups(by, () => openMeasure(measure));
  return {
    take(columns, row) {
      const values = valuesOf(columns, row);
      if (values.length === 0) return;
      for (const state of groups.statesOf(columns, row)) {
        for (const value of values) state.add(value);
      }
      heldCount += measure.kind === 'percentile' ? 1 : 0;
      if (heldCount > NUMBERS_MAX) throw tooMany('measure', `${NUMBERS_MAX} numbers`);
    },
    result() {
      const all = groups.all();
      const shown =
        by.length === 0 && all.length === 0 ? [{ values: [], state: openMeasure(measure) }] : all;
      const rows = shown.map(({ values, state }) => [...values, state.result()]);
      return measureTableOf(columnsOfStage(stage)!, rows);
    },
  };
}

type OpenMeasure = Readonly<{ add: (value: string) => void; result: () => number | null }>;

/** Values that are no numbers are left out; null where none is left. */
function openMeasure(measure: Measure): OpenMeasure {
  if (measure.kind === 'distinct') {
    const values = new Set<string>();
    return {
      add(value) {
        if (values.size === GROUPS_MAX) throw tooMany('count', `${GROUPS_MAX} values`);
        values.add(value);
      },
      result: () => values.size,
    };
  }
  if (measure.kind === 'percentile') return openPercentile(measure.percentile);
  let count = 0;
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  return {
    add(value) {
      const number = numberOf(value);
      if (Number.isNaN(number)) return;
      count += 1;
      sum += number;
      least = Math.min(least, number);
      most = Math.max(most, number);
    },
    result() {
      if (count === 0) return null;
      if (measure.kind === 'avg') return sum / count;
      if (measure.kind === 'sum') return sum;
      return measure.kind === 'min' ? least : most;
    },
  };
}

/** Nearest rank over all values: exact, at 8 bytes each. */
function openPercentile(percentile: number): OpenMeasure {
  let numbers = new Float64Array(64);
  let count = 0;
  return {
    add(value) {
      const number = numberOf(value);
      if (Number.isNaN(number)) return;
      if (count === numbers.length) {
        const larger = new Float64Array(count * 2);
        larger.set(numbers);
        numbers = larger;
      }
      numbers[count] = number;
      count += 1;
    },
    result() {
      if (count === 0) return null;
      const sorted = numbers.slice(0, count).sort();
      return sorted[nearestRank(percentile, count) - 1]!;
    },
  };
}
