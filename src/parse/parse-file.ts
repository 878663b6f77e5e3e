/**
 * Parse a whole file, storing nothing: `logstead parse`, and files given to the library.
 *
 * Compressed files (gzip, zstd, bzip2, xz) are told by their first bytes, not by their names. Entries are handed over in batches; a batch
 * is only valid during the call.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { messageOf, OperatorError } from '../base/errors.ts';
import { HoleFilter } from '../base/nul-holes.ts';
import { MAGIC_BYTES, packingOf, unpacked } from '../base/unpacking.ts';
import type { FieldValue } from '../model/entry.ts';
import { entryAt } from '../model/entry-at.ts';
import { ColumnNames, EntryColumns, FLAG } from '../model/entry-columns.ts';
import { timestampText } from '../model/entry-record.ts';
import { type Level, levelOf } from '../model/level.ts';
import type { FormatDeclaration } from './declared/declared-format.ts';
import type { Detection } from './detect.ts';
import { FileParser } from './file-parser.ts';
import type { Encoding } from './line-text.ts';
import { isWide } from './wide-text.ts';

/** Bytes read at once. */
const CHUNK_BYTES = 512 * 1024;

export type ParseFileOptions = Readonly<{
  names?: ColumnNames;
  /** Default: the path. */
  source?: string;
  tags?: readonly string[];
  format?: string | null;
  declared?: FormatDeclaration | null;
  timezone?: string;
  encoding?: 'utf-8' | 'latin1';
  multiline?: 'auto' | 'off';
  /** Number of the file generation. Default 0. */
  generation?: number;
  /** Default: the file's modification time. */
  fileTimeMs?: number;
  /** Told how many bytes of the file, as it is stored, were read so far. */
  onRead?: (readBytes: number) => void;
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
  const fileTimeMs = await modifiedMs(path);
  const open = (beginning: Buffer): Reading => {
    const encoding = markedEncoding(beginning) ?? options.encoding ?? 'utf-8';
    const parser = FileParser.open(names, {
      source: options.source ?? path,
      path,
      tags: options.tags ?? [],
      format: options.format ?? null,
      declared: options.declared ?? null,
      timezone: options.timezone ?? 'UTC',
      encoding,
      multiline: options.multiline ?? 'auto',
      generation: options.generation ?? 0,
      fileTimeMs: options.fileTimeMs ?? fileTimeMs,
    });
    const holes = new HoleFilter(
      (bytes, start, end, offset) => parser.push(columns, bytes, start, end, offset),
      { isOff: isWide(encoding) },
    );
    return { parser, holes };
  };
  let reading: Reading | null = null;
  let offsetBytes = 0;
  let entryCount = 0;
  const handOver = async (): Promise<void> => {
    entryCount += columns.count;
    if (columns.count > 0) await options.onEntries?.(columns);
    columns.clear();
  };
  for await (const chunk of contentOf(path, options.onRead ?? (() => {}))) {
    reading ??= open(chunk);
    reading.holes.take(chunk);
    offsetBytes += chunk.length;
    await handOver();
  }
  reading?.holes.end();
  reading?.parser.flush(columns);
  await handOver();
  const detection = reading?.parser.detection ?? null;
  return { path, sizeBytes: offsetBytes, entryCount, detection };
}

type Reading = Readonly<{ parser: FileParser; holes: HoleFilter }>;

/** UTF-16 says so itself, whatever is expected; null: nothing is said. */
function markedEncoding(beginning: Buffer): Encoding | null {
  if (beginning[0] === 0xff && beginning[1] === 0xfe) return 'utf-16le';
  return beginning[0] === 0xfe && beginning[1] === 0xff ? 'utf-16be' : null;
}

/** Throws where a compressed file cannot be unpacked to its end; of one that is not compressed nothing is read, and the answer is false. */
export async function unpackWhole(
  path: string,
  onPiece: (content: Uint8Array) => void,
): Promise<boolean> {
  try {
    const chunks = chunksOf(path);
    const head = await headOf(chunks);
    const packing = packingOf(head);
    if (packing === null) {
      await chunks.return?.();
      return false;
    }
    const content = await unpacked(Readable.from(withHead(head, chunks)), packing);
    for await (const piece of content) onPiece(piece as Uint8Array);
    return true;
  } catch (cause) {
    throw unreadable(path, cause);
  }
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

/**
 * Read from the beginning to the end and never back: a pipe must do. `onRead`: bytes of the file so far. What whoever takes the
 * content throws is no fault of the file, and stays as it is.
 */
async function* contentOf(
  path: string,
  onRead: (readBytes: number) => void,
): AsyncGenerator<Buffer> {
  try {
    yield* readContent(path, onRead);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function* readContent(
  path: string,
  onRead: (readBytes: number) => void,
): AsyncGenerator<Buffer> {
  const chunks = chunksOf(path);
  const head = await headOf(chunks);
  const packing = packingOf(head);
  const all = counted(withHead(head, chunks), onRead);
  if (packing === null) {
    yield* all;
    return;
  }
  const content = buffersOf(await unpacked(Readable.from(all), packing));
  // The first piece has to be long enough for a byte order mark.
  yield* withHead(await headOf(content), content);
}

async function* buffersOf(pieces: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece as Uint8Array);
}

function chunksOf(path: string): AsyncIterator<Buffer> {
  return createReadStream(path, { highWaterMark: CHUNK_BYTES })[Symbol.asyncIterator]();
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onRead: (readBytes: number) => void,
): AsyncGenerator<Buffer> {
  let readBytes = 0;
  for await (const chunk of chunks) {
    readBytes += chunk.length;
    onRead(readBytes);
    yield chunk;
  }
}

/** Enough to tell a format by; less only where there is no more. A pipe may bring it byte by byte. */
async function headOf(chunks: AsyncIterator<Buffer>): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  while (head.length < MAGIC_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    head = head.length === 0 ? next.value : Buffer.concat([head, next.value]);
  }
  return head;
}

async function* withHead(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (head.length > 0) yield head;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    // Of a file that is not read to its end.
    await rest.return?.();
  }
}

async function modifiedMs(path: string): Promise<number> {
  try {
    return (await stat(path)).mtimeMs;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** `cause`: of reading a file. An `OperatorError` stays: whoever is told how far it is has broken it off. */
export function unreadable(path: string, cause: unknown): OperatorError {
  if (cause instanceof OperatorError) return cause;
  return new OperatorError('FILE_UNREADABLE', `Cannot read "${path}": ${messageOf(cause)}`, {
    hint: 'Check that the file exists, is whole, and may be read by this user',
    cause,
  });
}
