/** The settings of a rule, as a config with these keys gives them. */
import type { AlertSettings } from '../../src/config/alert-settings.ts';
import { minimalConfig } from '../../src/config/config-template.ts';
import { settingsFromText } from '../../src/config/load-settings.ts';
import type { Settings } from '../../src/config/settings.ts';

/** `keys` as in the config; `when` need not be there. */
export function alertSettings(keys: Readonly<Record<string, string | number>> = {}): AlertSettings {
  const written = { when: 'level>=error', ...keys };
  const lines = Object.entries(written).map(([key, value]) => `${key} = ${value}`);
  return settingsOf(`[alert:errors]\n${lines.join('\n')}\n`).alerts[0]!;
}

/** Settings of the four folders and these sections. */
export function settingsOf(sections: string): Settings {
  return settingsFromText(`${minimalConfig()}${sections}`, { projectFolder: '/project' });
}
