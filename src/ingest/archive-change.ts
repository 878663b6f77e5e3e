/** What others (the rotation, the upkeep of the archive) change in the archive book: plain data, so that it crosses threads. */
import type { Notification } from '../model/notification.ts';
import type { NewArchiveRow, StoredFile } from './archive-row.ts';
import type { ArchiveTimes } from './archive-times.ts';
import type { AsideChange } from './aside-book.ts';
import type { FinishedReport, FinishedRun, GenerationTime } from './run-book.ts';

/** One durable change of the book; sent by the thread that moves files. */
export type BookChange =
  /** From when to when the entries of files are that are about to move. */
  | Readonly<{ kind: 'times'; times: readonly GenerationTime[]; atMs: number }>
  /** The same of files in the archive, by what they hold. */
  | Readonly<{ kind: 'archive-times'; files: readonly ArchiveTimes[] }>
  /** Moves about to be made. */
  | Readonly<{ kind: 'begin'; rows: readonly NewArchiveRow[] }>
  /** The archive has these files whole and durable. */
  | Readonly<{ kind: 'stored'; files: readonly Readonly<{ id: number; file: StoredFile }>[] }>
  /** The originals of these are gone. */
  | Readonly<{ kind: 'done'; ids: readonly number[] }>
  /** These moves came to nothing; their originals stay. */
  | Readonly<{ kind: 'abandon'; ids: readonly number[] }>
  /** The files of a report are about to be written, its text to that path. */
  | Readonly<{ kind: 'begin-report'; path: string }>
  /** A report was written; `notification` tells of it in the same commit, or nobody is told (null). */
  | Readonly<{ kind: 'report'; report: FinishedReport; notification: Notification | null }>
  /** These archived files are about to be removed for good; then they are, or stay after all. */
  | Readonly<{ kind: 'plan-removal' | 'keep'; ids: readonly number[] }>
  | Readonly<{ kind: 'removed'; ids: readonly number[]; atMs: number }>
  /** Read again; `notification` tells, in the same commit, of a new fault, or that one is gone. */
  | Readonly<{
      kind: 'verified';
      files: readonly Readonly<{
        id: number;
        fault: string | null;
        notification: Notification | null;
      }>[];
      atMs: number;
    }>
  /** A file that is still written to, on its way aside. For the first step: its id. */
  | Readonly<{ kind: 'aside'; change: AsideChange }>
  | Readonly<{ kind: 'run'; run: FinishedRun }>;

/** What is told of a change, in the commit of the change. */
export function notificationsOf(change: BookChange): readonly Notification[] {
  if (change.kind === 'verified') {
    return change.files.flatMap(({ notification }) => notification ?? []);
  }
  if (change.kind === 'report' && change.notification !== null) return [change.notification];
  return [];
}
