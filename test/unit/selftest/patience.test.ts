/** A slow daemon is waited for, one that hangs is not, however busy the machine is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { DaemonUnderTest } from '../../../src/selftest/daemon-under-test.ts';
import { Patience, processorTicksOf } from '../../../src/selftest/patience.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { waitFor } from '../../support/wait-for.ts';

test('Patience lasts as long as something moves, and ends when it stood still', async () => {
  const clock = new FakeClock();
  const patience = new Patience(clock, 1_000);
  for (let progress = 0; progress < 100; progress += 1) {
    await clock.advance(900);
    expect(patience.isOver(progress)).toBe(false);
  }
  await clock.advance(1_000);
  expect(patience.isOver(99)).toBe(false);
  await clock.advance(1);
  expect(patience.isOver(99)).toBe(true);
});

test('processorTicksOf() grows with what a process computes, and is 0 of none', async () => {
  const child = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const before = processorTicksOf(pid);
  await waitFor(() => processorTicksOf(pid) > before + 5);
  child.kill('SIGKILL');
  await once(child, 'close');
  expect(processorTicksOf(pid)).toBe(0);
});

test('DaemonUnderTest gives up a daemon that does nothing, and says what it said last', async () => {
  using folder = TempFolder.make();
  await using daemon = new DaemonUnderTest({
    clock: systemClock,
    command: [process.execPath, '-e', 'console.log("I wait"); setInterval(() => {}, 1e6)', '--'],
    configPath: folder.join('config.ini'),
    stateDir: folder.path,
    stuckMsMax: 500,
  });
  await expect(daemon.start()).rejects.toMatchObject({
    code: 'DAEMON_NOT_RUNNING',
    message: expect.stringContaining('does nothing to become so'),
    hint: expect.stringContaining('I wait'),
  });
});
