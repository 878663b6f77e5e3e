/**
 * One file brought into the index: parsed like a watched one, each entry once, also where an earlier try broke off. Of one
 * whose entries are known only those are brought in that are missing. Nothing comes in of a compressed one that is not whole: the
 * whole one has other bytes, and would bring the same entries.
 */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, type Stats, statSync } from 'node:fs';
import { type ErrorCode, messageOf, OperatorError } from '../base/errors.ts';
import { asStateFailure } from '../base/state-failure.ts';
import { packingOf } from '../base/unpacking.ts';
import type { FormatSettings } from '../config/settings.ts';
import { copyRow, EntryColumns, FLAG } from '../model/entry-columns.ts';
import { importGenerationOf } from '../model/generation-numbers.ts';
import { checkFormatName } from '../parse/formats/table.ts';
import { type ParseFileOptions, parseFile, unpackWhole, unreadable } from '../parse/parse-file.ts';
import { Zone } from '../parse/zone.ts';
import type { HeldGeneration } from '../watch/held-generations.ts';
import { HEAD_BYTES } from '../watch/limits.ts';
import { probeText } from '../watch/text-probe.ts';
import type { FileHashes, ImportBook } from './import-book.ts';
import type { Ingest } from './ingest.ts';
import { CoveredBytes, type KnownFile, knownFile, rangeOf } from './known-entries.ts';

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

export type Imported = Readonly<{
  entryCount: number;
  sizeBytes: number;
  format: string | null;
  /** The others of its entries were in the index. */
  onlyMissing: boolean;
}>;

type Parts = Readonly<{ ingest: Ingest; book: ImportBook }>;

export async function importFile(
  parts: Parts,
  path: string,
  options: ImportOptions,
): Promise<Imported> {
  try {
    return await importOnce(parts, path, options);
  } catch (thrown) {
    throw asIndexFailure(path, thrown);
  }
}

async function importOnce(
  { ingest, book }: Parts,
  path: string,
  options: ImportOptions,
): Promise<Imported> {
  const { nowMs, onRead } = options;
  const roomLeft = (): void => ingest.refuseFullDisk(`import "${path}"`);
  const declared = declaredFor(path, options.format, ingest);
  checkZone(path, options.timezone);
  const fileTimeMs = statFile(path).mtimeMs;
  roomLeft();
  const { sha256, beginning } = await hashOf(path, onRead);
  refuseWhatIsNoText(path, beginning);
  // What these bytes say is enough to refuse one; what is packed in them takes longer to know.
  knownUnlessWhole(book, { sha256, contentSha256: null, path }, options);
  const sizeBytes = statFile(path).size;
  const contentSha256 = await contentHashOf(path, () => onRead(sizeBytes));
  const hashed = { sha256, contentSha256, path };
  const known = knownUnlessWhole(book, hashed, options);
  const { unfinished } = known;
  const onlyMissing = isAboutRest(known, options);
  const begun = new BegunImport(book, { ...known, ...hashed, nowMs }, onlyMissing);
  const missing = await missingOf(ingest, known, { onlyMissing });
  let entryCount = 0;
  let missingCount = 0;
  const parsed = await ingest.importing(() =>
    parseFile(path, {
      ...{ declared, ...readingOf(options, onlyMissing ? known.held : null) },
      ...{ names: ingest.names, fileTimeMs },
      onRead: (readBytes) => onRead(sizeBytes + readBytes),
      async onEntries(columns) {
        roomLeft();
        entryCount += columns.count;
        const fresh = missing(columns);
        missingCount += fresh.count;
        if (fresh.count === 0) return;
        fresh.generation.fill(begun.generation(), 0, fresh.count);
        stampUnstamped(fresh, fileTimeMs);
        await ingest.appendColumns(fresh);
      },
    }),
  );
  if (onlyMissing && missingCount === 0 && unfinished === null) throw knownAlready(path, known);
  await ingest.flush();
  if (onlyMissing) entryCount = missingCount;
  begun.done(entryCount);
  const format = parsed.detection?.format ?? null;
  return { entryCount, sizeBytes: parsed.sizeBytes, format, onlyMissing };
}

