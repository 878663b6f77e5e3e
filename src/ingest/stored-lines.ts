/** What the store has of a rule that begins anew: read on the ingest thread, so only as long as reading may rest. */
import { filterOfRule } from '../alert/rule-reader.ts';
import { countsNewest, type StoredBatch, type StoredLines } from '../alert/warm-start.ts';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';

/** Of one rule. */
const LINES_MAX = 200_000;
const DEADLINE_MS = 2_000;

/** Of all rules that begin at one moment: a thousand new ones must not keep a start, or the lines of today, waiting. */
const ALL_MS_MAX = 10_000;

export function storedLines(engine: Engine, clock: Clock): StoredLines {
  const untilMs = clock.monotonicMs() + ALL_MS_MAX;
  return function* stored(rule, fromUs): Generator<StoredBatch> {
    const query = filterOfRule(rule);
    // A function of a program cannot be searched for.
    if (query === null) return;
    const leftMs = untilMs - clock.monotonicMs();
    if (leftMs <= 0) {
      throw new OperatorError('QUERY_STOPPED', `The rules before it took ${ALL_MS_MAX} ms`);
    }
    using reader = engine.openReader();
    const request = { query, fromUs, deadlineMs: Math.min(DEADLINE_MS, leftMs) };
    if (countsNewest(rule)) yield* newestLines(reader, request);
    else yield* allLines(reader, request);
  };
}

function* allLines(reader: EntryReader, request: SearchRequest): Generator<StoredBatch> {
  let lineCount = 0;
  for (const batch of reader.matches({ ...request, order: 'oldest', limit: LINES_MAX + 1 })) {
    lineCount += batch.count;
    if (lineCount > LINES_MAX) {
      throw new OperatorError('QUERY_STOPPED', `More than ${LINES_MAX} lines count for the rule`);
    }
    yield batch;
  }
}

/** As many as can be looked at. */
function* newestLines(reader: EntryReader, request: SearchRequest): Generator<StoredBatch> {
  try {
    yield* reader.matches({ ...request, order: 'newest', limit: LINES_MAX });
  } catch (thrown) {
    if (!(thrown instanceof OperatorError) || thrown.code !== 'QUERY_STOPPED') throw thrown;
  }
}
