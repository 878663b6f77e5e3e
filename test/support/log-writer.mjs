// A program that writes numbered lines to a log, and opens it anew when it is told to: `node log-writer.mjs PATH PID_FILE
// PAUSE_MS`. Says "writing" once it does, and at its end, on SIGTERM, how many lines it wrote.
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';

const [path, pidFile, pauseMs] = process.argv.slice(2);
let file = openSync(path, 'a');
let count = 0;

process.on('SIGUSR1', () => {
  closeSync(file);
  file = openSync(path, 'a');
});
process.on('SIGTERM', () => {
  process.stdout.write(`${count}\n`);
  process.exit(0);
});
writeFileSync(pidFile, `${process.pid}\n`);
setInterval(() => {
  count += 1;
  writeSync(file, `2026-11-20T12:00:00Z INFO line ${count}\n`);
}, Number(pauseMs));
process.stdout.write('writing\n');