/** What the disk of the index does not take is no fault of the file. */
function asIndexFailure(path: string, thrown: unknown): unknown {
  const failure = asStateFailure(thrown);
  const isOfDisk = failure instanceof OperatorError && INDEX_CODES.has(failure.code);
  if (!isOfDisk) return thrown;
  const isTold = failure === thrown;
  const message = isTold
    ? failure.message
    : `Cannot import "${path}" into the index: ${messageOf(thrown)}`;
  const hint = `${failure.hint}; then ask again, and it goes on where it broke off`;
  return new OperatorError(failure.code, message, { hint });
}
const INDEX_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['DISK_FULL', 'STATE_UNREADABLE']);

/** Of a format that the config declares, how; null: it is built in, or found out. Throws USAGE for one that is neither. */
function declaredFor(path: string, name: string | null, ingest: Ingest): FormatSettings | null {
  if (name === null) return null;
  const { formats } = ingest;
  checkFormatName(name, {
    doing: `import "${path}"`,
    declared: formats.map((format) => format.name),
  });
  return formats.find((format) => format.name === name) ?? null;
}

/** Throws USAGE where there is no such zone: read with it, the file would be blamed. */
function checkZone(path: string, timezone: string): void {
  if (Zone.find(timezone) !== null) return;
  throw new OperatorError(
    'USAGE',
    `Cannot import "${path}" with the time zone "${timezone}": there is no such zone`,
    { hint: 'Zones have IANA names, such as Europe/Berlin' },
  );
}

/** What is known of it. Throws where that is all of it. */
function knownUnlessWhole(
  book: ImportBook,
  file: Readonly<FileHashes & { path: string }>,
  options: ImportOptions,
): KnownFile {
  const known = knownFile(book, file);
  const { mayMiss, unfinished } = known;
  if (isAboutRest(known, options) && !mayMiss && unfinished === null)
    throw knownAlready(file.path, known);
  return known;
}

/** What broke off goes on as it began. */
function isAboutRest({ where, unfinished }: KnownFile, { again }: ImportOptions): boolean {
  if (unfinished !== null) return unfinished.onlyMissing;
  return where !== null && !again;
}

/** How its lines are read: as the watch reads those that are in the index, where it is about a file that was followed. */
function readingOf(options: ImportOptions, held: HeldGeneration | null): ParseFileOptions {
  const { source, tags, format, timezone } = options;
  const { watch } = held ?? { watch: null };
  if (held === null || watch === null) return { source, tags, format, timezone };
  return {
    source: held.source,
    tags: watch.tags,
    format: watch.format,
    declared: watch.declared,
    timezone: watch.timezone,
    multiline: watch.multiline,
    ...(held.encoding === 'latin1' ? { encoding: held.encoding } : {}),
  };
}

type Missing = (columns: EntryColumns) => EntryColumns;

/** Picks of the file's entries, batch after batch, those that the index has not. */
async function missingOf(
  ingest: Ingest,
  known: KnownFile,
  { onlyMissing }: Readonly<{ onlyMissing: boolean }>,
): Promise<Missing> {
  const { generations, unfinished, held } = known;
  const own = unfinished === null ? [] : [importGenerationOf(unfinished.id)];
  const wanted = onlyMissing ? generations : new Set(own);
  if (wanted.size === 0) return (columns) => columns;
  await ingest.flush();
  using reader = ingest.openReader();
  const covered = CoveredBytes.by(wanted, reader);
  // What comes behind it is read as any new line is.
  const untilOffset =
    onlyMissing && held?.isFollowed ? held.committedOffset : Number.POSITIVE_INFINITY;
  return (columns) => {
    const fresh = new EntryColumns(columns.names);
    for (let row = 0; row < columns.count; row += 1) {
      if (columns.offset[row]! >= untilOffset || covered.has(rangeOf(columns, row))) continue;
      copyRow(columns, row, fresh);
    }
    return fresh;
  };
}

/** Entered in the book with its first entry, so that one that brings nothing leaves nothing. */
class BegunImport {
  readonly #book: ImportBook;
  readonly #file: BeginningImport;
  readonly #fills: number | null;
  #id: number | null;

