/**
 * Looks every minute whether a file that is still written to has come to the size or age at which its section takes it, and
 * asks for a run when one has. A run that moved nothing is not asked for again at once.
 */
import type { Clock } from '../base/clock.ts';
import type { WatchSettings } from '../config/settings.ts';
import type { ArchivableFile } from '../watch/archivable.ts';
import { hasComeToItsBound } from './rotation-plan.ts';
import type { RotationResult } from './rotation-run.ts';

export type BoundWatchOptions = Readonly<{
  clock: Clock;
  watches: () => readonly WatchSettings[];
  archivable: () => Promise<readonly ArchivableFile[]>;
  run: () => Promise<RotationResult>;
  onError: (cause: unknown) => void;
}>;

const LOOK_MS = 60_000;
/** A file that cannot be taken now: the pause doubles up to an hour. */
const PAUSE_DOUBLINGS_MAX = 6;

export class BoundWatch implements AsyncDisposable {
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(options: BoundWatchOptions) {
    this.#running = this.#loop(options);
  }

  static start(options: BoundWatchOptions): BoundWatch {
    return new BoundWatch(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #loop(options: BoundWatchOptions): Promise<void> {
    const { clock, onError } = options;
    const { signal } = this.#stop;
    let doublings = 0;
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS * 2 ** doublings, { signal });
      if (signal.aborted) return;
      try {
        const moved = (await isDue(options)) ? await movedCount(options) : null;
        doublings = moved === 0 ? Math.min(doublings + 1, PAUSE_DOUBLINGS_MAX) : 0;
      } catch (cause) {
        doublings = Math.min(doublings + 1, PAUSE_DOUBLINGS_MAX);
        if (!signal.aborted) onError(cause);
      }
    }
  }
}

async function isDue({ archivable, clock, watches }: BoundWatchOptions): Promise<boolean> {
  const isWanted = watches().some(({ archive, rotation: { active } }) => {
    return archive && active.way !== 'leave' && (active.bytesMin ?? active.ageMsMin) !== null;
  });
  if (!isWanted) return false;
  const nowMs = clock.nowMs();
  return (await archivable()).some((file) => {
    const { archive, rotation } = file.watch;
    const { path, sizeBytes, firstSeenAtMs } = file;
    return hasComeToItsBound({ path, archive, rotation, sizeBytes, firstSeenAtMs }, nowMs);
  });
}

async function movedCount({ run }: BoundWatchOptions): Promise<number> {
  const { asides, outcome } = await run();
  return asides.taken.length + outcome.archived.length;
}
