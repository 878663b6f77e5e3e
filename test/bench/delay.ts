/** An empty process of Node: measures how late its own timers are until it is told to stop, and prints it. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

export type Delay = Readonly<{ p999Ms: number; longestMs: number }>;

/** Keeps the process alive; its own turns are a few an hour. */
const FOREVER_MS = 600_000;

const monitor = monitorEventLoopDelay({ resolution: 1 });
monitor.enable();
const alive = setInterval(() => {}, FOREVER_MS);
process.once('SIGTERM', () => {
  clearInterval(alive);
  const delay: Delay = { p999Ms: monitor.percentile(99.9) / 1e6, longestMs: monitor.max / 1e6 };
  process.stdout.write(JSON.stringify(delay));
});
