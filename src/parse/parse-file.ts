/**
 * Parse a whole file, storing nothing: `logstead parse`, and files given to the library.
 *
 * gzip and zstd files are told by their first bytes, not by their names. Entries are handed over in batches; a batch
 * is only valid during the call.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { messageOf, OperatorError } from '../base/errors.ts';
import type { FieldValue } from '../model/entry.ts';
import { ColumnNames, EntryColumns, entryAt, FLAG } from '../model/entry-columns.ts';
import { timestampText } from '../model/entry-record.ts';
import { type Level, levelOf } from '../model/level.ts';
import type { Detection } from './detect.ts';
import { FileParser } from './file-parser.ts';

/** Bytes read at once. */
const CHUNK_BYTES = 512 * 1024;

export type ParseFileOptions = Readonly<{
  names?: ColumnNames;
  /** Default: the path. */
  source?: string;
  tags?: readonly string[];
  format?: string | null;
  timezone?: string;
  encoding?: 'utf-8' | 'latin1';
  multiline?: 'auto' | 'off';
  /** Number of the file generation. Default 0. */
  generation?: number;
  /** Default: the file's modification time. */
  fileTimeMs?: number;
  /** Called with complete entries; they are gone when it returns, or when its promise resolves. */
  onEntries?: (columns: EntryColumns) => void | Promise<void>;
}>;

export type ParsedFile = Readonly<{
  path: string;
  sizeBytes: number;
  entryCount: number;
  detection: Detection | null;
}>;

export async function parseFile(path: string, options: ParseFileOptions = {}): Promise<ParsedFile> {
  const { names = new ColumnNames() } = options;
  const columns = new EntryColumns(names);
  const { fileTimeMs, magic } = await lookAt(path);
  const parser = FileParser.open(names, {
    source: options.source ?? path,
    path,
    tags: options.tags ?? [],
    format: options.format ?? null,
    timezone: options.timezone ?? 'UTC',
    encoding: options.encoding ?? 'utf-8',
    multiline: options.multiline ?? 'auto',
    generation: options.generation ?? 0,
    fileTimeMs: options.fileTimeMs ?? fileTimeMs,
  });
  let offsetBytes = 0;
  let entryCount = 0;
  const handOver = async (): Promise<void> => {
    entryCount += columns.count;
    if (columns.count > 0) await options.onEntries?.(columns);
    columns.clear();
  };
  try {
    for await (const chunk of contentOf(path, magic)) {
      parser.push(columns, chunk, 0, chunk.length, offsetBytes);
      offsetBytes += chunk.length;
      await handOver();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  parser.flush(columns);
  await handOver();
  return { path, sizeBytes: offsetBytes, entryCount, detection: parser.detection };
}

/** What the file was taken for and why, from its beginning. */
export async function explainFile(
  path: string,
  options: ParseFileOptions = {},
): Promise<Detection | null> {
  const { detection } = await parseFile(path, options);
  return detection;
}

/** An entry as `logstead parse --json` prints it. */
export type ParsedRecord = Readonly<{
  /** Null where the line has no stamp. */
  timestamp: string | null;
  level: Level | null;
  message: string;
  source: string;
  tags: readonly string[];
  metadata: Readonly<Record<string, FieldValue>>;
  file: string;
  line: number;
}>;

export function parsedRecordAt(columns: EntryColumns, row: number): ParsedRecord {
  const entry = entryAt(columns, row);
  const hasStamp = (columns.flags[row]! & FLAG.TIMESTAMP_NONE) === 0;
  return {
    timestamp: hasStamp ? timestampText(entry.timestampUs) : null,
    level: levelOf(columns.level[row]!),
    message: entry.message,
    source: entry.source,
    tags: entry.tags,
    metadata: entry.metadata,
    file: entry.origin.path,
    line: columns.line[row]!,
  };
}

type Magic = 'plain' | 'gzip' | 'zstd';

async function lookAt(path: string): Promise<Readonly<{ fileTimeMs: number; magic: Magic }>> {
  try {
    await using file = await open(path, 'r');

    const head = Buffer.alloc(4);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const { mtimeMs } = await file.stat();
    return { fileTimeMs: mtimeMs, magic: bytesRead === head.length ? magicOf(head) : 'plain' };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function magicOf(head: Buffer): Magic {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return head.readUInt32LE(0) === 0xfd2fb528 ? 'zstd' : 'plain';
}

function contentOf(path: string, magic: Magic): AsyncIterable<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  if (magic === 'plain') return file;
  const plain = magic === 'gzip' ? createGunzip() : createZstdDecompress();
  // An error of the file must reach whoever reads the decompressed bytes.
  file.on('error', (error) => plain.destroy(error));
  return file.pipe(plain);
}

function unreadable(path: string, cause: unknown): OperatorError {
  return new OperatorError('FILE_UNREADABLE', `Cannot read "${path}": ${messageOf(cause)}`, {
    hint: 'Check that the file exists, is whole, and may be read by this user',
    cause,
  });
}
