/** Every command of the tour in README.md is run as it stands there, and prints what stands below it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { runCommand } from '../support/daemon-process.ts';
import { makeFreshClone, userEnvironment } from '../support/fresh-clone.ts';
import { needsProgram } from '../support/needs.ts';
import { asShown, maskVarying, tourSteps } from '../support/readme-tour.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = readFileSync(`${ROOT}/README.md`, 'utf8');

/** About forty short processes, each started through npx. */
const TIMEOUT_MS = 300_000;
const STEP_TIMEOUT_MS = 30_000;

/** Run once. All other commands only look, and are repeated until the daemon has caught up, as a person would. */
const ACTS = /^(?:for |touch |sed |npx logstead rotate$)/;

test('README.md: the commands of the tour print what it says', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  const script = needsProgram(context, 'script');
  const [start, ...steps] = tourSteps(README);
  expect(start?.command).toBe('npm start');
  expect(steps.length).toBeGreaterThan(15);

  using folder = TempFolder.make();
  const clone = realpathSync(makeFreshClone(folder, 'logstead'));
  symlinkSync(realpathSync(`${ROOT}/node_modules`), `${clone}/node_modules`);
  // Another daemon may run on this machine, with the port that is the default.
  const configPath = `${clone}/config/config.ini`;
  const config = readFileSync(configPath, 'utf8');
  writeFileSync(configPath, config.replace(/^;?listen = .*$/m, 'listen = 127.0.0.1:0'));

  const run = { cwd: clone, env: userEnvironment() };
  const shown = (printed: string): string =>
    asShown(printed, { folder: clone, machine: hostname() });

  // In a terminal of its own, as the README says.
  const terminal = spawn(script, ['-qefc', 'npm start', '/dev/null'], { ...run, stdio: 'pipe' });
  let screen = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += stripVTControlCharacters(text).replaceAll('\r', '');
  });
  const exited = once(terminal, 'exit');
  try {
    await waitFor(() => screen.includes('Logstead is ready') && screen.endsWith('\n'), {
      what: 'the daemon to be ready',
      timeoutMs: STEP_TIMEOUT_MS,
      found: () => screen,
    });
    expect(maskVarying(shown(screen))).toBe(maskVarying(start!.output));

    for (const { command, output } of steps) {
      const wanted = maskVarying(output);
      let found = '';
      const isAsSaid = async (): Promise<boolean> => {
        const result = await runCommand('bash', ['-c', `{ ${command}\n} 2>&1`], run);
        found = maskVarying(shown(result.stdout));
        return found === wanted;
      };
      if (ACTS.test(command)) await isAsSaid();
      else await waitFor(isAsSaid, { timeoutMs: STEP_TIMEOUT_MS }).catch(() => {});
      expect(found, command).toBe(wanted);
    }

    terminal.stdin.write('\x03');
    await exited;
    expect(screen).toContain('Logstead has stopped');
  } finally {
    if (terminal.exitCode === null) terminal.kill('SIGTERM');
  }
});
