/** Whether the daemon runs as a service that stays up, and whether its unit allows what the config asks for. */
import { basename } from 'node:path';
import { formatCount } from '../base/number-text.ts';
import { isInside } from '../config/resolve-paths.ts';
import type { Settings } from '../config/settings.ts';
import { ARCHIVE_DROP_IN, UNIT_NAME } from '../service/layout.ts';
import { unitProperties } from '../service/systemctl.ts';
import { archivedFolders, capabilitiesFor } from '../service/unit-files.ts';
import { type Finding, type Harm, well } from './finding.ts';

const CHECK = 'service';
/** How the main process ended: our own exit code, and the one of systemd when it could not pass credentials. */
const OPERATOR_MISTAKE = '2';
const NO_CREDENTIALS = '243';

export type ServiceFacts = Readonly<{
  settings: Pick<Settings, 'watches' | 'paths' | 'configPath'>;
  /** The config of the service; another one is not its business. */
  serviceConfigPath: string;
}>;

/** Nothing where there is no systemd, or no unit: the daemon may be started in another way. */
export function checkService(facts: ServiceFacts): Finding[] {
  const unit = propertiesOf();
  if (unit === null || unit.LoadState !== 'loaded') return [];
  const findings: Finding[] = [];
  const problem = (
    verdict: 'warn' | 'fail',
    { harm, text, fix }: Readonly<{ harm: Harm; text: string; fix: string }>,
  ) => findings.push({ check: CHECK, verdict, harm, text, fix });
  if (unit.ActiveState !== 'active') {
    problem('fail', {
      harm: 'lines',
      text: `service: ${UNIT_NAME} is ${unit.ActiveState} (${unit.SubState}, last result: ${unit.Result})`,
      fix: mendingOf(unit.ExecMainStatus),
    });
  }
  if (unit.UnitFileState !== 'enabled') {
    problem('warn', {
      harm: 'lines',
      text: `service: ${UNIT_NAME} does not start with the machine`,
      fix: `systemctl enable ${UNIT_NAME}`,
    });
  }
  if (Number(unit.NRestarts) > 0) {
    problem('warn', {
      harm: 'service',
      text: `service: restarted by itself ${formatCount(Number(unit.NRestarts))} times since it was started`,
      fix: `journalctl -u ${UNIT_NAME} -p warning`,
    });
  }
  if (facts.settings.configPath === facts.serviceConfigPath) {
    for (const lack of lacksOf(facts.settings, unit)) {
      problem('fail', { ...lack, fix: 'logstead service install' });
    }
    const refused = ROOTS.has(unit.User) ? [] : refusedCommands(facts.settings);
    for (const text of refused) {
      const fix = `say post_rotate_signal and post_rotate_pid_file instead: "systemctl cat" of the writer's unit shows its signal and its PIDFile=`;
      problem('fail', { harm: 'service', text, fix });
    }
  }
  return findings.length > 0
    ? findings
    : [well(CHECK, `service: ${UNIT_NAME} is active and starts with the machine`)];
}

/** What the config asks for and the unit does not allow. */
function lacksOf(
  settings: ServiceFacts['settings'],
  unit: Readonly<{ ReadWritePaths: string; CapabilityBoundingSet: string }>,
): { harm: Harm; text: string }[] {
  const writable = unitPaths(unit.ReadWritePaths);
  const missing = archivedFolders(settings).filter(
    (folder) => !writable.some((path) => isInside(folder, path)),
  );
  if (missing.length > 0) {
    const text = `service: the config archives files out of ${missing.join(', ')}, the unit may only read there (no ${ARCHIVE_DROP_IN} for it)`;
    return [{ harm: 'service', text }];
  }
  const allowed = unit.CapabilityBoundingSet.toUpperCase().split(' ');
  const lacking = capabilitiesFor(settings).filter((name) => !allowed.includes(name));
  if (lacking.length === 0) return [];
  const text = `service: the unit lacks ${lacking.join(' and ')}, with which it sees and tells who writes to what the config archives: a quiet log is moved although a program has it open, and what that writes later is lost`;
  return [{ harm: 'lines', text }];
}

const ROOTS: ReadonlySet<string> = new Set(['', 'root', '0']);
/** What systemd answers to root alone. */
const ROOTS_COMMANDS: ReadonlySet<string> = new Set(['systemctl', 'service']);

/** Commands that tell writers, and are refused to the user of the service. */
function refusedCommands({ watches }: ServiceFacts['settings']): string[] {
  return watches.flatMap(({ name, archive, rotation }) =>
    rotation.active.writers.flatMap((call) =>
      archive && call.kind === 'command' && ROOTS_COMMANDS.has(basename(call.argv[0]!))
        ? `service: post_rotate_command of [watch:${name}] is ${call.argv[0]}, which systemd refuses to the user of the service: its writer goes on in the renamed file, which stays where it is`
        : [],
    ),
  );
}

/** Trying again mends nothing where the config or the state is not as it must be, or a credential cannot be read. */
function mendingOf(exitStatus: string): string {
  const start = `systemctl start ${UNIT_NAME}`;
  const journal = `journalctl -u ${UNIT_NAME} -n 20`;
  if (exitStatus === OPERATOR_MISTAKE) {
    return `${journal} names what is to be corrected; then ${start}`;
  }
  if (exitStatus === NO_CREDENTIALS) {
    return `systemctl cat ${UNIT_NAME} names the file in LoadCredential=: write it for root alone, then ${start}`;
  }
  return `${start}; why it is down: ${journal}`;
}

/** A list of paths as systemd prints it: quoted where blanks are in them, marked where they may be missing. */
export function unitPaths(text: string): string[] {
  const words = text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g);
  return [...words].map(([, quoted, plain]) =>
    (quoted?.replaceAll(/\\(.)/g, '$1') ?? plain!).replace(/^[-+]+/, ''),
  );
}

function propertiesOf() {
  try {
    return unitProperties(UNIT_NAME, [
      'LoadState',
      'ActiveState',
      'SubState',
      'UnitFileState',
      'NRestarts',
      'Result',
      'ExecMainStatus',
      'ReadWritePaths',
      'CapabilityBoundingSet',
      'User',
    ]);
  } catch {
    return null;
  }
}
