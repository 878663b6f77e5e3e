/**
 * The config on a thread of its own: what reads and checks it is a tenth of what an idle daemon holds, and goes with
 * the thread.
 */
import { once } from 'node:events';
import { moduleUrl } from '../base/module-url.ts';
import { Thread } from '../base/thread.ts';
import { ThreadCalls } from '../base/thread-call.ts';
import type { Environment } from '../config/password.ts';
import { type Passwords, withPasswords } from '../config/passwords.ts';
import type { Settings } from '../config/settings.ts';
import { type CliContext, configPathOf, type GlobalOptions } from './context.ts';

export type SettingsWorkerData = Readonly<{ configPath: string; environment: Environment }>;

export type SentSettings = Readonly<{ settings: Settings; passwords: Passwords }>;

/** The settings of a daemon, with its folders prepared. Throws what is wrong with them, as `prepareFolders` does. */
export async function settingsOnThread(
  context: CliContext,
  options: GlobalOptions,
  stop: AbortSignal = new AbortController().signal,
): Promise<Settings> {
  stop.throwIfAborted();
  const workerData: SettingsWorkerData = {
    configPath: configPathOf(context, options),
    environment: { ...context.environment },
  };
  const worker = Thread.start(moduleUrl('./settings-worker.ts', import.meta.url), {
    workerData,
    name: 'settings',
  });
  using calls = new ThreadCalls(worker);
  const ended = new AbortController();
  const failed = once(worker, 'error', { signal: ended.signal }).then(([cause]: unknown[]) => {
    throw cause;
  });
  const calledOff = once(stop, 'abort', { signal: ended.signal }).then(() => {
    throw stop.reason;
  });
  // A file that is never read to its end holds up nobody who wants to stop.
  worker.unref();
  try {
    const loaded = calls.call<SentSettings>('load');
    const { settings, passwords } = await Promise.race([loaded, failed, calledOff]);
    return withPasswords(settings, passwords);
  } finally {
    // Both end with the thread, unheard.
    failed.catch(() => {});
    calledOff.catch(() => {});
    ended.abort();
    void worker.end();
  }
}
