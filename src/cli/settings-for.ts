/** The whole config, read and checked, for commands that need more of it than where the state is. */
import { accessSync, constants } from 'node:fs';
import type { Clock } from '../base/clock.ts';
import { loadNow } from '../base/module-url.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { Environment } from '../config/password.ts';
import type { SettingChecks } from '../config/read-settings.ts';
import type { Settings } from '../config/settings.ts';
import { doubtOf } from '../query/doubt.ts';
import { parseQuery } from '../query/parse-query.ts';
import { QueryError } from '../query/query-error.ts';
import { checkSchedule } from '../rotate/cron-times.ts';
import { CONFIG_PATH, CREDENTIALS_FOLDER } from '../service/layout.ts';
import { type CliContext, configPathOf, type GlobalOptions } from './context.ts';

/** For commands that sign in nowhere: they work for whoever cannot read the service's passwords. */
export function settingsFor(context: CliContext, options: GlobalOptions): Settings {
  const checks = { ...settingChecks(context.clock), needsPasswords: false };
  const path = configPathOf(context, options);
  return loadSettings(path, passwordEnvironment(context, path), checks);
}

/** For the daemon and whoever does its work: a password that is missing is a mistake. */
export function completeSettingsFor(context: CliContext, options: GlobalOptions): Settings {
  const path = configPathOf(context, options);
  return loadSettings(path, passwordEnvironment(context, path), settingChecks(context.clock));
}

/** Where passwords of this config are looked for: root finds those that systemd passes to the service, while that runs. */
export function passwordEnvironment({ environment }: CliContext, configPath: string): Environment {
  if (environment.CREDENTIALS_DIRECTORY || configPath !== CONFIG_PATH) return environment;
  try {
    accessSync(CREDENTIALS_FOLDER, constants.R_OK | constants.X_OK);
  } catch {
    return environment;
  }
  return { ...environment, CREDENTIALS_DIRECTORY: CREDENTIALS_FOLDER };
}

/** What the config room cannot know by itself: whether a query, a schedule and a format can be understood. */
export function settingChecks(clock: Clock): SettingChecks {
  return {
    // The parsers of all formats: most configs name none, and the control thread needs none.
    checkFormat: (format, sample) => checking().checkFormat(format, sample),
    formatNames: () => table().formatNames(),
    checkSchedule,
    checkQuery(text) {
      try {
        const { filter } = parseQuery(text, { nowMs: clock.nowMs(), timezone: 'UTC' });
        const doubt = doubtOf(filter, text);
        return doubt === null ? null : { doubt };
      } catch (thrown) {
        if (!(thrown instanceof QueryError)) throw thrown;
        const suggestion = thrown.hint === undefined ? '' : `. ${thrown.hint}`;
        return { column: thrown.column, message: `expected ${thrown.expected}${suggestion}` };
      }
    },
  };
}

type Checking = typeof import('../parse/declared/check-format.ts');
type Table = typeof import('../parse/formats/table.ts');

const checking = () => loadNow<Checking>('../parse/declared/check-format.ts', import.meta.url);
const table = () => loadNow<Table>('../parse/formats/table.ts', import.meta.url);
