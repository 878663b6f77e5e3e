/**
 * The status, for whoever asks and will not wait for ever: a disk that hangs holds up the thread that reads and commits, and with it
 * every answer of its.
 */
import type { Clock } from '../base/clock.ts';
import { formatDuration } from '../base/duration.ts';
import { OperatorError } from '../base/errors.ts';

/** A command waits 10 s for its answer (`control-client.ts`). */
const ANSWER_MS_MAX = 8_000;

/** Throws DAEMON_NOT_RUNNING where it takes too long: what the daemon is there for is not done. */
export async function withinPatience<Status>(
  clock: Clock,
  status: Promise<Status>,
): Promise<Status> {
  const done = new AbortController();
  const late = clock
    .sleep(ANSWER_MS_MAX, { signal: done.signal, holdsProcess: false })
    .then(() => null);
  try {
    const answer = await Promise.race([status, late]);
    if (answer !== null) return answer;
  } finally {
    done.abort();
  }
  throw new OperatorError(
    'DAEMON_NOT_RUNNING',
    `The thread that reads and commits has not answered for ${formatDuration(ANSWER_MS_MAX)}`,
    {
      hint: 'Look whether the disk of its state folder or of a log hangs (dmesg); it goes on by itself when that does',
    },
  );
}
