/** What the peers start when a line matches: notes how long ago each line on standard input was written, in a file. */
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const target = process.argv[2] ?? '';
for await (const line of createInterface({ input: process.stdin })) {
  const nowMs = performance.timeOrigin + performance.now();
  const atMs = /at=(\d+\.\d+)/.exec(line)?.[1];
  if (atMs !== undefined) appendFileSync(target, `${(nowMs - Number(atMs)).toFixed(3)}\n`);
}
