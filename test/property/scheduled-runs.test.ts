/**
 * Schedules in zones with odd rules, beside a twin that looks at the clock on the wall minute by minute: the same times,
 * forwards and backwards; and a daemon that sleeps, stops, reloads and has its clock set: each time has its run, once.
 */
import { expect, test } from 'vitest';
import { checkSchedule } from '../../src/rotate/cron-times.ts';
import { DueTimes } from '../../src/rotate/due-times.ts';
import { lastDueAtMs, Schedule } from '../../src/rotate/schedule.ts';
import { randomOf } from '../../src/selftest/random.ts';
import { FakeClock } from '../support/fake-clock.ts';

/** `SCHEDULED_RUNS_CASES` and `SCHEDULED_RUNS_SEED`: more of them, or others. */
const CASES = Number(process.env.SCHEDULED_RUNS_CASES ?? 15);
const SEED = Number(process.env.SCHEDULED_RUNS_SEED ?? 1);
const EXPRESSIONS_EACH = 8;
const RANGES_EACH = 4;
const STEPS = 40;

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** A week around a change of clocks. */
const AROUND_MS = 3 * DAY_MS;
/** A machine that wakes looks at its clock so soon. */
const LOOK_MS = MINUTE_MS;

const ZONES = [
  ...['Australia/Lord_Howe', 'Pacific/Apia', 'Antarctica/Troll', 'Africa/Casablanca'],
  ...['America/Asuncion', 'Africa/Cairo', 'America/St_Johns', 'Pacific/Chatham'],
  ...['Europe/Berlin', 'America/New_York', 'America/Santiago', 'America/Havana', 'Asia/Beirut'],
  ...['Asia/Gaza', 'Europe/Dublin', 'America/Scoresbysund', 'Asia/Kathmandu', 'UTC'],
];

test('Schedules are due when a clock on the wall shows their times', { timeout: 600_000 }, () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const random = randomOf(seed);
    const wall = WallClock.around(random);
    for (let count = 0; count < EXPRESSIONS_EACH; count += 1) {
      const cron = randomCron(random);
      const { expression } = cron;
      const where = { seed, expression, timezone: wall.timezone };
      const due = wall.dueTimesOf(cron);
      expect({ ...where, due: texts(forwards(wall, expression)) }).toEqual({
        ...where,
        due: texts(due),
      });
      for (let range = 0; range < RANGES_EACH; range += 1) {
        const nowMs = momentIn(wall, random);
        const sinceMs = wall.fromMs + (nowMs - wall.fromMs) * random() ** 4;
        const lastMs = due.findLast((atMs) => atMs > sinceMs && atMs <= nowMs) ?? null;
        expect({
          ...where,
          sinceMs,
          nowMs,
          lastMs: lastDueAtMs(where, { sinceMs, nowMs }),
        }).toEqual({ ...where, sinceMs, nowMs, lastMs });
      }
    }
  }
});

test('Each scheduled time has its run, once, whatever becomes of machine and daemon', {
  timeout: 600_000,
}, async () => {
  for (let seed = SEED; seed < SEED + CASES; seed += 1) {
    const life = new Life(seed);
    expect(await life.live()).toEqual({ ...life.facts, missed: [], unasked: [] });
  }
});

test('checkSchedule() refuses what never comes, and takes what seldom does', () => {
  for (const seldom of ['0 0 29 2 *', '0 0 29 2 mon', '0 0 L-28 2 *', '0 0 31 1,2 5#5']) {
    expect([seldom, checkSchedule(seldom)]).toEqual([seldom, null]);
  }
  for (const never of ['0 0 30 2 *', '0 0 L-29 2 *', '0 0 31W 2 *', '0 0 5 * 1#5', '0 0 1 * 1L']) {
    expect([never, checkSchedule(never)]).toEqual([never, expect.any(String)]);
  }
});

type Cron = Readonly<{
  expression: string;
  isEveryHour: boolean;
  second: number;
  /** Of a wall time without its seconds, as if it were UTC. */
  matches: (wall: Date) => boolean;
}>;

type Field = readonly [text: string, values: (wall: Date) => boolean];

