/**
 * What root does for a service that runs as a user of its own: the recipes of `src/OPERATIONS.md`, `once` and a daemon started by hand
 * leave nothing behind that the service cannot read or replace. Needs root.
 */
import { randomBytes } from 'node:crypto';
import { chownSync, lstatSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  DaemonProcess,
  MAIN_PATH,
  type TestProject as Project,
  runCommand,
  TestProject,
} from '../support/daemon-process.ts';
import { needsRoot, skipsWithout } from '../support/needs.ts';

/** Nobody has it. */
const OWNER = 54_321;
const OWN_FOLDERS = ['archives', 'notifications', 'reports', 'state'] as const;
/** Enough that their segment is a file. */
const LINE_COUNT = 1_000;
const NOISE_BYTES = 300;

/** All that is in the folders of Logstead, and they themselves. */
function pathsIn(project: Project): string[] {
  return OWN_FOLDERS.flatMap((name) => {
    const folder = project.folder.join(name);
    const below = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return [folder, ...below.map((path) => join(folder, path))];
  });
}

/** As the service leaves it. */
function giveAll(project: Project): void {
  for (const path of pathsIn(project)) chownSync(path, OWNER, OWNER);
}

/** Relative paths of what the service does not own. */
function notOwned(project: Project): string[] {
  const others = pathsIn(project).filter((path) => lstatSync(path).uid !== OWNER);
  return others.map((path) => path.slice(project.folder.path.length + 1));
}

function lines(stamp: string): string {
  const noise = Array.from({ length: LINE_COUNT }, () => randomBytes(NOISE_BYTES).toString('hex'));
  return noise.map((text, index) => `${stamp} INFO line ${index} ${text}\n`).join('');
}

function writeOld(project: Project, name: string): void {
  const path = project.folder.write(`logs/${name}`, lines('2026-11-20 10:00:00'));
  utimesSync(path, 1_795_000_000, 1_795_000_000);
}

async function once(project: Project): Promise<void> {
  const result = await project.cli(['once']);
  expect(result, result.stderr).toMatchObject({ code: 0 });
}

test('what root makes in the folders of a service belongs to the service', async (context) => {
  needsRoot(context);
  using project = TestProject.make();
  writeOld(project, 'first.log');
  await once(project);
  giveAll(project);

  writeOld(project, 'second.log');
  await once(project);
  // Archived files keep the owner of the log.
  const logs = notOwned(project);
  expect(logs).toEqual([expect.stringMatching(/^archives\/second\/\d+\/\d+\/\d+\/second\.log$/)]);
  giveAll(project);

  expect(await project.cli(['restamp', 'second', '--timezone', 'Asia/Tokyo'])).toMatchObject({
    code: 0,
  });
  expect(notOwned(project)).toEqual([]);

  const backup = project.folder.join('backup');
  expect(await project.cli(['backup', backup])).toMatchObject({ code: 0 });
  for (const name of readdirSync(project.folder.join('state'))) {
    if (name.startsWith('logstead.db')) rmSync(project.folder.join('state', name));
  }
  expect(await project.cli(['check', '--rebuild'])).toMatchObject({ code: 0 });
  expect(notOwned(project)).toEqual([]);

  for (const name of readdirSync(project.folder.join('state'))) {
    rmSync(project.folder.join('state', name), { recursive: true });
  }
  expect(await project.cli(['restore', backup])).toMatchObject({ code: 0 });
  expect(notOwned(project)).toEqual([]);
}, 120_000);

test('a daemon says whose the database is where it may not write to it', async (context) => {
  needsRoot(context);
  const asOwner = ['--reuid', String(OWNER), '--regid', String(OWNER), '--clear-groups'];
  const tried = await runCommand('setpriv', [...asOwner, process.execPath, MAIN_PATH, '--version']);
  if (tried.code !== 0) skipsWithout(context, 'a clone that other users may read');
  using project = TestProject.make('', ['setpriv', ...asOwner, process.execPath, MAIN_PATH]);
  writeOld(project, 'first.log');
  chownSync(project.folder.path, OWNER, OWNER);
  chownSync(project.folder.join('logs'), OWNER, OWNER);
  expect(await project.cli(['once'])).toMatchObject({ code: 0 });
  chownSync(project.folder.join('state/logstead.db'), 0, 0);

  const refused = await DaemonProcess.spawn(project).exited();
  expect(refused.code).toBe(4);
  expect(refused.stdout).toContain('Cannot open the state database');
  expect(refused.stdout).toContain(`It belongs to user 0, and this process is user ${OWNER}`);
  expect(refused.stdout).not.toContain('.ts:');
}, 120_000);

test('a daemon that root starts by hand leaves all to the service', async (context) => {
  needsRoot(context);
  using project = TestProject.make();
  writeOld(project, 'first.log');
  await once(project);
  giveAll(project);
  rmSync(project.folder.join('state/link-key'), { force: true });

  {
    await using daemon = await DaemonProcess.start(project);
    project.folder.write('logs/second.log', lines('2026-11-20 11:00:00'));
    await daemon.waitFor(
      async () => (await project.cli(['search', '--count'])).stdout === `${2 * LINE_COUNT}\n`,
      { what: 'all entries' },
    );
    await daemon.stop();
  }
  expect(notOwned(project)).toEqual([]);
}, 120_000);
