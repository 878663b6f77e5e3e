/** The schedule: what it accepts, and that its runs never overlap. */
import { expect, test } from 'vitest';
import { checkSchedule, type MissedRun, Schedule } from '../../../src/rotate/schedule.ts';
import { waitFor } from '../../support/wait-for.ts';

test('checkSchedule() accepts cron expressions and says what is wrong with others', () => {
  for (const good of ['5 0 * * *', '*/15 * * * * *', '0 3 * * sun', '0 0 L * *']) {
    expect(checkSchedule(good)).toBeNull();
  }
  expect(checkSchedule('5 25 * * *')).toContain('field "hour"');
  expect(checkSchedule('daily')).toContain('found 1');
  expect(checkSchedule('')).toContain('five fields');
  expect(checkSchedule('0 0 31 2 *')).toContain('dayOfMonth');
});

test('Schedule never overlaps its runs, counts what it left out, and waits for the last run at the end', async () => {
  const missed: MissedRun[] = [];
  const errors: unknown[] = [];
  const held = Promise.withResolvers<void>();
  let started = 0;
  let running = 0;
  const schedule = await Schedule.start({
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
    onMissed: (run) => missed.push(run),
    onError: (cause) => errors.push(cause),
  });
  expect(schedule.nextRunAtMs()).toBeGreaterThan(0);
  await waitFor(() => missed.some((run) => run.why === 'still running'));
  expect(started).toBe(1);
  held.resolve();
  await waitFor(() => started >= 2);
  await schedule[Symbol.asyncDispose]();
  expect(running).toBe(0);
  expect(errors.length).toBe(started);
}, 30_000);
