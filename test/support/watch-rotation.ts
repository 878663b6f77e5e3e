/** Rotation settings of a watch as they are without any of its own. */
import type { WatchRotation } from '../../src/config/settings.ts';

export const PLAIN_ROTATION: WatchRotation = {
  schedule: null,
  idleMs: 300_000,
  compression: 'none',
  archiveAgeMs: null,
  archiveBytesMax: null,
  active: { way: 'leave', bytesMin: null, ageMsMin: null, writers: [] },
};
