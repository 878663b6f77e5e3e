/**
 * The answers by looking at every entry of the raw files: parsed anew, matched one by one, nothing of the store is used.
 */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { PATTERNS_MAX } from '../../src/engine/pattern-counts.ts';
import type { EntryColumns } from '../../src/model/entry-columns.ts';
import { ColumnNames } from '../../src/model/entry-columns.ts';
import { levelNameOf } from '../../src/model/level.ts';
import { parseFile } from '../../src/parse/parse-file.ts';
import { templateOf } from '../../src/pattern/template.ts';
import { Templates } from '../../src/pattern/templates.ts';
import { compileFilter } from '../../src/query/compile-filter.ts';
import {
  type Answer,
  digestOf,
  NEWEST_COUNT,
  type Question,
  type Vocabulary,
  VocabularyCounter,
} from './query-questions.ts';

const MINUTE_US = 60_000_000;

/** Entry by entry over all files of a folder. */
async function scan(logFolder: string, visit: (columns: EntryColumns) => void): Promise<void> {
  const names = new ColumnNames();
  for (const name of logFilesOf(logFolder)) {
    const path = join(logFolder, name);
    await parseFile(path, { names, source: basename(name, '.log'), onEntries: visit });
  }
}

export function logFilesOf(logFolder: string): string[] {
  return readdirSync(logFolder)
    .filter((name) => name.endsWith('.log'))
    .toSorted();
}

/** Words to ask for, from every tenth entry. */
export async function chooseWords(logFolder: string, rareWord: string | null): Promise<Vocabulary> {
  const counter = new VocabularyCounter(10);
  await scan(logFolder, (columns) => counter.add(columns));
  return counter.result(rareWord);
}

export async function scanAnswers(
  logFolder: string,
  questions: readonly Question[],
): Promise<Answer[]> {
  let scans: ((columns: EntryColumns) => void)[] | null = null;
  const tallies = questions.map((question) => new Tally(question));
  await scan(logFolder, (columns) => {
    scans ??= tallies.map((tally) => tally.open(columns.names));
    for (const take of scans) take(columns);
  });
  return tallies.map((tally) => tally.answer());
}

class Tally {
  readonly #question: Question;
  #count = 0;
  readonly #groups = new Map<string, number>();
  #newest: { us: number; digest: string }[] = [];
  #oldestKept = Number.NEGATIVE_INFINITY;

  constructor(question: Question) {
    this.#question = question;
  }

  open(names: ColumnNames): (columns: EntryColumns) => void {
    const { query, fromUs = -Infinity, untilUs = Infinity } = this.#question;
    const matches = compileFilter(query, names);
    return (columns) => {
      for (let row = 0; row < columns.count; row += 1) {
        const us = columns.timestampUs[row]!;
        if (us < fromUs || us >= untilUs || !matches(columns, row)) continue;
        this.#count += 1;
        this.#take(columns, row);
      }
    };
  }

  answer(): Answer {
    switch (this.#question.ask) {
      case 'newest': {
        this.#cut();
        return newestAnswer(this.#newest);
      }
      case 'count':
        return { count: this.#count, digest: '' };
      case 'patterns':
        return groupsAnswer(mergedPatterns(this.#groups));
      default:
        return groupsAnswer(this.#groups);
    }
  }

  #take(columns: EntryColumns, row: number): void {
    switch (this.#question.ask) {
      case 'newest':
        if (columns.timestampUs[row]! < this.#oldestKept) return;
        this.#newest.push(entryOf(columns, row));
        if (this.#newest.length > 50 * NEWEST_COUNT) this.#cut();
        return;
      case 'levels by minute': {
        const minute = Math.floor(columns.timestampUs[row]! / MINUTE_US);
        this.#add(`${minute} ${levelNameOf(columns.level[row]!)}`);
        return;
      }
      case 'sources':
        this.#add(columns.names.sources.valueOf(columns.source[row]!));
        return;
      case 'patterns':
        this.#add(templateOf(columns.messageText(row)));
        return;
      case 'count':
    }
  }

  #add(key: string): void {
    this.#groups.set(key, (this.#groups.get(key) ?? 0) + 1);
  }

  #cut(): void {
    this.#newest.sort((a, b) => b.us - a.us);
    this.#oldestKept = this.#newest[NEWEST_COUNT - 1]?.us ?? Number.NEGATIVE_INFINITY;
    // Others of the same moment stay: which of them are given is up to their order of arrival.
    this.#newest = this.#newest.filter(({ us }) => us >= this.#oldestKept);
  }
}

export function entryOf(columns: EntryColumns, row: number): { us: number; digest: string } {
  const digest = createHash('sha256').update(columns.rawBytes(row)).digest('hex');
  return { us: columns.timestampUs[row]!, digest };
}

/** Templates that differ in a varying word are one pattern. */
function mergedPatterns(groups: ReadonlyMap<string, number>): Map<string, number> {
  const templates = new Templates(PATTERNS_MAX);
  const numbered = [...groups].map(([text, count]) => ({
    id: templates.idOfTemplate(text),
    count,
  }));
  const merged = new Map<string, number>();
  for (const { id, count } of numbered) {
    const text = templates.textOf(templates.merged(id));
    merged.set(text, (merged.get(text) ?? 0) + count);
  }
  return merged;
}

/** All but those of the last moment by their bytes, those by their number. */
export function newestAnswer(
  newestFirst: readonly Readonly<{ us: number; digest: string }>[],
): Answer {
  const count = Math.min(NEWEST_COUNT, newestFirst.length);
  const lastUs = newestFirst[count - 1]?.us ?? 0;
  const isCut = newestFirst.length >= NEWEST_COUNT;
  const certain = newestFirst.filter(({ us }) => us > lastUs || !isCut);
  return { count, digest: digestOf(certain.map(({ us, digest }) => `${us} ${digest}`)) };
}

export function groupsAnswer(groups: ReadonlyMap<string, number>): Answer {
  return {
    count: groups.size,
    digest: digestOf([...groups].map(([key, count]) => `${key}: ${count}`)),
  };
}
