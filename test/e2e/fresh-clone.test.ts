/** What a new user does: clone, `npm start`, look, Ctrl-C. With the machine's own Node and npm. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runCommand } from '../support/daemon-process.ts';
import { makeFreshClone, userEnvironment } from '../support/fresh-clone.ts';
import { needsRegistry } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { waitFor } from '../support/wait-for.ts';

/** An installation from a registry that may be slow. */
const TIMEOUT_MS = 300_000;

test('npm start in a fresh clone installs, runs the daemon, and ends with Ctrl-C', {
  timeout: TIMEOUT_MS,
}, async (context) => {
  await needsRegistry(context);
  using folder = TempFolder.make();
  const clone = makeFreshClone(folder, "a fresh 'clone'");
  const configPath = `${clone}/config/config.ini`;
  const config = readFileSync(configPath, 'utf8');
  // Another daemon may run on this machine, with the port that is the default.
  writeFileSync(configPath, config.replace(/^;?listen = .*$/m, 'listen = 127.0.0.1:0'));
  // What only tests need is left out: it is most of the time.
  const env = {
    ...userEnvironment(),
    npm_config_omit: 'dev',
    npm_config_prefer_offline: 'true',
  };

  // A process group of its own, as a shell makes it for a command in the foreground.
  const npm = spawn('npm', ['start'], { cwd: clone, env, detached: true, stdio: 'pipe' });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const exited = once(npm, 'exit');
  try {
    const logstead = (...args: string[]) =>
      runCommand('npx', ['logstead', ...args], { cwd: clone, env });
    await waitFor(
      async () => {
        expect(npm.exitCode, output).toBeNull();
        return (await logstead('status')).code === 0;
      },
      { what: 'the daemon to be ready', timeoutMs: TIMEOUT_MS, found: () => output },
    );
    folder.write("a fresh 'clone'/logs/app.log", '2026-11-20 12:00:00 ERROR the disk is full\n');
    await waitFor(async () => (await logstead('search', 'level>=error')).stdout.includes('disk'), {
      what: 'the line to be found',
      found: () => output,
    });
    const { pid } = JSON.parse((await logstead('status', '--json')).stdout) as { pid: number };

    process.kill(-npm.pid!, 'SIGINT');
    const [code] = await exited;
    expect(code, output).toBe(0);
    expect(() => process.kill(pid, 0), output).toThrow('ESRCH');
    expect((await logstead('status')).code).toBe(3);
  } finally {
    if (npm.exitCode === null) process.kill(-npm.pid!, 'SIGKILL');
  }
});
