/**
 * History as it was: the batches in the order in which they arrived, with the times the rules saw then, and what people did
 * in between. For a rule that was at work all that time this says again what was said, to the id.
 *
 * A rule that was not, or another one, has no ticks of its own in the record: where nothing arrived for longer than a
 * daemon sleeps, its timers have their turn.
 */
import type { Batch } from '../alert/alert-event.ts';
import type { AlertLog, BatchRecord, ControlRecord } from '../alert/alert-log.ts';
import type { ArrivedRows } from './arrived-rows.ts';
import { IDLE_TURN_US, type RehearsedLife } from './rehearsed-life.ts';

export type RecordedParts = Readonly<{
  log: AlertLog;
  rows: ArrivedRows;
  life: RehearsedLife;
  /** Arrival clock, µs. */
  fromUs: number;
  /** The last commit: what its ticks did without a word is in no record. */
  committed: Batch;
  /** The record has the ticks of the rules from this moment on; infinite: it never has. */
  recordedFromUs: number;
  /** The present. */
  untilUs: number;
}>;

/** A daemon that is idle sleeps for a second, and a busy machine makes it longer. */
const GAP_US_MIN = 2 * IDLE_TURN_US;

/** Returns how many entries arrived. */
export function liveRecorded(parts: RecordedParts): number {
  const { log, rows, life, fromUs, committed, recordedFromUs, untilUs } = parts;
  const controls = log.controls(fromUs);
  let entryCount = 0;
  let nowUs = Number.NaN;
  let nextControl = 0;
  for (const batch of log.batches(fromUs)) {
    for (; nextControl < controls.length; nextControl += 1) {
      const control = controls[nextControl]!;
      if (!isBefore(control, batch)) break;
      life.control(control.control, control);
      nowUs = Math.max(nowUs, control.readCompleteUs);
    }
    const isGap = batch.readCompleteUs - nowUs > GAP_US_MIN;
    if (isGap && nowUs < recordedFromUs) life.passTime(nowUs, batch.readCompleteUs);
    life.batch(batch, rows.take(batch.first, batch.first + batch.count));
    nowUs = batch.readCompleteUs;
    entryCount += batch.count;
    if (life.isFull) break;
  }
  for (const control of controls.slice(nextControl)) life.control(control.control, control);
  if (nowUs < recordedFromUs) life.passTime(nowUs, untilUs);
  else if (nowUs < committed.readCompleteUs) life.tick(committed);
  return entryCount;
}

/**
 * Whether a wish came before a batch: it comes behind all rows that had arrived. Of what time alone did at its moment, it has
 * repeated what came before it (`RehearsedLife.control`); what followed from it comes behind.
 */
function isBefore(control: ControlRecord, batch: BatchRecord): boolean {
  const lastOfBatch = batch.first + batch.count - 1;
  if (lastOfBatch !== control.sequence) return lastOfBatch > control.sequence;
  if (batch.count > 0) return false;
  const laterUs = batch.readCompleteUs - control.readCompleteUs || batch.atUs - control.atUs;
  return laterUs >= 0;
}
