/** What this process takes of the machine, all of its threads together, and how punctual the calling thread is. */
import { readdirSync, readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

export type ProcessUsage = Readonly<{
  cpuSeconds: number;
  residentBytes: number;
  /** How late the thread's timers ran since it first asked: 99 of 100 no later than this. */
  delayP99Ms: number;
  delayMaxMs: number;
}>;

/** Timers of this period are what is measured; a finer one would itself be work. */
const RESOLUTION_MS = 10;

/** Null until somebody asks: it takes 400 KB. */
let delay: ReturnType<typeof monitorEventLoopDelay> | null = null;

export function processUsage(): ProcessUsage {
  delay ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  // Nothing is recorded before the first tick: the histogram then says NaN, or less than its own period.
  const lateMs = (nanoseconds: number): number =>
    Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS) || 0;
  return {
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    delayP99Ms: lateMs(delay.percentile(99)),
    delayMaxMs: lateMs(delay.max),
  };
}

const OWN_THREADS = '/proc/self/task';

/** Whether a thread beside the main one works or waits for its turn to, and not for a disk or a message; false where the system does not say. */
export function areThreadsAtWork(): boolean {
  try {
    const others = readdirSync(OWN_THREADS).filter((number) => number !== String(process.pid));
    return others.some((number) => stateOfThread(number) === 'R');
  } catch {
    return false;
  }
}

/** As `ps` says it; null: it has just ended. */
function stateOfThread(number: string): string | null {
  try {
    // Behind the name, which may have anything in it.
    const text = readFileSync(`${OWN_THREADS}/${number}/stat`, 'latin1');
    return text[text.lastIndexOf(')') + 2] ?? null;
  } catch {
    return null;
  }
}
