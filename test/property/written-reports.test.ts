/**
 * Reports of days that clocks make longer and shorter, by runs that die anywhere, beside an array of entries: each entry is
 * in one report, and what a report counts is what a loop over its entries counts, in all its forms.
 */
import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Database } from '../../src/base/database.ts';
import type { BookChange } from '../../src/ingest/archive-change.ts';
import { RunBook } from '../../src/ingest/run-book.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { IngestScene } from '../support/ingest-scene.ts';
import { type MortalCall, MortalRun } from '../support/mortal-run.ts';

/** `WRITTEN_REPORTS_CASES` and `WRITTEN_REPORTS_SEED`: more of them, or others. */
const CASES = Number(process.env.WRITTEN_REPORTS_CASES ?? 4);
const SEED = Number(process.env.WRITTEN_REPORTS_SEED ?? 1);
const RUNS = 10;
const LINES_MAX = 120;
const CALLS_MAX = 150;
/** Of these a run that writes a report makes some thirty. */
const REPORT_CALLS_MAX = 30;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Two days before clocks change. */
const PLACES: readonly (readonly [zone: string, startMs: number])[] = [
  ['Europe/Berlin', Date.UTC(2026, 2, 27, 3)],
  ['Europe/Berlin', Date.UTC(2026, 9, 23, 3)],
  ['Australia/Lord_Howe', Date.UTC(2026, 9, 1, 20)],
  ['Australia/Lord_Howe', Date.UTC(2026, 3, 2, 12)],
  ['America/St_Johns', Date.UTC(2026, 9, 30, 1)],
  ['Pacific/Apia', Date.UTC(2011, 11, 28, 5)],
  ['Africa/Cairo', Date.UTC(2026, 3, 22, 5)],
  ['UTC', Date.UTC(2028, 1, 27, 5)],
];
const WAYS = ['idle = 0s', 'idle = 0s\ncompress = zstd', 'idle = 5h'];
const SOURCES = ['api', 'web', 'db', 'mail', '<b>job'];
const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'none'] as const;
/** No two of them make one pattern. */
const MESSAGES = [
  'connection refused',
  'cache is warm',
  'user logged in again',
  'nothing was done today by anybody',
  '<script>alert(document.cookie)</script>',
  'a \u202eright to left\u202c override',
  'controls \u001b[31mred\u001b[0m \u009b2J and a bell \u0007',
  '\u05e9\u05dc\u05d5\u05dd \u0639\u0644\u064a\u0643\u0645 mixed with latin letters inside',
  '&amp; &lt;b&gt; "quoted" \u0027single\u0027 `ticks` | bars | **stars** _under_ [link](x)',
];
const LONG = `long ${'words and more words '.repeat(300)}end`;

type Line = Readonly<{
  source: string;
  level: string;
  message: string;
  atMs: number;
  /** In the zone of the report. */
  day: string;
}>;
type Counts = Readonly<Record<string, number>>;
type Named = Readonly<{ name: string; total: number; levels: Counts; first: string; last: string }>;
type Pattern = Readonly<{
  pattern: string;
  level: string | null;
  source: string;
  count: number;
  first: string;
  last: string;
  example: string;
}>;
type Moved = Pattern & Readonly<{ before: number; weekBefore: number | null }>;
type ReportJson = Readonly<{
  total: number;
  from: string | null;
  until: string | null;
  levels: Counts;
  sources: readonly Named[];
  files: readonly Named[];
  histogram: Readonly<{ from: string; widthMs: number; buckets: readonly Counts[] }> | null;
  topErrors: readonly Pattern[];
  topMessages: readonly Pattern[];
  patterns: number;
  otherPatterns: number;
  news: Readonly<{
    historyDays: number;
    new: readonly Pattern[];
    compared: Readonly<{ day: string; with: string; weekBefore: string | null }> | null;
    moved: readonly Moved[];
  }> | null;
  coverage: Readonly<{ readBytes: number; lostBytes: number }>;
}>;

test('Each entry is in one report, which counts it as a loop would', {
  timeout: 1_200_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    await new Scene(seed).live();
  }
});

