/** Writing to an open connection at its reader's pace, for answers that have no end or a far one. */
import type { ServerResponse } from 'node:http';
import type { Clock } from '../base/clock.ts';

export type Pace = Readonly<{
  clock: Clock;
  /** Whether its reader may still read. */
  mayGoOn: () => boolean;
}>;

/** How soon a reader that may read no more is broken off, though it takes nothing. */
const ASK_EVERY_MS = 1_000;

/** Resolves when the connection takes more, or is gone. */
export async function writeAtPace(
  response: ServerResponse,
  content: string | Buffer,
  { clock, mayGoOn }: Pace,
): Promise<void> {
  if (response.destroyed || response.write(content)) return;
  const taken = new AbortController();
  const goOn = (): void => taken.abort();
  response.on('drain', goOn);
  response.on('close', goOn);
  while (!taken.signal.aborted) {
    await clock.sleep(ASK_EVERY_MS, { signal: taken.signal, holdsProcess: false });
    if (!taken.signal.aborted && !mayGoOn()) response.destroy();
  }
  response.off('drain', goOn);
  response.off('close', goOn);
}
