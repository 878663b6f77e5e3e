/** What the store has of a rule that begins anew: read on the ingest thread, so only as long as reading may rest. */
import { filterOfRule } from '../alert/rule-reader.ts';
import { countsNewest, type StoredBatch, type StoredLines } from '../alert/warm-start.ts';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { formatCount } from '../base/number-text.ts';
import type { Engine } from '../engine/engine.ts';

export type StoredLinesParts = Readonly<{ clock: Clock; log: Log }>;

/** Of one rule. */
const LINES_MAX = 200_000;
const DEADLINE_MS = 2_000;

/** Of all rules that begin at one moment: a thousand new ones must not keep a start, or the lines of today, waiting. */
const ALL_MS_MAX = 10_000;

/** What of the lines could not be looked at is in the journal: the rule is blind for a while, or asks what it knew. */
export function storedLines(engine: Engine, { clock, log }: StoredLinesParts): StoredLines {
  const untilMs = clock.monotonicMs() + ALL_MS_MAX;
  return function* stored(rule, fromUs): Generator<StoredBatch> {
    const query = filterOfRule(rule);
    // A function of a program cannot be searched for.
    if (query === null) return;
    const isNewest = countsNewest(rule);
    const leftMs = untilMs - clock.monotonicMs();
    try {
      if (leftMs <= 0) throw stopped(`the rules before it took ${ALL_MS_MAX / 1_000} s`);
      using reader = engine.openReader();
      const request = { query, fromUs, deadlineMs: Math.min(DEADLINE_MS, leftMs) };
      const order = isNewest ? 'newest' : 'oldest';
      let lineCount = 0;
      for (const batch of reader.matches({ ...request, order, limit: LINES_MAX + 1 })) {
        lineCount += batch.count;
        if (lineCount > LINES_MAX) {
          throw stopped(`more than ${formatCount(LINES_MAX)} lines count for it`);
        }
        yield batch;
      }
    } catch (thrown) {
      if (!(thrown instanceof OperatorError) || thrown.code !== 'QUERY_STOPPED') throw thrown;
      const what = isNewest ? 'with the newest stored lines only' : 'without what is stored';
      log.warn({ rule: rule.name, reason: thrown.message }, `The rule begins ${what}`);
      throw thrown;
    }
  };
}

function stopped(reason: string): OperatorError {
  return new OperatorError('QUERY_STOPPED', reason);
}
