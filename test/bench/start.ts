/**
 * How long the daemon's index takes to open with a hundred million entries on disk: a store of less is listed again and again,
 * under new numbers, its files linked. A start lists files and reads the catalog, it opens no segment.
 */
import { linkSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Database } from '../../src/base/database.ts';
import {
  insertSegment,
  readCatalog,
  readIdentity,
  writeIdentity,
} from '../../src/engine/catalog.ts';
import { segmentFile } from '../../src/engine/segment-files.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../../src/ingest/state-files.ts';

/** Make the larger store in an empty folder. */
export function multiplyStore(stateFolder: string, target: string, entriesMin: number): void {
  {
    using database = Database.open(join(stateFolder, DATABASE_NAME), { readOnly: true });
    database.copyTo(join(target, DATABASE_NAME));
  }
  using database = Database.open(join(target, DATABASE_NAME));
  const identity = readIdentity(database)!;
  const catalog = readCatalog(database);
  const rows = catalog.filter(({ file }) => file !== null);
  const entryCount = rows.reduce((sum, { rowCount }) => sum + rowCount, 0);
  // The newest may be small, and have no files.
  const sequences = Math.max(...catalog.map(({ maxSequence }) => maxSequence)) + 1;
  const numbers = Math.max(...catalog.map(({ number }) => number)) + 1;
  const link = (from: string, to: string): void => {
    const path = join(target, SEGMENTS_FOLDER, to);
    mkdirSync(dirname(path), { recursive: true });
    linkSync(join(stateFolder, SEGMENTS_FOLDER, from), path);
  };
  for (const { file } of rows) link(file!, file!);
  const copies = Math.ceil(entriesMin / entryCount);
  database.transaction(() => {
    for (let copy = 1; copy < copies; copy += 1) {
      for (const row of rows) {
        const number = row.number + copy * numbers;
        const file = segmentFile(identity.storeId, { number, maxUs: row.maxUs });
        link(row.file!, file);
        const minSequence = row.minSequence + copy * sequences;
        const maxSequence = row.maxSequence + copy * sequences;
        insertSegment(database, { ...row, number, file, minSequence, maxSequence }, null);
      }
    }
    writeIdentity(database, {
      nextSegment: copies * numbers,
      nextSequence: copies * sequences,
    });
  });
}
