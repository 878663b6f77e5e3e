/**
 * Logs that are written to and rotated while the sections that watch them come and go, are renamed, overlap, and have them read
 * otherwise, by reloads and while no daemon runs, and while daemons are killed: each line that a section wants is one entry, by the
 * section that wanted it when it was read, and of the others there is none.
 */
import { copyFileSync, existsSync, renameSync, truncateSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { entryAt } from '../../src/model/entry-at.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { IngestScene } from '../support/ingest-scene.ts';

/** `RELOADED_LINES_CASES` and `RELOADED_LINES_SEED`: more of them, or others. */
const CASES = Number(process.env.RELOADED_LINES_CASES ?? 4);
const SEED = Number(process.env.RELOADED_LINES_SEED ?? 1);
const STEPS = 40;
/** None; what is read is committed; what is not finished is taken. */
const PAUSES_MS = [0, 500, 1_100];
/** The kernel tells of what was written. */
const NEWS_MS = 2;

/** Of other names than those above: what is rotated below a log may be one of its own. */
const LOGS = ['a', 'b', 'folder/c'];
/** What a section may name, and whether it has a path below the folder of the logs. */
const PATHS: readonly Named[] = [
  { text: 'logs/a*.log', has: (path) => /^a[^/]*\.log$/.test(path) },
  { text: 'logs/b.log', has: (path) => path === 'b.log' },
  { text: 'logs/b.log, logs/a.log', has: (path) => ['a.log', 'b.log'].includes(path) },
  { text: 'logs/folder', has: (path) => /^folder\/.*\.log$/.test(path) },
  { text: 'logs/**/*.log', has: (path) => path.endsWith('.log') },
  { text: 'logs/**/*.log*', has: (path) => /\.log[^/]*$/.test(path) },
  { text: 'logs/none.log', has: () => false },
];
const EXCLUDED: readonly Named[] = [
  { text: '', has: () => false },
  { text: '', has: () => false },
  { text: 'b.log', has: (path) => path === 'b.log' },
  { text: 'a.log', has: (path) => path === 'a.log' },
  { text: 'c.log', has: (path) => path === 'folder/c.log' },
  { text: '*.log', has: (path) => path.endsWith('.log') },
];
const WAYS = [
  '',
  'multiline = off\n',
  'timezone = Asia/Tokyo\n',
  'format = plain\n',
  'encoding = latin1\n',
];
const ARCHIVES = ['', 'archive = yes\n', 'archive = no\n'];
const NAMES = ['one', 'two', 'three', 'four'];

type Named = Readonly<{ text: string; has: (path: string) => boolean }>;
type Section = Readonly<{ path: Named | null; excluded: Named; text: string; mark: string }>;
/** By which section a line may be an entry; null: by none, so that it is no entry. */
type Line = { readonly text: string; mayBe: Set<string | null>; path: string; isRead: boolean };

const RULE = `[alert:lines]
when = line
threshold = 100000
window = 1h
notify = file
`;

test('Each line is one entry, by the section that wants it when it is read, and none where no section does', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const outcome = await new Life(seed).run();
    const { entryCount } = outcome;
    expect({ seed, ...outcome }).toEqual({
      ...{ seed, twice: [], missing: [], unwanted: [], byOthers: [] },
      ...{ entryCount, matchedCount: entryCount },
    });
  }
});

type Outcome = Readonly<{
  twice: string[];
  missing: string[];
  unwanted: string[];
  byOthers: string[];
  entryCount: number;
  matchedCount: number | undefined;
}>;

class Life {
  readonly #clock = new FakeClock();
  readonly #lines: Line[] = [];
  readonly #random: () => number;
  #sections: readonly Section[] = [];
  #markCount = 0;
  #scene!: IngestScene;

  constructor(seed: number) {
    this.#random = randomOf(seed);
  }

