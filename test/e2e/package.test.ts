/** The published package: packed, installed into an empty folder, and used as a command and as a library. */
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  type CommandResult,
  DaemonProcess,
  runCommand,
  TestProject,
} from '../support/daemon-process.ts';
import { makeFreshClone, userEnvironment } from '../support/fresh-clone.ts';
import { needsRegistry, skipsWithout } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));
const DASHBOARD = fileURLToPath(new URL('../../src/serve/dashboard', import.meta.url));
const PACKAGE_FILE = new URL('../../package.json', import.meta.url);
const { version } = JSON.parse(readFileSync(PACKAGE_FILE, 'utf8')) as { version: string };

/** Packing and installing, from a registry that may be slow. */
const TIMEOUT_MS = 480_000;
/** Some downloads stall for ever; npm's own limit of five minutes is as long as the whole test. */
const FETCH_LIMITS = ['--fetch-timeout=60000', '--fetch-retries=4'];

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
  const install = ['install', '-g', '--prefix', prefix, '--prefer-offline', ...FETCH_LIMITS];
  const installing = await runCommand('timeout', ['200', 'npm', ...install, tarball], {
    cwd: folder.path,
    env: userEnvironment(),
  });
  // A download that stalls for minutes says nothing about the package.
  if (installing.code === 124 || /SELF_SIGNED_CERT|ETIMEDOUT|ECONNRESET/.test(installing.stderr)) {
    skipsWithout(context, 'an npm registry that answers in time');
  }
  expect(installing, installing.stderr).toMatchObject({ code: 0 });
  const installed = `${prefix}/lib/node_modules/logstead`;
  const sources = readdirSync(`${installed}/src`, { recursive: true, encoding: 'utf8' });
  expect(sources).toContain('logstead.sh');
  expect(sources.filter((name) => name.endsWith('.ts'))).toEqual([]);
  expect(readdirSync(`${installed}/dist/serve/dashboard`)).toEqual(readdirSync(DASHBOARD));

  const logstead = `${prefix}/bin/logstead`;
  const printed = await runCommand(logstead, ['--version'], { cwd: '/', env: userEnvironment() });
  expect(printed).toEqual({ code: 0, signal: null, stdout: `${version}\n`, stderr: '' });

  await useAsCommand(logstead);
  await useAsLibrary(`${prefix}/lib`);
});

/** The daemon with its threads and its pages, from compiled files. */
async function useAsCommand(logstead: string): Promise<void> {
  using project = TestProject.make('', [logstead]);
  project.folder.write('logs/app.log', '2026-11-20 12:00:00 ERROR the disk is full\n');
  await using daemon = await DaemonProcess.start(project, { env: userEnvironment() });
  await daemon.waitFor(async () => (await project.cli(['search', 'disk'])).code === 0, {
    what: 'the line to be found',
  });
  const { http } = (await project.cliJson(['status', '--json'])) as { http: { url: string } };
  expect(await (await fetch(http.url)).text()).toContain('<title>');
  expect(await project.cli(['rotate']), daemon.output).toMatchObject({ code: 0 });
  expect(await daemon.stop(), daemon.output).toMatchObject({ code: 0 });
}

/** A program beside it, with types that the compiler accepts. */
async function useAsLibrary(folder: string): Promise<void> {
  const program = `import { Logstead } from 'logstead';
    await using logs = await Logstead.open();
    await logs.ingestLog({ message: 'the disk is full', level: 'error' });
    const { entries } = await logs.queryLogs({ minSeverity: 40 });
    console.log(entries.map((entry) => entry.message).join());
  `;
  writeFileSync(`${folder}/program.mts`, program);
  const ran = await runCommand(process.execPath, ['program.mts'], { cwd: folder });
  expect(ran).toEqual({ code: 0, signal: null, stdout: 'the disk is full\n', stderr: '' });

  const settings = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext'];
  const types = ['--lib', 'esnext', '--types', 'node', '--typeRoots', `${MODULES}/@types`];
  const compiler = [`${MODULES}/typescript/bin/tsc`, ...settings, ...types, 'program.mts'];
  const compiled = await runCommand(process.execPath, compiler, { cwd: folder });
  expect(compiled.stdout + compiled.stderr).toBe('');
}
