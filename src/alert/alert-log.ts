/**
 * What a replay needs beside the stored rows: for every batch of rows the arrival clock and the read-complete time the
 * rules saw, and what people did in between.
 *
 * Batches of one commit are one row, packed as differences; every `ROWS_JOINED` rows become one. Older than `KEPT_US`
 * they go: nobody replays further back as it was, and `--as-if-live` needs none of this.
 */
import type { Database, Schema } from '../base/database.ts';
import { readMeta } from '../base/state-meta.ts';
import type { AlertControl } from './alert-control.ts';
import type { Batch } from './alert-event.ts';
import type { KeysBefore } from './rule-keys.ts';

const ROWS_JOINED = 512;
const KEPT_US = 92 * 86_400_000_000;
/** Numbers of one batch as they are packed. */
const NUMBERS = 4;

export const ALERT_LOG_SCHEMA: Schema = {
  room: 'alert-log',
  steps: [
    `CREATE TABLE alert_batches (
       number INTEGER PRIMARY KEY,
       from_us INTEGER NOT NULL,
       until_us INTEGER NOT NULL,
       joined INTEGER NOT NULL,
       batches BLOB NOT NULL
     ) STRICT;
     CREATE INDEX alert_batches_by_time ON alert_batches (until_us);
     CREATE INDEX alert_batches_single ON alert_batches (number) WHERE joined = 0;
     CREATE TABLE alert_controls (
       number INTEGER PRIMARY KEY,
       sequence INTEGER NOT NULL,
       at_us INTEGER NOT NULL,
       read_complete_us INTEGER NOT NULL,
       control TEXT NOT NULL
     ) STRICT;`,
  ],
};

export type BatchRecord = Batch &
  Readonly<{
    /** Arrival number of its first row, or of the last row before a tick; how many rows. */
    first: number;
    count: number;
  }>;

export type ControlRecord = Batch & Readonly<{ sequence: number; control: AlertControl }>;

export class AlertLog {
  readonly #database: Database;
  #singleCount = 0;

  private constructor(database: Database) {
    this.#database = database;
  }

  static open(database: Database): AlertLog {
    database.migrate(ALERT_LOG_SCHEMA);
    const log = new AlertLog(database);
    const row = database
      .prepare('SELECT count(*) AS count FROM alert_batches WHERE joined = 0')
      .get();
    log.#singleCount = Number(row?.count ?? 0);
    return log;
  }

  static reader(database: Database): AlertLog {
    return new AlertLog(database);
  }

