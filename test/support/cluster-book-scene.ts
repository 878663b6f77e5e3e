/** An engine and its cluster book on one database in memory, as ingest has them. */
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { readCatalog } from '../../src/engine/catalog.ts';
import { Engine } from '../../src/engine/engine.ts';
import { ClusterBook } from '../../src/ingest/cluster-book.ts';
import { dueBatches } from '../../src/ingest/cluster-queue.ts';
import { appendEntry } from './entry-rows.ts';
import { FAKE_START_MS, FakeClock } from './fake-clock.ts';

export const COPYING = { shardCount: 2, delayMs: 1_000, holdBytesMax: 1_000_000 };

const AT_US = FAKE_START_MS * 1_000;

export class ClusterBookScene implements Disposable {
  readonly clock = new FakeClock();
  readonly database = Database.open(':memory:');
  book!: ClusterBook;
  engine!: Engine;

  constructor() {
    this.open();
  }

  /** As the next process would. */
  open(): void {
    this.book = ClusterBook.open(this.database, this.clock);
    this.engine = Engine.open({
      disk: systemDisk,
      clock: this.clock,
      database: this.database,
      folder: null,
      holds: this.book.holds(),
    });
  }

  /** Close the engine; what is committed stays. */
  close(): void {
    this.engine[Symbol.dispose]();
  }

  configure(copying: typeof COPYING | null): void {
    this.book.configure(copying, this.engine.nextSequence);
  }

  /** Some entries as one segment, committed as ingest commits. */
  commit(entryCount = 3): void {
    for (let index = 0; index < entryCount; index += 1) {
      const { nextSequence } = this.engine;
      const entry = { timestampUs: AT_US + nextSequence, level: 'INFO', source: 'shop' } as const;
      appendEntry(this.engine.head, { ...entry, message: `entry ${nextSequence}` }, nextSequence);
      this.engine.nextSequence = nextSequence + 1;
    }
    const sealed = this.engine.sealNow();
    this.database.transaction(() => {
      this.engine.commit(sealed!);
      this.book.commit(sealed!.segments.map(({ row }) => row));
    });
  }

  due(kind: 'live' | 'backfill' = 'live') {
    return [0, 1]
      .flatMap((shard) => dueBatches(this.database, { kind, shard, limit: 100 }))
      .sort((a, b) => a.number - b.number);
  }

  segments(): number[] {
    return readCatalog(this.database).map(({ number }) => number);
  }

  [Symbol.dispose](): void {
    this.engine[Symbol.dispose]();
    this.database.close();
  }
}
