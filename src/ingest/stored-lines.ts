/** What the store has of a rule that begins anew: read on the ingest thread, so only as long as reading may rest. */
import { filterOfRule } from '../alert/rule-reader.ts';
import type { StoredBatch } from '../alert/rule-run.ts';
import type { StoredLines } from '../alert/warm-start.ts';
import { OperatorError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';

/** Of one rule. */
const LINES_MAX = 200_000;
const DEADLINE_MS = 2_000;

export function storedLines(engine: Engine): StoredLines {
  return function* stored(rule, fromUs): Generator<StoredBatch> {
    const query = filterOfRule(rule);
    // A function of a program cannot be searched for.
    if (query === null) return;
    using reader = engine.openReader();
    let lineCount = 0;
    for (const batch of reader.matches({
      query,
      fromUs,
      order: 'oldest',
      limit: LINES_MAX + 1,
      deadlineMs: DEADLINE_MS,
    })) {
      lineCount += batch.count;
      if (lineCount > LINES_MAX) {
        throw new OperatorError('QUERY_STOPPED', `More than ${LINES_MAX} lines count for the rule`);
      }
      yield batch;
    }
  };
}
