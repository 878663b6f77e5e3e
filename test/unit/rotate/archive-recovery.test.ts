/** A run died when the original was gone, and the file system gave its inode to the next log of that name. */
import { readFileSync, statSync, unlinkSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { BookChange } from '../../../src/ingest/archive-change.ts';
import { ArchiveScene } from '../../support/archive-scene.ts';

const CONTENT = 'the first line\nthe second line\n';
const SUCCESSORS = [
  ['longer', CONTENT.toUpperCase().repeat(2)],
  ['as long', CONTENT.toUpperCase()],
  ['shorter', 'another line\n'],
  ['empty', ''],
] as const;
const DIED = ['stored', 'done'] as const;
const CASES = DIED.flatMap((before) =>
  SUCCESSORS.map((successor) => [before, ...successor] as const),
);

test.each(CASES)(
  'recoverArchive() keeps the archived file and the next log that has its inode: died before "%s", the next is %s',
  async (before, _size, successor) => {
    using scene = ArchiveScene.make();
    scene.compression = 'gzip';
    const { path } = scene.file('app.log', CONTENT);
    scene.beforeCommit = (change: BookChange) => {
      if (change.kind === before) throw new Error('the process is dead');
    };
    await expect(scene.move([scene.candidate(path)])).rejects.toThrow('dead');
    scene.beforeCommit = () => {};
    // By us, or before we came to it by somebody else.
    if (before === 'stored') unlinkSync(path);
    scene.folder.write('logs/app.log', successor);
    scene.database.prepare('UPDATE archive SET inode = ?').run(statSync(path).ino);
    const [{ archivePath } = { archivePath: '' }] = scene.book.unfinished();

    expect(await scene.recover()).toMatchObject([{ kind: 'finished' }]);
    expect(gunzipSync(readFileSync(archivePath)).toString('utf8')).toBe(CONTENT);
    expect(readFileSync(path, 'utf8')).toBe(successor);
    expect(scene.book.list(2)).toMatchObject([{ state: 'done', archivePath }]);
  },
);

test('recoverArchive() takes the archive name back where the original is there and has grown', async () => {
  using scene = ArchiveScene.make();
  scene.compression = 'gzip';
  const file = scene.file('app.log', CONTENT);
  const { path } = file;
  scene.beforeCommit = (change: BookChange) => {
    if (change.kind === 'stored') throw new Error('the process is dead');
  };
  await expect(scene.move([file])).rejects.toThrow('dead');
  scene.beforeCommit = () => {};
  const [{ archivePath } = { archivePath: '' }] = scene.book.unfinished();
  scene.folder.append('logs/app.log', 'a third line\n');

  expect(await scene.recover()).toMatchObject([{ kind: 'undone' }]);
  expect(() => statSync(archivePath)).toThrow('ENOENT');
  expect(readFileSync(path, 'utf8')).toBe(`${CONTENT}a third line\n`);
});
