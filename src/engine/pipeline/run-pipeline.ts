/**
 * A query with stages, run: entries, or a table.
 *
 * Where the first stage asks only for what rollups know (counts by level or source, over time), no row is read.
 */

import { makesTable, type Stage } from '../../query/stage-tree.ts';
import { countTableOf, type Table } from '../../query/table.ts';
import { stageOfTable } from '../../query/table-stages.ts';
import { bucketFor } from '../../query/time-buckets.ts';
import { CHART_STEPS_DEFAULT, chartRows } from '../../query/time-chart.ts';
import type { Stats } from '../aggregations.ts';
import type { EntryReader } from '../entry-reader.ts';
import { exactStats } from '../exact-stats.ts';
import type { SearchRequest } from '../search-request.ts';
import type { Folding } from '../store-reader.ts';
import { allEntries } from './all-entries.ts';
import { type Entries, entryStage } from './entry-stages.ts';
import { openTable } from './group-stages.ts';
import { needsOf, TIMESTAMP } from './values.ts';

export type PipelineResult =
  | Readonly<{ kind: 'entries'; entries: Entries }>
  | Readonly<{ kind: 'table'; table: Table }>;

export function runPipeline(
  reader: EntryReader,
  request: SearchRequest,
  asked: readonly Stage[],
): PipelineResult {
  const stages = limitFirst(asked);
  const index = stages.findIndex(makesTable);
  const maker = stages[index];
  const first = index < 0 ? stages : stages.slice(0, index);
  const quick =
    maker !== undefined && first.length === 0 ? quickTable(reader, request, maker) : null;
  if (quick !== null) return { kind: 'table', table: finished(quick, stages.slice(index + 1)) };
  let entries = allEntries(reader, request);
  for (const [at, stage] of first.entries()) {
    const sortedMax = Math.min(...limitsFrom(first, at + 1).map(({ count }) => count));
    entries = entryStage(stage, entries, { reader, sortedMax }) ?? entries;
  }
  if (maker === undefined) return { kind: 'entries', entries };
  const table = openTable(maker);
  for (const { columns, row } of entries) table.take(columns, row);
  return { kind: 'table', table: finished(table.result(), stages.slice(index + 1)) };
}

/** `fields … | limit 10` as `limit 10 | fields …`: the same rows, and no others are looked for. */
function limitFirst(stages: readonly Stage[]): readonly Stage[] {
  const at = stages.findIndex(makesTable);
  const maker = stages[at];
  if (maker?.kind !== 'fields') return stages;
  const limits = limitsFrom(stages, at + 1);
  const others = stages.slice(at + 1 + limits.length);
  return [...stages.slice(0, at), ...limits, maker, ...others];
}

type Limit = Extract<Stage, { kind: 'limit' }>;

function limitsFrom(stages: readonly Stage[], from: number): Limit[] {
  const others = stages.slice(from);
  const end = others.findIndex(({ kind }) => kind !== 'limit');
  return (end < 0 ? others : others.slice(0, end)) as Limit[];
}

/** Stages with the limit of who asks; 0: none. Around matches it counts these, not rows. */
export function limitedTo(stages: readonly Stage[], count: number): readonly Stage[] {
  if (count === 0 || stages.length === 0 || stages.some(({ kind }) => kind === 'context'))
    return stages;
  return [...stages, { kind: 'limit', count }];
}

function finished(table: Table, stages: readonly Stage[]): Table {
  return stages.reduce((before, stage) => stageOfTable(stage, before), table);
}

/** Every entry has these, exactly one of each. */
const SINGLE_NAMES: readonly string[] = ['level', 'source'];

/** Null where rows have to be read. */
function quickTable(reader: EntryReader, request: SearchRequest, stage: Stage): Table | null {
  // Whoever goes on behind an entry asks for what comes behind it, which no count knows.
  if (request.after !== undefined) return null;
  const made = reader.table?.(request, stage) ?? null;
  if (made !== null) return made;
  if (stage.kind === 'count' && stage.by.every((name) => SINGLE_NAMES.includes(name))) {
    if (stage.by.length === 0) return { columns: ['count'], rows: [[reader.count(request)]] };
    return countTableOf(stage.by, reader.groupBy(request, { by: stage.by }));
  }
  if (stage.kind === 'timechart' && (stage.by === null || SINGLE_NAMES.includes(stage.by)))
    return quickChart(reader, request, stage);
  return tableInNoOrder(reader, request, stage);
}

function quickChart(
  reader: EntryReader,
  request: SearchRequest,
  stage: Extract<Stage, { kind: 'timechart' }>,
): Table {
  const { by, bucketMs } = stage;
  const bucketUs = bucketMs === null ? stepFor(exactStats(reader, request)) : bucketMs * 1_000;
  const rows = reader.histogram(request, { bucketUs, by: by ?? 'level' });
  const buckets = new Map(
    rows.map(({ startUs, counts, total }) => [
      startUs,
      by === null ? new Map([['count', total]]) : counts,
    ]),
  );
  return chartRows(buckets, { ...stage, bucketMs: bucketUs / 1_000 });
}

/** What is the same in whichever order entries come, of what they are read for; null: it is not. */
function tableInNoOrder(reader: EntryReader, request: SearchRequest, stage: Stage): Table | null {
  const names = namesCounted(stage);
  if (names === null) return null;
  const open = (): Folding<Table> => {
    const table = openTable(stage);
    return {
      take({ columns, rows, count }) {
        for (let index = 0; index < count; index += 1) table.take(columns, rows[index]!);
      },
      result: table.result,
    };
  };
  return reader.fold(request, open, { ...needsOf(names), withOrigins: false });
}

/** Names whose values a stage counts or compares; null where it goes by the order as well. */
function namesCounted(stage: Stage): readonly string[] | null {
  switch (stage.kind) {
    case 'count':
      return stage.by;
    case 'top':
      return [stage.name];
    case 'timechart':
      return [TIMESTAMP, ...(stage.by === null ? [] : [stage.by])];
    case 'measure': {
      // A sum of fractions depends on their order, in its last digit.
      const { kind } = stage.measure;
      return kind === 'sum' || kind === 'avg' ? null : [stage.name, ...stage.by];
    }
    default:
      return null;
  }
}

function stepFor({ firstUs, lastUs }: Stats): number {
  return firstUs === null || lastUs === null
    ? MINUTE_US
    : bucketFor(lastUs - firstUs, CHART_STEPS_DEFAULT);
}

const MINUTE_US = 60_000_000;
