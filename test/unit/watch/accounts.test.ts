/** When what was lost comes into the ledger, and with which time. */
import { expect, test } from 'vitest';
import { Accounts } from '../../../src/watch/accounts.ts';
import type { GenerationRecord } from '../../../src/watch/generation.ts';
import { Ledger } from '../../../src/watch/ledger.ts';
import { ledgerSummary } from '../../../src/watch/ledger-summary.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { lines, WatchScene } from '../../support/watch-scene.ts';

/** Accounts of one followed file, and the ledger that they go to. */
async function accountsOf(scene: WatchScene) {
  scene.folder.write('a.log', lines(1, 3));
  await scene.settle();
  scene.commit();
  const ledger = new Ledger(scene.database);
  const [row] = ledger.followed();
  const clock = new FakeClock();
  const accounts = new Accounts(clock, () => {});
  return { accounts, clock, generation: { ...row } as unknown as GenerationRecord, ledger };
}

test('a loss that was found before a report and written after it is in the next one', async () => {
  await using scene = new WatchScene();
  const { accounts, clock, generation, ledger } = await accountsOf(scene);
  accounts.add(generation, { kind: 'lost', start: 0, end: 9, reason: 'truncated' });
  await clock.advance(100);
  const reportedMs = clock.nowMs();
  expect(ledgerSummary(scene.database, { sinceMs: 0, untilMs: reportedMs }).lostBytes).toBe(0);
  await clock.advance(100);
  scene.database.transaction(() => accounts.write(ledger, accounts.take()));
  const next = { sinceMs: reportedMs, untilMs: Number.MAX_SAFE_INTEGER };
  expect(ledgerSummary(scene.database, next)).toMatchObject({
    lostBytes: 9,
    losses: [{ sizeBytes: 9, atMs: clock.nowMs() }],
  });
});

test('what goes on being skipped long after a report is in the next one, and a few spans hold it', async () => {
  await using scene = new WatchScene();
  const { accounts, clock, generation, ledger } = await accountsOf(scene);
  const skipFor = async (from: number, seconds: number) => {
    for (let start = from; start < from + seconds; start += 1) {
      const skip = { start, end: start + 1, reason: 'rest of a long line' };
      accounts.add(generation, { kind: 'skipped', ...skip });
      scene.database.transaction(() => accounts.write(ledger, accounts.take()));
      await clock.advance(1_000);
    }
  };
  await skipFor(0, 60);
  const reportedMs = clock.nowMs();
  expect(ledger.spansOf(generation.number)).toMatchObject([{ start: 0, end: 60 }]);
  await skipFor(60, 120);
  const next = { sinceMs: reportedMs, untilMs: clock.nowMs() };
  expect(ledgerSummary(scene.database, next).skippedBytes).toBe(120);
  const all = { sinceMs: 0, untilMs: clock.nowMs() };
  expect(ledgerSummary(scene.database, all).skippedBytes).toBe(180);
  expect(ledger.spansOf(generation.number)).toHaveLength(3);
});
