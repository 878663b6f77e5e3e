/**
 * History as if every line had been read the moment it was written: entries by the time they carry, one after the other,
 * S running with them. For entries that were old when they arrived, and for rules that never ran.
 */
import type { AlertLog } from '../alert/alert-log.ts';
import type { EntryReader } from '../engine/entry-reader.ts';
import type { SearchRequest } from '../engine/search-request.ts';
import type { RehearsedLife } from './rehearsed-life.ts';

export type IdealParts = Readonly<{
  reader: EntryReader;
  /** What matches, from when on, in event time. */
  request: SearchRequest & Readonly<{ fromUs: number; untilUs: number }>;
  life: RehearsedLife;
  /** Null where this machine has no record. */
  log: AlertLog | null;
}>;

export function liveIdeally({ reader, request, life, log }: IdealParts): void {
  // What clocks did has no place where each line comes in its own time.
  const controls = (log?.controls(request.fromUs) ?? []).filter(
    ({ control: { kind } }) => kind !== 'gap' && kind !== 'step',
  );
  let nextControl = 0;
  let nowUs = request.fromUs;
  life.tick({ atUs: nowUs, readCompleteUs: nowUs });
  const goTo = (untilUs: number): void => {
    for (; nextControl < controls.length; nextControl += 1) {
      const { control, readCompleteUs } = controls[nextControl]!;
      if (readCompleteUs >= untilUs) break;
      if (readCompleteUs > nowUs) life.passTime(nowUs, readCompleteUs);
      nowUs = Math.max(nowUs, readCompleteUs);
      // Stamps alone tell time here: no clock was ever set back.
      if (control.kind === 'step') continue;
      life.control(control, { atUs: nowUs, readCompleteUs: nowUs });
    }
    if (untilUs > nowUs) life.passTime(nowUs, untilUs);
    nowUs = Math.max(nowUs, untilUs);
  };
  for (const { columns, rows, count } of reader.matches({ ...request, order: 'oldest' })) {
    for (let index = 0; index < count; index += 1) {
      const row = rows[index]!;
      goTo(columns.timestampUs[row]!);
      const batch = { first: columns.sequence[row]!, count: 1, atUs: nowUs, readCompleteUs: nowUs };
      life.batch(batch, { columns, rows: Int32Array.of(row) });
      if (life.isFull) return;
    }
  }
  goTo(request.untilUs);
  life.tick({ atUs: nowUs, readCompleteUs: nowUs });
}
