import { describe, expect, test } from 'vitest';
import { register as registerSearch } from '../../../src/cli/search.ts';
import { register } from '../../../src/cli/tail.ts';
import { COMMIT_LATE_MS } from '../../../src/serve/follow.ts';
import { CommandScene } from '../../support/command-line.ts';
import type { TestEntry } from '../../support/entry-rows.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { waitFor } from '../../support/wait-for.ts';

const NOON_US = Date.UTC(2026, 10, 20, 12) * 1_000;

const entry = (index: number): TestEntry => ({
  timestampUs: NOON_US + index * 1e6,
  level: index % 2 === 0 ? 'INFO' : 'ERROR',
  source: 'api',
  message: `step ${index}`,
});

describe('tail', () => {
  test('shows the last matches, oldest first, then new ones as they arrive, each once', async () => {
    const printed = await followed(register, ['tail', 'level:error', '-n', '2', '-o', 'message']);
    expect(printed).toBe('step 3\nstep 5\nstep 7\nstep 9\nstep 11\n');
  });

  test('is what search -f does', async () => {
    const printed = await followed(registerSearch, [
      'search',
      '-f',
      'level:error',
      '-n',
      '0',
      '-o',
      'message',
    ]);
    expect(printed).toBe('step 7\nstep 9\nstep 11\n');
  });

  test('prints text with the source column and the date once', async () => {
    const printed = await followed(register, ['tail', 'level:error', '-n', '1', '--utc']);
    expect(printed).toBe(
      'Fri 20 Nov 2026, UTC\n' +
        '12:00:05.000 ERROR api step 5\n12:00:07.000 ERROR api step 7\n' +
        '12:00:09.000 ERROR api step 9\n12:00:11.000 ERROR api step 11\n',
    );
  });

  test('refuses what cannot be followed', async () => {
    using scene = new CommandScene(registerSearch, []);
    expect(await scene.run(['search', '-f', '* | count'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Cannot follow a query with stages'),
    });
  });
});

describe('tail --until', () => {
  test.each([
    { command: register, args: ['tail', '-U', 'yesterday'] },
    { command: registerSearch, args: ['search', '-f', '-U', 'yesterday'] },
  ])('is refused where it is past: $args.0', async ({ command, args }) => {
    using scene = new CommandScene(command, [entry(0)]);
    const { code, stdout, stderr } = await scene.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Cannot follow: --until is 2026-11-19T\S+, which is past\n/);
  });

  test('ends it when the time is over and what was written before can be read', async () => {
    using scene = new CommandScene(register, [entry(0)]);
    const clock = new FakeClock();
    let isOver = false;
    const args = ['tail', '-U', '+3s', '-n', '0', '-o', 'message'];
    const running = scene.run(args, { clock }).finally(() => {
      isOver = true;
    });
    await waitFor(() => clock.sleeping === 1);
    scene.store.add([entry(1), entry(4)]);
    await clock.advance(3_000);
    scene.store.add([entry(2)]);
    await clock.advance(1_000);
    expect(isOver).toBe(false);
    // Committed behind the look before the last.
    await clock.advance(COMMIT_LATE_MS - 1_050);
    scene.store.add([entry(0)]);
    await clock.advance(1_000);
    expect(await running).toEqual({ code: 0, stdout: 'step 1\nstep 2\nstep 0\n', stderr: '' });
  });
});

/** What is printed while entries 0 to 5 are there and 6 to 11 arrive, two at a time. */
async function followed(command: typeof register, args: readonly string[]): Promise<string> {
  using scene = new CommandScene(command, [0, 1, 2, 3, 4, 5].map(entry));
  const clock = new FakeClock();
  const stop = new AbortController();
  let printed = '';
  const running = scene.run(args, {
    clock,
    stop: stop.signal,
    onOutput: (text) => {
      printed += text;
    },
  });
  for (const index of [6, 8, 10]) {
    await waitFor(() => clock.sleeping === 1);
    scene.store.add([entry(index), entry(index + 1)]);
    await clock.advance(200);
  }
  await waitFor(() => printed.includes('step 11\n'));
  await clock.advance(1_000);
  stop.abort();
  return (await running).stdout;
}
