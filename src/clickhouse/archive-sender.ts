/**
 * Entries of one archived file that the cluster has not got: asked for by their places in the file, sent in pieces.
 *
 * The plan is made of what is there: whoever starts again after an interruption asks again, and sends the rest. A piece has a
 * name like a batch, so that one that was under way when the process ended is recognised.
 */
import { type ColumnNames, copyRow, EntryColumns } from '../model/entry-columns.ts';
import type { ClusterClient } from './cluster-client.ts';
import { RowEncoder } from './row-encoder.ts';
import { RowWriter } from './row-writer.ts';
import { LOCAL_TABLE, SENT_COLUMNS, TIMESTAMP_US_MAX } from './schema.ts';

/** Rows and bytes of one piece: what is held in memory, some three times over. */
const PIECE_ROWS_MAX = 250_000;
const PIECE_BYTES_MAX = 64 * 1024 * 1024;
const DAY_US = 86_400_000_000;

/** Behind the name of a writer: rows of archives are numbered as in their file, not as they arrived. */
const ARCHIVE_WRITER = '-archive';
/** Rows that were sent as they arrived, or by a backfill from the index. */
export const ARRIVED_SQL = `NOT endsWith(Writer, '${ARCHIVE_WRITER}')`;

export type ArchiveFile = Readonly<{
  /** Its number in the archive book; it lies on one shard. */
  archive: number;
  generation: number;
  /** Makes the names of inserts other ones; empty the first time. */
  salt: string;
}>;

export type ArchiveTarget = Readonly<{
  clients: readonly ClusterClient[];
  databaseName: string;
  host: string;
  writer: string;
  names: ColumnNames;
}>;

export class ArchiveSender {
  readonly #target: ArchiveTarget;
  readonly #archive: number;
  readonly #generation: number;
  /** Behind the names of inserts: empty, or never used before. */
  readonly #salt: string;
  /** Places that the cluster has, ascending. */
  readonly #known: Float64Array;
  readonly #encoder: RowEncoder;
  readonly #days = new Map<number, EntryColumns>();
  #heldRows = 0;
  #heldBytes = 0;
  #lastOffset = -1;
  /** Everything up to here is sent, or was there. */
  #doneOffset = -1;
  #isCut = false;
  sentRows = 0;

  private constructor(target: ArchiveTarget, file: ArchiveFile, known: Float64Array) {
    this.#target = target;
    this.#archive = file.archive;
    this.#generation = file.generation;
    this.#salt = file.salt;
    this.#known = known;
    this.#encoder = new RowEncoder(target.names);
  }

  static async open(target: ArchiveTarget, file: ArchiveFile): Promise<ArchiveSender> {
    const offsets: Float64Array[] = [];
    for (const client of target.clients) {
      const rows = await client.rows<[string]>({
        doing: 'ask which entries of a file are there',
        sql: `SELECT Offset FROM ${target.databaseName}.${LOCAL_TABLE} WHERE Host = {host:String} AND Generation = {generation:UInt32}`,
        parameters: { host: target.host, generation: file.generation },
      });
      offsets.push(Float64Array.from(rows, ([offset]) => Number(offset)));
    }
    const known = Float64Array.from(offsets.flatMap((some) => [...some])).sort();
    return new ArchiveSender(target, file, known);
  }

  /** Keep those rows that are missing, until there are enough for one piece. Rows come in the order of the file. */
  take(columns: EntryColumns): void {
    for (let row = 0; row < columns.count; row += 1) {
      const offset = columns.offset[row]!;
      if (offset <= this.#doneOffset || this.#isThere(offset)) continue;
      if (this.#heldRows >= PIECE_ROWS_MAX || this.#heldBytes >= PIECE_BYTES_MAX) {
        this.#isCut = true;
        return;
      }
      const us = Math.min(TIMESTAMP_US_MAX, Math.max(0, columns.timestampUs[row]!));
      const day = Math.floor(us / DAY_US);
      let held = this.#days.get(day);
      if (held === undefined) {
        held = new EntryColumns(this.#target.names);
        this.#days.set(day, held);
      }
      copyRow(columns, row, held);
      this.#heldRows += 1;
      this.#heldBytes += columns.rawLength[row]!;
      this.#lastOffset = offset;
    }
  }

  /**
   * Send what is held, day by day: a server takes an insert into one partition whole or not at all. Returns whether
   * the file has more: then its rows are wanted again, from the first one on.
   */
  async send(): Promise<boolean> {
    const { clients, databaseName, host, writer } = this.#target;
    for (const [day, held] of this.#days) {
      this.#encoder.begin({ host, writer: `${writer}${ARCHIVE_WRITER}`, batch: this.#archive });
      const out = new RowWriter();
      for (let row = 0; row < held.count; row += 1) {
        this.#encoder.encode(held, row, { out, template: null });
      }
      const first = held.offset[0]!;
      await clients[this.#archive % clients.length]!.insert({
        doing: `send ${held.count} entries of an archive`,
        sql: `INSERT INTO ${databaseName}.${LOCAL_TABLE} (${SENT_COLUMNS.join(', ')}) FORMAT RowBinary`,
        body: [out.bytes.subarray(0, out.length)],
        settings: {
          async_insert: 0,
          insert_deduplicate: 1,
          insert_deduplication_token: `${writer}-archive-${this.#archive}-${day}-${first}-${held.count}${this.#salt}`,
          max_insert_block_size: '4000000',
          min_insert_block_size_rows: '4000000',
          min_insert_block_size_bytes: String(2 ** 31),
        },
      });
      this.sentRows += held.count;
    }
    const hasMore = this.#isCut;
    this.#days.clear();
    this.#heldRows = 0;
    this.#heldBytes = 0;
    this.#isCut = false;
    this.#doneOffset = this.#lastOffset;
    return hasMore;
  }

  /**
   * Whether all that was sent is there. A server says yes to an insert whose name it remembers and drops it, also where
   * somebody has deleted the rows since: then they are sent once more, under names that nobody has used.
   */
  async isTaken(): Promise<boolean> {
    const { clients, databaseName, host } = this.#target;
    let count = 0;
    for (const client of clients) {
      const [row] = await client.rows<[string]>({
        doing: 'count the entries of a file that are there',
        sql: `SELECT count() FROM ${databaseName}.${LOCAL_TABLE} WHERE Host = {host:String} AND Generation = {generation:UInt32}`,
        parameters: { host, generation: this.#generation },
      });
      count += Number(row?.[0]);
    }
    return count >= this.#known.length + this.sentRows;
  }

  #isThere(offset: number): boolean {
    const known = this.#known;
    let low = 0;
    let high = known.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (known[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return known[low] === offset;
  }
}
