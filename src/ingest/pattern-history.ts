/**
 * Which patterns came on which day: what a report compares with. Kept for `HISTORY_DAYS`.
 *
 * Written by the ingest thread in the commit that says up to which entry was reported, so that each entry is
 * in the history once. Bounded by days and by patterns; the longest unseen go first. Of those that go, and of those that a
 * report had no room for, it is kept that there were such: of what has their source and level nothing can be called new.
 */
import type { Database, Schema } from '../base/database.ts';
import { storable } from './storable-time.ts';

export const HISTORY_SCHEMA: Schema = {
  room: 'pattern-history',
  steps: [
    `CREATE TABLE pattern (
      id INTEGER PRIMARY KEY,
      source TEXT NOT NULL,
      level INTEGER NOT NULL,
      template TEXT NOT NULL,
      first_us INTEGER NOT NULL,
      last_us INTEGER NOT NULL,
      example TEXT NOT NULL,
      example_us INTEGER NOT NULL,
      UNIQUE (source, level, template)
    ) STRICT;
    CREATE TABLE pattern_day (
      day INTEGER NOT NULL,
      pattern INTEGER NOT NULL REFERENCES pattern ON DELETE CASCADE,
      count INTEGER NOT NULL,
      PRIMARY KEY (day, pattern)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX pattern_day_pattern ON pattern_day (pattern);`,
    `CREATE TABLE pattern_other (
      day INTEGER NOT NULL,
      source TEXT NOT NULL,
      level INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (day, source, level)
    ) STRICT, WITHOUT ROWID;`,
  ],
};

/** Five weeks: the same weekday is in it, and a job that runs once a month is no news. */
export const HISTORY_DAYS = 35;
/** Patterns remembered; a machine has hundreds, so this is noise's share. */
const PATTERNS_MAX = 20_000;

export type PatternRecord = Readonly<{
  source: string;
  levelCode: number;
  template: string;
  firstUs: number;
  lastUs: number;
  example: string;
  exampleUs: number;
  /** Local day number and count. */
  days: readonly (readonly [day: number, count: number])[];
}>;

/** Entries of a source and level that are in no pattern. */
export type OtherRecord = Readonly<{
  source: string;
  levelCode: number;
  /** Local day number and count. */
  days: readonly (readonly [day: number, count: number])[];
}>;

/** What a report counted. */
type Counted = Readonly<{ patterns: readonly PatternRecord[]; others: readonly OtherRecord[] }>;

export class PatternHistory {
  readonly #database: Database;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** For the writer: makes the tables. */
  static open(database: Database): PatternHistory {
    database.migrate(HISTORY_SCHEMA);
    return new PatternHistory(database);
  }

  /** For readers: the tables must be there. */
  static read(database: Database): PatternHistory {
    return new PatternHistory(database);
  }

  /** Add what a report counted, `today` being its last day; inside the caller's transaction. */
  add({ patterns, others }: Counted, today: number): void {
    if (patterns.length === 0 && others.length === 0) return;
    const insertPattern = this.#database.prepare(INSERT_PATTERN);
    const insertDay = this.#database.prepare(INSERT_DAY);
    for (const pattern of patterns) {
      // Stamps from the future would push the present out.
      const days = pattern.days.filter(([day]) => day <= today);
      if (days.length === 0) continue;
      const row = insertPattern.get(
        pattern.source,
        pattern.levelCode,
        pattern.template,
        storable(pattern.firstUs),
        storable(pattern.lastUs),
        pattern.example,
        storable(pattern.exampleUs),
      );
      for (const [day, count] of days) insertDay.run(day, Number(row?.['id']), count);
    }
    const insertOther = this.#database.prepare(`${INSERT_OTHER} VALUES (?, ?, ?, ?) ${ADD_OTHER}`);
    for (const { source, levelCode, days } of others) {
      for (const [day, count] of days) {
        if (day <= today) insertOther.run(day, source, levelCode, count);
      }
    }
    this.#forget();
  }

  /** What is in none of the patterns; nothing where a version that did not keep it wrote the state last. */
  others(): OtherRecord[] {
    const table = "SELECT 1 FROM sqlite_schema WHERE name = 'pattern_other'";
    if (this.#database.prepare(table).get() === undefined) return [];
    return this.#database
      .prepare('SELECT * FROM pattern_other ORDER BY source, level, day')
      .all()
      .map((row) => ({
        source: String(row['source']),
        levelCode: Number(row['level']),
        days: [[Number(row['day']), Number(row['count'])]],
      }));
  }

  /** Everything remembered, in the order it was first seen. */
  patterns(): PatternRecord[] {
    const days = new Map<number, [number, number][]>();
    for (const row of this.#database
      .prepare('SELECT pattern, day, count FROM pattern_day ORDER BY day')
      .iterate()) {
      const pattern = Number(row['pattern']);
      const counts = days.get(pattern) ?? [];
      if (counts.length === 0) days.set(pattern, counts);
      counts.push([Number(row['day']), Number(row['count'])]);
    }
    return this.#database
      .prepare('SELECT * FROM pattern ORDER BY first_us, id')
      .all()
      .map((row) => ({
        source: String(row['source']),
        levelCode: Number(row['level']),
        template: String(row['template']),
        firstUs: Number(row['first_us']),
        lastUs: Number(row['last_us']),
        example: String(row['example']),
        exampleUs: Number(row['example_us']),
        days: days.get(Number(row['id'])) ?? [],
      }));
  }

  /** Days are counted back from the newest one known: whoever reports on old files has a history of old days. */
  #forget(): void {
    const database = this.#database;
    const oldest = `SELECT max(day) - ? FROM (SELECT day FROM pattern_day UNION ALL SELECT day FROM pattern_other)`;
    database.prepare(`DELETE FROM pattern_other WHERE day <= (${oldest})`).run(HISTORY_DAYS);
    database.prepare(`DELETE FROM pattern_day WHERE day <= (${oldest})`).run(HISTORY_DAYS);
    const tooMany = 'SELECT id FROM pattern ORDER BY last_us DESC, id DESC LIMIT -1 OFFSET ?';
    database
      .prepare(
        `${INSERT_OTHER} SELECT day, source, level, sum(count) FROM pattern_day JOIN pattern ON id = pattern
          WHERE id IN (${tooMany}) GROUP BY day, source, level ${ADD_OTHER}`,
      )
      .run(PATTERNS_MAX);
    database
      .prepare(
        `DELETE FROM pattern WHERE NOT EXISTS (SELECT 1 FROM pattern_day WHERE pattern = pattern.id)
          OR id IN (${tooMany})`,
      )
      .run(PATTERNS_MAX);
  }
}

const INSERT_PATTERN = `INSERT INTO pattern (source, level, template, first_us, last_us, example, example_us)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (source, level, template) DO UPDATE SET
    first_us = min(first_us, excluded.first_us), last_us = max(last_us, excluded.last_us)
  RETURNING id`;

const INSERT_DAY = `INSERT INTO pattern_day (day, pattern, count) VALUES (?, ?, ?)
  ON CONFLICT (day, pattern) DO UPDATE SET count = count + excluded.count`;

const INSERT_OTHER = 'INSERT INTO pattern_other (day, source, level, count)';
const ADD_OTHER = `ON CONFLICT (day, source, level) DO UPDATE SET count = count + excluded.count`;
