/**
 * Writes one log file, line by line, 5,000 a second; some lines hold the needle, a number of their own, and the moment at which
 * they are written. Prints how many.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

export type WriterArguments = Readonly<{
  path: string;
  seconds: number;
  linesPerSecond: number;
  needlesPerSecond: number;
}>;

const { path, seconds, linesPerSecond, needlesPerSecond } = JSON.parse(
  process.argv[2] ?? '',
) as WriterArguments;
const file = openSync(path, 'a');
const startMs = performance.now();
const needleEvery = Math.round(linesPerSecond / needlesPerSecond);
let needles = 0;
for (let line = 0; line < seconds * linesPerSecond; ) {
  const due = ((performance.now() - startMs) / 1_000) * linesPerSecond;
  for (; line < due; line += 1) {
    const atMs = performance.timeOrigin + performance.now();
    const time = new Date(atMs).toISOString();
    if (line % needleEvery === needleEvery - 1) {
      needles += 1;
      const address = `10.${(needles >> 16) & 255}.${(needles >> 8) & 255}.${needles & 255}`;
      writeSync(
        file,
        `time=${time} level=error msg="needle found" n=${needles} from=${address} at=${atMs.toFixed(3)}\n`,
      );
    } else {
      writeSync(
        file,
        `time=${time} level=info msg="request served" path=/api/v1/items/${line} ms=${line % 97}\n`,
      );
    }
  }
  await pause(1);
}
closeSync(file);
process.stdout.write(`${needles}\n`);
