/**
 * How long a line waits: from the write until the daemon has read it, and until searches find it.
 *
 * Seen from outside, by asking how far the file is read: what is measured is never less than the delay, and more by
 * up to the pause between two questions.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { DaemonUnderTest } from './daemon-under-test.ts';
import { Patience } from './patience.ts';
import { provingLine } from './proving-line.ts';

export type Percentiles = Readonly<{ p50Ms: number; p99Ms: number }>;

export type Delays = Readonly<{
  lineCount: number;
  /** Null where nothing was read in time. */
  read: Percentiles | null;
  searchable: Percentiles | null;
}>;

export type ProbeOptions = Readonly<{
  clock: Clock;
  daemon: DaemonUnderTest;
  path: string;
  lineCount: number;
  linesPerSecond: number;
  signal: AbortSignal;
}>;

const POLL_MS = 2;

type Written = Readonly<{ endBytes: number; atMs: number }>;

export async function measureDelays(options: ProbeOptions): Promise<Delays> {
  const { clock, daemon, path, lineCount, signal } = options;
  const waitRead: Written[] = [];
  const waitCommit: Written[] = [];
  const read: number[] = [];
  const searchable: number[] = [];
  const writing = writeLines(options, (written) => {
    waitRead.push(written);
    waitCommit.push(written);
  });
  const patience = new Patience(clock);
  while (searchable.length < lineCount && !signal.aborted) {
    // That lines are missing is found later.
    if (patience.isOver(waitCommit.length + read.length + searchable.length)) break;
    const file = (await daemon.progress()).get(path);
    const nowMs = clock.monotonicMs();
    take(waitRead, { upTo: file?.readBytes ?? 0, nowMs, into: read });
    take(waitCommit, { upTo: file?.committedBytes ?? 0, nowMs, into: searchable });
    await clock.sleep(POLL_MS);
  }
  await writing;
  return { lineCount, read: percentilesOf(read), searchable: percentilesOf(searchable) };
}

async function writeLines(
  { clock, path, lineCount, linesPerSecond, signal }: ProbeOptions,
  wrote: (written: Written) => void,
): Promise<void> {
  const descriptor = openSync(path, 'a');
  const startMs = clock.monotonicMs();
  let endBytes = 0;
  for (let sequence = 0; sequence < lineCount && !signal.aborted; sequence += 1) {
    const dueMs = startMs + (sequence / linesPerSecond) * 1_000;
    const earlyMs = dueMs - clock.monotonicMs();
    if (earlyMs > 0) await clock.sleep(earlyMs);
    endBytes += writeSync(descriptor, provingLine(sequence));
    wrote({ endBytes, atMs: clock.monotonicMs() });
  }
  closeSync(descriptor);
}

function take(
  waiting: Written[],
  found: Readonly<{ upTo: number; nowMs: number; into: number[] }>,
): void {
  const { upTo, nowMs, into } = found;
  while (waiting[0] !== undefined && waiting[0].endBytes <= upTo) {
    into.push(nowMs - waiting[0].atMs);
    waiting.shift();
  }
}

function percentilesOf(delaysMs: number[]): Percentiles | null {
  if (delaysMs.length === 0) return null;
  delaysMs.sort((a, b) => a - b);
  const at = (share: number): number => delaysMs[Math.floor((delaysMs.length - 1) * share)]!;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
