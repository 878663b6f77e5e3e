/**
 * The rotating writer as a process of its own: `node torture-writer.ts '<options as JSON>'`. On SIGTERM or after
 * `linesMax` it prints how many lines it wrote. On SIGUSR2 it pauses, and on the next goes on.
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { RotatingWriter, type WriterOptions } from '../../src/selftest/rotating-writer.ts';

export type TortureWriterOptions = WriterOptions &
  Readonly<{
    /** The reader writes the number of lines it has into this file. */
    ackPath?: string;
  }>;

const ACK_POLL_MS = 10;

function ackedCount(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 0;
  }
}

if (import.meta.main) {
  const { ackPath, ...options } = JSON.parse(process.argv[2] ?? '{}') as TortureWriterOptions;
  const writer = new RotatingWriter(options, {
    clock: systemClock,
    async awaitReader({ lineCount }) {
      if (ackPath === undefined) throw new Error('This style needs a reader that acknowledges');
      while (ackedCount(ackPath) < lineCount) await systemClock.sleep(ACK_POLL_MS);
    },
  });
  process.once('SIGTERM', () => writer.stop());
  process.on('SIGUSR2', () => (writer.isHeld ? writer.release() : writer.hold()));
  const lineCount = await writer.run();
  process.stdout.write(`${lineCount} ${writer.rotationCount}\n`);
}
