/** The parts of ingest, opened in flow order on one state folder; closed in reverse. */
import { mkdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { AlertEvent } from '../alert/alert-event.ts';
import { AlertLog } from '../alert/alert-log.ts';
import { Evaluator } from '../alert/evaluator.ts';
import { IncidentStore } from '../alert/incident-store.ts';
import { quietHoursOf } from '../alert/quiet-hours.ts';
import type { Rule } from '../alert/rule.ts';
import { rulesOf } from '../alert/rule-from-settings.ts';
import type { Clock } from '../base/clock.ts';
import { Database, isDatabaseFailure } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { OperatorError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { LogFields } from '../base/log-fields.ts';
import { OWN_USER } from '../base/own-user.ts';
import { asStateFailure, SQLITE_READONLY } from '../base/state-failure.ts';
import { META_SCHEMA, readMeta } from '../base/state-meta.ts';
import { machineNameOf } from '../config/machine-name.ts';
import type { Settings } from '../config/settings.ts';
import { Engine } from '../engine/engine.ts';
import { SET_ASIDE_FOLDER } from '../engine/segment-files.ts';
import type { SegmentLimits } from '../engine/segment-format.ts';
import { ColumnNames } from '../model/entry-columns.ts';
import { Outbox } from '../notify/outbox.ts';
import { recipientsOf } from '../notify/recipients.ts';
import { wayOf } from '../notify/routing.ts';
import { Watcher } from '../watch/watcher.ts';
import { AlertDesk } from './alert-desk.ts';
import { ArchiveBook } from './archive-book.ts';
import { ClusterBook } from './cluster-book.ts';
import { copyingOf } from './copying.ts';
import { DoubledHours } from './doubled-hours.ts';
import { FailureNotices } from './failure-notices.ts';
import { ImportBook } from './import-book.ts';
import type { DigestOptions } from './incident-digest.ts';
import { Intake } from './intake.ts';
import { bothHold, LastLines } from './last-lines.ts';
import { refuseDamagedLog, refuseLostDatabase } from './lost-database.ts';
import { OldDigest, type OldDigestParts } from './old-digest.ts';
import { ownPlaces } from './own-places.ts';
import { Presence } from './presence.ts';
import { QuietDigest, type QuietDigestOptions } from './quiet-digest.ts';
import { SavedQueries } from './saved-queries.ts';
import {
  DATABASE_NAME,
  INTAKE_FOLDER,
  PRESENCE_NAME,
  SEGMENTS_FOLDER,
  UNPACKED_FOLDER,
} from './state-files.ts';
import { refuseNewerState } from './state-schemas.ts';

/** Of files that the start took away, named one by one. */
const FILES_TOLD_MAX = 20;

export type IngestOptions = Readonly<{
  disk: Disk;
  clock: Clock;
  log: Log;
  settings: Settings;
  /** Called after a commit that put rows into the outbox. */
  onOutbox?: () => void;
  /** Called when much memory was let go of: a collection gives it back. */
  onLetGo?: () => void;
  /** Called after the commit of what the rules said. */
  onEvents?: (events: readonly AlertEvent[]) => void;
  /** Rules of an embedding program, beside those of the settings. */
  rules?: readonly Rule[];
  /** Keep everything in memory: no folder is touched, and all is gone at the end. */
  inMemory?: boolean;
  /** How rows are cut into segments. Tests make them small. */
  limits?: Partial<SegmentLimits>;
}>;

export type IngestParts = Readonly<{
  names: ColumnNames;
  database: Database;
  engine: Engine;
  incidents: IncidentStore;
  evaluator: Evaluator;
  desk: AlertDesk;
  outbox: Outbox;
  failures: FailureNotices;
  book: ArchiveBook;
  quietDigest: QuietDigest;
  oldDigest: OldDigest;
  imports: ImportBook;
  savedQueries: SavedQueries;
  cluster: ClusterBook;
  watcher: Watcher;
  /** Null in memory: nothing there survives the process. */
  intake: Intake | null;
  lastLines: LastLines;
  doubledHours: DoubledHours;
  presence: Presence | null;
  /** Clocks of the last commit; null before the first. */
  committed: Readonly<{ atUs: number | null; readCompleteUs: number | null }>;
  close(): Promise<void>;
}>;

export async function openParts(options: IngestOptions): Promise<IngestParts> {
  try {
    return await openInOrder(options);
  } catch (caught) {
    throw asStateFailure(caught);
  }
}

async function openInOrder(options: IngestOptions): Promise<IngestParts> {
  const { disk, clock, log, settings, inMemory = false, limits = {} } = options;
  const { stateDir } = settings.paths;
  await using opening = new AsyncDisposableStack();

  const database = opening.use(inMemory ? Database.open(':memory:') : openDatabase(disk, stateDir));
  prepareTables(database, options);
  const names = new ColumnNames(machineNameOf(settings));
  const cluster = ClusterBook.open(database, clock);
  const lastLines = LastLines.open(database, copyingOf(settings) === null);
  const outbox = Outbox.open(database, recipientsOf(settings));
  const failures = new FailureNotices({ clock, log, database, outbox }, settings);
  const engine = opening.use(
    Engine.open({
      ...{ disk, clock, database },
      folder: inMemory ? null : join(stateDir, SEGMENTS_FOLDER),
      ...{ names, limits },
      holds: bothHold(cluster.holds(), lastLines.holds()),
      onDamage: (damage) => failures.damaged(damage),
    }),
  );
  tellOfRecovery(log, engine);
  cluster.configure(copyingOf(settings), engine.nextSequence);
  const incidents = IncidentStore.open(database);
  const evaluator = Evaluator.start(
    [...rulesOf(settings.alerts), ...(options.rules ?? [])],
    names,
    {
      host: hostname(),
      saved: incidents.load(),
      quietHours: quietHoursOf(settings),
      monotonicMs: () => clock.monotonicMs(),
    },
  );
  const desk = new AlertDesk({ evaluator, incidents, alertLog: AlertLog.open(database) });
  const digests = openDigests({ database, incidents }, options);
  const book = ArchiveBook.open(database);
  const savedQueries = SavedQueries.open(database);
  const intake = inMemory ? null : opening.use(Intake.open(disk, join(stateDir, INTAKE_FOLDER)));
  const presence = inMemory ? null : Presence.open(join(stateDir, PRESENCE_NAME), clock);
  const watcher = opening.use(
    await Watcher.open({
      clock,
      database,
      log,
      watches: settings.watches,
      ...ownPlaces(settings),
      ...scratchOf(options),
      onLoss: (loss) => failures.lost(loss),
    }),
  );
  const imports = ImportBook.open(database, watcher);
  const committed = committedOf(database);
  digests.quietDigest.startAt(committed.readCompleteUs ?? clock.nowMs() * 1_000);
  const opened = opening.move();
  const close = (): Promise<void> => opened.disposeAsync();
  return {
    names,
    database,
    engine,
    incidents,
    evaluator,
    desk,
    ...{ outbox, failures },
    book,
    ...digests,
    imports,
    savedQueries,
    cluster,
    watcher,
    intake,
    ...{ lastLines, doubledHours: DoubledHours.open(database) },
    ...{ presence, committed, close },
  };
}

/** Files that the start found among the segments and took away; what was missing is told as damage. */
function tellOfRecovery(log: Log, { recovery: { deleted, setAside } }: Engine): void {
  const told = (files: readonly string[]): LogFields => ({
    count: files.length,
    files: files.slice(0, FILES_TOLD_MAX),
  });
  if (deleted.length > 0) {
    log.info(
      told(deleted),
      'Deleted segments that were written and not committed when the last process ended: their entries are read again',
    );
  }
  if (setAside.length > 0) {
    log.warn(
      told(setAside),
      `Set aside files that lay among the segments and belong to none: they are in "${SEGMENTS_FOLDER}/${SET_ASIDE_FOLDER}"`,
    );
  }
}

function openDigests(
  parts: OldDigestParts,
  { settings, rules }: IngestOptions,
): Pick<IngestParts, 'quietDigest' | 'oldDigest'> {
  return {
    quietDigest: new QuietDigest(parts.incidents, {
      ...quietDigestOf(settings, rules),
      // As they were at the last commit: where they are others now, these may have ended.
      quietHours: (parts.incidents.holding() ?? quietDigestOf(settings, rules)).quietHours,
    }),
    oldDigest: new OldDigest(parts, toldOf(settings, rules)),
  };
}

/** Clocks of the last commit. */
function committedOf(database: Database): IngestParts['committed'] {
  return {
    atUs: readMeta(database, 'at_us'),
    readCompleteUs: readMeta(database, 'read_complete_us'),
  };
}

export function quietDigestOf(settings: Settings, rules?: readonly Rule[]): QuietDigestOptions {
  return { quietHours: quietHoursOf(settings), ...toldOf(settings, rules) };
}

/** Whom rules tell; `rules`: of an embedding program, beside those of the settings. */
export function toldOf(settings: Settings, rules: readonly Rule[] = []): DigestOptions {
  const all = [...rulesOf(settings.alerts), ...rules];
  const channels = new Map(all.map(({ name, notify }) => [name, notify]));
  const directory = recipientsOf(settings);
  return {
    host: hostname(),
    wayOf({ rule, severity, group }) {
      const sources = (): string[] => (group['source'] === undefined ? [] : [group['source']]);
      return wayOf({ rule, severity, sources }, channels.get(rule) ?? [], directory);
    },
  };
}

function openDatabase(disk: Disk, stateDir: string): Database {
  refuseDamagedLog(disk, stateDir);
  refuseLostDatabase(disk, stateDir);
  const path = join(stateDir, DATABASE_NAME);
  try {
    return Database.open(path);
  } catch (cause) {
    const failure = asStateFailure(cause);
    if (failure instanceof OperatorError && !isReadOnly(cause)) throw failure;
    throw cannotOpen(disk, path, cause);
  }
}

/** Refused as a whole, before a room looks after its own. SQLite opens what it may only read, and says so at the first change. */
function prepareTables(database: Database, { disk, settings }: IngestOptions): void {
  refuseNewerState(database);
  try {
    database.migrate(META_SCHEMA);
  } catch (cause) {
    if (!isReadOnly(cause)) throw cause;
    throw cannotOpen(disk, join(settings.paths.stateDir, DATABASE_NAME), cause);
  }
}

function isReadOnly(cause: unknown): boolean {
  return isDatabaseFailure(cause) && cause.errcode === SQLITE_READONLY;
}

function cannotOpen(disk: Disk, path: string, cause: unknown): OperatorError {
  const owner = disk.stat(path)?.uid ?? OWN_USER;
  const hint =
    owner === OWN_USER
      ? 'The folder must exist and be writable, and so must the file where it is there'
      : `It belongs to user ${owner}, and this process is user ${OWN_USER}: give all that is in its folder to one of them (chown -R)`;
  const message = `Cannot open the state database "${path}"`;
  return new OperatorError('STATE_UNREADABLE', message, { cause, hint });
}

/** Where compressed logs are unpacked: empty, for a process that was killed may have left something. */
function scratchOf({ settings, inMemory = false }: IngestOptions): { scratchFolder?: string } {
  if (inMemory) return {};
  const folder = join(settings.paths.stateDir, UNPACKED_FOLDER);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  return { scratchFolder: folder };
}
