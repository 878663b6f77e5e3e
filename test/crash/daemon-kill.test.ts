/**
 * The real daemon under SIGKILL while a writer rotates its log: every line is in the index once, with its exact
 * bytes, and each incident of a rule with planted matches is there once and told once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { readProvingLine } from '../../src/selftest/proving-line.ts';
import { randomOf } from '../../src/selftest/random.ts';
import type { RotationStyle, WriterOptions } from '../../src/selftest/rotating-writer.ts';
import { DaemonProcess, TestProject } from '../support/daemon-process.ts';
import { waitFor } from '../support/wait-for.ts';

const KILLS = process.env.TORTURE === 'long' ? 30 : 4;
/** More lines than are written until the first of them is found. */
const LINES_SOON_MAX = 1_000_000;
const WRITER = fileURLToPath(new URL('../support/torture-writer.ts', import.meta.url));

/** A line in a thousand matches; none are near each other but all are in one window. */
const CONFIG = `
[alert:thousands]
when = *000
threshold = 5
window = 1d
notify = file
`;

describe.each<[RotationStyle, number]>([
  ['rename', 11],
  ['copytruncate', 12],
])('the daemon under kill -9, %s', (style, seed) => {
  test('indexes every line once and tells of each incident once', {
    timeout: 600_000,
  }, async () => {
    using project = TestProject.make(CONFIG);
    let daemon = await DaemonProcess.start(project);
    const writer = startWriter(project, { style, seed });
    const random = randomOf(seed);
    // Files that were rotated away before it ever saw the log are not its own: on a busy machine that is possible.
    await daemon.waitFor(() => linesIn(project, LINES_SOON_MAX).count > 0, {
      what: 'the first line',
      timeoutMs: 60_000,
    });
    for (let kill = 0; kill < KILLS; kill += 1) {
      await pause(100 + random() * 900);
      await daemon.kill9();
      await pause(random() * 200);
      daemon = await DaemonProcess.start(project);
    }
    const written = await writer.stop();
    expect(written).toBeGreaterThan(1_000);

    await using last = daemon;
    const found = await waitForLines(project, last, written);
    expect(found).toEqual({ count: written, doubled: [], missing: [], altered: [] });
    await expectOneIncident(project, last);
  });
});

function startWriter(
  project: TestProject,
  options: Pick<WriterOptions, 'style' | 'seed'>,
): { stop(): Promise<number> } {
  const writerOptions: WriterOptions = {
    ...options,
    path: project.folder.join('logs/app.log'),
    linesMax: 1_000_000_000,
    linesPerSecond: 3_000,
    linesPerRotation: 2_500,
    keepCount: 2_000,
  };
  const child = spawn(process.execPath, [WRITER, JSON.stringify(writerOptions)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  return {
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'close');
      return Number.parseInt(printed, 10);
    },
  };
}

type Found = Readonly<{ count: number; doubled: number[]; missing: number[]; altered: string[] }>;

async function waitForLines(
  project: TestProject,
  daemon: DaemonProcess,
  written: number,
): Promise<Found> {
  let found = linesIn(project, written);
  await daemon
    .waitFor(
      () => {
        found = linesIn(project, written);
        return found.count >= written;
      },
      { what: `${written} lines`, timeoutMs: 180_000 },
    )
    .catch(() => null);
  return found;
}

/** The lines in the index, by the numbers they carry. */
function linesIn(project: TestProject, written: number): Found {
  using reader = StoreReader.open({
    disk: systemDisk,
    clock: systemClock,
    database: project.folder.join('state/logstead.db'),
  });
  const seen = new Uint8Array(written);
  const doubled: number[] = [];
  const altered: string[] = [];
  let count = 0;
  for (const { columns, rows, count: rowCount } of reader.matches({
    query: { kind: 'everything' },
  })) {
    for (let index = 0; index < rowCount; index += 1) {
      const text = columns.rawBytes(rows[index]!).toString('utf8');
      for (const line of text.split('\n').filter((part) => part !== '')) {
        const sequence = readProvingLine(line);
        if (sequence === null) altered.push(line);
        else if (seen[sequence] === 1) doubled.push(sequence);
        else {
          seen[sequence] = 1;
          count += 1;
        }
      }
    }
  }
  const missing = [...seen.keys()].filter((sequence) => seen[sequence] === 0);
  return { count, doubled, missing: missing.slice(0, 20), altered };
}

/** All matches are in one window: one incident, one notification, however often the process died. */
async function expectOneIncident(project: TestProject, daemon: DaemonProcess): Promise<void> {
  const notices = (): string[] =>
    readdirSync(project.folder.join('notifications')).filter((name) => name.endsWith('.txt'));
  await daemon.waitFor(() => notices().length > 0, { what: 'the notification' });
  const { stdout } = await project.cli(['alerts', '--json']);
  expect(stdout.trimEnd().split('\n').length).toBe(1);
  await waitFor(() => notices().length === 1);
}
