/**
 * What the peers start when a line matches: notes how long ago each line on standard input was written, in a file. Some send
 * no newline: a line is known by its last field.
 */
import { appendFileSync } from 'node:fs';

const target = process.argv[2] ?? '';
process.stdin.setEncoding('utf8').on('data', (text: string) => {
  const nowMs = performance.timeOrigin + performance.now();
  for (const [, atMs] of text.matchAll(/at=(\d{13}\.\d{3})/g)) {
    appendFileSync(target, `${(nowMs - Number(atMs)).toFixed(3)}\n`);
  }
});
