/** Names in the archive: dated folders, never out of the archive, never one that is taken. */
import { expect, test } from 'vitest';
import { systemDisk } from '../../../src/base/disk.ts';
import { ArchiveNames, archiveFolderOf, sourceFolders } from '../../../src/rotate/archive-path.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const NOW_MS = Date.UTC(2026, 10, 20, 14, 7, 12);

test('archiveFolderOf() dates a file by its last modification in the given zone', () => {
  const file = { source: 'nginx/access', modifiedAtMs: Date.UTC(2026, 10, 20, 23, 30) };
  expect(archiveFolderOf('/a', { ...file, timezone: 'UTC' })).toBe('/a/nginx/access/2026/11/20');
  expect(archiveFolderOf('/a', { ...file, timezone: 'Europe/Berlin' })).toBe(
    '/a/nginx/access/2026/11/21',
  );
});

test('sourceFolders() never leads up, out or nowhere', () => {
  expect(sourceFolders('../../etc')).toEqual(['__', '__', 'etc']);
  expect(sourceFolders('/a//./b/')).toEqual(['a', 'b']);
  expect(sourceFolders('')).toEqual(['unnamed']);
  expect(sourceFolders('a\u0000b\nc')).toEqual(['a_b_c']);
  expect(Buffer.byteLength(sourceFolders('ö'.repeat(300))[0]!)).toBeLessThanOrEqual(255);
});

test('ArchiveNames gives the plain name, then the time of the move, then a counter', () => {
  using folder = TempFolder.make();
  const names = new ArchiveNames(systemDisk, 'UTC');
  const take = (name: string): string =>
    names.take(folder.path, { name, nowMs: NOW_MS }).slice(folder.path.length + 1);
  expect(take('app.log')).toBe('app.log');
  expect(take('app.log')).toBe('app.20261120-140712.log');
  expect(take('app.log')).toBe('app.20261120-140712.2.log');
  expect(take('app.log')).toBe('app.20261120-140712.3.log');
  expect([take('app.log.1'), take('app.log.1')]).toEqual([
    'app.log.1',
    'app.log.1.20261120-140712',
  ]);
  expect([take('.log'), take('.log')]).toEqual(['.log', '.log.20261120-140712']);
});

test('ArchiveNames leaves what is on disk alone: files, folders and dangling links', () => {
  using folder = TempFolder.make();
  folder.write('a.log', '');
  folder.makeFolder('b.log');
  systemDisk.link(folder.join('a.log'), folder.join('a.20261120-140712.log'));
  const names = new ArchiveNames(systemDisk, 'UTC');
  const take = (name: string): string => names.take(folder.path, { name, nowMs: NOW_MS });
  expect(take('a.log')).toBe(folder.join('a.20261120-140712.2.log'));
  expect(take('b.log')).toBe(folder.join('b.20261120-140712.log'));
});

test('ArchiveNames keeps stamped names inside what a file system takes', () => {
  using folder = TempFolder.make();
  const names = new ArchiveNames(systemDisk, 'UTC');
  const name = `${'ö'.repeat(125)}.log`;
  for (let count = 0; count < 3; count += 1) {
    const path = names.take(folder.path, { name, nowMs: NOW_MS });
    systemDisk.open(path, 'create').close();
    expect(path.endsWith('.log')).toBe(true);
  }
});
