/**
 * Files that are still written to, taken aside so that the same run archives them: each renamed or copied and emptied, every
 * step in the book before the next; their writers told, once for each section; then waited for until they let go.
 *
 * What a writer still holds after that stays aside, and is archived by the next run, which tells the writer again.
 */
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Disk } from '../base/disk.ts';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { writersOf } from '../base/open-writers.ts';
import { OWN_PID } from '../base/own-pid.ts';
import { fileStamp, zonedTime } from '../base/zoned-time.ts';
import type { WriterCall } from '../config/settings.ts';
import type { AsideChange, AsideRow, NewAside } from '../ingest/aside-book.ts';
import { archiveFailed } from './archive-file.ts';
import type { ArchiveJournal, LeftFile } from './archive-moves.ts';
import { type AsideResult, copyAside, renameAside } from './aside-file.ts';
import type { ArchiveCandidate } from './rotation-plan.ts';
import { RunFailures } from './run-failures.ts';
import { callWriter } from './writer-call.ts';

export type TakenAside = Readonly<{ path: string; asidePath: string; way: NewAside['way'] }>;

export type Asides = { readonly taken: TakenAside[]; readonly left: LeftFile[] };

export type ActiveParts = Readonly<{
  clock: Clock;
  disk: Disk;
  journal: ArchiveJournal;
  /** Read every watched file to its end, index and commit it. */
  scan(): Promise<unknown>;
  candidates(): Promise<readonly ArchiveCandidate[]>;
}>;

/** A server with many workers closes its old logs within seconds; slower ones are waited for by the next run. */
const RELEASE_MS_MAX = 10_000;
const RELEASE_LOOK_MS = 200;
/** Longest file name on Linux. */
const NAME_BYTES_MAX = 255;
/** Two runs within a second are told apart by a counter. */
const NAMES_TRIED_MAX = 50;

/** How the writers of a section hear that its files were renamed, by its name. */
export type Writers = ReadonlyMap<string, readonly WriterCall[]>;

/**
 * Take these aside and wait for them. `held`: files of earlier runs whose writers have to be told again. `asides` says what
 * was done also when this throws; one that the disk refuses to take throws when the others were taken.
 */
export async function takeAside(
  parts: ActiveParts,
  files: Readonly<{ active: readonly ArchiveCandidate[]; held: readonly AsideRow[] }>,
  options: Readonly<{ timezone: string; writers: Writers; asides: Asides }>,
): Promise<void> {
  const { asides, timezone, writers } = options;
  const sections = new Map(files.held.map(({ watch, asidePath }) => [watch, asidePath]));
  const failures = new RunFailures();
  try {
    for (const file of files.active) {
      await failures.attempt(async () => {
        const isTaken = await takeOne(parts, file, { asides, timezone });
        if (isTaken && file.rotation.active.way === 'rename') sections.set(file.watch, file.path);
      });
    }
  } finally {
    // Whatever happens to the others: a renamed log is written to until its writer hears of it.
    await tellWriters(sections, writers, asides);
  }
  const waitedFor = [...asides.taken, ...files.held].map(({ asidePath }) => asidePath);
  if (waitedFor.length > 0) await released(parts, new Set(waitedFor));
  failures.end();
}

/** Files that lie aside and are still written to: their writers did not hear of it, or could not open their logs anew. */
export function heldAside(rows: readonly AsideRow[]): AsideRow[] {
  const renamed = rows.filter(({ state, way }) => state === 'aside' && way === 'rename');
  const writerOf = writersOf(renamed, { exceptPid: OWN_PID });
  return renamed.filter((row) => writerOf(row) === 'held');
}

/** Whether it was taken; else `asides.left` says why not. */
async function takeOne(
  { clock, disk, journal }: ActiveParts,
  file: ArchiveCandidate,
  { asides, timezone }: Readonly<{ asides: Asides; timezone: string }>,
): Promise<boolean> {
  const { way } = file.rotation.active;
  const nowMs = clock.nowMs();
  const asidePath = freeNameOf(disk, file.path, fileStamp(zonedTime(nowMs, timezone)));
  if (way === 'leave' || asidePath === null) {
    asides.left.push({ path: file.path, reason: 'no name is free to take it aside under' });
    return false;
  }
  const { watch, source, path, root, generation, device, inode } = file;
  const row = { way, watch, source, path, root, asidePath, generation, device, inode, atMs: nowMs };
  const enter = (change: AsideChange): Promise<number[]> => journal({ kind: 'aside', change });
  const [id] = await enter({ step: 'plan', row });
  const truncating = async (): Promise<void> => void (await enter({ step: 'truncating', id: id! }));
  let result: AsideResult;
  try {
    result = way === 'rename' ? renameAside(disk, row) : await copyAside(disk, row, truncating);
  } catch (cause) {
    // Its row stays: only recovery can tell how far the disk let it come.
    asides.left.push({ path, reason: `it could not be taken aside: ${messageOf(cause)}` });
    const what = `Cannot take "${path}" aside as "${asidePath}"`;
    throw archiveFailed(what, cause, `"${dirname(asidePath)}"`);
  }
  await enter({ step: result.kind === 'aside' ? 'aside' : 'forget', id: id! });
  if (result.kind === 'aside') asides.taken.push({ path, asidePath, way });
  else asides.left.push({ path, reason: result.reason });
  return result.kind === 'aside';
}

/** `app.log-20261120-000500`: a name that reading knows for a rotated form of the log. */
function freeNameOf(disk: Disk, path: string, stamp: string): string | null {
  for (let counter = 1; counter <= NAMES_TRIED_MAX; counter += 1) {
    const name = `${basename(path)}-${stamp}${counter === 1 ? '' : `-${counter}`}`;
    if (Buffer.byteLength(name) > NAME_BYTES_MAX) return null;
    const free = join(dirname(path), name);
    if (isFree(disk, free)) return free;
  }
  return null;
}

function isFree(disk: Disk, path: string): boolean {
  try {
    return disk.linkStat(path) === undefined;
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENAMETOOLONG') return false;
    throw cause;
  }
}

/** Once for each section, however many files of it were renamed. `sections`: names, with one of the files. */
async function tellWriters(
  sections: ReadonlyMap<string, string>,
  writers: Writers,
  { left }: Asides,
): Promise<void> {
  for (const [watch, path] of sections) {
    for (const call of writers.get(watch) ?? []) {
      const problem = await callWriter(call);
      if (problem === null) continue;
      left.push({ path, reason: `the writer of [watch:${watch}] was not told: ${problem}` });
    }
  }
}

/** Wait until these are indexed to their ends and nobody writes to them; for a while. */
async function released(parts: ActiveParts, paths: ReadonlySet<string>): Promise<void> {
  const { clock, scan, candidates } = parts;
  const endMs = clock.monotonicMs() + RELEASE_MS_MAX;
  for (;;) {
    await scan();
    const found = (await candidates()).filter(({ path }) => paths.has(path));
    const isReady = ({ beingWritten, indexedBytes, sizeBytes }: ArchiveCandidate): boolean =>
      !beingWritten && indexedBytes === sizeBytes;
    if (found.length >= paths.size && found.every(isReady)) return;
    if (clock.monotonicMs() >= endMs) return;
    await clock.sleep(RELEASE_LOOK_MS);
  }
}
