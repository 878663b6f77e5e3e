/** Preloaded into a command: when it ends, its CPU time (all threads) and its most memory go to descriptor 3 as JSON. */
import { readFileSync, writeSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const RESULT_DESCRIPTOR = 3;

if (isMainThread) {
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    const status = readFileSync('/proc/self/status', 'utf8');
    const peakBytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    writeSync(RESULT_DESCRIPTOR, JSON.stringify({ cpuMs: (user + system) / 1000, peakBytes }));
  });
}
