/** Which names are forms of one log, and what lines that means: a form that nobody knows is missed, or read a second time. */
import { copyFileSync, renameSync, rmSync, truncateSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { originalsOf, parseRotationName } from '../../../src/watch/rotation-name.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';

/** What `dateformat` of logrotate, log4j, logback and cron scripts make of `app.log`. */
const FORMS = [
  'app.log-20261120',
  'app.log-2026112014',
  'app.log-20261120-1795180800',
  'app.log-2026-11-20_14:30:00',
  'app.log-1795180800',
  'app.log.1795180800123',
  'app.log-20112026',
  'app.log-20-11-2026',
  'app.log-20112026-143000',
  'app.log.20261120T143000+0100',
  'app.log.2026-11-20T14:30:00Z',
  'app.log-202611',
  'app.log-2026-11',
  'app.log-2026-W47',
  'app.log-2026-47-1795180800',
  'app-1795180800.log',
  'app-11-20-2026-1.log',
  'app-2026-11.log',
  'app.log.bak',
  'app.log.1.bak',
  'app.log.2.old',
  'app.log-20261120.bak',
];

/** Names of logs of their own: numbers that are no time. */
const OTHERS = ['app-1.log', 'app-202611.log', 'app-2026.log', 'app-8080.log', 'app-99112026.log'];

describe('parseRotationName()', () => {
  test.each(FORMS)('takes %s for a form of app.log', (name) => {
    const want = { stem: 'app.log', rotated: true };
    expect(parseRotationName(name)).toEqual({ ...want, compression: null });
    expect(parseRotationName(`${name}.gz`)).toEqual({ ...want, compression: 'gzip' });
  });

  test.each(['@400000006a1f0c2b1d2e3f44.s', '@400000006a1f0c2b1d2e3f44.u'])(
    'takes %s, of svlogd, multilog and s6-log, for a form of current',
    (name) => {
      const want = { stem: 'current', rotated: true, compression: null };
      expect(parseRotationName(name)).toEqual(want);
      expect(originalsOf(`/var/log/web/${name}`)).toEqual(['/var/log/web/current']);
    },
  );

  test.each(OTHERS)('takes %s for a log of its own', (name) => {
    expect(parseRotationName(name)).toEqual({ stem: name, rotated: false, compression: null });
  });
});

describe.each(['a.log-1795180800', 'a.log-20112026', 'a.log-2026-11', 'a.log.1.bak'])(
  '%s',
  (name) => {
    test('is what a.log was rotated into while nothing watched', async () => {
      await using scene = new WatchScene();
      const path = scene.folder.write('a.log', lines(1, 3));
      await scene.settle();
      scene.commit();
      await scene.stop();
      scene.folder.append('a.log', lines(4, 5));
      renameSync(path, `${path}.9`);
      scene.folder.write('a.log', lines(6, 7));
      renameSync(path, scene.folder.join(name));
      scene.folder.write('a.log', lines(8, 9));
      scene.start();
      await scene.settle();
      expect(scene.collector.texts().toSorted()).toEqual(numbers(1, 9));
    });

    test('is a copy of a.log, not read a second time where it is watched', async () => {
      await using scene = new WatchScene({ watches: [{ paths: ['a.log*'] }] });
      const path = scene.folder.write('a.log', lines(1, 3));
      await scene.settle();
      scene.folder.append('a.log', lines(4, 6));
      copyFileSync(path, scene.folder.join(name));
      truncateSync(path);
      scene.folder.append('a.log', lines(7, 8));
      await scene.settle();
      expect(scene.collector.texts()).toEqual(numbers(1, 8));
    });
  },
);

test('Watcher reads what svlogd made of current more than once while nothing watched', async () => {
  await using scene = new WatchScene({ watches: [{ paths: ['*/current'] }] });
  const path = scene.folder.write('web/current', lines(1, 3));
  await scene.settle();
  scene.commit();
  await scene.stop();
  scene.folder.append('web/current', lines(4, 5));
  renameSync(path, scene.folder.join('web/@400000006a1f0c2b1d2e3f44.s'));
  scene.folder.write('web/current', lines(6, 7));
  renameSync(path, scene.folder.join('web/@400000006a1f0c3c0a0b0c0d.s'));
  scene.folder.write('web/current', lines(8, 9));
  scene.start();
  await scene.settle();
  expect(scene.collector.texts()).toEqual(numbers(1, 9));
  expect(new Set(scene.collector.pending.map(({ source }) => source)).size).toBe(1);
});

describe('a-1.log.gz', () => {
  test('is a form of a.log, and a-1.log is none', () => {
    expect(originalsOf('/logs/a-1.log.gz')).toEqual(['/logs/a-1.log', '/logs/a.log']);
    expect(originalsOf('/logs/a_12.log.zst')).toEqual(['/logs/a_12.log', '/logs/a.log']);
    expect(originalsOf('/logs/a-1.log')).toEqual([]);
  });

  test('is what a.log was rotated into while nothing watched, under numbers that were known before', async () => {
    await using scene = new WatchScene();
    const path = scene.folder.write('a.log', lines(1, 300));
    await scene.settle();
    renameSync(path, scene.folder.join('a-1.log'));
    const second = scene.folder.write('a.log', lines(301, 500));
    await scene.settle();
    rmSync(scene.folder.join('a-1.log'));
    scene.folder.write('a-1.log.gz', gzipSync(lines(1, 300)));
    await scene.settle();
    scene.commit();
    await scene.stop();
    renameSync(scene.folder.join('a-1.log.gz'), scene.folder.join('a-3.log.gz'));
    rmSync(second);
    scene.folder.write('a-2.log.gz', gzipSync(lines(301, 600)));
    scene.folder.write('a-1.log.gz', gzipSync(lines(601, 700)));
    scene.folder.write('a.log', lines(701, 710));
    scene.start();
    for (let round = 0; round < 4; round += 1) await scene.settle();
    expect(scene.collector.texts().sort()).toEqual(numbers(1, 710).sort());
    expect(scene.watcher.losses()).toEqual([]);
  });
});