  addBatches(batches: readonly BatchRecord[]): void {
    const last = batches.at(-1);
    if (last === undefined) return;
    this.#database
      .prepare('INSERT INTO alert_batches (from_us, until_us, joined, batches) VALUES (?, ?, 0, ?)')
      .run(batches[0]!.atUs, last.atUs, packed(batches));
    this.#singleCount += 1;
    if (this.#singleCount >= ROWS_JOINED) this.#join(last.atUs);
  }

  addControl(control: AlertControl, batch: Batch, sequence: number): void {
    this.#database
      .prepare(
        'INSERT INTO alert_controls (sequence, at_us, read_complete_us, control) VALUES (?, ?, ?, ?)',
      )
      .run(sequence, batch.atUs, batch.readCompleteUs, JSON.stringify(control));
  }

  /** Batches that arrived at this moment or later, in order. */
  *batches(fromUs: number): Generator<BatchRecord> {
    const rows = this.#database
      .prepare('SELECT batches FROM alert_batches WHERE until_us >= ? ORDER BY number')
      // Not one by one: an open statement keeps the catalog of then, in which segments are that are gone.
      .all(fromUs);
    for (const row of rows) {
      for (const batch of unpacked(row.batches as Uint8Array))
        if (batch.atUs >= fromUs) yield batch;
    }
  }

  /** When each rule that is at work began to watch, by the key of its state. */
  armedUs(): ReadonlyMap<string, number> {
    const rows = this.#database
      .prepare('SELECT rule_key, armed_us FROM alert_rules WHERE armed_us IS NOT NULL')
      .all();
    return new Map(rows.map((row) => [String(row.rule_key), Number(row.armed_us)]));
  }

  /** Since when the record has the ticks of each: one that began on stored lines is taken to have watched before. */
  begunUs(): ReadonlyMap<string, number> {
    const rows = this.#database
      .prepare('SELECT * FROM alert_rules WHERE armed_us IS NOT NULL')
      .all();
    return new Map(rows.map((row) => [String(row.rule_key), Number(row.begun_us ?? row.armed_us)]));
  }

  /** Which rule has which key. */
  ruleKeys(): KeysBefore {
    const rows = this.#database.prepare('SELECT rule_key, name FROM alert_rules').all();
    return new Map(rows.map((row) => [String(row.rule_key), String(row.name)]));
  }

  /** First and last batch of what arrived at this moment or later; null: nothing did. */
  spanSince(fromUs: number): Readonly<{ first: BatchRecord; last: BatchRecord }> | null {
    const [first] = this.batches(fromUs);
    const row = this.#database
      .prepare('SELECT batches FROM alert_batches ORDER BY number DESC LIMIT 1')
      .get();
    const last = row === undefined ? undefined : unpacked(row.batches as Uint8Array).at(-1);
    return first === undefined || last === undefined ? null : { first, last };
  }

  /** The times of the last commit. */
  get committed(): Batch {
    const atUs = readMeta(this.#database, 'at_us') ?? 0;
    return { atUs, readCompleteUs: readMeta(this.#database, 'read_complete_us') ?? 0 };
  }

  controls(fromUs: number): ControlRecord[] {
    return this.#database
      .prepare('SELECT * FROM alert_controls WHERE at_us >= ? ORDER BY number')
      .all(fromUs)
      .map((row) => ({
        sequence: Number(row.sequence),
        atUs: Number(row.at_us),
        readCompleteUs: Number(row.read_complete_us),
        control: JSON.parse(String(row.control)) as AlertControl,
      }));
  }

  #join(nowUs: number): void {
    const rows = this.#database
      .prepare('SELECT number, batches FROM alert_batches WHERE joined = 0 ORDER BY number')
      .all();
    const batches = rows.flatMap((row) => unpacked(row.batches as Uint8Array));
    this.#database
      .prepare(
        'UPDATE alert_batches SET from_us = ?, until_us = ?, joined = 1, batches = ? WHERE number = ?',
      )
      .run(batches[0]!.atUs, batches.at(-1)!.atUs, packed(batches), Number(rows[0]!.number));
    this.#database.prepare('DELETE FROM alert_batches WHERE joined = 0').run();
    this.#database.prepare('DELETE FROM alert_batches WHERE until_us < ?').run(nowUs - KEPT_US);
    this.#singleCount = 0;
  }
}

/** Differences to the batch before, as variable-length numbers: about ten bytes a batch. */
function packed(batches: readonly BatchRecord[]): Uint8Array {
  const bytes: number[] = [];
  let [first, atUs, lagUs] = [0, 0, 0];
  for (const batch of batches) {
    const nextLagUs = batch.atUs - batch.readCompleteUs;
    for (const number of [batch.first - first, batch.count, batch.atUs - atUs, nextLagUs - lagUs]) {
      // The sign in the lowest bit, so that small differences of both directions are short.
      let rest = number < 0 ? -2 * number - 1 : 2 * number;
      while (rest >= 0x80) {
        bytes.push((rest % 0x80) + 0x80);
        rest = Math.floor(rest / 0x80);
      }
      bytes.push(rest);
    }
    first = batch.first + batch.count;
    atUs = batch.atUs;
    lagUs = nextLagUs;
  }
  return Uint8Array.from(bytes);
}

function unpacked(bytes: Uint8Array): BatchRecord[] {
  const numbers: number[] = [];
  let value = 0;
  let scale = 1;
  for (const byte of bytes) {
    value += (byte % 0x80) * scale;
    scale *= 0x80;
    if (byte >= 0x80) continue;
    numbers.push(value % 2 === 0 ? value / 2 : -(value + 1) / 2);
    value = 0;
    scale = 1;
  }
  const batches: BatchRecord[] = [];
  let [first, atUs, lagUs] = [0, 0, 0];
  for (let at = 0; at + NUMBERS <= numbers.length; at += NUMBERS) {
    first += numbers[at]!;
    atUs += numbers[at + 2]!;
    lagUs += numbers[at + 3]!;
    const count = numbers[at + 1]!;
    batches.push({ first, count, atUs, readCompleteUs: atUs - lagUs });
    first += count;
  }
  return batches;
}
