/** The followed files as candidates for the archive: what ingest knows of them, and who has them open. */
import { OWN_PID } from '../base/own-pid.ts';
import type { ArchivableFile } from '../watch/archivable.ts';
import { fileKey, filesOpenForWriting } from './open-writers.ts';
import type { ArchiveCandidate } from './rotation-plan.ts';

export function candidatesOf(files: readonly ArchivableFile[]): ArchiveCandidate[] {
  const written = filesOpenForWriting({ exceptPid: OWN_PID });
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
    archive: file.watch.archive,
    beingWritten: written.has(fileKey(file)),
  }));
}
