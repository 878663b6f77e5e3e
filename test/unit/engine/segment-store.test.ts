/** Whenever the power goes, a name of a segment stands for all of its bytes, or for nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SegmentStore } from '../../../src/engine/segment-store.ts';
import { FaultyDisk, PowerCut, type Survival } from '../../support/faulty-disk.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const FILE = '2026-11-20/0000000001-5f3a9c1e.segment';
const BYTES = Buffer.from('the bytes of a segment '.repeat(500));
const SURVIVALS: readonly Survival[] = ['kept', 'lost', 'mixed'];

type Way = 'write' | 'writeMeanwhile';

/** What is there after the power went at a change, or after all was done, and the machine came up again. */
async function afterCut(
  way: Way,
  cutAfter: number,
  survival: Readonly<{ names: Survival; bytes: Survival; seed: number }>,
): Promise<Readonly<{ found: Buffer | null; isDone: boolean; operationCount: number }>> {
  using folder = TempFolder.make();
  using disk = FaultyDisk.over([folder.makeFolder('segments')]);
  disk.cutAfter(cutAfter);
  const store = new SegmentStore(disk, folder.join('segments'));
  let isDone = true;
  try {
    await store[way](FILE, BYTES);
  } catch (thrown) {
    if (!(thrown instanceof PowerCut)) throw thrown;
    isDone = false;
  }
  const { operationCount } = disk;
  disk.reboot(survival);
  const path = folder.join(`segments/${FILE}`);
  return { found: existsSync(path) ? readFileSync(path) : null, isDone, operationCount };
}

describe.each<Way>(['write', 'writeMeanwhile'])('SegmentStore.%s()', (way) => {
  test('leaves all of a segment, or nothing of it, wherever the power goes', async () => {
    const all = { names: 'lost', bytes: 'lost', seed: 1 } as const;
    const whole = await afterCut(way, Number.POSITIVE_INFINITY, all);
    expect(whole).toMatchObject({ isDone: true, found: BYTES });
    expect(whole.operationCount).toBeGreaterThan(5);
    for (let cut = 0; cut < whole.operationCount; cut += 1) {
      for (const names of SURVIVALS) {
        for (const bytes of SURVIVALS) {
          const { found, isDone } = await afterCut(way, cut, { names, bytes, seed: cut });
          expect(isDone).toBe(false);
          if (found !== null) expect(found.equals(BYTES)).toBe(true);
        }
      }
    }
  });
});
