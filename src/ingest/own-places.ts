/** Where a daemon writes itself, and what of it is for nobody else. */
import type { Settings } from '../config/settings.ts';
import type { WatcherOptions } from '../watch/watcher.ts';

/**
 * What is never read as a log: folders we write into, and, whatever link leads there, what is private: mails and keys in the state, the
 * config, passwords.
 */
export function ownPlaces(
  settings: Settings,
): Required<Pick<WatcherOptions, 'excludedFolders' | 'privatePlaces'>> {
  const { paths, configPath, email, clickhouse, http, webhooks } = settings;
  const { stateDir, reportDir, archiveDir, notifyDir } = paths;
  const sources = [
    email?.passwordSource,
    clickhouse?.writerPasswordSource,
    clickhouse?.readerPasswordSource,
  ];
  const files = [
    configPath,
    http.tls?.key,
    ...sources.map((source) => (source && 'path' in source ? source.path : null)),
    ...webhooks.map(({ secretFile }) => secretFile),
  ];
  return {
    excludedFolders: [stateDir, reportDir, archiveDir, notifyDir],
    privatePlaces: [stateDir, ...files.flatMap((path) => path ?? [])],
  };
}
