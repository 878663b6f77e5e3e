/**
 * The lock of the state folder, for whoever changes what is in it: the daemon, and commands that work without one.
 *
 * Commands for a service are run as root while it is stopped. What they have made belongs in the end to whom the folders belong.
 */
import { join } from 'node:path';
import { giveToOwner } from '../base/give-to-owner.ts';
import { LockFile } from '../base/lock-file.ts';
import type { PathSettings } from '../config/settings.ts';
import { LOCK_NAME } from './state-files.ts';

/** Archived files keep the owner of their log; what says which they are has none but the service. */
const isManifest = (name: string): boolean => /^\d\d(?:\.\d+)?\.json$/.test(name);

/** Throws STATE_IN_USE, at once, where another process has it. */
export function holdState(paths: PathSettings): Disposable {
  const lock = LockFile.acquire(join(paths.stateDir, LOCK_NAME));
  const { sinceMs } = lock;
  return {
    [Symbol.dispose]() {
      try {
        // What a command left that was killed, too: nothing else lies there.
        giveToOwner(paths.stateDir);
        giveToOwner(paths.reportDir, { sinceMs });
        giveToOwner(paths.notifyDir, { sinceMs });
        giveToOwner(paths.archiveDir, { sinceMs, files: isManifest });
      } finally {
        lock[Symbol.dispose]();
      }
    },
  };
}