function randomCron(random: () => number): Cron {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const below = (limit: number): number => Math.floor(random() * limit);
  const [from, second] = [below(8), random() < 0.3 ? below(60) : 0];
  const oneOf = (values: readonly number[], of: (wall: Date) => number): Field => [
    values.join(','),
    (wall) => values.includes(of(wall)),
  ];
  const minuteOf = (wall: Date): number => wall.getUTCMinutes();
  const hourOf = (wall: Date): number => wall.getUTCHours();
  const dateOf = (wall: Date): number => wall.getUTCDate();
  const weekdayOf = (wall: Date): number => wall.getUTCDay();
  const always = (text: string): Field => [text, () => true];
  const isLastDay = (wall: Date): boolean => dateOf(new Date(wall.getTime() + DAY_MS)) === 1;
  const minute = pick<Field>([
    always('*'),
    ['*/15', (wall) => minuteOf(wall) % 15 === 0],
    oneOf([below(60)], minuteOf),
    oneOf([5], minuteOf),
    oneOf([0, 30, below(29) + 31], minuteOf),
    ['50-10/5', (wall) => [50, 55, 0, 5, 10].includes(minuteOf(wall))],
  ]);
  const hours: readonly Field[] = [
    always('*'),
    oneOf([below(4)], hourOf),
    oneOf([0], hourOf),
    oneOf([below(24)], hourOf),
    oneOf([3, 1, 2], hourOf),
    [`${from}-${from + 12}`, (wall) => hourOf(wall) >= from && hourOf(wall) <= from + 12],
    ['*/6', (wall) => hourOf(wall) % 6 === 0],
  ];
  const hour = pick(hours);
  const date = pick<Field>([
    ...[always('*'), always('*'), always('?'), always('1-31')],
    ['*/2', (wall) => dateOf(wall) % 2 === 1],
    ['L', isLastDay],
  ]);
  const weekday = pick<Field>([
    ...[always('*'), always('*'), always('0-6')],
    ['sun', (wall) => weekdayOf(wall) === 0],
    ['7,fri', (wall) => [0, 5].includes(weekdayOf(wall))],
    ['mon-sat', (wall) => weekdayOf(wall) !== 0],
  ]);
  const fields = [minute, hour, date, always('*'), weekday];
  return {
    expression: [...(second === 0 ? [] : [second]), ...fields.map(([text]) => text)].join(' '),
    isEveryHour: hour === hours[0],
    second,
    matches: (wall) => fields.every(([, isOf]) => isOf(wall)),
  };
}

/** What clocks of a zone show, minute by minute. */
class WallClock {
  readonly timezone: string;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly #walls: readonly number[];
  readonly #due = new Map<Cron, readonly number[]>();

  private constructor(timezone: string, aboutMs: number) {
    this.timezone = timezone;
    this.fromMs = aboutMs - AROUND_MS;
    this.untilMs = aboutMs + AROUND_MS;
    const count = (this.untilMs - this.fromMs) / MINUTE_MS;
    this.#walls = Array.from({ length: count + 1 }, (_, index) =>
      shownAt(this.fromMs + index * MINUTE_MS, timezone),
    );
  }

  /** About a change of clocks in some year, where it has one. */
  static around(random: () => number): WallClock {
    const timezone = ZONES[Math.floor(random() * ZONES.length)]!;
    const year = timezone === 'Pacific/Apia' ? 2011 : 2012 + Math.floor(random() * 25);
    const days = Array.from({ length: 366 }, (_, day) => Date.UTC(year, 0, 1 + day));
    const aheadAt = (atMs: number): number => shownAt(atMs, timezone) - atMs;
    const changes = days.filter((dayMs) => aheadAt(dayMs) !== aheadAt(dayMs + DAY_MS));
    const about = changes.length === 0 ? days : changes;
    return new WallClock(timezone, about[Math.floor(random() * about.length)]!);
  }

  dueTimesOf(cron: Cron): readonly number[] {
    const due = this.#due.get(cron) ?? this.#readDueTimes(cron);
    this.#due.set(cron, due);
    return due;
  }

  #readDueTimes({ isEveryHour, second, matches }: Cron): number[] {
    const due = new Set<number>();
    const shown = new Set<number>();
    for (const [index, wallMs] of this.#walls.entries()) {
      const atMs = this.fromMs + index * MINUTE_MS;
      const earlierMs = this.#walls[index - 1] ?? wallMs - MINUTE_MS;
      for (let left = earlierMs + MINUTE_MS; left < wallMs && !isEveryHour; left += MINUTE_MS) {
        if (matches(new Date(left))) due.add(atMs);
      }
      if (matches(new Date(wallMs)) && (isEveryHour || !shown.has(wallMs)))
        due.add(atMs + second * SECOND_MS);
      shown.add(wallMs);
    }
    return [...due].filter((atMs) => atMs > this.fromMs && atMs <= this.untilMs);
  }
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** As if it were UTC. */
function shownAt(atMs: number, timezone: string): number {
  let format = formats.get(timezone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    formats.set(timezone, format);
  }
  return Date.parse(`${format.format(atMs).replace(' ', 'T')}Z`);
}

function forwards({ timezone, fromMs, untilMs }: WallClock, expression: string): number[] {
  using times = new DueTimes({ expression, timezone });
  const due: number[] = [];
  for (let atMs = times.firstAfter(fromMs); atMs !== null && atMs <= untilMs; ) {
    due.push(atMs);
    atMs = times.firstAfter(atMs);
  }
  return due;
}

function momentIn({ fromMs, untilMs }: WallClock, random: () => number): number {
  return fromMs + Math.floor((random() * (untilMs - fromMs)) / SECOND_MS) * SECOND_MS;
}

function texts(moments: readonly number[]): string[] {
  return moments.map((atMs) => new Date(atMs).toISOString());
}

