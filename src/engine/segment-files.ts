/**
 * Names of segment files: printed and recognised here and nowhere else.
 *
 *     <segments>/2026-11-20/0000000042-5f3a9c1e.segment            day (UTC) of the newest entry, number, start of the store's id
 *     <segments>/2026-11-20/0000000042-5f3a9c1e.segment.partial    while it is written
 *     <segments>/set-aside/…                                       damaged or unknown files, for a person to look at
 */
import { join } from 'node:path';

export const SET_ASIDE_FOLDER = 'set-aside';
const STORE_ID_SHOWN = 8;
const SEGMENT_FILE = /^(\d{10,16})-([0-9a-f]{8})\.segment(\.partial)?$/;
const DAY_FOLDER = /^-?\d{4,6}-\d\d-\d\d$/;

/** Path below the segments folder. */
export function segmentFile(
  storeId: string,
  segment: Readonly<{ number: number; maxUs: number }>,
): string {
  const number = String(segment.number).padStart(10, '0');
  return join(dayOf(segment.maxUs), `${number}-${storeId.slice(0, STORE_ID_SHOWN)}.segment`);
}

export function partialOf(file: string): string {
  return `${file}.partial`;
}

export type SegmentFileName = Readonly<{
  number: number;
  isPartial: boolean;
  /** The first digits of the store's id. */
  storeIdStart: string;
}>;

/** What a file name says, or null for a name that is no segment's. */
export function parseSegmentFile(name: string): SegmentFileName | null {
  const match = SEGMENT_FILE.exec(name);
  if (match === null) return null;
  return {
    number: Number(match[1]),
    isPartial: match[3] !== undefined,
    storeIdStart: match[2] ?? '',
  };
}

export function isDayFolder(name: string): boolean {
  return DAY_FOLDER.test(name);
}

/** `2026-11-20`, UTC. */
function dayOf(timestampUs: number): string {
  const [day = ''] = new Date(timestampUs / 1000).toISOString().split('T');
  return day.replace(/^\+/, '');
}
