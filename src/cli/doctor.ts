/** `logstead doctor`: what on this machine will lose lines or mails, in order of harm, each with what mends it. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { systemDisk } from '../base/disk.ts';
import { escapeTerminal, jsonLine } from '../base/escape.ts';
import { formatCount } from '../base/number-text.ts';
import { examine } from '../doctor/doctor.ts';
import type { Finding } from '../doctor/finding.ts';
import type { ReaderIdentity } from '../doctor/reader-identity.ts';
import { type ServiceIdentity, serviceIdentity } from '../doctor/service-identity.ts';
import { callDaemon } from '../serve/control-client.ts';
import type { DaemonStatus } from '../serve/daemon-status.ts';
import { CONFIG_PATH } from '../service/layout.ts';
import { type CliContext, configPathOf, globalOptions } from './context.ts';
import { EXIT } from './exit-code.ts';
import { settingsFor } from './settings-for.ts';
import { type Style, styled, terminalOf } from './terminal.ts';

type DoctorOptions = Readonly<{ json?: boolean; sendTestMail?: boolean }>;

const VERDICT_STYLE: Readonly<Record<Finding['verdict'], Style>> = {
  ok: 'dim',
  warn: 'warn',
  fail: 'error',
};

export function register(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('look at this machine and say what will lose lines or mails, with what mends it')
    .option('--json', 'one JSON object a finding')
    .option('--send-test-mail', 'send a mail to everybody whom [email] and routes name')
    .action(async (options: DoctorOptions, command: Command) => {
      const global = globalOptions(command);
      const settings = settingsFor(context, global);
      const findings = await examine({
        clock: context.clock,
        disk: systemDisk,
        settings,
        ...whoReads(configPathOf(context, global)),
        sendsMail: options.sendTestMail ?? false,
        machine: hostname(),
        daemonTimezone: await zoneOfDaemon(settings.paths.stateDir),
        timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
        serviceConfigPath: CONFIG_PATH,
      });
      show(context, findings, options);
      const failed = findings.some((finding) => finding.verdict === 'fail');
      context.finish(failed ? EXIT.HARM_FOUND : EXIT.DONE);
    });
}

function show(context: CliContext, findings: readonly Finding[], options: DoctorOptions): void {
  const { output } = context;
  if (options.json) {
    for (const finding of findings) output.write(`${jsonLine(finding)}\n`);
    return;
  }
  const { colour } = terminalOf(output, context.environment);
  for (const { verdict, text, fix } of findings) {
    output.write(
      `${styled(verdict.padEnd(5), VERDICT_STYLE[verdict], colour)} ${escapeTerminal(text)}\n`,
    );
    if (fix !== null) output.write(`      ${escapeTerminal(fix)}\n`);
  }
  const count = (verdict: Finding['verdict']): number =>
    findings.filter((finding) => finding.verdict === verdict).length;
  const failed = count('fail');
  output.write(
    `\n${formatCount(failed)} failed, ${formatCount(count('warn'))} to look at, ${formatCount(count('ok'))} ok. Exit code ${failed > 0 ? EXIT.HARM_FOUND : EXIT.DONE}\n`,
  );
}

/** Null where none runs, or it may not be asked. */
async function zoneOfDaemon(stateDir: string): Promise<string | null> {
  try {
    const { timezone } = (await callDaemon(stateDir, 'status', {
      args: { files: 'none' },
    })) as Partial<DaemonStatus>;
    return timezone ?? null;
  } catch {
    return null;
  }
}

/** The user of the service where it is installed on this config, else the one who asks. */
function whoReads(configPath: string): ServiceIdentity {
  const service = configPath === CONFIG_PATH ? serviceIdentity() : null;
  if (service !== null) return service;
  const uid = process.getuid?.() ?? null;
  const reader: ReaderIdentity = {
    name: uid === 0 ? 'root' : `user ${uid}`,
    asks: true,
    uid,
    groupIds: [...(process.getgroups?.() ?? []), process.getgid?.() ?? -1],
    readsAll: uid === 0,
  };
  return { reader, openFilesMax: openFilesMax(), hidden: [] };
}

/** The soft limit of this process. */
function openFilesMax(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}
