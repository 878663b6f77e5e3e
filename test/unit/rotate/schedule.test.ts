/** The schedule: what it accepts, and that its runs never overlap. */
import { expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { checkSchedule } from '../../../src/rotate/cron-times.ts';
import { lastDueAtMs, Schedule } from '../../../src/rotate/schedule.ts';
import { Schedules } from '../../../src/rotate/schedules.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

const HOUR_MS = 3_600_000;

test('checkSchedule() accepts cron expressions and says what is wrong with others', () => {
  for (const good of ['5 0 * * *', '*/15 * * * * *', '0 3 * * sun', '0 0 L * *']) {
    expect(checkSchedule(good)).toBeNull();
  }
  expect(checkSchedule('5 25 * * *')).toContain('field "hour"');
  expect(checkSchedule('daily')).toContain('found 1');
  expect(checkSchedule('')).toContain('five fields');
  expect(checkSchedule('0 0 31 2 *')).toContain('dayOfMonth');
});

test('lastDueAtMs() finds the last time a machine missed, in the zone of the schedule', () => {
  const nowMs = Date.UTC(2026, 10, 20, 12);
  const due = (expression: string, sinceMs: number, timezone = 'Europe/Berlin'): string | null => {
    const found = lastDueAtMs({ expression, timezone }, { sinceMs, nowMs });
    return found === null ? null : new Date(found).toISOString();
  };
  const weekAgo = nowMs - 7 * 86_400_000;
  expect(due('5 0 * * *', weekAgo)).toBe('2026-11-19T23:05:00.000Z');
  expect(due('5 0 * * *', Date.UTC(2026, 10, 19, 23, 5))).toBeNull();
  expect(due('5 0 * * *', weekAgo, 'Asia/Kolkata')).toBe('2026-11-19T18:35:00.000Z');
  expect(due('30 4 * * sun', weekAgo, 'UTC')).toBe('2026-11-15T04:30:00.000Z');
  expect(due('0 3 1 * *', nowMs - 30 * 86_400_000, 'UTC')).toBe('2026-11-01T03:00:00.000Z');
  expect(due('0 3 1 1 *', weekAgo)).toBeNull();
  expect(due('*/15 * * * *', weekAgo, 'UTC')).toBe('2026-11-20T12:00:00.000Z');
  expect(due('10 */5 * * * *', weekAgo, 'UTC')).toBe('2026-11-20T11:55:10.000Z');
});

test('lastDueAtMs() finds a run that was missed on the day clocks were set forward', () => {
  const sinceMs = Date.UTC(2026, 2, 8, 6);
  const nowMs = Date.UTC(2026, 2, 8, 12);
  const schedule = { expression: '0 3 * * *', timezone: 'America/New_York' };
  expect(lastDueAtMs(schedule, { sinceMs, nowMs })).toBe(Date.UTC(2026, 2, 8, 7));
});

test('lastDueAtMs() has a time that clocks leave out at the moment they go forward', () => {
  const due = (expression: string, timezone: string, nowMs: number): string | null => {
    const range = { sinceMs: nowMs - 20 * 3_600_000, nowMs };
    const found = lastDueAtMs({ expression, timezone }, range);
    return found === null ? null : new Date(found).toISOString();
  };
  const berlin = Date.UTC(2026, 2, 29, 12);
  expect(due('30 2 * * *', 'Europe/Berlin', berlin)).toBe('2026-03-29T01:00:00.000Z');
  expect(due('30 1 * * *', 'Europe/Berlin', berlin)).toBe('2026-03-29T00:30:00.000Z');
  expect(due('30 3 * * *', 'Europe/Berlin', berlin)).toBe('2026-03-29T01:30:00.000Z');
  expect(due('30 2 * * mon', 'Europe/Berlin', berlin)).toBeNull();
  const santiago = Date.UTC(2026, 8, 6, 12);
  expect(due('5 0 * * *', 'America/Santiago', santiago)).toBe('2026-09-06T04:00:00.000Z');
  // Clocks that go back: the first of both.
  const autumn = Date.UTC(2026, 9, 25, 12);
  expect(due('30 2 * * *', 'Europe/Berlin', autumn)).toBe('2026-10-25T00:30:00.000Z');
});

test('Schedule runs at the moment clocks go forward what was due in the time they leave out', async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 8, 6, 3, 50) });
  const runs: string[] = [];
  const startOf = (name: string, expression: string): Schedule =>
    Schedule.start({
      clock: systemClock,
      expression,
      timezone: 'America/Santiago',
      run: async () => void runs.push(`${name} ${new Date().toISOString().slice(5, 16)}`),
      onMissed: (dueAtMs) => expect.unreachable(String(dueAtMs)),
      onError: (cause) => expect.unreachable(String(cause)),
    });
  try {
    await using nightly = startOf('nightly', '5 0 * * *');
    await using _hourly = startOf('hourly', '30 * * * *');
    await using _atTheEnd = startOf('at the end', '30 0,1 * * *');
    await using _sundays = startOf('mondays', '5 0 * * mon');
    expect(nightly.nextRunAtMs).toBe(Date.UTC(2026, 8, 6, 4));
    await vi.advanceTimersByTimeAsync(40 * 60_000);
    expect(runs.toSorted()).toEqual([
      'at the end 09-06T04:00',
      'at the end 09-06T04:30',
      'hourly 09-06T04:30',
      'nightly 09-06T04:00',
    ]);
    expect(nightly.nextRunAtMs).toBe(Date.UTC(2026, 8, 7, 3, 5));
    await vi.advanceTimersByTimeAsync(24 * 3_600_000);
    expect(runs.filter((run) => run.startsWith('nightly'))).toEqual([
      'nightly 09-06T04:00',
      'nightly 09-07T03:05',
    ]);
  } finally {
    vi.useRealTimers();
  }
});

