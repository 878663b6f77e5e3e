/**
 * `logstead doctor`: look at the machine as the daemon will meet it, and say what will lose lines or mails.
 *
 * It changes nothing: watched folders are listed with the book of generations in memory, the state is opened for reading,
 * the mail server is signed in to. Each check stands in a file of its own and answers with findings.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { Database, isDatabaseFailure } from '../base/database.ts';
import type { Disk } from '../base/disk.ts';
import { silentLog } from '../base/log.ts';
import { fixedPartOf, realPathOf } from '../config/resolve-paths.ts';
import type { Settings } from '../config/settings.ts';
import { DATABASE_NAME } from '../ingest/state-files.ts';
import { recipientsOf } from '../notify/recipients.ts';
import { addressesOf } from '../notify/routing.ts';
import type { DiskRoom } from '../report/report.ts';
import { diskRoomOf } from '../report/store-coverage.ts';
import type { WatchSink } from '../watch/sink.ts';
import { Watcher } from '../watch/watcher.ts';
import { checkClock } from './check-clock.ts';
import { checkCommands } from './check-commands.ts';
import { checkConfig } from './check-config.ts';
import { checkDisk } from './check-disk.ts';
import { checkFiles, type FollowedFile } from './check-files.ts';
import { checkLimits } from './check-limits.ts';
import { checkLogrotate } from './check-logrotate.ts';
import { checkMail } from './check-mail.ts';
import { checkService } from './check-service.ts';
import { checkState } from './check-state.ts';
import { byHarm, type Finding } from './finding.ts';
import type { ReaderIdentity } from './reader-identity.ts';
import type { HiddenFolders } from './service-identity.ts';

export type DoctorOptions = Readonly<{
  clock: Clock;
  disk: Disk;
  settings: Settings;
  reader: ReaderIdentity;
  /** What the service does not see as it is. */
  hidden: readonly HiddenFolders[];
  sendsMail: boolean;
  machine: string;
  timezone: string;
  daemonTimezone: string | null;
  openFilesMax: number | null;
  serviceConfigPath: string;
}>;

const READS_NOTHING: WatchSink = {
  chunk: () => false,
  longLine: () => false,
  partial: () => 'kept',
  ended: () => {},
};

/** In order of harm. */
export async function examine(options: DoctorOptions): Promise<Finding[]> {
  const { settings, clock, reader } = options;
  const { stateDir, archiveDir, reportDir, notifyDir } = settings.paths;
  const nowMs = clock.nowMs();
  const files = await followedFiles(options);
  const paths = files.map(({ path }) => path);
  const rooms = roomsOf(options, [stateDir, archiveDir]);
  const to = addressesOf(recipientsOf(settings));
  const mail = { sendsMail: options.sendsMail, to, machine: options.machine, nowMs };
  return byHarm([
    // Of what harms alike, a service that is down comes first: it loses lines of all logs.
    ...checkService({ settings, serviceConfigPath: options.serviceConfigPath }),
    ...checkState(join(stateDir, DATABASE_NAME)),
    ...checkConfig(settings, rooms[stateDir]?.totalBytes ?? null),
    ...checkLogrotate({
      mainFile: '/etc/logrotate.conf',
      folder: '/etc/logrotate.d',
      followed: paths,
      reader,
    }),
    ...checkFiles({
      files,
      reader,
      watched: settings.watches.flatMap((watch) => watch.paths.map(fixedPartOf)).map(realPathOf),
      hidden: options.hidden,
    }),
    ...checkLimits({
      inotifyFolder: '/proc/sys/fs/inotify',
      folderCount: new Set(paths.map((path) => dirname(path))).size,
      fileCount: files.length,
      openFilesMax: options.openFilesMax,
    }),
    ...checkDisk({
      stateDir,
      freeBytesMin: settings.retention.freeBytesMin,
      folders: {
        'state folder': { path: stateDir, room: rooms[stateDir] ?? null },
        'archive folder': { path: archiveDir, room: rooms[archiveDir] ?? null },
        // What is written there is small: only whether it can be matters.
        'report folder': { path: reportDir, room: null },
        'notification folder': { path: notifyDir, room: null },
      },
    }),
    ...checkClock({
      nowMs,
      isContainer: existsSync('/.dockerenv') || existsSync('/run/.containerenv'),
      timezone: options.timezone,
      daemonTimezone: options.daemonTimezone,
      newestChangeMs: newestChangeMs(paths),
    }),
    ...checkCommands(settings.commands, { reader, hidden: options.hidden }),
    ...(await checkMail(settings.email, mail)),
  ]);
}

/** As the daemon would list them. */
async function followedFiles({ clock, settings }: DoctorOptions): Promise<FollowedFile[]> {
  const { stateDir, reportDir, archiveDir, notifyDir } = settings.paths;
  using database = Database.open(':memory:');
  await using watcher = Watcher.open({
    clock,
    database,
    log: silentLog,
    watches: settings.watches,
    excludedFolders: [stateDir, reportDir, archiveDir, notifyDir],
  });
  while (!watcher.isListed) watcher.round(READS_NOTHING, { budgetBytes: 0 });
  return watcher.files().map(({ path, error }) => ({ path, error }));
}

type Rooms = Readonly<Record<string, DiskRoom | null>>;

function roomsOf({ disk, settings, clock }: DoctorOptions, folders: readonly string[]): Rooms {
  const path = join(settings.paths.stateDir, DATABASE_NAME);
  const nowMs = clock.nowMs();
  const look = (database: Database | null): Rooms =>
    Object.fromEntries(
      folders.map((folder) => [
        folder,
        diskRoomOf({ disk, database }, { folders: [folder], nowMs }),
      ]),
    );
  if (!existsSync(path)) return look(null);
  try {
    using database = Database.open(path, { readOnly: true });
    return look(database);
  } catch (cause) {
    // How long the room lasts is then not known; everything else is, and what is wrong there may be just what is looked for.
    if (!isDatabaseFailure(cause)) throw cause;
    return look(null);
  }
}

function newestChangeMs(paths: readonly string[]): number | null {
  const times = paths.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return times.length === 0 ? null : times.reduce((newest, time) => Math.max(newest, time), 0);
}
