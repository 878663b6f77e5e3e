/** `logstead check --deep` and `--rebuild`: the store against its checksums, and its catalog made anew. */
import { dirname, join } from 'node:path';
import { formatBytes } from '../base/byte-size.ts';
import { Database } from '../base/database.ts';
import { systemDisk } from '../base/disk.ts';
import { escapeTerminal } from '../base/escape.ts';
import { formatCounted } from '../base/number-text.ts';
import { damageOfLog } from '../base/write-ahead-log.ts';
import type { PathSettings, Settings } from '../config/settings.ts';
import { type DamageRow, readCatalog } from '../engine/catalog.ts';
import { rebuildCatalog, refuseNewerSegments } from '../engine/rebuild.ts';
import { checkStore, type StoreCheck } from '../engine/store-check.ts';
import { StoreReader } from '../engine/store-reader.ts';
import { loseBook } from '../ingest/cluster-renewal.ts';
import { holdState } from '../ingest/held-state.ts';
import { passImports } from '../ingest/import-book.ts';
import { isWithoutContent } from '../ingest/lost-database.ts';
import { readGenerations } from '../ingest/rebuilt-positions.ts';
import { DATABASE_NAME, SEGMENTS_FOLDER } from '../ingest/state-files.ts';
import { refuseNewerDamaged } from '../ingest/state-schemas.ts';
import { importIdOf, isImported } from '../model/generation-numbers.ts';
import { Ledger } from '../watch/ledger.ts';
import { Patterns } from '../watch/patterns.ts';
import { type RebuiltBook, rebuildGenerations } from '../watch/rebuilt-generations.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { openDatabase } from './open-database.ts';
import { openProgress } from './progress.ts';

const BOOK_LOST =
  'Lost with the database: which entries the cluster has. "logstead clickhouse backfill" asks it, and sends the rest\n';

const BOOKS_LOST =
  'Lost with the database: what was imported and archived, incidents, and small segments, which lay in it\n';

const SMALL_SEGMENTS_LOST = `  What lay in small segments: "logstead import FILE" brings in what is missing of a log file that is still there
`;

const LOG_LOST =
  'Lost behind the damage in the log of the database: what was imported, archived and told last, and small segments. The log is kept as';

/** Read every byte of the store; works while the daemon runs. */
export function checkDeep(context: CliContext, paths: PathSettings): ExitCode {
  using database = openDatabase(context, paths);
  if (database === null) return EXIT.NOTHING_FOUND;
  const folder = join(paths.stateDir, SEGMENTS_FOLDER);
  const check = checkWithProgress(context, database, folder);
  const { damaged, setAside } = check;
  const segments = formatCounted(check.segmentCount, 'segment');
  const entries = formatCounted(check.rowCount, 'entry', 'entries');
  context.output.write(`Whole: ${segments}, ${entries}, ${formatBytes(check.sizeBytes)}\n`);
  for (const { segment, reason } of damaged) {
    const name = segment.file ?? `number ${segment.number}`;
    const lost = formatCounted(segment.rowCount, 'entry', 'entries');
    context.output.write(`Damaged: ${escapeTerminal(name)}, ${lost}: ${escapeTerminal(reason)}\n`);
  }
  for (const damage of setAside) {
    // Of one that came apart so that not even that can be read.
    const lost =
      damage.rowCount === 0
        ? 'of how many entries nobody knows'
        : formatCounted(damage.rowCount, 'entry', 'entries');
    context.output.write(
      `Set aside: number ${damage.number}, ${lost}: ${escapeTerminal(damage.reason)}\n`,
    );
  }
  return codeOf(check);
}

/** The same as one object; without a store `record` is null. */
export function checkDeepAsRecord(
  context: CliContext,
  paths: PathSettings,
): Readonly<{ code: ExitCode; record: unknown }> {
  using database = openDatabase(context, paths);
  if (database === null) return { code: EXIT.NOTHING_FOUND, record: null };
  const folder = join(paths.stateDir, SEGMENTS_FOLDER);
  const check = checkWithProgress(context, database, folder);
  const { segmentCount, rowCount, sizeBytes, damaged, setAside } = check;
  const record = {
    ...{ segmentCount, entryCount: rowCount, sizeBytes },
    damaged: damaged.map(({ segment, reason }) => damageRecord(segment, reason)),
    setAside: setAside.map((damage) => damageRecord(damage, damage.reason)),
  };
  return { code: codeOf(check), record };
}

function damageRecord(
  { number, file, rowCount }: Pick<DamageRow, 'number' | 'file' | 'rowCount'>,
  reason: string,
): unknown {
  return { number, file, entryCount: rowCount, reason };
}

function codeOf({ damaged, setAside }: StoreCheck): ExitCode {
  return damaged.length + setAside.length === 0 ? EXIT.DONE : EXIT.DAMAGE_FOUND;
}

function checkWithProgress(context: CliContext, database: Database, folder: string): StoreCheck {
  const total = readCatalog(database).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  using progress = openProgress(context, { name: 'check', total, unit: 'bytes' });
  const onProgress = (doneBytes: number): void => progress.at(doneBytes);
  return checkStore({ disk: systemDisk, database, folder, deep: true, onProgress });
}

