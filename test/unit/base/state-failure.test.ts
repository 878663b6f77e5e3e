/** What a full or failing disk says, as people read it: no fault of the program, and no place in it. */
import { writeFileSync } from 'node:fs';
import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { Database } from '../../../src/base/database.ts';
import { ThreadCalls } from '../../../src/base/thread-call.ts';
import { exitCodeOf, explainError } from '../../../src/cli/explain-error.ts';

/** A device that is always full. */
const FULL_DEVICE = '/dev/full';

test.each([
  ['a file', 'ENOSPC: no space left on device, write', () => writeFileSync(FULL_DEVICE, 'x')],
  ['the database', 'Cannot use the state database: database or disk is full', fillDatabase],
])('a command says what is full where %s cannot be written', (_, message, fail) => {
  const thrown = thrownBy(fail);
  expect(explainError(thrown)).toMatch(new RegExp(`^${message}\n {2}The disk is full, .*\\S$`));
  expect(exitCodeOf(thrown)).toBe(4);
});

test('a command says what is full, also where what it had open cannot be closed then', () => {
  const thrown = thrownBy(() => {
    using _open = {
      [Symbol.dispose]: () => {
        throw new Error('unable to open database file');
      },
    };
    writeFileSync(FULL_DEVICE, 'x');
  });
  expect(explainError(thrown)).toMatch(
    /^ENOSPC: no space left on device, write\n {2}The disk is full/,
  );
});

test('ThreadCalls brings back that the disk is full, for whoever asked the daemon', async () => {
  const { port1, port2 } = new MessageChannel();
  const near = new ThreadCalls(port1);
  using _far = new ThreadCalls(port2, { handlers: { fill: fillDatabase } });
  await expect(near.call('fill')).rejects.toMatchObject({
    code: 'DISK_FULL',
    hint: expect.stringContaining('make room there'),
  });
  port1.close();
});

function fillDatabase(): void {
  using database = Database.open(':memory:');
  database.prepare('PRAGMA max_page_count = 1').get();
  database.migrate({ room: 'test', steps: ['CREATE TABLE rows (text TEXT) STRICT'] });
}

function thrownBy(fail: () => void): unknown {
  try {
    fail();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('It did not fail');
}
