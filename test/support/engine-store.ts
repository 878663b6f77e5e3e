/** A store in a temporary folder, written by an engine and read as another process would: through the path of its database. */
import { join } from 'node:path';
import type { Clock } from '../../src/base/clock.ts';
import { Database } from '../../src/base/database.ts';
import { type Disk, systemDisk } from '../../src/base/disk.ts';
import { Engine } from '../../src/engine/engine.ts';
import type { Damage } from '../../src/engine/open-segments.ts';
import type { Matches } from '../../src/engine/ordered-scan.ts';
import type { SegmentLimits } from '../../src/engine/segment-format.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { ColumnNames, EntryColumns } from '../../src/model/entry-columns.ts';
import { appendEntry, describeRow, type TestEntry } from './entry-rows.ts';
import { FakeClock } from './fake-clock.ts';

export type TestStoreOptions = Readonly<{
  disk?: Disk;
  limits?: Partial<SegmentLimits>;
  onThread?: boolean;
}>;

export class TestStore implements Disposable {
  readonly clock: Clock = new FakeClock();
  readonly folder: string;
  readonly damage: Damage[] = [];
  readonly #disk: Disk;
  readonly #options: TestStoreOptions;
  #database: Database;
  engine: Engine;

  constructor(folder: string, options: TestStoreOptions = {}) {
    this.folder = folder;
    this.#disk = options.disk ?? systemDisk;
    this.#options = options;
    this.#database = Database.open(this.databasePath);
    this.engine = this.#openEngine();
  }

  get databasePath(): string {
    return join(this.folder, 'logstead.db');
  }

  get segmentsFolder(): string {
    return join(this.folder, 'segments');
  }

  append(entries: readonly TestEntry[]): void {
    for (const entry of entries) {
      appendEntry(this.engine.head, entry, this.engine.nextSequence);
      this.engine.nextSequence += 1;
    }
  }

  /** Append and make visible. */
  add(entries: readonly TestEntry[]): void {
    this.append(entries);
    this.engine.flush();
  }

  /** Close and open again: what was not flushed is gone. */
  reopen(): void {
    this[Symbol.dispose]();
    this.#database = Database.open(this.databasePath);
    this.engine = this.#openEngine();
  }

  openReader(names = new ColumnNames()): StoreReader {
    return StoreReader.open({
      names,
      disk: this.#disk,
      clock: this.clock,
      database: this.databasePath,
      onDamage: (damage) => this.damage.push(damage),
    });
  }

  [Symbol.dispose](): void {
    this.engine[Symbol.dispose]();
    this.#database.close();
  }

  #openEngine(): Engine {
    return Engine.open({
      clock: this.clock,
      database: this.#database,
      folder: this.segmentsFolder,
      ...this.#options,
      disk: this.#disk,
      onDamage: (damage) => this.damage.push(damage),
    });
  }
}

/** All matches as objects, in the order given. */
export function collect(matches: Iterable<Matches>): object[] {
  const found: object[] = [];
  for (const { columns, rows, count } of matches) {
    for (let index = 0; index < count; index += 1) found.push(describeRow(columns, rows[index]!));
  }
  return found;
}

/** What `collect` gives for these entries, numbered from `firstSequence`. */
export function described(entries: readonly TestEntry[], firstSequence = 1): object[] {
  const columns = new EntryColumns(new ColumnNames());
  return entries.map((entry, index) =>
    describeRow(columns, appendEntry(columns, entry, firstSequence + index)),
  );
}

/** Numbered entries, a millisecond apart. `behind`: what their messages end with. */
export function numberedEntries(count: number, from = 0, behind = ''): TestEntry[] {
  return Array.from({ length: count }, (_, index) => ({
    timestampUs: 1_700_000_000_000_000 + (from + index) * 1000,
    level: 'INFO',
    source: `s${(from + index) % 3}`,
    message: `entry number ${from + index}${behind}`,
  }));
}

/** What a store holds, the oldest first. */
export function allOf(store: TestStore): unknown {
  using reader = store.openReader();
  return collect(reader.matches({ query: { kind: 'everything' }, order: 'oldest' }));
}