/** List segments that the database does not know. Takes the daemon's lock. */
export function rebuild(context: CliContext, settings: Settings): ExitCode {
  const { stateDir } = settings.paths;
  using _lock = holdState(settings.paths);
  const path = join(stateDir, DATABASE_NAME);
  const isGone = isWithoutContent(systemDisk, path);
  const folder = join(stateDir, SEGMENTS_FOLDER);
  refuseNewer(path, folder);
  const log = keepDamagedLog(path);
  const aside = moveDamagedAside(path);
  try {
    return rebuildAt(context, settings, { path, folder, log, aside, isGone });
  } catch (thrown) {
    // Else the next try would find a whole database, and leave what can still be read out of the damaged one.
    if (aside !== null) moveDatabase(aside, path);
    throw thrown;
  }
}

type Rebuilding = Readonly<{
  path: string;
  folder: string;
  /** Where the damaged log of the database is kept, and the damaged database. */
  log: string | null;
  aside: string | null;
  isGone: boolean;
}>;

function rebuildAt(
  context: CliContext,
  settings: Settings,
  { path, folder, log, aside, isGone }: Rebuilding,
): ExitCode {
  using damaged = aside === null ? null : openDamaged(aside);
  using database = Database.open(path);
  const nowMs = context.clock.nowMs();
  const parts = { disk: systemDisk, database, folder, nowMs, damaged };
  const { added, setAside, generations, unreadable } = rebuildCatalog(parts);
  passGenerations(database, generations);
  if (settings.clickhouse !== null && (isGone || aside !== null || added.length > 0)) {
    loseBook(database, nowMs);
    context.output.write(BOOK_LOST);
  }
  if (aside !== null) {
    context.output.write(`The database was damaged; it is kept as ${escapeTerminal(aside)}\n`);
  }
  if (log !== null) context.output.write(`${LOG_LOST} ${escapeTerminal(log)}\n`);
  if (unreadable.length > 0) {
    const lost = formatCounted(unreadable.length, 'small segment');
    context.output.write(`Lost with the database: ${lost}\n`);
  }
  if (added.length > 0) {
    if (isGone || aside !== null) context.output.write(BOOKS_LOST);
    sayBook(context, rebuildBook(context, settings, database));
  }
  const rowCount = added.reduce((sum, row) => sum + row.rowCount, 0);
  const entries = formatCounted(rowCount, 'entry', 'entries');
  context.output.write(`Listed again: ${formatCounted(added.length, 'segment')}, ${entries}\n`);
  for (const { file, reason } of setAside) {
    context.output.write(`Set aside: ${escapeTerminal(file)}: ${escapeTerminal(reason)}\n`);
  }
  return setAside.length + unreadable.length === 0 ? EXIT.DONE : EXIT.DAMAGE_FOUND;
}

/** How far log files were read is what their entries say. */
function rebuildBook({ clock }: CliContext, settings: Settings, database: Database): RebuiltBook {
  const folder = join(settings.paths.stateDir, SEGMENTS_FOLDER);
  using reader = StoreReader.open({ disk: systemDisk, clock, database, folder });
  const patterns = new Patterns(settings.watches, []);
  const ledger = new Ledger(database);
  return rebuildGenerations(readGenerations(reader), { ledger, patterns, clock });
}

function sayBook({ output }: CliContext, { foundCount, goneCount }: RebuiltBook): void {
  if (foundCount + goneCount === 0) return;
  const files = formatCounted(foundCount, 'log file');
  const gone = goneCount === 0 ? '' : `; not there any more: ${goneCount}`;
  output.write(`Found again in the entries, how far they were read: ${files}${gone}\n`);
  output.write(SMALL_SEGMENTS_LOST);
}

/** Entries are known by their generation: a file that is new must not get the number of an old one. */
function passGenerations(database: Database, generations: ReadonlySet<number>): void {
  let watched = 0;
  let imported = 0;
  for (const generation of generations) {
    if (isImported(generation)) imported = Math.max(imported, importIdOf(generation));
    else watched = Math.max(watched, generation);
  }
  new Ledger(database).passNumbers(watched);
  if (imported > 0) passImports(database, imported);
}

/** Before anything is changed: what a newer version wrote is not damaged, and that one can read it. */
function refuseNewer(path: string, folder: string): void {
  refuseNewerSegments(systemDisk, folder);
  if (systemDisk.stat(path) === undefined) return;
  using database = openDamaged(path);
  if (database !== null) refuseNewerDamaged(database);
}

/** A database that cannot be used makes room for a new one; nothing of it is deleted. */
function moveDamagedAside(path: string): string | null {
  if (Database.isWhole(path)) return null;
  const aside = freeName(`${path}.damaged`);
  moveDatabase(path, aside);
  return aside;
}

/** With the files beside it; what is there goes. */
function moveDatabase(from: string, to: string): void {
  for (const suffix of ['-wal', '-shm', '']) {
    if (systemDisk.stat(to + suffix) !== undefined) systemDisk.unlink(to + suffix);
    if (systemDisk.stat(from + suffix) !== undefined) systemDisk.rename(from + suffix, to + suffix);
  }
  systemDisk.syncFolder(dirname(to));
}

/** SQLite lets go of what is behind the damage as soon as it opens the database to write. */
function keepDamagedLog(path: string): string | null {
  if (damageOfLog(systemDisk, path) === null) return null;
  const kept = freeName(`${path}-wal.damaged`);
  systemDisk.copy(`${path}-wal`, kept);
  return kept;
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let copy = 1; systemDisk.stat(name) !== undefined; copy += 1) name = `${wanted}.${copy}`;
  return name;
}

function openDamaged(path: string): Database | null {
  try {
    return Database.open(path, { readOnly: true });
  } catch {
    return null; // Not even its first page can be read.
  }
}
