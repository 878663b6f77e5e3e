/** The published package: packed, installed into an empty folder, and used as a command and as a library. */
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type CommandResult, runCommand } from '../support/daemon-process.ts';
import { makeFreshClone, userEnvironment } from '../support/fresh-clone.ts';
import { needsRegistry } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const DASHBOARD = fileURLToPath(new URL('../../src/serve/dashboard', import.meta.url));
const PACKAGE_FILE = new URL('../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string };

/** Packing and installing, from a registry that may be slow. */
const TIMEOUT_MS = 240_000;

async function npm(cwd: string, args: readonly string[]): Promise<CommandResult> {
  const result = await runCommand('npm', args, { cwd, env: userEnvironment() });
  expect(result, `npm ${args.join(' ')}: ${result.stderr}`).toMatchObject({ code: 0 });
  return result;
}

test('the packed package works where it is installed', { timeout: TIMEOUT_MS }, async (context) => {
  await needsRegistry(context);
  using folder = TempFolder.make();
  const clone = makeFreshClone(folder, 'a clone');
  symlinkSync(MODULES, `${clone}/node_modules`);
  await npm(clone, ['pack', '--pack-destination', folder.path]);
  const tarball = folder.join(`logstead-${version}.tgz`);

  const prefix = folder.makeFolder('prefix');
  await npm(folder.path, ['install', '-g', '--prefix', prefix, '--prefer-offline', tarball]);
  const installed = `${prefix}/lib/node_modules/logstead`;
  expect(readdirSync(`${installed}/src`)).toEqual(['logstead.sh']);
  expect(readdirSync(`${installed}/dist/serve/dashboard`)).toEqual(readdirSync(DASHBOARD));
  const told = await runCommand(`${prefix}/bin/logstead`, ['--version'], {
    cwd: '/',
    env: userEnvironment(),
  });
  expect(told.stdout).toBe(`${version}\n`);
});