/** A daemon with one schedule, on a machine with its own mind. */
class Life {
  readonly #random: () => number;
  readonly #wall: WallClock;
  readonly #clock: FakeClock;
  readonly #runs: number[] = [];
  /** What has to have a run by when. */
  readonly #owed: { readonly dueMs: number; untilMs: number }[] = [];
  #cron: Cron;
  #schedule: Schedule;
  /** The latest the clock has said. */
  #seenMs: number;
  #reloadedMs = 0;
  readonly #expressions: string[] = [];
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = randomOf(seed);
    this.#wall = WallClock.around(this.#random);
    this.#clock = new FakeClock(this.#wall.fromMs + DAY_MS);
    this.#seenMs = this.#clock.nowMs();
    this.#runs.push(this.#seenMs);
    this.#cron = this.#newCron();
    this.#schedule = this.#start();
  }

  get facts(): object {
    const { timezone } = this.#wall;
    return { seed: this.#seed, timezone, expressions: this.#expressions };
  }

  async live(): Promise<object> {
    for (
      let step = 0;
      step < STEPS && this.#clock.nowMs() < this.#wall.untilMs - DAY_MS;
      step += 1
    ) {
      await this.#step();
    }
    await this.#awake(2 * LOOK_MS);
    await this.#schedule[Symbol.asyncDispose]();
    return { ...this.facts, missed: this.#missed(), unasked: this.#unasked() };
  }

  async #step(): Promise<void> {
    const dice = this.#random();
    const spanMs = Math.floor(this.#random() ** 3 * 16 * HOUR_MS);
    if (dice < 0.5) await this.#awake(spanMs);
    else if (dice < 0.65) this.#asleep(spanMs);
    else if (dice < 0.8) await this.#stopped(spanMs);
    else if (dice < 0.9) await this.#reloaded();
    else await this.#setBack();
  }

  async #awake(spanMs: number): Promise<void> {
    await this.#clock.advance(spanMs);
    this.#owe(LOOK_MS);
  }

  #asleep(spanMs: number): void {
    this.#clock.setWallClock(this.#clock.nowMs() + spanMs);
    for (const owed of this.#owed.filter((each) => !this.#isDone(each))) owed.untilMs += spanMs;
    this.#owe(spanMs + LOOK_MS);
  }

  async #stopped(spanMs: number): Promise<void> {
    await this.#schedule[Symbol.asyncDispose]();
    this.#asleep(spanMs);
    this.#schedule = this.#start();
    // A new schedule is asked for nothing of the time before it.
    const sinceMs = Math.max(this.#runs.at(-1)!, this.#reloadedMs);
    const range = { sinceMs, nowMs: this.#clock.nowMs() };
    if (lastDueAtMs({ ...this.#where() }, range) !== null) this.#runs.push(range.nowMs);
  }

  async #reloaded(): Promise<void> {
    const before = this.#schedule;
    before.end();
    this.#cron = this.#newCron();
    this.#reloadedMs = this.#clock.nowMs();
    this.#schedule = this.#start();
    await before[Symbol.asyncDispose]();
  }

  /** Somebody puts it right, and what it said comes again. */
  async #setBack(): Promise<void> {
    const backMs = Math.floor(this.#random() * 100) * MINUTE_MS;
    this.#clock.setWallClock(this.#clock.nowMs() - backMs);
    await this.#awake(backMs + LOOK_MS);
  }

  /** What came due until now, for the first time. */
  #owe(withinMs: number): void {
    const nowMs = this.#clock.nowMs();
    for (const dueMs of this.#wall.dueTimesOf(this.#cron)) {
      if (dueMs > this.#seenMs && dueMs <= nowMs)
        this.#owed.push({ dueMs, untilMs: dueMs + withinMs });
    }
    this.#seenMs = Math.max(this.#seenMs, nowMs);
  }

  #missed(): string[] {
    return texts(this.#owed.filter((owed) => !this.#isDone(owed)).map(({ dueMs }) => dueMs));
  }

  #isDone({ dueMs, untilMs }: Readonly<{ dueMs: number; untilMs: number }>): boolean {
    return this.#runs.some((atMs) => atMs >= dueMs && atMs <= untilMs);
  }

  /** Runs with nothing that came due since the one before. */
  #unasked(): string[] {
    const unasked = this.#runs.filter((atMs, index) => {
      const before = this.#runs[index - 1];
      return (
        before !== undefined && !this.#owed.some(({ dueMs }) => dueMs > before && dueMs <= atMs)
      );
    });
    return texts(unasked);
  }

  #newCron(): Cron {
    const cron = randomCron(this.#random);
    this.#expressions.push(cron.expression);
    return cron;
  }

  #where(): Readonly<{ expression: string; timezone: string }> {
    return { expression: this.#cron.expression, timezone: this.#wall.timezone };
  }

  #start(): Schedule {
    return Schedule.start({
      ...this.#where(),
      clock: this.#clock,
      run: async () => void this.#runs.push(this.#clock.nowMs()),
      onMissed: (dueAtMs) => expect.unreachable(`nothing takes long: ${dueAtMs}`),
      onError: (cause) => expect.unreachable(String(cause)),
    });
  }
}