  async run(): Promise<Outcome> {
    await using scene = await IngestScene.make(this.#newConfig(), this.#clock);
    this.#scene = scene;
    scene.folder.makeFolder('logs/folder');
    for (let step = 0; step < STEPS; step += 1) {
      const log = this.#pick(LOGS);
      if (this.#chance(0.15)) this.#rotate(log);
      else this.#write(log);
      if (this.#chance(0.3)) await this.#readAll();
      else if (this.#chance(0.7)) await this.#turn(this.#pick(PAUSES_MS));
      await this.#change();
    }
    for (let last = 0; last < 3; last += 1) {
      await this.#turn(11_000);
      await this.#readAll();
    }
    return await this.#outcome();
  }

  async #change(): Promise<void> {
    const scene = this.#scene;
    const dice = this.#random();
    if (dice < 0.15) {
      // What was written just before is read by the sections before or behind, whoever looks first.
      const config = this.#newConfig();
      await scene.reload(config);
      await this.#turn(0);
    } else if (dice < 0.3) {
      await scene.crash(this.#newConfig());
    } else if (dice < 0.4) {
      await scene.crash();
    } else if (dice < 0.43) {
      await scene.restart();
    }
  }

  #write(log: string): void {
    const path = `${log}.log`;
    for (let count = Math.ceil(this.#random() * 3); count > 0; count -= 1) {
      const text = `2026-11-20 12:00:00 INFO line ${log}${this.#lines.length}\n`;
      this.#scene.folder.append(`logs/${path}`, text);
      this.#lines.push({ text, path, mayBe: new Set(this.#marksOf(path)), isRead: false });
    }
  }

  #rotate(log: string): void {
    const path = `${log}.log`;
    const { folder } = this.#scene;
    if (!existsSync(folder.join(`logs/${path}`))) return;
    for (let number = 9; number > 0; number -= 1)
      this.#move(`${path}.${number}`, `${path}.${number + 1}`);
    if (this.#chance(0.3)) {
      copyFileSync(folder.join(`logs/${path}`), folder.join(`logs/${path}.1`));
      truncateSync(folder.join(`logs/${path}`));
      this.#noteMoved(path, `${path}.1`);
    } else {
      this.#move(path, `${path}.1`);
    }
  }

  #move(from: string, to: string): void {
    const { folder } = this.#scene;
    if (!existsSync(folder.join(`logs/${from}`))) return;
    renameSync(folder.join(`logs/${from}`), folder.join(`logs/${to}`));
    this.#noteMoved(from, to);
  }

  /** What nobody had read yet may be read by who has the new name, or by nobody who did not want the old one. */
  #noteMoved(from: string, to: string): void {
    for (const line of this.#unread(from)) {
      line.path = to;
      for (const mark of this.#marksOf(to)) line.mayBe.add(mark);
    }
  }

  #unread(path: string): Line[] {
    return this.#lines.filter((line) => !line.isRead && line.path === path);
  }

  async #turn(ms: number): Promise<void> {
    await pause(NEWS_MS);
    await this.#scene.ingest.turn();
    await this.#clock.advance(ms);
    await this.#scene.ingest.turn();
  }

  /** All that is wanted is committed, also what nobody wanted when it was written. */
  async #readAll(): Promise<void> {
    await this.#scene.ingest.drain();
    for (const line of this.#lines) {
      if (this.#markOf(line.path) !== null && line.path.endsWith('.log')) line.mayBe.delete(null);
      if (!line.mayBe.has(null)) line.isRead = true;
    }
  }

  #newConfig(): string {
    const names = NAMES.filter(() => this.#chance(0.5));
    const sections = names.map((name) => this.#newSection(name, this.#pick(PATHS)));
    this.#sections = [...sections, this.#newSection('log_dir', null)];
    for (const line of this.#lines.filter(({ isRead }) => !isRead)) {
      for (const mark of this.#marksOf(line.path)) line.mayBe.add(mark);
    }
    return RULE + this.#sections.map(({ text }) => text).join('');
  }

  #newSection(name: string, path: Named | null): Section {
    this.#markCount += 1;
    const mark = `mark${this.#markCount}`;
    const excluded = this.#pick(EXCLUDED);
    const source = this.#chance(0.5) ? `source = ${mark}\n` : '';
    const lines = [
      path === null ? '' : `path = ${path.text}\n`,
      `tags = ${mark}\nexclude = ${excluded.text}\n${source}`,
      this.#pick(WAYS),
      this.#pick(ARCHIVES),
    ];
    return { path, excluded, mark, text: `[watch:${name}]\n${lines.join('')}` };
  }

  /** By which sections a path may be read: what is rotated also by that of its log, as far as it has not been forgotten. */
  #marksOf(path: string): (string | null)[] {
    const log = path.replace(/\.\d+$/, '');
    const own = this.#markOf(path);
    return log === path ? [own] : [own, this.#markOf(log)];
  }

  /** Of the section that has a path: `log_dir` comes last. */
  #markOf(path: string): string | null {
    const section = this.#sections.find(
      (each) => (each.path?.has(path) ?? path.endsWith('.log')) && !each.excluded.has(path),
    );
    return section?.mark ?? null;
  }

  async #outcome(): Promise<Outcome> {
    const found = Map.groupBy(this.#entries(), ({ text }) => text);
    const { rules } = await this.#scene.ingest.service().status();
    const textsOf = (isIt: (marks: string[], line: Line) => boolean): string[] =>
      this.#lines
        .filter((line) =>
          isIt(
            (found.get(line.text) ?? []).map(({ mark }) => mark),
            line,
          ),
        )
        .map(({ text, mayBe }) => `${text.trim()} (${[...mayBe].join()})`);
    const isNobodys = ({ mayBe }: Line): boolean => [...mayBe].every((mark) => mark === null);
    return {
      twice: textsOf((marks) => marks.length > 1),
      missing: textsOf((marks, { mayBe }) => marks.length === 0 && !mayBe.has(null)),
      unwanted: textsOf((marks, line) => marks.length > 0 && isNobodys(line)),
      byOthers: textsOf(
        (marks, line) => !isNobodys(line) && marks.some((mark) => !line.mayBe.has(mark)),
      ),
      entryCount: [...found.values()].flat().length,
      matchedCount: rules[0]?.counters.matchedCount,
    };
  }

  #entries(): { text: string; mark: string }[] {
    using reader = this.#scene.ingest.openReader();
    const entries: { text: string; mark: string }[] = [];
    for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
      for (const row of rows.subarray(0, count)) {
        const { tags, source } = entryAt(columns, row);
        const isOneSection = !source.startsWith('mark') || source === tags.join();
        const mark = isOneSection ? tags.join() : `${source} ${tags.join()}`;
        entries.push({ text: columns.rawBytes(row).toString('utf8'), mark });
      }
    }
    return entries;
  }

  #chance(share: number): boolean {
    return this.#random() < share;
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}
