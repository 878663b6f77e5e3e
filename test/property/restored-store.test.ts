/**
 * A store that is backed up while it works, restored in another life, damaged and filled up again from the logs, and made anew
 * from its segments, through merges, retention, imports, rotations and crashes: a backup is the store of one moment, and what
 * goes on from any of these has every line once.
 */
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, join, relative } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Database } from '../../src/base/database.ts';
import { systemDisk } from '../../src/base/disk.ts';
import { registerRestore } from '../../src/cli/backup.ts';
import { register as registerCheck } from '../../src/cli/check.ts';
import { backUp, restore, type StorePlace } from '../../src/engine/backup.ts';
import { readCatalog, readDamage, readInlineBytes } from '../../src/engine/catalog.ts';
import { segmentFilesBelow } from '../../src/engine/recovery.ts';
import { StoreReader } from '../../src/engine/store-reader.ts';
import { importFile } from '../../src/ingest/import-file.ts';
import { ColumnNames } from '../../src/model/entry-columns.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { breakingDisk } from '../support/breaking-disk.ts';
import { type CommandOutcome, type Register, runCommand } from '../support/command-line.ts';
import { collect } from '../support/engine-store.ts';
import { FAKE_START_MS, FakeClock } from '../support/fake-clock.ts';
import { IngestScene } from '../support/ingest-scene.ts';
import { MortalRun } from '../support/mortal-run.ts';

/** `RESTORED_STORE_CASES` and `RESTORED_STORE_SEED`: more of them, or others. */
const CASES = Number(process.env.RESTORED_STORE_CASES ?? 2);
const SEED = Number(process.env.RESTORED_STORE_SEED ?? 1);
const STEPS = 30;
/** Some segments are files, some lie in the database. */
const LIMITS = { segmentRows: 64, chunkRows: 8, inlineBytesMax: 1_500 };
/** None; what is read is committed; small segments are merged; old ones are made dense, and the retention looks at all. */
const PAUSES_MS = [0, 500, 6_000, 700_000];
/** The kernel tells of what was written. */
const NEWS_MS = 2;
const BREAKS_AFTER_MAX = 25;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const ROTATION = `[rotation]
idle = 0s
compress = none
`;
const RULE = `[alert:fatal]
when = level:fatal
group_by = source
notify = file
`;
/** Of `age`: all that are older; else those of a level or a source. */
const RETENTIONS = [
  '',
  '[retention]\nage = 30d\n',
  '[retention]\nlevels = debug 3d\n',
  '[retention]\nage = 30d\nsources = b 3d\n',
].map((retention) => RULE + ROTATION + retention);
const LEVELS = ['DEBUG', 'INFO', 'INFO', 'ERROR', 'FATAL'];
/** Ages of lines: of today, of days that are over, and of what a retention may give up. */
const AGES_MS = [0, 0, 0, HOUR_MS, 2 * DAY_MS, 5 * DAY_MS, 40 * DAY_MS];

type Line = Readonly<{ text: string; mayGo: boolean }>;
/** Files that were imported, by name, with their lines. */
type Imports = ReadonlyMap<string, readonly Line[]>;
/** What a store answers, and what came from imports by then. */
type Moment = Readonly<{ answers: object; imports: Imports }>;
type Backup = Readonly<{ folder: string; moments: readonly Moment[] }>;

test('A store that is taken apart and put together again has every line once', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const life = await StoreLife.make(seed);
    try {
      await life.live();
    } catch (cause) {
      throw new Error(`seed ${seed}: ${life.told.join(', ')}`, { cause });
    } finally {
      await life.end();
    }
  }
});

class StoreLife {
  /** What happened, for who looks for the reason of a failure. */
  readonly told: string[] = [];
  readonly #random: () => number;
  readonly #clock: FakeClock;
  readonly #scene: IngestScene;
  readonly #backups = new Map<string, Backup>();
  /** Of the followed logs. */
  readonly #lines: Line[] = [];
  #imports = new Map<string, readonly Line[]>();
  #fileCount = 0;
  /** Of which positions were lost: what is imported from then on is new. */
  #isRebuilt = false;

