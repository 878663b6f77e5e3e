/**
 * Who reads the log files, and whether that user may: judged by the mode bits, because doctor mostly runs as root.
 *
 * Access lists are asked of `getfacl`, which is installed with the `setfacl` that makes them. Where a file has one, the
 * group's bits of its mode are the most that it allows to anybody whom it names: without them the answer is certain at once.
 */
import { spawnSync } from 'node:child_process';
import type { Stats } from 'node:fs';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';

export type ReaderIdentity = Readonly<{
  /** For messages: `logstead, in adm and systemd-journal`. */
  name: string;
  /** It is the one who asks, whom the system itself has answered already. */
  asks: boolean;
  /** Null: of a service whose user is made anew at each start. */
  uid: number | null;
  groupIds: readonly number[];
  /** Root, or a service with CAP_DAC_OVERRIDE: modes do not count. */
  readsAll: boolean;
}>;

const BITS = { r: 4, x: 1, rx: 5 } as const;

/** `isCertain`: no access list allows it. `needs`: what the reader must be allowed, as `setfacl` has it. */
export type Obstacle = Readonly<{ path: string; isCertain: boolean; needs: 'r' | 'x' | 'rx' }>;

/** What stops this reader: the file itself or a folder above it, first one that does for certain; null: nothing does. */
export function obstacleOf(path: string, reader: ReaderIdentity): Obstacle | null {
  if (reader.readsAll) return null;
  const obstacles: Obstacle[] = [];
  for (let place = path; ; place = dirname(place)) {
    // The folder that a file lies in is listed; those above are only gone through.
    const needs = place === path ? 'r' : place === dirname(path) ? 'rx' : 'x';
    const answer = answerTo(place, BITS[needs], reader);
    if (answer !== 'yes') obstacles.push({ path: place, isCertain: answer === 'no', needs });
    if (place === '/') break;
  }
  return obstacles.find(({ isCertain }) => isCertain) ?? obstacles[0] ?? null;
}

/** Whether a file that was made so could be read; null: only by an access list. */
export function couldRead(
  made: Pick<Stats, 'uid' | 'gid' | 'mode'>,
  reader: ReaderIdentity,
): boolean | null {
  if (reader.readsAll) return true;
  const answer = answerOf(made, BITS.r, reader);
  return answer === 'by list' ? null : answer === 'yes';
}

/** Whether a program may be run; where an access list may allow it, that is believed. */
export function mayRun(
  program: Pick<Stats, 'uid' | 'gid' | 'mode'>,
  reader: ReaderIdentity,
): boolean {
  // Root too needs somebody to be allowed.
  if (reader.readsAll) return (program.mode & 0o111) !== 0;
  return answerOf(program, BITS.x, reader) !== 'no';
}

function answerTo(path: string, bits: number, reader: ReaderIdentity): 'yes' | 'no' | 'by list' {
  const stats = statSync(path);
  const answer = answerOf(stats, bits, reader);
  if (answer !== 'by list') return answer;
  const list = accessListOf(path);
  if (list === null) return answer;
  return listAllows(list, { bits, reader }) ? 'yes' : 'no';
}

/** As the kernel decides: the first class that fits counts, even where a later one would allow more. */
function answerOf(
  { uid, gid, mode }: Pick<Stats, 'uid' | 'gid' | 'mode'>,
  bits: number,
  reader: ReaderIdentity,
): 'yes' | 'no' | 'by list' {
  const isAllowed = (shift: number): boolean => ((mode >> shift) & bits) === bits;
  if (uid === reader.uid) return isAllowed(6) ? 'yes' : 'no';
  if (reader.groupIds.includes(gid)) return isAllowed(3) ? 'yes' : 'no';
  if (isAllowed(0)) return 'yes';
  return isAllowed(3) ? 'by list' : 'no';
}

type AccessEntry = Readonly<{ kind: 'user' | 'group'; id: number; bits: number }>;

/** What a list gives to users and groups that it names; null: nobody can say. */
function accessListOf(path: string): AccessEntry[] | null {
  const args = ['--numeric', '--omit-header', '--absolute-names', '--', path];
  const { status, stdout } = spawnSync('getfacl', args, { encoding: 'utf8' });
  if (status !== 0) return null;
  const mask = /^mask::([r-])([w-])([x-])/m.exec(stdout);
  const most = mask === null ? 7 : bitsOf(mask.slice(1));
  return [...stdout.matchAll(/^(user|group):(\d+):([r-])([w-])([x-])/gm)].map(
    ([, kind, id, ...letters]) => ({
      kind: kind as AccessEntry['kind'],
      id: Number(id),
      bits: bitsOf(letters) & most,
    }),
  );
}

function bitsOf(letters: readonly string[]): number {
  return letters.reduce((bits, letter) => bits * 2 + (letter === '-' ? 0 : 1), 0);
}

/** Of somebody who is neither its owner nor in its group: the user's own entry counts before those of groups. */
function listAllows(
  list: readonly AccessEntry[],
  { bits, reader }: Readonly<{ bits: number; reader: ReaderIdentity }>,
): boolean {
  const own = list.find(({ kind, id }) => kind === 'user' && id === reader.uid);
  const counting = own
    ? [own]
    : list.filter(({ kind, id }) => kind === 'group' && reader.groupIds.includes(id));
  return counting.some((entry) => (entry.bits & bits) === bits);
}
