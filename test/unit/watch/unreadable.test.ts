/**
 * Files and folders that may not or cannot be read: named with the reason, tried again, and read from their first byte once
 * they can be.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, lchownSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { CLOCK_SLACK_MS, RESCAN_MS } from '../../../src/watch/limits.ts';
import { needsRoot } from '../../support/needs.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';
import { withoutPrivileges } from '../../support/without-privileges.ts';

const PLACES = new URL('../../../src/watch/private-places.ts', import.meta.url).href;

/** As a user whom permissions hold back; rounds are synchronous, so nothing else runs as one. */
async function settleUnprivileged(scene: WatchScene): Promise<void> {
  await scene.clock.advance(RESCAN_MS + 1);
  scene.watcher.rescan();
  for (let more = true; more || !scene.watcher.isComplete; await scene.clock.advance(0)) {
    withoutPrivileges(() => {
      more = scene.watcher.round(scene.collector, { budgetBytes: 8_000_000 });
    });
  }
}

describe('Watcher and a file it may not read', () => {
  test('names it with the reason, reads the others, and reads it whole once it may', async () => {
    await using scene = new WatchScene();
    chmodSync(scene.folder.path, 0o755);
    const secret = scene.folder.write('secret.log', lines(1, 3, 'secret'));
    scene.folder.write('open.log', lines(1, 2, 'open'));
    chmodSync(secret, 0);
    await settleUnprivileged(scene);
    expect(scene.collector.texts()).toEqual(numbers(1, 2, 'open'));
    const status = scene.watcher.files().find((file) => file.path === secret);
    expect(status?.error).toMatch(/permission denied|EACCES/i);
    const totals = { count: 2, unreadableCount: 1, troubledCount: 1, behindCount: 0 };
    expect(scene.watcher.fileStatuses('none')).toMatchObject({ files: [], totals });

    chmodSync(secret, 0o644);
    await settleUnprivileged(scene);
    await settleUnprivileged(scene);
    expect(scene.collector.texts('secret.log')).toEqual(numbers(1, 3, 'secret'));
    expect(scene.watcher.files().find((file) => file.path === secret)?.error).toBe(null);
  });
});

test('Watcher names, of many files, those in trouble first where only the worst are asked for', async () => {
  await using scene = new WatchScene();
  chmodSync(scene.folder.path, 0o755);
  for (let index = 0; index < 205; index += 1) scene.folder.write(`a${index}.log`, lines(1, 1));
  const lost = scene.folder.write('y.log', lines(1, 1));
  const secret = scene.folder.write('z.log', lines(1, 1));
  chmodSync(secret, 0);
  await settleUnprivileged(scene);
  const { files, totals } = scene.watcher.fileStatuses('worst', new Set([lost]));
  expect(files.length).toBe(200);
  expect(files.slice(0, 2).map(({ path }) => path)).toEqual([secret, lost]);
  expect(totals.count).toBe(207);
});

describe('Watcher and a rotated file it may not read', () => {
  test('reads one that it never saw under its own name once it may', async () => {
    await using scene = new WatchScene();
    chmodSync(scene.folder.path, 0o755);
    const path = scene.folder.write('a.log', lines(1, 3));
    await scene.settle();
    renameSync(path, `${path}.2`);
    scene.folder.write('a.log.1', lines(4, 6));
    chmodSync(`${path}.1`, 0);
    scene.folder.write('a.log', lines(7, 9));
    // Looked at so much later that it is old by the next look.
    await pause(CLOCK_SLACK_MS + 200);
    for (let look = 0; look < 3; look += 1) await settleUnprivileged(scene);
    expect(scene.collector.texts()).toEqual([...numbers(1, 3), ...numbers(7, 9)]);
    chmodSync(`${path}.1`, 0o644);
    await settleUnprivileged(scene);
    expect(scene.collector.texts().sort()).toEqual(numbers(1, 9));
  });
});

describe('Watcher and a folder it may not list', () => {
  test('names it once with the reason, reads the others, and finds what is in it once it may', async () => {
    await using scene = new WatchScene();
    chmodSync(scene.folder.path, 0o755);
    scene.folder.write('closed/a.log', lines(1, 3, 'closed'));
    scene.folder.write('open/b.log', lines(1, 2, 'open'));
    const closed = scene.folder.join('closed');
    chmodSync(closed, 0);
    await settleUnprivileged(scene);
    await settleUnprivileged(scene);
    expect(scene.collector.texts()).toEqual(numbers(1, 2, 'open'));
    expect([...scene.watcher.failedFolders().keys()]).toEqual([closed]);
    expect(scene.watcher.failedFolders().get(closed)).toMatch(/permission denied|EACCES/i);
    expect(scene.warnings.filter((warning) => warning.includes('watched folder'))).toHaveLength(1);

    chmodSync(closed, 0o755);
    await settleUnprivileged(scene);
    expect(scene.collector.texts('a.log')).toEqual(numbers(1, 3, 'closed'));
    expect(scene.watcher.failedFolders().size).toBe(0);
  });
});