  private constructor(random: () => number, clock: FakeClock, scene: IngestScene) {
    this.#random = random;
    this.#clock = clock;
    this.#scene = scene;
  }

  static async make(seed: number): Promise<StoreLife> {
    const random = randomOf(seed);
    const clock = new FakeClock();
    const config = RETENTIONS[Math.floor(random() * RETENTIONS.length)]!;
    return new StoreLife(random, clock, await IngestScene.make(config, clock, LIMITS));
  }

  async end(): Promise<void> {
    await this.#scene[Symbol.asyncDispose]();
  }

  async live(): Promise<void> {
    for (let step = 0; step < STEPS; step += 1) await this.#step();
    await this.#fillUp('at the end');
    await this.#rebuild();
    for (let step = 0; step < 5; step += 1) {
      this.#write();
      await this.#turn();
    }
    await this.#settle();
    this.#checkLines('after the rebuilding');
  }

  async #step(): Promise<void> {
    const choice = this.#random();
    if (choice < 0.45) {
      for (let more = this.#random() * 4; more > 0; more -= 1) this.#write();
      await this.#turn();
    } else if (choice < 0.5) this.#rotate();
    else if (choice < 0.55) await this.#scene.reload(this.#pick(RETENTIONS));
    else if (choice < 0.58) await this.#scene.crash();
    else if (choice < 0.62) await this.#archive();
    else if (choice < 0.7) await this.#import();
    else if (choice < 0.85) this.#backUp();
    else if (choice < 0.92) await this.#restore();
    else await this.#damage();
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }

