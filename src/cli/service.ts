/**
 * `logstead service install|uninstall|status`: the daemon as a systemd service. Every step is printed with its reason;
 * `--dry-run` prints them and changes nothing.
 */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import type { Command } from 'commander';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';
import { PROGRAM_FOLDER } from '../base/version.ts';
import type { Settings } from '../config/settings.ts';
import { installPlan, keptPaths, type Step, uninstallPlan } from '../service/install-plan.ts';
import {
  CONFIG_PATH,
  PROGRAM_FOLDER as INSTALLED_FOLDER,
  PACKAGED_PROGRAM_FOLDER,
  PACKAGED_UNIT_PATH,
  UNIT_NAME,
  UNIT_PATH,
} from '../service/layout.ts';
import { performStep } from '../service/perform-steps.ts';
import { systemdVersion, unitProperties } from '../service/systemctl.ts';
import { archivedFolders } from '../service/unit-files.ts';
import type { CliContext } from './context.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { settingsFor } from './settings-for.ts';

type PlanOptions = Readonly<{ dryRun?: boolean; start?: boolean }>;

/** The oldest systemd that has everything the unit asks for: Debian 12's. */
const SYSTEMD_VERSION_MIN = 252;

const VERBS: Readonly<Record<Step['kind'], string>> = {
  copy: 'copy',
  write: 'write',
  folder: 'make',
  link: 'link',
  remove: 'remove',
  systemctl: 'systemctl',
};
const VERB_WIDTH = 10;

export function register(program: Command, context: CliContext): void {
  const service = program
    .command('service')
    .description('install the daemon as a systemd service, remove it, or say how it fares');
  service
    .command('install')
    .description('install, upgrade or bring in line with the config; repeatable; needs root')
    .option('--dry-run', 'say what would be done, and change nothing')
    .option('--no-start', 'leave starting to somebody else')
    .action((options: PlanOptions) => context.finish(install(context, options)));
  service
    .command('uninstall')
    .description('stop it and remove unit and program; config and data stay; needs root')
    .option('--dry-run', 'say what would be done, and change nothing')
    .action((options: PlanOptions) => context.finish(uninstall(context, options)));
  service
    .command('status')
    .description('say what systemd knows of it')
    .option('--json', 'one JSON object')
    .action((options: Readonly<{ json?: boolean }>) => context.finish(status(context, options)));
}

function install(context: CliContext, options: PlanOptions): ExitCode {
  const version = systemdVersion();
  if (version < SYSTEMD_VERSION_MIN) {
    throw new OperatorError(
      'SERVICE_FAILED',
      `Cannot install the service: found systemd ${version}, it needs ${SYSTEMD_VERSION_MIN} or newer`,
      { hint: 'Run "logstead run" under another supervisor; see README.md, "With cron"' },
    );
  }
  if (realpathSync(PROGRAM_FOLDER) === PACKAGED_PROGRAM_FOLDER) refuseBehindClone();
  else refuseBesidePackage();
  const settings = existsSync(CONFIG_PATH) ? installedSettings(context) : null;
  const plan = installPlan({
    programFolder: PROGRAM_FOLDER,
    systemdVersion: version,
    starts: options.start ?? true,
    settings,
  });
  walk(context, plan, options);
  if (options.dryRun) return EXIT.DONE;
  for (const folder of settings === null ? [] : archivedFolders(settings)) {
    context.output.write(`The service may write to ${escapeTerminal(folder)}\n`);
  }
  const running = options.start === false ? '' : ' and running';
  context.output.write(
    `Installed${running}. Its config is ${CONFIG_PATH}; look at it with "logstead status --config ${CONFIG_PATH}"\n` +
      `Ask "logstead doctor --config ${CONFIG_PATH}" as well: it names what would lose lines or mails\n`,
  );
  return EXIT.DONE;
}

/** Its unit would go before that of the package, whose upgrades then would change nothing. */
function refuseBesidePackage(): void {
  if (!existsSync(PACKAGED_UNIT_PATH)) return;
  throw new OperatorError(
    'SERVICE_FAILED',
    `Cannot install the service from "${PROGRAM_FOLDER}": the Debian package is installed, with "${PACKAGED_UNIT_PATH}"`,
    {
      hint: 'Upgrade with a newer package; or remove it with "apt remove logstead", which keeps config and data, and install again',
    },
  );
}

