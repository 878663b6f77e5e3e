/**
 * How often all folders are listed: every `RESCAN_MS` while anything happens in them, ever more seldom where nothing does.
 *
 * The rescan is there for events that were lost, and they are lost in floods, when the queue of the system runs over: then
 * others have come before. Where no events come at all (a network folder, no more watches to be had) nothing is
 * known from their absence, and the pace stays.
 */
import { statfsSync } from 'node:fs';
import { RESCAN_IDLE_MS_MAX, RESCAN_MS } from './limits.ts';

export class RescanPace {
  #pauseMs = RESCAN_MS;
  #hasHappened = true;

  /** Something was told of, or found to be other than before. */
  happened(): void {
    this.#hasHappened = true;
  }

  /** A pass begins: how long after it the next one does. */
  next(options: Readonly<{ isToldAll: boolean }>): number {
    const isIdle = options.isToldAll && !this.#hasHappened;
    this.#pauseMs = isIdle ? Math.min(this.#pauseMs * 2, RESCAN_IDLE_MS_MAX) : RESCAN_MS;
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
