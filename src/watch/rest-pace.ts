/**
 * How often something is looked at that events tell of as well: often while anything happens, ever more seldom where
 * nothing does.
 *
 * Looks are there for events that were lost, and they are lost in floods, when the queue of the system runs over: then
 * others have come before. Where no events come at all (a network folder, no more watches to be had) nothing is
 * known from their absence, and the pace stays.
 */
import { statfsSync } from 'node:fs';

export class RestPace {
  readonly #pauseMsMin: number;
  readonly #pauseMsMax: number;
  #pauseMs: number;
  #hasHappened = true;

  constructor({ pauseMsMin, pauseMsMax }: Readonly<{ pauseMsMin: number; pauseMsMax: number }>) {
    this.#pauseMsMin = pauseMsMin;
    this.#pauseMsMax = pauseMsMax;
    this.#pauseMs = pauseMsMin;
  }

  /** Something was told of, or found to be other than before. */
  happened(): void {
    this.#hasHappened = true;
  }

  /** It is looked at now: how long after this it is again. */
  next(options: Readonly<{ isToldAll: boolean }>): number {
    const isIdle = options.isToldAll && !this.#hasHappened;
    this.#pauseMs = isIdle ? Math.min(this.#pauseMs * 2, this.#pauseMsMax) : this.#pauseMsMin;
    this.#hasHappened = false;
    return this.#pauseMs;
  }
}

/** File systems whose files are changed by others than this machine, or below it: NFS, SMB, FUSE, 9P, Ceph, AFS, overlays. */
const SILENT_TYPES: ReadonlySet<number> = new Set([
  0x6969, 0x517b, 0xff534d42, 0xfe534d42, 0x65735546, 0x01021997, 0x00c36400, 0x5346414f,
  0x794c7630,
]);

/** Whether the system does not tell of every change in a folder. */
export function isSilent(folder: string): boolean {
  try {
    return SILENT_TYPES.has(statfsSync(folder).type);
  } catch {
    return true; // Nothing is known of it: it is not there, or it may not be asked.
  }
}
