/**
 * What the archive will hold once a run has moved its files: for a dry run, which deletes nothing and has to name all that the
 * real one would, what it moves and deletes at once included.
 *
 * What a compressed file will take is not known before: a sixth of it, as most logs do.
 */
import type { ArchiveRow } from '../ingest/archive-row.ts';
import type { GenerationTime } from '../ingest/run-book.ts';
import type { ArchivedFile } from './archive-retention.ts';
import { isIndexed } from './archive-search.ts';
import type { ArchiveCandidate } from './rotation-plan.ts';

const COMPRESSED_SHARE = 1 / 6;

export type Coming = Readonly<{
  file: ArchiveCandidate;
  /** Of its entries; null: not known, as none is indexed. */
  times: Pick<GenerationTime, 'firstUs' | 'lastUs'> | null;
}>;

export type Forecast = Readonly<{
  files: readonly ArchivedFile[];
  /** Whether a row of them is of a file that is not in the archive yet; it has the path that this has now. */
  isComing: (row: ArchiveRow) => boolean;
}>;

/** `forgottenUs`: through when the index has let go of entries. */
export function forecastArchive(
  present: readonly ArchivedFile[],
  coming: readonly Coming[],
  forgottenUs: number,
): Forecast {
  const lastId = present.reduce((most, { row }) => Math.max(most, row.id), 0);
  const files = coming.map((one, index): ArchivedFile => {
    const row = rowOf(one, lastId + 1 + index);
    const watch = one.file.watch;
    return { row, watch, isIndexed: one.times === null || isIndexed(row, forgottenUs) };
  });
  return { files: [...present, ...files], isComing: ({ id }) => id > lastId };
}

function rowOf({ file, times }: Coming, id: number): ArchiveRow {
  const { path, root, rotation, modifiedAtMs } = file;
  const { generation, device, inode, source, sizeBytes } = file;
  const { compression } = rotation;
  const share = compression === 'none' ? 1 : COMPRESSED_SHARE;
  return {
    ...{ id, generation, device, inode, source, compression, modifiedAtMs },
    ...{ originalPath: path, originalRoot: root, archivePath: path, archiveRoot: root },
    ...{ state: 'done', stored: null, temporaryPath: '', movedAtMs: modifiedAtMs },
    ...{ verifiedAtMs: null, fault: null, sizeBytes: Math.ceil(sizeBytes * share) },
    firstAtUs: times?.firstUs ?? null,
    lastAtUs: times?.lastUs ?? null,
  };
}
