/** The last part of a backfill: entries that the index has let go of, read from the archived files. */
import { randomBytes } from 'node:crypto';
import { systemDisk } from '../base/disk.ts';
import { messageOf } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
import { ArchiveSender, type ArchiveTarget } from '../clickhouse/archive-sender.ts';
import { hostOf } from '../clickhouse/ship-client.ts';
import type { Settings } from '../config/settings.ts';
import { ArchiveBook } from '../ingest/archive-book.ts';
import type { ArchiveRow } from '../ingest/archive-row.ts';
import { clusterProgress } from '../ingest/cluster-queue.ts';
import { ColumnNames, type EntryColumns } from '../model/entry-columns.ts';
import {
  Corrections,
  forEachArchivedEntry,
  keepsHoles,
  settleWithoutIndex,
} from '../rotate/archive-entries.ts';
import { forgottenThroughUs, guessedFacts, isIndexed } from '../rotate/archive-search.ts';
import { readSkipIndex, skipPath } from '../rotate/skip-index.ts';
import { clusterOf, ShardClients } from './clickhouse-common.ts';
import type { CliContext } from './context.ts';
import { openStored } from './open-database.ts';

export async function backfillArchives(context: CliContext, settings: Settings): Promise<void> {
  const cluster = clusterOf(settings);
  using database = openStored(settings.paths);
  await using clients = new ShardClients(cluster);

  const target: ArchiveTarget = {
    clients: clients.all,
    databaseName: cluster.database,
    host: hostOf(cluster),
    writer: clusterProgress(database).writer,
    names: new ColumnNames(),
  };
  const forgottenUs = forgottenThroughUs(database);
  const everything = { text: null, source: null, fromUs: null, untilUs: null };
  const archives = [...ArchiveBook.read(database).find(everything)].filter(
    (row) => !isIndexed(row, forgottenUs),
  );
  let entryCount = 0;
  for (const row of archives) {
    if (context.stop.aborted) return;
    try {
      entryCount += await sendArchive(target, row, settings.paths.stateDir);
    } catch (cause) {
      context.errorOutput.write(
        `Cannot send ${escapeTerminal(row.archivePath)}: ${escapeTerminal(messageOf(cause))}\n`,
      );
    }
  }
  const files = formatCounted(archives.length, 'archived file');
  context.output.write(`${formatCounted(entryCount, 'entry', 'entries')} of ${files} sent\n`);
}

/** Returns how many entries were missing. */
async function sendArchive(
  target: ArchiveTarget,
  row: ArchiveRow,
  stateDir: string,
): Promise<number> {
  const sender = await sendMissing(target, row, { stateDir, salt: '' });
  if (sender.sentRows === 0 || (await sender.isTaken())) return sender.sentRows;
  const salt = `-${randomBytes(8).toString('hex')}`;
  await sendMissing(target, row, { stateDir, salt });
  return sender.sentRows;
}

async function sendMissing(
  target: ArchiveTarget,
  row: ArchiveRow,
  { stateDir, salt }: Readonly<{ stateDir: string; salt: string }>,
): Promise<ArchiveSender> {
  const skip = readSkipIndex(systemDisk, skipPath(stateDir, row.id));
  const facts = {
    parser: skip?.parser ?? guessedFacts(row),
    generation: row.generation,
    breaks: skip?.breaks ?? [],
    keepsHoles: keepsHoles(skip),
    copied: skip?.copied ?? null,
  };
  const sender = await ArchiveSender.open(target, {
    archive: row.id,
    generation: row.generation,
    salt,
  });
  // What is missing of a large file does not fit into memory: it is read again for each piece.
  do {
    const corrections = skip === null ? null : new Corrections(skip);
    const take = (columns: EntryColumns, firstRow: number): void => {
      settleWithoutIndex(columns, row, firstRow);
      corrections?.apply(columns, firstRow);
      sender.take(columns);
    };
    await forEachArchivedEntry(systemDisk, row, facts, { names: target.names, take });
  } while (await sender.send());
  return sender;
}