describe('Watcher and a folder that was closed since its files were read', () => {
  test('goes on with the others, looks at sizes or not, and reads what was written meanwhile once it may', async () => {
    await using scene = new WatchScene();
    chmodSync(scene.folder.path, 0o755);
    scene.folder.write('closed/a.log', lines(1, 3, 'closed'));
    scene.folder.write('open/b.log', lines(1, 2, 'open'));
    await scene.settle();
    scene.commit();
    // As a service starts again: it has no handle on any of them.
    await scene.restart();
    scene.folder.append('closed/a.log', lines(4, 5, 'closed'));
    scene.folder.append('open/b.log', lines(3, 3, 'open'));
    const closed = scene.folder.join('closed');
    for (const mode of [0, 0o444]) {
      chmodSync(closed, mode);
      withoutPrivileges(() => scene.watcher.lookAtAll());
      await settleUnprivileged(scene);
      const files = scene.watcher.files().filter(({ error }) => error?.startsWith('EACCES'));
      expect(files.map(({ path }) => path)).toEqual([scene.folder.join('closed/a.log')]);
      expect([...scene.watcher.failedFolders().keys()]).toEqual(mode === 0 ? [closed] : []);
    }
    expect(scene.collector.texts('b.log')).toEqual(numbers(1, 3, 'open'));
    expect(scene.collector.texts('a.log')).toEqual(numbers(1, 3, 'closed'));

    chmodSync(closed, 0o755);
    await settleUnprivileged(scene);
    expect(scene.collector.texts('a.log')).toEqual(numbers(1, 5, 'closed'));
  });
});

describe('Watcher and a disk that fails to read', () => {
  test('names the file with the reason, reads the others, and reads it once it can', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.join('broken.log');
    // The first page of a process is never there: reading it is EIO.
    symlinkSync('/proc/self/mem', path);
    scene.folder.write('whole.log', lines(1, 2, 'whole'));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 2, 'whole'));
    const errorOf = (): string | null | undefined =>
      scene.watcher.files().find((file) => file.path === path)?.error;
    expect(errorOf()).toMatch(/i\/o error|EIO/i);
    await scene.settle();
    expect(errorOf()).toMatch(/i\/o error|EIO/i);
    // However often it is tried, it is one file.
    expect(scene.watcher.files()).toHaveLength(2);

    rmSync(path);
    symlinkSync(scene.folder.write('store/good.txt', lines(1, 3, 'good')), path);
    await scene.settle();
    await scene.settle();
    expect(scene.collector.texts('broken.log')).toEqual(numbers(1, 3, 'good'));
    expect(errorOf()).toBe(null);
  });
});

describe('Watcher and a folder that is not there', () => {
  test('waits for it, and reads what is in it when it appears, goes and appears again', async () => {
    await using scene = new WatchScene({ watches: [{ paths: ['not/yet/*.log'] }] });
    await scene.settle();
    expect(scene.watcher.files()).toEqual([]);
    expect(scene.watcher.failedFolders().size).toBe(0);
    scene.folder.write('not/yet/a.log', lines(1, 3));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 3));
    scene.folder.remove('not');
    await scene.settle();
    scene.folder.write('not/yet/a.log', lines(4, 6));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 6));
    expect(scene.warnings).toEqual([]);
  });
});

describe('Watcher and a link to what is private to Logstead', () => {
  test('names it, reads nothing of it, and reads the link once it leads to a log', async () => {
    await using scene = new WatchScene({ privatePlaces: ['own', 'config.ini'] });
    scene.folder.write('own/deep/key', 'secret\n');
    scene.folder.write('config.ini', 'secret\n');
    const targets = {
      'key.log': scene.folder.join('own/deep/key'),
      'config.log': scene.folder.join('config.ini'),
      'environment.log': '/proc/self/environ',
      'folder/key.log': scene.folder.join('own/deep/key'),
    };
    scene.folder.write('folder/open.log', lines(1, 2));
    for (const [name, target] of Object.entries(targets))
      symlinkSync(target, scene.folder.join(name));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 2));
    const refused = scene.watcher.files().filter(({ error }) => error?.includes('is private to'));
    expect(refused.map(({ path }) => path)).toEqual(
      Object.keys(targets)
        .map((name) => scene.folder.join(name))
        .toSorted(),
    );

    // A reload names another password file.
    const secret = scene.folder.write('store/password', 'secret\n');
    const places = ['own', 'config.ini', 'store/password'].map((name) => scene.folder.join(name));
    scene.watcher.reconfigure([scene.settings({})], places);
    symlinkSync(secret, scene.folder.join('password.log'));
    await scene.settle();
    expect(scene.collector.texts()).toEqual(numbers(1, 2));

    rmSync(scene.folder.join('key.log'));
    symlinkSync(scene.folder.write('store/good.txt', lines(3, 4)), scene.folder.join('key.log'));
    await scene.settle();
    expect(scene.collector.texts('key.log')).toEqual(numbers(3, 4));
  });
});

