/** The followed files as candidates for the archive: what ingest knows of them, and who has them open. */
import { writersOf } from '../base/open-writers.ts';
import { OWN_PID } from '../base/own-pid.ts';
import type { ArchivableFile } from '../watch/archivable.ts';
import type { ArchiveCandidate } from './rotation-plan.ts';

export function candidatesOf(files: readonly ArchivableFile[]): ArchiveCandidate[] {
  const writerOf = writersOf(files, { exceptPid: OWN_PID });
  return files.map((file) => ({
    path: file.path,
    root: file.root,
    generation: file.generation,
    device: file.device,
    inode: file.inode,
    sizeBytes: file.sizeBytes,
    modifiedAtMs: file.modifiedAtMs,
    indexedBytes: file.committedBytes,
    skipReason: file.skipReason,
    source: file.source,
    watch: file.watch.name,
    archive: file.watch.archive,
    rotation: file.watch.rotation,
    beingWritten: writerOf(file) === 'held',
  }));
}
