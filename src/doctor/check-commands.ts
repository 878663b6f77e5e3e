/** Whether the programs that alerts are told by are there, and may be run by whoever will run them. */
import { type Stats, statSync } from 'node:fs';
import { messageOf, systemCodeOf } from '../base/errors.ts';
import { formatCounted } from '../base/number-text.ts';
import type { CommandSettings } from '../config/notify-settings.ts';
import { isInside } from '../config/resolve-paths.ts';
import { shellWord } from './check-files.ts';
import { type Finding, well } from './finding.ts';
import { mayRun, type ReaderIdentity } from './reader-identity.ts';
import type { HiddenFolders } from './service-identity.ts';

const CHECK = 'commands';

export type CommandFacts = Readonly<{
  /** Who runs them. */
  reader: ReaderIdentity;
  /** What the service does not see. */
  hidden: readonly HiddenFolders[];
}>;

export function checkCommands(
  commands: readonly CommandSettings[],
  facts: CommandFacts,
): Finding[] {
  const findings = commands.flatMap(({ name, argv: [program] }): Finding[] => {
    const trouble = troubleOf(program, facts);
    if (trouble === null) return [];
    const text = `command "${name}": ${program} ${trouble.what}`;
    const fix = trouble.fix ?? `put "run" of [command:${name}] right, or the program there`;
    return [{ check: CHECK, verdict: 'fail', harm: 'mail', text, fix }];
  });
  if (findings.length > 0 || commands.length === 0) return findings;
  return [well(CHECK, `commands: ${formatCounted(commands.length, 'command')}, all may be run`)];
}

type Trouble = Readonly<{ what: string; fix?: string }>;

function troubleOf(program: string, { reader, hidden }: CommandFacts): Trouble | null {
  const by = hidden.find(({ folders }) => folders.some((folder) => isInside(program, folder)));
  if (by !== undefined) {
    const fix = `systemctl edit logstead, [Service], ${by.shownBy}; then systemctl restart logstead`;
    return { what: `is hidden from the service (${by.setting})`, fix };
  }
  let stats: Stats;
  try {
    stats = statSync(program);
  } catch (cause) {
    const isMissing = systemCodeOf(cause) === 'ENOENT';
    return { what: isMissing ? 'is not there' : `cannot be looked at: ${messageOf(cause)}` };
  }
  if (!stats.isFile()) return { what: 'is no file' };
  if (mayRun(stats, reader)) return null;
  const mode = `0${(stats.mode & 0o777).toString(8)}`;
  const whom = reader.readsAll ? '' : ` by ${reader.name}`;
  return { what: `may not be run${whom} (${mode})`, fix: `chmod a+rx ${shellWord(program)}` };
}
