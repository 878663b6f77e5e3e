/** Of descriptors and watches there is never enough: what cannot be had is done without, and every line is read. */
import { spawnSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { provingLine } from '../../src/selftest/proving-line.ts';
import { skipsWithout } from '../support/needs.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { TortureReader } from '../support/torture-run.ts';
import { waitFor } from '../support/wait-for.ts';

/** Node itself has about thirty open; the database and the watched folder some more. */
const DESCRIPTORS = 80;
const PLAIN_FILES = 120;
const PACKED_FILES = 60;
const LINES_PER_FILE = 20;

const NO_WATCHES = 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$0" "$@"';

test('Watcher reads more logs and compressed files than it may have open', {
  timeout: 120_000,
}, async () => {
  using folder = TempFolder.make();
  let sequence = 0;
  const nextLines = (): string => {
    let text = '';
    for (let line = 0; line < LINES_PER_FILE; line += 1, sequence += 1) {
      text += provingLine(sequence);
    }
    return text;
  };
  for (let file = 0; file < PLAIN_FILES; file += 1) folder.write(`logs/${file}.log`, nextLines());
  for (let file = 0; file < PACKED_FILES; file += 1) {
    folder.write(`logs/old-${file}.log.gz`, gzipSync(nextLines()));
  }
  const launcher = ['/bin/sh', '-c', `ulimit -n ${DESCRIPTORS} && exec "$0" "$@"`];
  const options = { folder: folder.join('logs'), paths: ['**/*.log', '**/*.log.gz'] };
  await using reader = await TortureReader.start(folder, options, launcher);
  await waitFor(() => reader.ackedCount === sequence, {
    timeoutMs: 60_000,
    found: () => `${reader.ackedCount} of ${sequence} lines, ${reader.warnings}`,
  });
  // Those that were closed are opened again when they grow.
  for (let file = 0; file < PLAIN_FILES; file += 1) folder.append(`logs/${file}.log`, nextLines());
  const { lost, doubled, altered } = await reader.finish(sequence);
  expect({ lost, doubled, altered }).toEqual({ lost: [], doubled: [], altered: [] });
});

describe('Watcher without any watch of the system', () => {
  test('finds new folders, new files and new lines by looking, and says once that it has to', {
    timeout: 120_000,
  }, async (context) => {
    const launcher = ['unshare', '--user', '--map-root-user', '/bin/sh', '-c', NO_WATCHES];
    const { status } = spawnSync(launcher[0]!, [...launcher.slice(1), '/bin/true']);
    if (status !== 0) skipsWithout(context, 'the right to make a user namespace');
    using folder = TempFolder.make();
    folder.write('logs/a.log', provingLine(0));
    folder.write('logs/deep/b.log', provingLine(1));
    await using reader = await TortureReader.start(
      folder,
      { folder: folder.join('logs') },
      launcher,
    );
    const read = (count: number): Promise<unknown> =>
      waitFor(() => reader.ackedCount === count, {
        timeoutMs: 30_000,
        found: () => `${reader.ackedCount} lines, ${reader.warnings}`,
      });
    await read(2);
    folder.append('logs/a.log', provingLine(2));
    folder.write('logs/new/er/c.log', provingLine(3));
    await read(4);
    expect(reader.warnings.match(/No more folders can be watched/g)).toHaveLength(1);
    const { lost, doubled, altered } = await reader.finish(4);
    expect({ lost, doubled, altered }).toEqual({ lost: [], doubled: [], altered: [] });
  });
});
