/**
 * What installing or removing the service takes: a list of steps, each with its reason, made by looking and
 * changing nothing. The same list is shown by `--dry-run` and performed without it; a step whose work is done already
 * says so and does nothing, so installing twice is installing once, and installing a newer program upgrades.
 *
 * Config and data are never a step of removing.
 */
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../config/settings.ts';
import {
  ARCHIVE_DROP_IN,
  COMMAND_LINK,
  CONFIG_FOLDER,
  CONFIG_GROUP,
  CONFIG_PATH,
  DATA_FOLDERS,
  DROP_FOLDER,
  DROP_FOLDER_GROUP,
  DROP_FOLDER_MODE,
  DROP_IN_FOLDER,
  NOTIFY_DROP_IN,
  PACKAGED_PROGRAM_FOLDER,
  PROGRAM_FOLDER,
  UNIT_NAME,
  UNIT_PATH,
} from './layout.ts';
import { archiveDropIn, foldersElsewhere, unitText, wantsNotifyDropIn } from './unit-files.ts';

export type Step = Readonly<{ reason: string; isDone: boolean }> &
  (
    | Readonly<{ kind: 'copy'; path: string; from: string }>
    | Readonly<{ kind: 'write'; path: string; text: string; mode: number; group: string | null }>
    | Readonly<{ kind: 'folder'; path: string; mode: number; group: string | null }>
    | Readonly<{ kind: 'link'; path: string; target: string }>
    | Readonly<{ kind: 'remove'; path: string }>
    | Readonly<{ kind: 'systemctl'; path: string; args: readonly string[] }>
  );

export type InstallFacts = Readonly<{
  /** The folder of the program that runs now. */
  programFolder: string;
  systemdVersion: number;
  /** Whether it is started too; package tools start it by their own rules. */
  starts: boolean;
  /** As the installed config says; null where there is none yet, and the one that comes with the program is taken. */
  settings: Pick<Settings, 'watches' | 'paths'> | null;
}>;

const INSTALLED_DROP_INS: readonly string[] = [NOTIFY_DROP_IN, ARCHIVE_DROP_IN];
const FILE_MODE = 0o644;
const CONFIG_MODE = 0o640;
const FOLDER_MODE = 0o755;
/** What lies in those of its own is nobody else's business. */
const OWN_FOLDER_MODE = 0o750;

export function installPlan(facts: InstallFacts): Step[] {
  const { programFolder, systemdVersion, starts, settings } = facts;
  const from = realpathSync(programFolder);
  const packaged = from === PACKAGED_PROGRAM_FOLDER;
  const inPlace = packaged || from === PROGRAM_FOLDER;
  const folder = packaged ? PACKAGED_PROGRAM_FOLDER : PROGRAM_FOLDER;
  const shipped = (name: string): string => readFileSync(join(from, 'systemd', name), 'utf8');
  const steps: Step[] = [];
  if (!packaged) {
    steps.push(
      {
        kind: 'copy',
        path: PROGRAM_FOLDER,
        from,
        isDone: inPlace,
        reason: inPlace
          ? 'the program runs from there'
          : 'the program, where the service may read it',
      },
      unit(unitText(shipped(UNIT_NAME), folder)),
      link(COMMAND_LINK, `${folder}/src/logstead.sh`, 'the command "logstead"'),
    );
  }
  steps.push(
    directory(CONFIG_FOLDER, { mode: FOLDER_MODE, group: null }, 'the folder of the config'),
    firstConfig(shipped('config.ini')),
    directory(
      DROP_FOLDER,
      { mode: DROP_FOLDER_MODE, group: DROP_FOLDER_GROUP },
      'log files are put here',
    ),
    // Outside its own folders the service may write where something is; what is missing it cannot make.
    ...(settings === null ? [] : foldersElsewhere(settings)).map((path) =>
      directory(path, { mode: OWN_FOLDER_MODE, group: null }, 'a folder that the config names'),
    ),
    dropIn(
      NOTIFY_DROP_IN,
      wantsNotifyDropIn(systemdVersion) ? shipped(`logstead.service.d/${NOTIFY_DROP_IN}`) : null,
      'readiness is told through an open socket (systemd 253 and newer)',
    ),
    dropIn(
      ARCHIVE_DROP_IN,
      settings === null ? null : archiveDropIn(settings),
      'the folders that the config archives files out of',
    ),
    run(['daemon-reload'], 'systemd reads the unit'),
  );
  // Package tools know whether somebody has disabled or masked it, and leave it so.
  if (starts || !packaged) steps.push(run(['enable', UNIT_NAME], 'it starts with the machine'));
  if (starts)
    steps.push(run(['restart', UNIT_NAME], 'it starts now, and is waited for until it is ready'));
  return steps.filter(isWorthSaying);
}

