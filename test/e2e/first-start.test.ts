/** `src/first-start.mjs`: installs when something is missing, and only then; says clearly when it cannot. */
import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type CommandResult, runCommand } from '../support/daemon-process.ts';
import { TempFolder } from '../support/temp-folder.ts';

const FIRST_START = fileURLToPath(new URL('../../src/first-start.mjs', import.meta.url));
const OWN_NODE = `node_modules/node-linux-${process.arch}`;

const PACKAGES = {
  '': { name: 'logstead' },
  'node_modules/ini': { version: '7.0.0' },
  'node_modules/vitest': { version: '5.1.1', dev: true },
  [OWN_NODE]: { version: '24.21.0', optional: true, os: 'linux', cpu: process.arch },
  'node_modules/elsewhere': { version: '1.0.0', optional: true, os: ['darwin'] },
  'node_modules/for-elsewhere': { version: '1.0.0', optional: true },
  'node_modules/binding': { version: '1.0.0', optional: true, dev: true, os: ['linux'] },
  'node_modules/musl': { version: '1.0.0', optional: true, os: ['linux'], libc: ['musl'] },
};
const INSTALLED = {
  ...PACKAGES,
  '': undefined,
  'node_modules/elsewhere': undefined,
  'node_modules/for-elsewhere': undefined,
  'node_modules/musl': undefined,
};
const WITHOUT_DEV = {
  ...INSTALLED,
  'node_modules/vitest': undefined,
  'node_modules/binding': undefined,
};

/** Stands in for the program `npm`: keeps its arguments and does as the test says. */
const NPM = `
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
appendFileSync('calls', process.argv.slice(2).join(' ') + '\\n');
const calls = readFileSync('calls', 'utf8').trimEnd().split('\\n').length;
if (calls <= Number(process.env.NPM_FAILS ?? 0)) {
  console.error(process.env.NPM_ERROR);
  process.exit(1);
}
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
// As npm does under an old Node, which is here any but the one it has installed.
if (process.env.NPM_SKIPS && !process.execPath.startsWith(process.cwd())) {
  delete lock.packages[process.env.NPM_SKIPS];
}
const bin = '${OWN_NODE}/bin';
mkdirSync(bin, { recursive: true });
if (!existsSync(bin + '/node')) copyFileSync(process.execPath, bin + '/node');
writeFileSync('node_modules/.package-lock.json', JSON.stringify(lock));
`;

function makeClone(folder: TempFolder, installed?: unknown): void {
  mkdirSync(folder.join('src'));
  copyFileSync(FIRST_START, folder.join('src/first-start.mjs'));
  folder.write('npm.mjs', NPM);
  folder.write('package-lock.json', JSON.stringify({ packages: PACKAGES }));
  if (installed !== undefined) {
    folder.write('node_modules/.package-lock.json', JSON.stringify({ packages: installed }));
  }
}

function firstStart(
  folder: TempFolder,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandResult> {
  return runCommand(process.execPath, [folder.join('src/first-start.mjs'), ...args], {
    env: { npm_execpath: folder.join('npm.mjs'), npm_node_execpath: process.execPath, ...env },
    cwd: '/',
  });
}

test('first-start.mjs installs everything once in a fresh clone', async () => {
  using folder = TempFolder.make();
  makeClone(folder);
  const first = await firstStart(folder);
  expect(first).toMatchObject({ code: 0, stdout: '' });
  expect(first.stderr).toMatch(
    /^logstead: Installing packages: they are not there yet\. [^\n]*\n$/,
  );
  expect(folder.read('calls')).toBe(
    'ci --loglevel=error --no-audit --no-fund --include=optional --fetch-retry-maxtimeout=10000\n',
  );
  expect(await firstStart(folder)).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(await firstStart(folder, ['test'])).toMatchObject({ code: 0, stdout: '', stderr: '' });
});

test('first-start.mjs installs again when the lockfile asks for another version', async () => {
  for (const name of ['node_modules/ini', OWN_NODE]) {
    using folder = TempFolder.make();
    makeClone(folder, { ...INSTALLED, [name]: { version: '0.0.1' } });
    expect((await firstStart(folder)).stderr).toMatch(/ is needed, 0\.0\.1 is there\./);
    expect(folder.exists('calls')).toBe(true);
  }
});

test('first-start.mjs leaves an installation without what it does not need', async () => {
  using folder = TempFolder.make();
  makeClone(folder, WITHOUT_DEV);
  expect(await firstStart(folder)).toMatchObject({ code: 0, stderr: '' });
  expect(folder.exists('calls')).toBe(false);
  expect((await firstStart(folder, ['test'])).stderr).toContain('vitest 5.1.1 is needed, none');
  expect(folder.read('calls')).toContain('--include=dev');
});

test('first-start.mjs installs the Node of this machine if it is missing', async () => {
  using folder = TempFolder.make();
  makeClone(folder, { ...INSTALLED, [OWN_NODE]: undefined });
  expect((await firstStart(folder)).stderr).toContain('24.21.0 is needed, none is there');
});

test('first-start.mjs installs again with our Node what an old Node made npm skip', async () => {
  using folder = TempFolder.make();
  makeClone(folder);
  const result = await firstStart(folder, ['test'], { NPM_SKIPS: 'node_modules/binding' });
  expect(result.code).toBe(0);
  expect(folder.read('calls').trimEnd().split('\n')).toHaveLength(2);
  expect(await firstStart(folder, ['test'])).toMatchObject({ code: 0, stderr: '' });
});

test('first-start.mjs links our Node where npm left that out', async () => {
  using folder = TempFolder.make();
  makeClone(folder);
  await firstStart(folder);
  const { stdout } = await runCommand(folder.join('node_modules/.bin/node'), ['--version']);
  expect(stdout).toBe(`${process.version}\n`);
});

test('first-start.mjs never installs through a symbolic link', async () => {
  using folder = TempFolder.make();
  makeClone(folder);
  symlinkSync(folder.makeFolder('elsewhere'), folder.join('node_modules'));
  const { code, stderr } = await firstStart(folder);
  expect(code).toBe(0);
  expect(stderr).toContain('Leaving node_modules as it is');
  expect(folder.exists('calls')).toBe(false);
});

test('first-start.mjs tries a second time', async () => {
  using folder = TempFolder.make();
  makeClone(folder);
  const result = await firstStart(folder, [], { NPM_FAILS: '1', NPM_ERROR: 'npm error stalled' });
  expect(result.code).toBe(0);
  expect(result.stderr).not.toContain('stalled');
  expect(result.stderr).toContain('logstead: npm failed; trying once more.\n');
  expect(folder.read('calls').split('\n')).toHaveLength(3);
});

test('first-start.mjs shows why npm failed, and says so when there is no network', async () => {
  using folder = TempFolder.make();
  makeClone(folder);
  const broken = await firstStart(folder, [], { NPM_FAILS: '9', NPM_ERROR: 'npm error EACCES' });
  expect(broken.code).toBe(1);
  expect(broken.stderr).toContain(
    'npm error EACCES\nlogstead: Cannot install packages: npm failed',
  );
  const offline = await firstStart(folder, [], {
    NPM_FAILS: '9',
    NPM_ERROR: 'npm error code ENOTFOUND',
  });
  expect(offline.code).toBe(1);
  expect(offline.stderr).toContain('the npm registry cannot be reached');
});