/** The other way round: the package would be there, and the clone's program go on running. An operator's own copy of the packaged unit is none. */
function refuseBehindClone(): void {
  const command = `${INSTALLED_FOLDER}/src/logstead.sh`;
  if (!existsSync(UNIT_PATH) || !readFileSync(UNIT_PATH, 'utf8').includes(command)) return;
  throw new OperatorError(
    'SERVICE_FAILED',
    `Cannot set up the service of the Debian package: "${UNIT_PATH}" goes before it, with the program in "${INSTALLED_FOLDER}"`,
    {
      hint: `Run "${command} service uninstall", which keeps config and data, then "/usr/bin/logstead service install"`,
    },
  );
}

/** What the unit starts on must be right before anything is touched. */
function installedSettings(context: CliContext): Settings {
  return settingsFor(context, { config: CONFIG_PATH });
}

function uninstall(context: CliContext, options: PlanOptions): ExitCode {
  if (existsSync(PACKAGED_UNIT_PATH) && !existsSync(UNIT_PATH)) {
    throw new OperatorError(
      'SERVICE_FAILED',
      `Cannot remove the service: its unit "${PACKAGED_UNIT_PATH}" belongs to the Debian package`,
      { hint: 'Remove the package with "apt remove logstead", which keeps config and data' },
    );
  }
  walk(context, uninstallPlan(), options);
  for (const path of keptPaths()) {
    context.output.write(`${'kept'.padEnd(VERB_WIDTH)}${path}\n`);
  }
  return EXIT.DONE;
}

function walk(context: CliContext, plan: readonly Step[], { dryRun }: PlanOptions): void {
  if (!dryRun) requireRoot();
  for (const step of plan) {
    const verb = step.isDone ? 'keep' : VERBS[step.kind];
    const lead = dryRun && !step.isDone ? 'would ' : '';
    context.output.write(
      `${`${lead}${verb}`.padEnd(VERB_WIDTH + lead.length)}${escapeTerminal(step.path)}: ${step.reason}\n`,
    );
    if (!dryRun) performStep(step);
  }
  if (dryRun) context.output.write('Nothing was changed.\n');
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new OperatorError('USAGE', 'Cannot change system services without being root', {
    hint: 'Run it with sudo, or look at what it would do with --dry-run',
  });
}

function status(context: CliContext, options: Readonly<{ json?: boolean }>): ExitCode {
  const names = [
    'LoadState',
    'ActiveState',
    'SubState',
    'UnitFileState',
    'MainPID',
    'NRestarts',
    'Result',
    'StatusText',
    'ActiveEnterTimestamp',
    'FragmentPath',
    'DropInPaths',
  ] as const;
  const found = unitProperties(UNIT_NAME, names);
  const isInstalled = isThere(found.LoadState);
  const isActive = found.ActiveState === 'active';
  if (options.json) {
    const { StatusText: statusText } = found;
    const restarts = Number(found.NRestarts || 0);
    context.output.write(
      `${JSON.stringify({
        installed: isInstalled,
        active: isActive,
        state: `${found.ActiveState}/${found.SubState}`,
        enabled: found.UnitFileState === 'enabled',
        pid: Number(found.MainPID || 0),
        restarts,
        result: found.Result,
        statusText,
        unit: found.FragmentPath,
        dropIns: found.DropInPaths === '' ? [] : found.DropInPaths.split(' '),
      })}\n`,
    );
  } else if (!isInstalled) {
    context.output.write('Not installed. Install it with "sudo logstead service install".\n');
  } else {
    const since = found.ActiveEnterTimestamp === '' ? '' : ` since ${found.ActiveEnterTimestamp}`;
    // A unit that is masked, or that systemd cannot make sense of, is in no state of its own.
    const detail = found.LoadState === 'loaded' ? found.SubState : found.LoadState;
    const rows = [
      ['service', `${found.ActiveState} (${detail})${isActive ? since : ''}`],
      ['says', found.StatusText],
      ['pid', found.MainPID],
      ['restarts', found.NRestarts],
      ['at boot', found.UnitFileState === 'enabled' ? 'starts' : 'does not start'],
      ['unit', found.FragmentPath],
      ['drop-ins', found.DropInPaths || 'none'],
    ];
    for (const [name, text] of rows) {
      context.output.write(`${name!.padEnd(VERB_WIDTH)}${escapeTerminal(text!)}\n`);
    }
  }
  return isActive ? EXIT.DONE : EXIT.NOT_RUNNING;
}

/** Masked is a name also where nothing has it: a package that was removed leaves its unit so. */
function isThere(loadState: string): boolean {
  if (loadState === 'masked') return existsSync(PACKAGED_UNIT_PATH);
  return loadState !== '' && loadState !== 'not-found';
}