  constructor(book: ImportBook, file: BeginningImport, onlyMissing: boolean) {
    this.#book = book;
    this.#file = file;
    this.#id = file.unfinished?.id ?? null;
    this.#fills = onlyMissing ? (file.held?.number ?? 0) : null;
    if (!onlyMissing) this.#begin();
  }

  generation(): number {
    return importGenerationOf(this.#begin());
  }

  done(entryCount: number): void {
    const atMs = this.#file.nowMs();
    this.#book.apply({ kind: 'done', id: this.#begin(), entryCount, atMs });
  }

  #begin(): number {
    const { sha256, contentSha256, path, nowMs } = this.#file;
    const begin = { kind: 'begin', sha256, contentSha256, path, fills: this.#fills } as const;
    this.#id ??= this.#book.apply({ ...begin, atMs: nowMs() });
    return this.#id;
  }
}

type BeginningImport = KnownFile & Readonly<FileHashes & { path: string; nowMs: () => number }>;

function knownAlready(path: string, { where }: KnownFile): OperatorError {
  return new OperatorError('USAGE', `Cannot import "${path}": its entries are known, ${where}`, {
    hint: 'With --again it is brought in once more, and each entry is there twice',
  });
}

/** Looked at before it is opened: opening a pipe that nobody writes to never ends, and whoever waits for it does not either. */
function statFile(path: string): Stats {
  let found: Stats;
  try {
    found = statSync(path);
    // Not `access`: it asks for the user alone, and does not count what a service may read besides.
    if (found.isFile()) closeSync(openSync(path, 'r'));
  } catch (cause) {
    throw new OperatorError('FILE_UNREADABLE', `Cannot import "${path}": ${messageOf(cause)}`, {
      cause,
      hint: 'Name a file that is there, and that whoever writes the index may read',
    });
  }
  if (found.isFile()) return found;
  const kind = found.isDirectory() ? 'a folder' : 'no regular file';
  throw new OperatorError('FILE_UNREADABLE', `Cannot import "${path}": it is ${kind}`, {
    hint: 'Name the files themselves; what comes out of a pipe has to be in a file first',
  });
}

/** A line without a stamp is as old as its file, not as its import. */
function stampUnstamped(columns: EntryColumns, fileTimeMs: number): void {
  for (let row = 0; row < columns.count; row += 1) {
    if (!Number.isNaN(columns.timestampUs[row]!)) continue;
    columns.timestampUs[row] = Math.floor(fileTimeMs * 1000);
    columns.flags[row] = columns.flags[row]! | FLAG.TIMESTAMP_NONE;
  }
}

type Hashed = Readonly<{ sha256: string; beginning: Buffer }>;

async function hashOf(path: string, onRead: (readBytes: number) => void): Promise<Hashed> {
  const hash = createHash('sha256');
  let readBytes = 0;
  let beginning: Buffer = Buffer.alloc(0);
  try {
    for await (const read of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
      const chunk = read as Buffer;
      if (readBytes === 0) beginning = Buffer.from(chunk.subarray(0, HEAD_BYTES));
      hash.update(chunk);
      readBytes += chunk.length;
      onRead(readBytes);
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
  return { sha256: hash.digest('hex'), beginning };
}

/** Of what is packed in it, which is whole; null: it is not compressed. */
async function contentHashOf(path: string, onRead: () => void): Promise<string | null> {
  const hash = createHash('sha256');
  const isPacked = await unpackWhole(path, (content) => {
    hash.update(content);
    onRead();
  });
  return isPacked ? hash.digest('hex') : null;
}

/** As whoever follows a file does: its bytes would be entries that nobody can read. */
function refuseWhatIsNoText(path: string, beginning: Buffer): void {
  const { skipReason } = probeText(beginning);
  if (skipReason === null || packingOf(beginning) !== null) return;
  throw new OperatorError('FILE_UNREADABLE', `Cannot import "${path}": it is ${skipReason}`, {
    hint: 'A log is text, as it is or compressed with gzip, zstd, bzip2 or xz',
  });
}