/** When a schedule runs, on a machine that lives as `live` says. */
async function runsOf(
  schedule: Readonly<{ expression: string; timezone: string }>,
  startMs: number,
  live: (clock: FakeClock) => Promise<void>,
): Promise<string[]> {
  const clock = new FakeClock(startMs);
  const runs: string[] = [];
  await using _schedule = Schedule.start({
    ...{ ...schedule, clock },
    run: async () => void runs.push(new Date(clock.nowMs()).toISOString().slice(0, 16)),
    onMissed: (dueAtMs) => expect.unreachable(String(dueAtMs)),
    onError: (cause) => expect.unreachable(String(cause)),
  });
  await live(clock);
  return runs;
}

test('Schedule runs once what clocks show twice, and every hour what comes every hour', async () => {
  const timezone = 'Europe/Berlin';
  const startMs = Date.UTC(2026, 9, 24, 23);
  const night = (clock: FakeClock): Promise<void> => clock.advance(4 * HOUR_MS);
  expect(await runsOf({ expression: '30 2 * * *', timezone }, startMs, night)).toEqual([
    '2026-10-25T00:30',
  ]);
  expect(await runsOf({ expression: '30 * * * *', timezone }, startMs, night)).toEqual([
    '2026-10-24T23:30',
    '2026-10-25T00:30',
    '2026-10-25T01:30',
    '2026-10-25T02:30',
  ]);
});

test('Schedule makes up for a night in which the machine slept, once', async () => {
  const daily = { expression: '5 0 * * *', timezone: 'UTC' };
  const runs = await runsOf(daily, Date.UTC(2026, 5, 1, 22), async (clock) => {
    await clock.advance(HOUR_MS);
    // The clock goes on while timers stand still.
    clock.setWallClock(Date.UTC(2026, 5, 4, 8));
    await clock.advance(HOUR_MS);
  });
  expect(runs).toEqual(['2026-06-04T08:01']);
});

test('Schedule repeats nothing for a clock that is set back a little, and goes by one that was wrong by days', async () => {
  const daily = { expression: '5 0 * * *', timezone: 'UTC' };
  const runs = await runsOf(daily, Date.UTC(2027, 5, 1, 23), async (clock) => {
    await clock.advance(2 * HOUR_MS);
    clock.setWallClock(Date.UTC(2027, 5, 1, 23, 30));
    await clock.advance(2 * HOUR_MS);
    clock.setWallClock(Date.UTC(2026, 5, 1, 23));
    await clock.advance(2 * HOUR_MS);
  });
  expect(runs).toEqual(['2027-06-02T00:05', '2026-06-02T00:05']);
});

test('Schedule never overlaps its runs, counts what it left out, and waits for the last run at the end', async () => {
  const missed: number[] = [];
  const errors: unknown[] = [];
  const held = Promise.withResolvers<void>();
  let started = 0;
  let running = 0;
  const schedule = Schedule.start({
    clock: systemClock,
    expression: '* * * * * *',
    timezone: 'Europe/Berlin',
    run: async () => {
      started += 1;
      running += 1;
      expect(running).toBe(1);
      if (started === 1) await held.promise;
      running -= 1;
      throw new Error('a run that fails');
    },
    onMissed: (dueAtMs) => missed.push(dueAtMs),
    onError: (cause) => errors.push(cause),
  });
  expect(schedule.nextRunAtMs).toBeGreaterThan(0);
  await waitFor(() => missed.length > 0);
  expect(started).toBe(1);
  held.resolve();
  await waitFor(() => started >= 2);
  await schedule[Symbol.asyncDispose]();
  expect(running).toBe(0);
  expect(errors.length).toBe(started);
}, 30_000);

test('Schedules run each section at its own time, and everything else at the general one', async () => {
  const runs = new Set<string | null>();
  {
    await using schedules = Schedules.start({
      clock: systemClock,
      expression: '0 0 1 1 *',
      timezone: 'UTC',
      sections: new Map([
        ['web', '* * * * * *'],
        ['db', '*/2 * * * * *'],
        ['rare', '0 0 2 1 *'],
      ]),
      run: async (section) => void runs.add(section),
      onMissed: () => {},
      onError: (cause) => expect.unreachable(String(cause)),
    });
    expect(new Date(schedules.nextRunAtMs!).getUTCDate()).toBe(1);
    await waitFor(() => runs.size === 2);
  }
  expect([...runs].sort()).toEqual(['db', 'web']);
});
