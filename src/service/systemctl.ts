/** Ask and tell systemd, through `systemctl`: no shell, one program run a question. */
import { spawnSync } from 'node:child_process';
import { OperatorError } from '../base/errors.ts';
import { escapeTerminal } from '../base/escape.ts';

/** Of a unit that does not start: its own error, and what systemd says of it. */
const LAST_LINES = 6;

export type SystemctlAnswer = Readonly<{ code: number; stdout: string; stderr: string }>;

/** A unit that does not become ready is given up by systemd after 90 s. */
const ANSWER_MS_MAX = 120_000;

/** Throws SERVICE_FAILED where there is no systemd to ask. */
export function systemctl(args: readonly string[]): SystemctlAnswer {
  const result = spawnSync('systemctl', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: ANSWER_MS_MAX,
  });
  if (result.error !== undefined) {
    throw new OperatorError('SERVICE_FAILED', 'Cannot run "systemctl"', {
      cause: result.error,
      hint: 'The service needs systemd 252 or newer; without it run "logstead run" under your own supervisor',
    });
  }
  return { code: result.status ?? 1, stdout: result.stdout, stderr: result.stderr };
}

/** The number in `systemd 252 (252.39-1~deb12u1)`; 0 where it cannot be told. */
export function systemdVersion(): number {
  return Number(/^systemd (\d+)/.exec(systemctl(['--version']).stdout)?.[1] ?? 0);
}

/** Properties of a unit by name; empty texts where systemd does not know it. */
export function unitProperties<Name extends string>(
  unit: string,
  names: readonly Name[],
): Record<Name, string> {
  const { stdout } = systemctl(['show', '--property', names.join(','), unit]);
  const found = new Map(
    stdout.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)] as const;
    }),
  );
  return Object.fromEntries(names.map((name) => [name, found.get(name) ?? ''])) as Record<
    Name,
    string
  >;
}

/** What a unit wrote last into the journal, escaped: why it did not start. */
export function lastWords(unit: string): string {
  const args = ['-u', unit, '-n', String(LAST_LINES), '-o', 'cat', '--no-pager'];
  const { stdout } = spawnSync('journalctl', args, { encoding: 'utf8' });
  return (stdout ?? '').split('\n').map(escapeTerminal).join('\n').trim();
}
