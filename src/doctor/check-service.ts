/** Whether the daemon runs as a service that stays up, and whether its unit allows what the config asks for. */
import { formatCount } from '../base/number-text.ts';
import type { Settings } from '../config/settings.ts';
import { ARCHIVE_DROP_IN, UNIT_NAME } from '../service/layout.ts';
import { unitProperties } from '../service/systemctl.ts';
import { archivedFolders } from '../service/unit-files.ts';
import { type Finding, type Harm, well } from './finding.ts';

const CHECK = 'service';

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
      fix: `systemctl start ${UNIT_NAME}; why it is down: journalctl -u ${UNIT_NAME} -n 20`,
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
  const isItsConfig = facts.settings.configPath === facts.serviceConfigPath;
  const folders = isItsConfig ? archivedFolders(facts.settings) : [];
  const missing = folders.filter((folder) => !unit.ReadWritePaths.includes(folder));
  if (missing.length > 0) {
    problem('fail', {
      harm: 'service',
      text: `service: the config archives files out of ${missing.join(', ')}, the unit may only read there (no ${ARCHIVE_DROP_IN} for it)`,
      fix: 'logstead service install',
    });
  }
  return findings.length > 0
    ? findings
    : [well(CHECK, `service: ${UNIT_NAME} is active and starts with the machine`)];
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
      'ReadWritePaths',
    ]);
  } catch {
    return null;
  }
}
