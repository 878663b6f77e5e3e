/** The whole config, read and checked, for commands that need more of it than where the state is. */
import type { Clock } from '../base/clock.ts';
import { loadSettings } from '../config/load-settings.ts';
import type { SettingChecks } from '../config/read-settings.ts';
import type { Settings } from '../config/settings.ts';
import { checkFormat } from '../parse/declared/check-format.ts';
import { formatNames } from '../parse/formats/table.ts';
import { parseQuery } from '../query/parse-query.ts';
import { QueryError } from '../query/query-error.ts';
import { checkSchedule } from '../rotate/schedule.ts';
import { type CliContext, configPathOf, type GlobalOptions } from './context.ts';

/** For commands that sign in nowhere: they work for whoever cannot read the service's passwords. */
export function settingsFor(context: CliContext, options: GlobalOptions): Settings {
  const checks = { ...settingChecks(context.clock), needsPasswords: false };
  return loadSettings(configPathOf(context, options), context.environment, checks);
}

/** For the daemon and whoever does its work: a password that is missing is a mistake. */
export function completeSettingsFor(context: CliContext, options: GlobalOptions): Settings {
  return loadSettings(
    configPathOf(context, options),
    context.environment,
    settingChecks(context.clock),
  );
}

/** What the config room cannot know by itself: whether a query, a schedule and a format can be understood. */
export function settingChecks(clock: Clock): SettingChecks {
  return {
    checkFormat,
    checkSchedule,
    formatNames: formatNames(),
    checkQuery(text) {
      try {
        parseQuery(text, { nowMs: clock.nowMs(), timezone: 'UTC' });
        return null;
      } catch (thrown) {
        if (!(thrown instanceof QueryError)) throw thrown;
        const suggestion = thrown.hint === undefined ? '' : `. ${thrown.hint}`;
        return { column: thrown.column, message: `expected ${thrown.expected}${suggestion}` };
      }
    },
  };
}