class Scene {
  readonly #seed: number;
  readonly #random: () => number;
  readonly #zone: string;
  readonly #clock: FakeClock;
  #ingest!: IngestScene;
  /** In no report yet, and in earlier ones; bytes are those of the first. */
  #waiting: Line[] = [];
  #waitingBytes = 0;
  readonly #reported: Line[] = [];
  readonly #seenFiles = new Set<string>();

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = randomOf(seed);
    const [zone, startMs] = this.#pick(PLACES);
    this.#zone = zone;
    this.#clock = new FakeClock(startMs);
  }

  async live(): Promise<void> {
    const config = `[rotation]\ntimezone = ${this.#zone}\n${this.#pick(WAYS)}\n`;
    await using ingest = await IngestScene.make(config, this.#clock);
    this.#ingest = ingest;
    for (let run = 0; run < RUNS; run += 1) {
      // Some days are empty.
      if (this.#random() < 0.85) await this.#writeDay();
      await this.#run(run < RUNS - 1);
      if (this.#random() < 0.3) await this.#passTime(this.#random() * 30 * HOUR_MS);
    }
    expect({ seed: this.#seed, waiting: this.#waiting.length }).toEqual({
      seed: this.#seed,
      waiting: 0,
    });
  }

  async #writeDay(): Promise<void> {
    const sources = SOURCES.filter(() => this.#random() < 0.6);
    for (let part = 0; part < 4; part += 1) {
      for (const source of sources) this.#write(source);
      await this.#passTime((this.#random() * DAY_MS) / 3);
    }
  }

  #write(source: string): void {
    const count = Math.floor(this.#random() ** 2 * LINES_MAX);
    const messages = MESSAGES.filter(() => this.#random() < 0.4);
    if (messages.length === 0) return;
    let text = '';
    for (let index = 0; index < count; index += 1) {
      const isLate = this.#random() < 0.1;
      const backMs = Math.floor(this.#random() * (isLate ? 3 * DAY_MS : HOUR_MS));
      // Enormous ones are few.
      const message = this.#random() < 0.01 ? LONG : this.#pick(messages);
      // What is an error always is one.
      const level = this.#random() < 0.5 ? 'INFO' : this.#pick(LEVELS);
      const atMs = this.#clock.nowMs() - backMs;
      const line = { source, level, message, atMs, day: dayText(atMs, this.#zone) };
      this.#waiting.push(line);
      const time = new Date(line.atMs).toISOString();
      const msg = message;
      text += `${JSON.stringify(level === 'none' ? { time, msg } : { time, level, msg })}\n`;
    }
    this.#waitingBytes += Buffer.byteLength(text);
    this.#ingest.folder.append(`logs/${source}.log`, text);
  }

  async #passTime(spanMs: number): Promise<void> {
    await this.#clock.advance(Math.floor(spanMs));
    const { ingest } = this.#ingest;
    if (this.#random() < 0.5) await ingest.drain();
    if (this.#random() < 0.3) {
      for (let step = 0; step < 6; step += 1) {
        ingest.maintenance.step(false);
        await ingest.maintenance.settled();
      }
    }
    if (this.#random() < 0.1) await this.#ingest.crash();
  }

  async #run(mayDie: boolean): Promise<void> {
    await this.#clock.advance(1_100);
    const run = new MortalRun(this.#ingest, this.#clock);
    const [diesInReport, diesAnywhere] = [this.#random() < 0.4, this.#random() < 0.4];
    let callsLeft = mayDie && diesAnywhere ? this.#random() * CALLS_MAX : Infinity;
    let reportCallsLeft = mayDie && diesInReport ? this.#random() * REPORT_CALLS_MAX : Infinity;
    run.beforeCall = (call) => {
      callsLeft -= 1;
      if (isOfReport(call)) reportCallsLeft -= 1;
      if (callsLeft < 0 || reportCallsLeft < 0) run.die();
    };
    const result = await run.rotate(this.#pick(['once', 'rotate']));
    if (!run.isDead)
      expect({ seed: this.#seed, failure: result.failure }).toEqual({
        seed: this.#seed,
        failure: null,
      });
    if (run.isDead && this.#random() < 0.7) {
      await this.#ingest.crash();
      await new MortalRun(this.#ingest, this.#clock).recover();
    }
    this.#check(run.isDead);
  }

  /** What was entered since the last time, and its files. */
  #check(hasDied: boolean): void {
    const { folder } = this.#ingest;
    const entered = this.#entered().filter((path) => !this.#seenFiles.has(path));
    expect({ seed: this.#seed, entered: entered.length <= 1 }).toEqual({
      seed: this.#seed,
      entered: true,
    });
    for (const path of entered) {
      this.#seenFiles.add(path);
      const form = (extension: string): string =>
        folder.read(`reports/${path.slice(path.lastIndexOf('/') + 1).replace(/txt$/, extension)}`);
      const report = JSON.parse(form('json')) as ReportJson;
      this.#compare(report);
      checkForms(report, { text: form('txt'), page: form('html'), json: form('json') });
      this.#reported.push(...this.#waiting);
      this.#waiting = [];
      this.#waitingBytes = 0;
    }
    if (hasDied) return;
    const seen = [...this.#seenFiles].map((path) => path.slice(path.lastIndexOf('/') + 1));
    const forms = ['html', 'json', 'txt'];
    expect({ seed: this.#seed, names: readdirSync(folder.join('reports')).toSorted() }).toEqual({
      seed: this.#seed,
      names: seen.flatMap((name) => forms.map((form) => name.replace(/txt$/, form))).toSorted(),
    });
  }

  #entered(): string[] {
    using database = Database.open(this.#ingest.folder.join('state/logstead.db'), {
      readOnly: true,
    });
    const paths = database.prepare('SELECT path FROM report ORDER BY id').all();
    expect(RunBook.read(database).lastReport()?.path).toBe(paths.at(-1)?.['path']);
    return paths.map(({ path }) => String(path));
  }

  #compare(report: ReportJson): void {
    const lines = this.#waiting;
    const times = lines.map(({ atMs }) => atMs);
    const { histogram, news } = report;
    const patterns = patternsOf(lines);
    const known = new Set(this.#reported.map(keyOf));
    const errors = patterns.filter(({ level }) => level === 'ERROR' || level === 'FATAL');
    const where = { seed: this.#seed, zone: this.#zone };
    expect({
      ...where,
      total: report.total,
      from: report.from,
      until: report.until,
      levels: report.levels,
      sources: inOrder(report.sources),
      files: inOrder(report.files).map(({ name: _name, ...counts }) => counts),
      readBytes: report.coverage.readBytes,
      lostBytes: report.coverage.lostBytes,
      buckets: histogram?.buckets.map((bucket) => sumOf(bucket)),
      patterns: report.patterns,
      otherPatterns: report.otherPatterns,
      topErrors: report.topErrors.map(({ count }) => count),
      topMessages: report.topMessages.map(({ count }) => count),
      fresh: inOrder(news?.new.map(patternFacts) ?? []),
      hasNews: news !== null,
    }).toEqual({
      ...where,
      total: lines.length,
      from: lines.length === 0 ? null : timeText(Math.min(...times)),
      until: lines.length === 0 ? null : timeText(Math.max(...times)),
      levels: countsOf(lines),
      sources: inOrder(namedOf(lines)),
      files: inOrder(namedOf(lines)).map(({ name: _name, ...counts }) => counts),
      readBytes: this.#waitingBytes,
      lostBytes: 0,
      buckets: histogram?.buckets.map((_, index) => {
        const fromMs = Date.parse(histogram.from) + index * histogram.widthMs;
        return times.filter((atMs) => atMs >= fromMs && atMs < fromMs + histogram.widthMs).length;
      }),
      patterns: patterns.length,
      otherPatterns: 0,
      topErrors: errors.slice(0, 10).map(({ count }) => count),
      topMessages: patterns.slice(0, 10).map(({ count }) => count),
      fresh:
        this.#reported.length === 0
          ? []
          : inOrder(patterns.filter((each) => !known.has(each.name))),
      hasNews: this.#reported.length > 0,
    });
    if (news !== null) this.#compareDays(news);
  }

  /** Days of the zone, of everything that was reported so far. */
  #compareDays({ historyDays, compared, moved }: NonNullable<ReportJson['news']>): void {
    const where = { seed: this.#seed, zone: this.#zone };
    expect({ ...where, historyDays }).toEqual({
      ...where,
      historyDays: new Set(this.#reported.map(({ day }) => day)).size,
    });
    if (compared === null) return;
    const all = [...this.#reported, ...this.#waiting];
    const days = [...new Set(all.map(({ day }) => day))].toSorted();
    expect({
      ...where,
      with: compared.with,
      isOver: compared.day < dayText(this.#clock.nowMs(), this.#zone),
    }).toEqual({
      ...where,
      with: days.findLast((day) => day < compared.day),
      isOver: true,
    });
    for (const one of moved) {
      const { name } = patternFacts({ ...one, example: one.pattern });
      const same = all.filter((line) => keyOf(line) === name);
      const countOn = (day: string | null): number | null =>
        day === null ? null : same.filter((line) => line.day === day).length;
      expect({ ...where, ...one }).toEqual({
        ...where,
        ...one,
        count: countOn(compared.day),
        before: countOn(compared.with),
        weekBefore: countOn(compared.weekBefore),
      });
    }
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}

function isOfReport({ of, name, argument }: MortalCall): boolean {
  if (of === 'file') return false;
  return name === 'applyBook'
    ? (argument as BookChange).kind.includes('report')
    : typeof argument === 'string' && argument.includes('/reports/');
}

type PatternFacts = Readonly<{
  name: string;
  level: string;
  count: number;
  first: string;
  last: string;
}>;

function patternsOf(lines: readonly Line[]): PatternFacts[] {
  const groups = Map.groupBy(lines, keyOf);
  return [...groups]
    .map(([name, own]) => {
      const times = own.map(({ atMs }) => atMs);
      const [first, last] = [timeText(Math.min(...times)), timeText(Math.max(...times))];
      return { name, level: own[0]!.level, count: own.length, first, last };
    })
    .sort((a, b) => b.count - a.count);
}

function patternFacts({ source, level, example, count, first, last }: Pattern): PatternFacts {
  const own = { source, level: level ?? 'none', message: example, atMs: 0, day: '' };
  return { name: keyOf(own), level: own.level, count, first, last };
}

function keyOf({ source, level, message }: Line): string {
  return `${source} ${level} ${wordsOf(message)}`;
}

/** Enough of a message to know it by; the longest are cut. */
function wordsOf(message: string): string {
  return message.slice(0, 8);
}

function namedOf(lines: readonly Line[]): Named[] {
  return [...Map.groupBy(lines, ({ source }) => source)].map(([name, own]) => {
    const times = own.map(({ atMs }) => atMs);
    return {
      name,
      total: own.length,
      levels: countsOf(own),
      first: timeText(Math.min(...times)),
      last: timeText(Math.max(...times)),
    };
  });
}

function countsOf(lines: readonly Line[]): Counts {
  return Object.fromEntries(
    LEVELS.map((level) => [level, lines.filter((line) => line.level === level).length]),
  );
}

function sumOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function inOrder<T extends object>(items: readonly T[]): T[] {
  return items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

function timeText(atMs: number): string {
  return new Date(atMs).toISOString();
}

const dayFormats = new Map<string, Intl.DateTimeFormat>();

function dayText(atMs: number, timezone: string): string {
  const known = dayFormats.get(timezone);
  const format = known ?? new Intl.DateTimeFormat('sv-SE', { timeZone: timezone });
  if (known === undefined) dayFormats.set(timezone, format);
  return format.format(atMs);
}

/** What no page may hold as it is. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
const HIDDEN = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f]/;

function checkForms(
  report: ReportJson,
  forms: Readonly<{ text: string; page: string; json: string }>,
): void {
  const { text, page, json } = forms;
  expect([text, page, json].map((form) => HIDDEN.exec(form)?.[0] ?? null)).toEqual([
    null,
    null,
    null,
  ]);
  expect(page.match(/<script|<b>job|javascript:/i)).toBeNull();
  for (const level of LEVELS) {
    const count = report.levels[level]!;
    const inText = new RegExp(`^ *${level} +([\\d,.]+)`, 'm').exec(text)?.[1];
    const inPage = new RegExp(`${level}</[a-z]+></td><td class="n">([\\d,.]+)`).exec(page)?.[1];
    expect({ level, inText: numberOf(inText), inPage: numberOf(inPage) }).toEqual({
      level,
      inText: count,
      inPage: count,
    });
  }
}

function numberOf(text: string | undefined): number {
  return Number(text?.replaceAll(/[,.]/g, ''));
}
