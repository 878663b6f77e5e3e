/** One file brought into the index: parsed like a watched one, each entry once, also where an earlier try broke off. */
import { createHash } from 'node:crypto';
import { createReadStream, type Stats, statSync } from 'node:fs';
import { messageOf, OperatorError } from '../base/errors.ts';
import { copyRow, EntryColumns, FLAG } from '../model/entry-columns.ts';
import { importGenerationOf } from '../model/generation-numbers.ts';
import { parseFile } from '../parse/parse-file.ts';
import type { ImportBook } from './import-book.ts';
import type { Ingest } from './ingest.ts';

export type ImportOptions = Readonly<{
  source: string;
  tags: readonly string[];
  format: string | null;
  timezone: string;
  /** Bring it in although it was brought in before. */
  again: boolean;
  nowMs: () => number;
  /** Bytes of the file that were read so far, twice over: once for its hash, once for its entries. */
  onRead: (readBytes: number) => void;
}>;

export type Imported = Readonly<{ entryCount: number; sizeBytes: number; format: string | null }>;

export async function importFile(
  parts: Readonly<{ ingest: Ingest; book: ImportBook }>,
  path: string,
  options: ImportOptions,
): Promise<Imported> {
  const { ingest, book } = parts;
  const { nowMs, onRead } = options;
  const fileTimeMs = statFile(path).mtimeMs;
  const sha256 = await hashOf(path, onRead);
  const id = beginImport(book, { sha256, path, ...options });
  const generation = importGenerationOf(id);
  const doneThrough = lastOffsetOf(ingest, generation, path);
  const sizeBytes = statFile(path).size;
  let entryCount = 0;
  const { source, tags, format, timezone } = options;
  const parsed = await ingest.importing(() =>
    parseFile(path, {
      ...{ names: ingest.names, source, tags, format, timezone, generation, fileTimeMs },
      onRead: (readBytes) => onRead(sizeBytes + readBytes),
      async onEntries(columns) {
        const fresh = behind(columns, doneThrough);
        stampUnstamped(fresh, fileTimeMs);
        entryCount += columns.count;
        if (fresh.count > 0) await ingest.appendColumns(fresh);
      },
    }),
  );
  await ingest.flush();
  book.apply({ kind: 'done', id, entryCount, atMs: nowMs() });
  return { entryCount, sizeBytes: parsed.sizeBytes, format: parsed.detection?.format ?? null };
}

/** Before it is opened: opening a pipe that nobody writes to never ends, and whoever waits for it does not either. */
function statFile(path: string): Stats {
  let found: Stats;
  try {
    found = statSync(path);
  } catch (cause) {
    throw new OperatorError('FILE_UNREADABLE', `Cannot import "${path}": ${messageOf(cause)}`, {
      hint: 'Name a file that is there, and that whoever writes the index may read',
    });
  }
  if (found.isFile()) return found;
  const kind = found.isDirectory() ? 'a folder' : 'no regular file';
  throw new OperatorError('FILE_UNREADABLE', `Cannot import "${path}": it is ${kind}`, {
    hint: 'Name the files themselves; what comes out of a pipe has to be in a file first',
  });
}

/** The id under which it goes on or begins. */
function beginImport(
  book: ImportBook,
  file: ImportOptions & Readonly<{ sha256: string; path: string }>,
): number {
  const { sha256, path, again, nowMs } = file;
  const known = book.find(sha256);
  if (known !== null && known.doneAtMs === null) return known.id;
  const archived = known === null ? book.archivePathOf(sha256) : null;
  if ((known !== null || archived !== null) && !again) {
    const where = known === null ? `it is in the archive, "${archived}"` : `as "${known.path}"`;
    throw new OperatorError('USAGE', `Cannot import "${path}": its entries are known, ${where}`, {
      hint: 'With --again it is brought in once more, and each entry is there twice',
    });
  }
  return book.apply({ kind: 'begin', sha256, path, atMs: nowMs() });
}

/** Where the last entry in the index begins; -1: none is. Entries are committed in their order. */
function lastOffsetOf(ingest: Ingest, generation: number, path: string): number {
  using reader = ingest.openReader();
  const pattern = path.replace(/[*\\]/g, '\\$&');

  return reader.fold({ query: { kind: 'file', pattern } }, () => {
    let last = -1;
    return {
      take({ columns, rows, count }) {
        for (let index = 0; index < count; index += 1) {
          const row = rows[index]!;
          if (columns.generation[row] === generation) last = Math.max(last, columns.offset[row]!);
        }
      },
      result: () => last,
    };
  });
}

function behind(columns: EntryColumns, offset: number): EntryColumns {
  if (columns.count === 0 || columns.offset[0]! > offset) return columns;
  const fresh = new EntryColumns(columns.names);
  for (let row = 0; row < columns.count; row += 1) {
    if (columns.offset[row]! > offset) copyRow(columns, row, fresh);
  }
  return fresh;
}

/** A line without a stamp is as old as its file, not as its import. */
function stampUnstamped(columns: EntryColumns, fileTimeMs: number): void {
  for (let row = 0; row < columns.count; row += 1) {
    if (!Number.isNaN(columns.timestampUs[row]!)) continue;
    columns.timestampUs[row] = Math.floor(fileTimeMs * 1000);
    columns.flags[row] = columns.flags[row]! | FLAG.TIMESTAMP_NONE;
  }
}

async function hashOf(path: string, onRead: (readBytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  let readBytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
    readBytes += chunk.length;
    onRead(readBytes);
  }
  return hash.digest('hex');
}
