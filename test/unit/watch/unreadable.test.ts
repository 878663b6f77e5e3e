/** Files that may not be read: named with the reason, tried again, and read from their first byte once they may be. */
import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { RESCAN_MS } from '../../../src/watch/limits.ts';
import { lines, numbers, WatchScene } from '../../support/watch-scene.ts';
import { withoutPrivileges } from '../../support/without-privileges.ts';

/** As a user whom permissions hold back; rounds are synchronous, so nothing else runs as one. */
async function settleUnprivileged(scene: WatchScene): Promise<void> {
  await scene.clock.advance(RESCAN_MS + 1);
  for (let more = true; more || !scene.watcher.isComplete; await scene.clock.advance(0)) {
    withoutPrivileges(() => {
      more = scene.watcher.round(scene.collector, { budgetBytes: 8_000_000 });
    });
  }
}

describe('Watcher and a file it may not read', () => {
  test('names it with the reason, reads the others, and reads it whole once it may', async () => {
    await using scene = new WatchScene();
    chmodSync(scene.folder.path, 0o755);
    const secret = scene.folder.write('secret.log', lines(1, 3, 'secret'));
    scene.folder.write('open.log', lines(1, 2, 'open'));
    chmodSync(secret, 0);
    await settleUnprivileged(scene);
    expect(scene.collector.texts()).toEqual(numbers(1, 2, 'open'));
    const status = scene.watcher.files().find((file) => file.path === secret);
    expect(status?.error).toMatch(/permission denied|EACCES/i);

    chmodSync(secret, 0o644);
    await settleUnprivileged(scene);
    await settleUnprivileged(scene);
    expect(scene.collector.texts('secret.log')).toEqual(numbers(1, 3, 'secret'));
    expect(scene.watcher.files().find((file) => file.path === secret)?.error).toBe(null);
  });
});
