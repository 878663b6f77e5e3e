/**
 * What a test needs beyond npm: it skips with a clear word where that is missing, and fails instead when
 * `CI=true`, where `.ci/run` has installed every Debian package. The one place where tests may skip.
 */
import { accessSync, constants, existsSync, globSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { TestContext } from 'vitest';
import { runCommand } from './daemon-process.ts';
import { userEnvironment } from './fresh-clone.ts';

/** What of a test is needed to end it: a bench, which is none, throws instead. */
export type Skipper = Readonly<{ skip: (note?: string) => never }>;

/** Program, or shared library → the Debian package that brings it. */
const DEBIAN_PACKAGES = {
  bindfs: 'bindfs',
  chromium: 'chromium',
  exim4: 'exim4-daemon-light',
  less: 'less',
  logrotate: 'logrotate',
  ps: 'procps',
  script: 'bsdutils',
  setfacl: 'acl',
  'dpkg-deb': 'dpkg',
  'systemd-analyze': 'systemd',
  'systemd-notify': 'systemd',
  zstd: 'zstd',
  'libjemalloc.so.2': 'libjemalloc2',
} as const;

type NeededLibrary = Extract<keyof typeof DEBIAN_PACKAGES, `lib${string}`>;
export type NeededProgram = Exclude<keyof typeof DEBIAN_PACKAGES, NeededLibrary>;

// Daemons live in sbin, which is not in every user's PATH.
const PROGRAM_FOLDERS = ['/usr/bin', '/usr/sbin', '/bin', '/sbin', '/usr/local/bin'] as const;

/** Absolute path of a program. Ends the test, as skipped or as failed, where it is not installed. */
export function needsProgram(context: Skipper, program: NeededProgram): string {
  for (const folder of PROGRAM_FOLDERS) {
    const path = `${folder}/${program}`;
    if (isExecutable(path)) return path;
  }
  lacks(context, program);
}

/** Absolute path of a shared library. Ends the test, as skipped or as failed, where it is not installed. */
export function needsLibrary(context: Skipper, library: NeededLibrary): string {
  const [path] = globSync(`/usr/lib/*-linux-gnu/${library}`);
  return path ?? lacks(context, library);
}

function lacks(context: Skipper, name: keyof typeof DEBIAN_PACKAGES): never {
  const missing = `needs "${name}": apt-get install ${DEBIAN_PACKAGES[name]}`;
  if (process.env.CI === 'true') throw new Error(`This test ${missing}`);
  context.skip(missing);
}

/** Ends the test, as skipped or as failed, where the npm registry cannot be reached. */
export async function needsRegistry(context: TestContext): Promise<void> {
  const args = ['view', 'ini', 'version', '--fetch-retries=1', '--fetch-timeout=20000'];
  const { code } = await runCommand('npm', args, { env: userEnvironment() });
  if (code === 0) return;
  if (process.env.CI === 'true') throw new Error('This test needs the npm registry');
  context.skip('needs the npm registry, which cannot be reached');
}

/** Ends the test as skipped, also in CI: for what no machine of ours can install. */
export function skipsWithout(context: TestContext, missing: string): never {
  context.skip(`needs ${missing}`);
}

/** Absolute path of test data kept beside the clone, in `../shared`. Ends the test as skipped where it is missing. */
export function needsSharedData(context: TestContext, path: string): string {
  for (const shared of ['../../../shared/', '../../../../shared/']) {
    const found = fileURLToPath(new URL(shared + path, import.meta.url));
    if (existsSync(found)) return found;
  }
  context.skip(`needs "../shared/${path}", which is not part of the clone`);
}

/** Ends the test, as skipped or as failed, where it does not run as root. */
export function needsRoot(context: Skipper): void {
  if (process.getuid?.() === 0) return;
  if (process.env.CI === 'true') throw new Error('This test needs root');
  context.skip('needs root');
}

/**
 * Ends the test, as skipped or as failed, where it cannot be known who has a file open for writing: only root sees what programs
 * of other users have open.
 */
export function needsSightOfWriters(context: Skipper): void {
  needsRoot(context);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