export function uninstallPlan(): Step[] {
  const linked = existsSync(COMMAND_LINK) && linkTarget(COMMAND_LINK)?.startsWith(PROGRAM_FOLDER);
  const steps = [
    run(['disable', '--now', UNIT_NAME], 'it commits what it has read and stops'),
    ...dropInRemovals(),
    removal(UNIT_PATH, 'the unit'),
    ...(linked ? [removal(COMMAND_LINK, 'the command')] : []),
    removal(PROGRAM_FOLDER, 'the program'),
    run(['daemon-reload'], 'systemd forgets the unit'),
  ];
  return steps.filter(isWorthSaying);
}

/** What removing leaves where it is. */
export function keptPaths(): string[] {
  const others = otherDropIns().map((name) => join(DROP_IN_FOLDER, name));
  return [CONFIG_FOLDER, DROP_FOLDER, ...DATA_FOLDERS, ...others].filter((path) =>
    existsSync(path),
  );
}

/** The folder goes with those of the installer, unless the operator has some in it. */
function dropInRemovals(): Step[] {
  const own = otherDropIns().length > 0 ? INSTALLED_DROP_INS : [''];
  return own.map((name) => removal(join(DROP_IN_FOLDER, name), 'written by the installer'));
}

function otherDropIns(): string[] {
  if (!existsSync(DROP_IN_FOLDER)) return [];
  return readdirSync(DROP_IN_FOLDER).filter((name) => !INSTALLED_DROP_INS.includes(name));
}

/** What is not there is not said to be kept. */
function isWorthSaying(step: Step): boolean {
  return step.kind !== 'remove' || !step.isDone;
}

/** An older one, or one that was changed by hand: which of both, nobody can tell. */
function unit(text: string): Step {
  const before = contentOf(UNIT_PATH);
  const isOther = before !== null && before !== text;
  const lost =
    '; what was changed in it by hand is lost, and belongs in a drop-in: "systemctl edit logstead"';
  return write(UNIT_PATH, text, isOther ? `the unit${lost}` : 'the unit');
}

function write(path: string, text: string, reason: string): Step {
  const isDone = contentOf(path) === text;
  return { kind: 'write', path, text, mode: FILE_MODE, group: null, reason, isDone };
}

/** An existing config is the operator's: it is kept whatever it says. */
function firstConfig(text: string): Step {
  const isDone = existsSync(CONFIG_PATH);
  const reason = isDone ? 'the config that is there' : 'a config to begin with';
  const [path, mode, group] = [CONFIG_PATH, CONFIG_MODE, CONFIG_GROUP];
  return { kind: 'write', path, text, mode, group, reason, isDone };
}

/** Written, or taken away where it is not wanted any more. */
function dropIn(name: string, text: string | null, reason: string): Step {
  const path = `${DROP_IN_FOLDER}/${name}`;
  return text === null ? removal(path, 'nothing asks for it any more') : write(path, text, reason);
}

function directory(
  path: string,
  { mode, group }: Readonly<{ mode: number; group: string | null }>,
  reason: string,
): Step {
  return { kind: 'folder', path, mode, group, reason, isDone: existsSync(path) };
}

function link(path: string, target: string, reason: string): Step {
  return { kind: 'link', path, target, reason, isDone: linkTarget(path) === target };
}

function removal(path: string, reason: string): Step {
  return { kind: 'remove', path, reason, isDone: !existsSync(path) && linkTarget(path) === null };
}

function run(args: readonly string[], reason: string): Step {
  return { kind: 'systemctl', path: args.join(' '), args, reason, isDone: false };
}

function contentOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

/** Where a symbolic link points, also a broken one; null where there is none. */
function linkTarget(path: string): string | null {
  const status = lstatSync(path, { throwIfNoEntry: false });
  return status?.isSymbolicLink() ? readlinkSync(path) : null;
}
