/** The settings thread: reads and checks the config once, and prepares what must be there outside. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import { loadSettings } from '../config/load-settings.ts';
import { passwordsOf, withoutPasswords } from '../config/passwords.ts';
import { prepareFolders } from '../config/prepare-folders.ts';
import { settingChecks } from './settings-for.ts';
import type { SentSettings, SettingsWorkerData } from './settings-thread.ts';

assert(parentPort !== null, 'this file runs as a worker');

const { configPath, environment } = workerData as SettingsWorkerData;
new ThreadCalls(parentPort, {
  handlers: {
    load() {
      const settings = loadSettings(configPath, environment, settingChecks(systemClock));
      prepareFolders(settings);
      const sent: SentSettings = {
        settings: withoutPasswords(settings),
        passwords: passwordsOf(settings),
      };
      return sent;
    },
  },
});
