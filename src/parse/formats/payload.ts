/**
 * What a wrapper carries: the line a program printed, inside a line of Docker, Kubernetes or syslog.
 *
 * The payload gives level, fields and message where it is in a format of its own; the wrapper's time holds, unless
 * the payload's own is finer than a second.
 */
import { FLAG } from '../../model/entry-columns.ts';
import type { LevelCode } from '../../model/level.ts';
import { LEVEL_NONE } from '../../model/level.ts';
import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';

const STAMP_FLAGS = FLAG.TIMESTAMP_NONE | FLAG.YEAR_ASSUMED | FLAG.DATE_ASSUMED | FLAG.FUTURE;

/** Read [start, end) as a line of its own inside the entry being read. Returns whether a format fits it. */
export function readPayload(
  draft: Draft,
  formats: readonly Format[],
  start: number,
  end: number,
): boolean {
  const outer = outerOf(draft);
  const { columns } = draft;
  const fieldCount = columns.fieldCount;
  const bytesLength = columns.bytesLength;
  for (const format of formats) {
    draft.level = LEVEL_NONE;
    draft.messageStart = start;
    draft.messageEnd = end;
    draft.messageIsTail = true;
    if (format.parse(draft, start, end)) {
      if (draft.level === LEVEL_NONE) draft.level = outer.level;
      const isWhole = (draft.flags & (FLAG.YEAR_ASSUMED | FLAG.DATE_ASSUMED)) === 0;
      const isFiner = draft.hasStamp && isWhole && draft.timestampUs % 1_000_000 !== 0;
      const hasOuter = (outer.flags & FLAG.TIMESTAMP_NONE) === 0;
      if (hasOuter && !(isFiner && draft.timestampUs !== outer.timestampUs)) {
        draft.timestampUs = outer.timestampUs;
        draft.flags = (draft.flags & ~STAMP_FLAGS) | (outer.flags & STAMP_FLAGS);
      }
      return true;
    }
    columns.fieldCount = fieldCount;
    columns.bytesLength = bytesLength;
    draft.timestampUs = outer.timestampUs;
    draft.flags = outer.flags;
    draft.severity = -1;
  }
  draft.level = outer.level;
  draft.messageStart = start;
  draft.messageEnd = end;
  draft.messageIsTail = true;
  return false;
}

function outerOf(draft: Draft): Readonly<{ timestampUs: number; flags: number; level: LevelCode }> {
  return { timestampUs: draft.timestampUs, flags: draft.flags, level: draft.level };
}
