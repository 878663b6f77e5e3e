/**
 * A line without an end against the real daemon: it neither stops it nor fills its memory, other logs go on, and when the
 * end comes, the line is one entry and the bytes behind the limit are counted.
 *
 * `npm test` writes a tenth of a gigabyte; `npm run test:torture` all of it.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LINE_BYTES_MAX } from '../../src/watch/limits.ts';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';

const MIB = 1024 * 1024;
const LONG_MIB = process.env.TORTURE === 'long' ? 1_000 : 100;

/** What the daemon may take more than before: its buffers for lines, and garbage not yet collected. */
const GROWTH_MIB_MAX = 64;

type Found = Readonly<{ message: string; offset: number }>;

test('a gigabyte without a newline is one entry in the end, in little memory, and holds up nobody', {
  timeout: 300_000,
}, async () => {
  using project = TestProject.make();
  project.folder.write('logs/other.log', 'first\n');
  project.folder.write('logs/long.log', 'before\n');
  await using daemon = await DaemonProcess.start(project);
  const find = async (query: string): Promise<Found[]> => {
    const { stdout } = await project.cli(['search', query, '--json']);
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Found);
  };
  const waitForOne = (query: string): Promise<unknown> =>
    daemon.waitFor(async () => (await find(query)).length === 1, {
      what: query,
      timeoutMs: 120_000,
    });
  await waitForOne('first');
  await waitForOne('before');
  const before = peakMib(daemon.pid);

  const writer = openSync(project.folder.join('logs/long.log'), 'a');
  const piece = Buffer.alloc(MIB, 'endless ');
  for (let written = 0; written < LONG_MIB; written += 1) writeSync(writer, piece);
  project.folder.append('logs/other.log', 'meanwhile\n');
  await waitForOne('meanwhile');
  writeSync(writer, '\nafter\n');
  closeSync(writer);
  await waitForOne('after source:long');

  const [long, ...more] = await find('endless');
  expect(more).toEqual([]);
  expect(long?.offset).toBe('before\n'.length);
  expect(long?.message.length).toBeGreaterThan(LINE_BYTES_MAX - 10);
  expect(long?.message.length).toBeLessThanOrEqual(LINE_BYTES_MAX);
  expect(peakMib(daemon.pid) - before).toBeLessThan(GROWTH_MIB_MAX);
  const path = project.folder.join('logs/long.log');
  expect(await project.cliJson(['trace', `${path}@100`, '--json'])).toMatchObject({
    fate: 'indexed',
    entry: { origin: { offsetBytes: 'before\n'.length, lengthBytes: LONG_MIB * MIB + 1 } },
  });
  // Bytes behind the limit belong to the entry, and the ledger counts them.
  const behind = await project.cliJson(['trace', `${path}@${50 * MIB}`, '--json']);
  expect(behind).toMatchObject({ entry: { origin: { offsetBytes: 'before\n'.length } } });
  const status = (await project.cliJson(['status', '--json'])) as {
    ingest: { skippedBytes: number };
  };
  expect(status.ingest.skippedBytes).toBe(LONG_MIB * MIB + 1 - (long?.message.length ?? 0));
});

/** The most memory the process ever had. */
function peakMib(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
}
