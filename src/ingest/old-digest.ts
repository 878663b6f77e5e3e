/**
 * What rules found in lines that were old when they came: of an import, for rules with `backfill = yes`, and in lines that we
 * owed, for every rule. Told in one digest to each who would have been told, when all of them are read.
 *
 * Which incidents those are stands in their history; kept beside it is only where in it the first of them stands, in the
 * transaction that writes it and in the one that queues the digest. So each is told of once, also where an import breaks off:
 * then of what it had found so far.
 */
import type { AlertEvent } from '../alert/alert-event.ts';
import type { IncidentStore } from '../alert/incident-store.ts';
import type { Database } from '../base/database.ts';
import { readMeta, writeMeta } from '../base/state-meta.ts';
import type { Notification } from '../model/notification.ts';
import { type DigestOptions, digestsOf } from './incident-digest.ts';

export type OldDigestParts = Readonly<{ database: Database; incidents: IncidentStore }>;

/** The number in the history behind which those stand that wait. */
const BEHIND = 'old_digest_behind';
/** None do. */
const NOTHING_WAITS = -1;

export function isForDigest({ heldBy }: AlertEvent): boolean {
  return heldBy === 'digest';
}

export class OldDigest {
  readonly #parts: OldDigestParts;
  #options: DigestOptions;

  constructor(parts: OldDigestParts, options: DigestOptions) {
    this.#parts = parts;
    this.#options = options;
  }

  reconfigure(options: DigestOptions): void {
    this.#options = options;
  }

  /** As of the last commit. */
  get waits(): boolean {
    return this.#behind !== NOTHING_WAITS;
  }

  /** Inside the transaction of the lines, before these events are written. */
  note(events: readonly AlertEvent[]): void {
    if (!events.some(isForDigest) || this.waits) return;
    const { database, incidents } = this.#parts;
    writeMeta(database, BEHIND, incidents.historyNumber());
  }

  /** Inside the transaction of the lines, behind what the rules said. */
  notifications(atMs: number): Notification[] {
    const { database, incidents } = this.#parts;
    const behind = this.#behind;
    if (behind === NOTHING_WAITS) return [];
    writeMeta(database, BEHIND, NOTHING_WAITS);
    const key = `old:${behind}`;
    return digestsOf(incidents.untold('digest', behind), {
      ...this.#options,
      reason: 'import',
      key,
      atMs,
    });
  }

  get #behind(): number {
    return readMeta(this.#parts.database, BEHIND) ?? NOTHING_WAITS;
  }
}
