/**
 * Who reads the log files, and whether that user may: judged by the mode bits, because doctor mostly runs as root.
 *
 * Access lists cannot be read from here. Where a file has one, the group's bits of its mode are the most that it allows to
 * anybody whom it names: without them the answer is certain all the same.
 */
import type { Stats } from 'node:fs';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export type ReaderIdentity = Readonly<{
  /** For messages: `logstead, in adm and systemd-journal`. */
  name: string;
  /** Null: of a service, whose user may be made anew at each start. Else it is the one who asks. */
  uid: number | null;
  groupIds: readonly number[];
  /** Root, or a service with CAP_DAC_OVERRIDE: modes do not count. */
  readsAll: boolean;
}>;

const READ = 4;
const SEARCH = 1;

/** `isCertain`: no access list can allow it. */
export type Obstacle = Readonly<{ path: string; isCertain: boolean }>;

/** What stops this reader: the file itself or a folder above it, first one that does for certain; null: nothing does. */
export function obstacleOf(path: string, reader: ReaderIdentity): Obstacle | null {
  if (reader.readsAll) return null;
  const obstacles: Obstacle[] = [];
  for (let place = path; ; place = dirname(place)) {
    const answer = answerOf(statSync(place), place === path ? READ : SEARCH, reader);
    if (answer !== 'yes') obstacles.push({ path: place, isCertain: answer === 'no' });
    if (place === '/') break;
  }
  return obstacles.find(({ isCertain }) => isCertain) ?? obstacles[0] ?? null;
}

/** As the kernel decides: the first class that fits counts, even where a later one would allow more. */
function answerOf(
  { uid, gid, mode }: Stats,
  bit: number,
  reader: ReaderIdentity,
): 'yes' | 'no' | 'by list' {
  const isAllowed = (shift: number): boolean => ((mode >> shift) & bit) !== 0;
  if (uid === reader.uid) return isAllowed(6) ? 'yes' : 'no';
  if (reader.groupIds.includes(gid)) return isAllowed(3) ? 'yes' : 'no';
  if (isAllowed(0)) return 'yes';
  return isAllowed(3) ? 'by list' : 'no';
}