describe('Watcher and a link on the way to a file that not everybody may read', () => {
  const SOMEBODY = 4711;
  const SOMEBODY_ELSE = 4712;

  test("reads nothing of it where the link is somebody else's, and says so", async (context) => {
    needsRoot(context);
    await using scene = new WatchScene({ watches: [{ paths: ['logs/**/*.log'] }] });
    const { folder } = scene;
    const make = (name: string, mode: number, content: string): string => {
      const path = folder.write(name, content);
      chmodSync(path, mode);
      return path;
    };
    const closed = make('elsewhere/closed.log', 0o640, 'secret\n');
    const own = make('elsewhere/own.log', 0o640, lines(1, 2));
    const open = make('elsewhere/open.log', 0o644, lines(3, 4));
    const ofRoot = make('elsewhere/of-root.log', 0o600, lines(5, 6));
    make('logs/plain.log', 0o600, lines(7, 8));
    make('deep/closed.log', 0o640, 'secret\n');
    chownSync(own, SOMEBODY, SOMEBODY);
    const link = (target: string, name: string, owner: number): void => {
      symlinkSync(target, folder.join(name));
      lchownSync(folder.join(name), owner, owner);
    };
    link(closed, 'logs/a.log', SOMEBODY);
    link(own, 'logs/b.log', SOMEBODY_ELSE);
    link(folder.join('deep'), 'logs/deep', SOMEBODY);
    link(own, 'logs/c.log', SOMEBODY);
    link(open, 'logs/d.log', SOMEBODY);
    link(ofRoot, 'logs/e.log', 0);
    await scene.settle();
    expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 8).toSorted());
    const refused = scene.watcher.files().filter(({ error }) => error?.includes('chown -h'));
    expect(refused.map(({ path }) => path)).toEqual(
      ['logs/a.log', 'logs/b.log', 'logs/deep/closed.log'].map((name) => folder.join(name)),
    );
    expect(refused[2]?.error).toContain(`the link "${folder.join('logs/deep')}" of user 4711`);
  });

  test('reads nothing of it where a link of root leads to such a link, or through one', async (context) => {
    needsRoot(context);
    await using scene = new WatchScene({ watches: [{ paths: ['logs/*.log'] }] });
    const { folder } = scene;
    for (const name of ['logs', 'home']) folder.makeFolder(name);
    const secret = folder.write('elsewhere/secret', 'secret\n');
    chmodSync(secret, 0o600);
    symlinkSync('../elsewhere/secret', folder.join('home/app.log'));
    symlinkSync(folder.join('elsewhere'), folder.join('home/folder'));
    for (const name of ['home/app.log', 'home/folder']) {
      lchownSync(folder.join(name), SOMEBODY, SOMEBODY);
    }
    symlinkSync(folder.join('home/app.log'), folder.join('logs/a.log'));
    symlinkSync('../home/folder/secret', folder.join('logs/b.log'));
    await scene.settle();
    expect(scene.collector.texts()).toEqual([]);
    const errors = scene.watcher.files().map(({ error }) => error);
    expect(errors[0]).toContain(`the link "${folder.join('home/app.log')}" of user 4711`);
    expect(errors[1]).toContain(`the link "${folder.join('home/folder')}" of user 4711`);
  });
});

test('PrivatePlaces trusts no link where it cannot be told whose the link and the file are', (context) => {
  needsRoot(context);
  using folder = TempFolder.make();
  const path = folder.write('elsewhere/own.log', 'secret\n');
  chmodSync(path, 0o640);
  chownSync(path, 4711, 0);
  const link = folder.join('app.log');
  symlinkSync(path, link);
  lchownSync(link, 4712, 0);
  const script = `
    const { openSync } = await import('node:fs');
    const { PrivatePlaces } = await import(${JSON.stringify(PLACES)});
    const link = ${JSON.stringify(link)};
    console.log(new PrivatePlaces([]).refusalOf(link, openSync(link)));`;
  const node = [process.execPath, '--input-type=module', '-e', script];
  const said = execFileSync('unshare', ['--user', '--map-root-user', ...node]).toString();
  expect(said).toContain(`the link "${link}" of a user whom Logstead cannot tell from others`);
  expect(execFileSync(node[0]!, node.slice(1)).toString()).toContain('of user 4712');
});
