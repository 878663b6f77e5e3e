/** What in a config without mistakes will disappoint its owner: nobody told, nothing kept, doors open. */
import { formatBytes } from '../base/byte-size.ts';
import { formatCounted } from '../base/number-text.ts';
import { formatWarning } from '../config/mistakes.ts';
import type { Settings } from '../config/settings.ts';
import { type Finding, type Harm, well } from './finding.ts';

const CHECK = 'config';

export function checkConfig(settings: Settings, stateDiskBytes: number | null): Finding[] {
  const { alerts, email, retention } = settings;
  const findings = settings.warnings.map((warning) =>
    smell(formatWarning(warning), 'service', null),
  );
  const enabled = alerts.filter((rule) => rule.enabled);
  if (enabled.length === 0) {
    findings.push(
      smell(
        'no alert rule is enabled: nobody is told of trouble',
        'mail',
        'add an [alert:NAME] section',
      ),
    );
  }
  const mailing = enabled.filter((rule) => rule.notify.includes('email'));
  if (email === null && mailing.length > 0) {
    const count = formatCounted(mailing.length, 'rule');
    findings.push(
      smell(
        `${count} of the config would mail, and there is no [email] section: only files are written`,
        'mail',
        'add [email] with host, from and to',
      ),
    );
  }
  const { indexBytesMax } = retention;
  if (stateDiskBytes !== null && (indexBytesMax ?? Number.POSITIVE_INFINITY) > stateDiskBytes) {
    const allowed =
      indexBytesMax === null ? 'without a limit' : `up to ${formatBytes(indexBytesMax)}`;
    findings.push(
      smell(
        `the index may grow ${allowed}, its disk has ${formatBytes(stateDiskBytes)}`,
        'lines',
        'set [retention] index_size below the size of the disk',
      ),
    );
  }
  if (findings.length > 0) return findings;
  const watches = formatCounted(settings.watches.length, 'watch', 'watches');
  return [well(CHECK, `config: ${watches}, ${formatCounted(enabled.length, 'rule')}, no mistake`)];
}

function smell(text: string, harm: Harm, fix: string | null): Finding {
  return { check: CHECK, verdict: 'warn', harm, text, fix };
}