  #tell(what: string): void {
    this.told.push(what);
  }

  #makeLine(name: string): Line {
    const level = this.#pick(LEVELS);
    const ageMs = this.#pick(AGES_MS);
    const atMs = FAKE_START_MS - ageMs - Math.floor(this.#random() * 1000);
    const noise = Array.from({ length: 4 }, () => this.#random().toString(36).slice(2));
    this.#fileCount += 1;
    const text = `${new Date(atMs).toISOString()} ${level} ${name} ${this.#fileCount} ${noise.join(' ')}`;
    // Another retention may come to be, so any of them counts; a merged segment goes when its newest line is old enough.
    const mayGo =
      ageMs > 30 * DAY_MS || (ageMs > 3 * DAY_MS && (level === 'DEBUG' || name === 'b'));
    return { text, mayGo };
  }

  #makeLines(name: string, count: number): Line[] {
    return Array.from({ length: count }, () => this.#makeLine(name));
  }

  #write(): void {
    const name = this.#pick(['a', 'b', 'c']);
    const lines = this.#makeLines(name, 1 + Math.floor(this.#random() ** 2 * 40));
    this.#lines.push(...lines);
    this.#scene.folder.append(`logs/${name}.log`, textOf(lines));
  }

  async #turn(): Promise<void> {
    const { ingest } = this.#scene;
    const ms = this.#pick(PAUSES_MS);
    this.#tell(`turn ${ms}`);
    await pause(NEWS_MS);
    while (await ingest.turn());
    await this.#clock.advance(ms);
    for (let more = 0; more < 6; more += 1) {
      await ingest.turn();
      await ingest.maintenance.settled();
    }
  }

  /** The newest is `.1`. */
  #rotate(): void {
    this.#tell('rotate');
    const log = this.#scene.folder.join('logs', `${this.#pick(['a', 'b', 'c'])}.log`);
    if (!existsSync(log)) return;
    let count = 1;
    while (existsSync(`${log}.${count}`)) count += 1;
    for (; count > 1; count -= 1) renameSync(`${log}.${count - 1}`, `${log}.${count}`);
    renameSync(log, `${log}.1`);
  }

  /** A file that nobody follows; some are compressed, and each is asked for twice. */
  async #import(): Promise<void> {
    const number = this.#imports.size;
    const ending = this.#pick(['', '.gz', '.zst']);
    let name = `old/${this.#fileCount}-${number}.log${ending}`;
    let lines: readonly Line[] = this.#makeLines('old', 1 + Math.floor(this.#random() * 60));
    const known = this.#random() < 0.3 ? [...this.#imports][0] : undefined;
    if (known === undefined) {
      const text = Buffer.from(textOf(lines));
      const pack = { '': (same: Buffer) => same, '.gz': gzipSync, '.zst': zstdCompressSync }[
        ending
      ]!;
      this.#scene.folder.write(name, pack(text));
    } else {
      [name, lines] = known;
    }
    this.#tell(`import ${name}${known === undefined ? '' : ' again'}`);
    if (this.#random() < 0.3) await this.#importFile(name, Math.floor(this.#random() * 4));
    if (this.#random() < 0.1) await this.#scene.crash();
    await this.#importFile(name);
    this.#imports.set(name, lines);
    await this.#importFile(name);
  }

  /** Broken off after so many pieces. */
  async #importFile(name: string, piecesMax = Infinity): Promise<void> {
    const { ingest, folder } = this.#scene;
    let piecesLeft = piecesMax;
    try {
      await importFile({ ingest, book: ingest.imports }, folder.join(name), {
        ...{ source: 'old', tags: [], format: null, timezone: 'UTC', again: false },
        nowMs: () => this.#clock.nowMs(),
        onRead: () => {
          if (piecesLeft === 0) throw new Error('broken off');
          piecesLeft -= 1;
        },
      });
    } catch (thrown) {
      expect(String(thrown)).toMatch(/its entries are known|broken off/);
    }
  }

  get #place(): StorePlace {
    const { folder } = this.#scene;
    return {
      databasePath: folder.join('state/logstead.db'),
      segmentsFolder: folder.join('state/segments'),
    };
  }

  /** Into one of two folders, in one of four to its end only on the second try. */
  #backUp(): void {
    const name = this.#pick(['one', 'two']);
    const folder = this.#scene.folder.join('backups', name);
    const breaksAfter =
      this.#random() < 0.3 ? Math.floor(this.#random() * BREAKS_AFTER_MAX) : Infinity;
    this.#tell(`back up into ${name}, ${breaksAfter} operations`);
    const moment = { answers: answersOf(this.#place), imports: new Map(this.#imports) };
    const options = { store: this.#place, folder, takenAtMs: this.#clock.nowMs() };
    const verify = this.#random() < 0.3;
    const before = this.#backups.get(name)?.moments ?? [];
    try {
      const { damaged } = backUp({ ...options, disk: breakingDisk(breaksAfter), verify });
      expect(damaged).toEqual([]);
      this.#backups.set(name, { folder, moments: [moment] });
    } catch (thrown) {
      if (!String(thrown).includes('broken off')) throw thrown;
      if (before.length > 0) this.#backups.set(name, { folder, moments: [...before, moment] });
    }
  }

  /** The state is lost, as a whole or in part, and what was backed up takes its place. */
  async #restore(): Promise<void> {
    const backup = this.#pick([...this.#backups.values()]);
    if (backup === undefined) return;
    const { folder } = this.#scene;
    const isWholeLost = this.#random() < 0.6;
    this.#tell(`restore ${backup.folder.slice(-3)}${isWholeLost ? '' : ' over segments'}`);
    await this.#die();
    // A life takes time.
    await this.#clock.advance(1_000);
    const others = isWholeLost ? [] : await this.#loseDatabase(backup.folder);
    if (isWholeLost) {
      rmSync(folder.join('state'), { recursive: true });
      folder.makeFolder('state');
    }
    if (this.#random() < 0.3) this.#breakRestore(backup.folder);
    expect(await this.#command(registerRestore, 'restore', backup.folder)).toMatchObject({
      code: 0,
      stderr: '',
    });
    const answers = answersOf(this.#place);
    const moment = backup.moments.find((each) => same(each.answers, answers));
    if (moment === undefined) expect(answers).toEqual(backup.moments.at(-1)!.answers);
    this.#imports = new Map(moment!.imports);
    this.#backups.set(backup.folder.slice(-3), { ...backup, moments: [moment!] });
    await this.#scene.start();
    // Else what was read and not committed is taken from the intake.
    if (isWholeLost) expect(answersOf(this.#place)).toEqual(moment!.answers);
    // As a daemon does that starts.
    await new MortalRun(this.#scene).recover();
    const kept = this.#segmentFiles().map((file) => basename(file));
    expect(kept).toEqual(expect.arrayContaining(others));
  }

  /** What is on the disk now stays, and nobody works on it any more. */
  async #die(): Promise<void> {
    const state = this.#scene.folder.join('state');
    cpSync(state, `${state}-as-it-is`, { recursive: true });
    await this.#scene.stop();
    rmSync(state, { recursive: true });
    renameSync(`${state}-as-it-is`, state);
  }

  /** Only the database: names of segment files that are there and not in the backup. */
  async #loseDatabase(backup: string): Promise<string[]> {
    const { databasePath } = this.#place;
    rmSync(databasePath);
    // Of what was committed last it has all the pages: they would be written over those of the backup.
    expect(existsSync(`${databasePath}-wal`)).toBe(true);
    expect(await this.#command(registerRestore, 'restore', backup)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining('there is an index already'),
    });
    for (const suffix of ['-wal', '-shm']) rmSync(databasePath + suffix);
    const copied = new Set(segmentFilesBelow(systemDisk, join(backup, 'segments')));
    return segmentFilesBelow(systemDisk, this.#place.segmentsFolder)
      .filter((file) => file.endsWith('.segment') && !copied.has(file))
      .map((file) => basename(file));
  }

  /** Killed half-way, perhaps. */
  #breakRestore(folder: string): void {
    const { databasePath } = this.#place;
    const disk = breakingDisk(Math.floor(this.#random() * BREAKS_AFTER_MAX));
    try {
      restore({ disk, folder, store: this.#place, nowMs: this.#clock.nowMs(), renew: () => {} });
      rmSync(databasePath);
    } catch (thrown) {
      if (!String(thrown).includes('broken off')) throw thrown;
      rmSync(databasePath, { force: true });
    }
  }

  #segmentFiles(): string[] {
    return readdirSync(this.#place.segmentsFolder, { recursive: true, encoding: 'utf8' });
  }

  /** One segment gets a bit that is wrong; it is found and set aside, and the logs give back what it had. */
  async #damage(): Promise<void> {
    const place = this.#place;
    await this.#scene.ingest.flush();
    const row = this.#pick(catalogOf(place));
    if (row === undefined) return;
    const at = Math.floor(this.#random() * row.sizeBytes);
    this.#tell(`damage segment ${row.number} at ${at}`);
    flip(place, row, at);
    const check = await this.#check('--deep');
    expect(check).toMatchObject({ code: 7, stdout: expect.stringContaining('Damaged: ') });
    this.#scene.texts();
    if (catalogOf(place).some(({ number }) => number === row.number)) {
      // Nobody has read that byte.
      if (row.file === null) {
        flip(place, row, at);
        return;
      }
      const path = join(place.segmentsFolder, row.file);
      await this.#scene.stop();
      renameSync(path, this.#scene.folder.join(`damaged-${row.number}`));
      await this.#scene.start();
    }
    {
      using database = Database.open(place.databasePath, { readOnly: true });
      expect(readDamage(database).map(({ number }) => number)).toContain(row.number);
    }
    expect((await this.#check('--deep')).stdout).toContain(`Set aside: number ${row.number}`);
    await this.#fillUp('after the damage');
  }

  /** Every file that may have what the index has not is imported: logs and archives, and what was imported before. */
  async #fillUp(when: string): Promise<void> {
    const { ingest } = this.#scene;
    await this.#turn();
    await ingest.drain();
    for (const name of this.#logFiles()) await this.#importFile(name);
    for (const name of this.#imports.keys()) await this.#importFile(name);
    await ingest.flush();
    this.#checkLines(when);
    const { folder } = this.#scene;
    const written = this.#logFiles().flatMap((name) => folder.read(name).trimEnd().split('\n'));
    expect(written.toSorted()).toEqual(this.#lines.map(({ text }) => text).toSorted());
  }

  /** Below the project's folder; manifests are none. */
  #logFiles(): string[] {
    const { folder } = this.#scene;
    return ['logs', 'archives'].flatMap((name) =>
      readdirSync(folder.join(name), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.endsWith('.json'))
        .map((entry) => relative(folder.path, join(entry.parentPath, entry.name)))
        .toSorted(),
    );
  }

  /** All that is not written to goes to the archive; perhaps the run dies on the way, and the next start settles it. */
  async #archive(): Promise<void> {
    const run = new MortalRun(this.#scene);
    let callsLeft = this.#random() < 0.5 ? Math.floor(this.#random() * 150) : Infinity;
    run.beforeCall = () => {
      callsLeft -= 1;
      if (callsLeft < 0) run.die();
      else if (callsLeft % 20 === 7 && this.#random() < 0.5) this.#backUp();
    };
    this.#tell(`archive, ${callsLeft} calls`);
    await run.rotate('once');
    if (!run.isDead) return;
    await this.#scene.crash();
    await new MortalRun(this.#scene).recover();
  }

  /** The database is lost, or damaged: what its segments have is listed again. What is in the index is not read again. */
  async #rebuild(): Promise<void> {
    const { folder } = this.#scene;
    const place = this.#place;
    await this.#scene.ingest.drain();
    const { texts, files } = textsIn(place);
    await this.#scene.stop();
    const way = this.#pick(['lost', 'empty', 'cut', 'overwritten']);
    this.#tell(`rebuild: the database is ${way}`);
    const bytes = readFileSync(place.databasePath);
    if (way === 'lost') rmSync(place.databasePath);
    else if (way === 'empty') writeFileSync(place.databasePath, '');
    else if (way === 'cut') writeFileSync(place.databasePath, bytes.subarray(0, bytes.length / 2));
    else writeFileSync(place.databasePath, bytes.fill(0x5a, 0, 2_048));
    await expect(this.#scene.start()).rejects.toThrow();
    const rebuilt = await this.#check('--rebuild');
    const lostCount = texts.length - files.length;
    if (files.length > 0) expect(rebuilt.stdout).toContain('what was imported and archived');
    renameSync(folder.join('logs'), folder.join('logs-before'));
    folder.makeFolder('logs');
    await this.#scene.start();
    const left = textsIn(place).texts;
    expect(left.length).toBeGreaterThanOrEqual(texts.length - lostCount);
    expect(texts).toEqual(expect.arrayContaining(left));
    expect(new Set(left).size).toBe(left.length);
    expect(left).toEqual(expect.arrayContaining(files));
    this.#isRebuilt = true;
    const kept = new Set(left);
    const known = [...this.#lines, ...[...this.#imports.values()].flat()];
    this.#imports.clear();
    this.#lines.splice(0, Infinity, ...known.filter(({ text }) => kept.has(text)));
  }

  #check(option: string): Promise<CommandOutcome> {
    return this.#command(registerCheck, 'check', option);
  }

  #command(register: Register, ...words: string[]): Promise<CommandOutcome> {
    const { folder, configText } = this.#scene;
    folder.write('config/config.ini', configText);
    return runCommand(register, words, { workingFolder: folder.path, clock: this.#clock });
  }

  async #settle(): Promise<void> {
    await this.#turn();
    await this.#scene.ingest.drain();
  }

  /** All that were written are there, but for those that a retention may have let go of; none is there twice. */
  #checkLines(when: string): void {
    const { texts } = textsIn(this.#place);
    const counts = new Map<string, number>();
    for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
    const lines = [...this.#lines, ...[...this.#imports.values()].flat()];
    const wrong = lines.filter(({ text, mayGo }) => {
      const count = counts.get(text) ?? 0;
      return count > 1 || (count === 0 && !mayGo);
    });
    const written = new Set(lines.map(({ text }) => text));
    expect({
      when,
      isRebuilt: this.#isRebuilt,
      wrongCount: wrong.length,
      wrong: wrong.slice(0, 10).map(({ text }) => `${counts.get(text) ?? 0} × ${text}`),
      unknown: texts.filter((text) => !written.has(text)),
    }).toEqual({ when, isRebuilt: this.#isRebuilt, wrongCount: 0, wrong: [], unknown: [] });
  }
}

function textOf(lines: readonly Line[]): string {
  return lines.map(({ text }) => `${text}\n`).join('');
}

function same(a: object, b: object): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function openReader({ databasePath }: StorePlace): StoreReader {
  return StoreReader.open({
    ...{ names: new ColumnNames(), disk: systemDisk, clock: new FakeClock() },
    database: databasePath,
  });
}

/** What a store says of its entries, its incidents and its files. */
function answersOf(place: StorePlace): object {
  using reader = openReader(place);
  const request = { query: { kind: 'everything' } } as const;
  using database = Database.open(place.databasePath, { readOnly: true });
  const rowsOf = (table: string): object[] =>
    database
      .prepare(`SELECT * FROM ${table}`)
      .all()
      .map((row) => ({ ...row }));
  return {
    entries: collect(reader.matches({ ...request, order: 'oldest' })),
    count: reader.count(request),
    histogram: reader
      .histogram(request, { bucketUs: 3_600_000_000, by: 'level' })
      .map(({ startUs, counts }) => [startUs, [...counts]]),
    stats: reader.stats(request),
    patterns: reader.patterns(request),
    damaged: reader.damaged,
    tables: ['incidents', 'watch_generation', 'engine_damage', 'imported_file'].map(rowsOf),
  };
}

function catalogOf({ databasePath }: StorePlace): ReturnType<typeof readCatalog> {
  using database = Database.open(databasePath, { readOnly: true });
  return readCatalog(database);
}

/** The original lines of all entries, and of those whose segments are files. */
function textsIn(place: StorePlace): Readonly<{ texts: string[]; files: string[] }> {
  using reader = openReader(place);
  const found: { sequence: number; text: string }[] = [];
  for (const { columns, rows, count } of reader.matches({ query: { kind: 'everything' } })) {
    for (const row of rows.subarray(0, count)) {
      found.push({
        sequence: columns.sequence[row]!,
        text: columns.rawBytes(row).toString().trimEnd(),
      });
    }
  }
  const inFiles = sequencesOf(reader);
  return {
    texts: found.map(({ text }) => text),
    files: found.filter(({ sequence }) => inFiles.has(sequence)).map(({ text }) => text),
  };
}

function sequencesOf(reader: StoreReader): Set<number> {
  const sequences = new Set<number>();
  for (const row of reader.segments()) {
    if (row.file === null) continue;
    for (let at = row.minSequence; at <= row.maxSequence; at += 1) sequences.add(at);
  }
  for (const row of reader.segments()) {
    if (row.file !== null) continue;
    for (let at = row.minSequence; at <= row.maxSequence; at += 1) sequences.delete(at);
  }
  return sequences;
}

/** Change one bit of a segment; twice: as it was. */
function flip(place: StorePlace, row: ReturnType<typeof readCatalog>[number], at: number): void {
  if (row.file !== null) {
    const path = join(place.segmentsFolder, row.file);
    const bytes = readFileSync(path);
    bytes[at]! ^= 1;
    writeFileSync(path, bytes);
    return;
  }
  using database = Database.open(place.databasePath);
  const bytes = Uint8Array.from(readInlineBytes(database, row.number)!);
  bytes[at]! ^= 1;
  database.prepare('UPDATE engine_segment SET bytes = ? WHERE number = ?').run(bytes, row.number);
}
