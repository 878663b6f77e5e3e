/** What a rehearsal takes of a config: plain data, as it travels to a query thread. */
import type { QuietHours } from '../alert/holders.ts';
import { quietHoursOf } from '../alert/quiet-hours.ts';
import type { Rule } from '../alert/rule.ts';
import { rulesOf } from '../alert/rule-from-settings.ts';
import { OperatorError } from '../base/errors.ts';
import { nearestName } from '../base/nearest.ts';
import type { AlertSettings } from '../config/alert-settings.ts';
import type { Settings } from '../config/settings.ts';
import type { Recipients } from '../notify/outbox.ts';
import { recipientsOf } from '../notify/recipients.ts';

export type RehearsalSettings = Readonly<{
  alerts: readonly AlertSettings[];
  recipients: Recipients;
  quietHours: QuietHours | null;
}>;

export function rehearsalSettingsOf(
  settings: Pick<Settings, 'alerts' | 'email' | 'routes' | 'notify'>,
): RehearsalSettings {
  const { alerts } = settings;
  return { alerts, recipients: recipientsOf(settings), quietHours: quietHoursOf(settings) };
}

/** The rules, those asked about switched on; `null` asks about all that are on. Throws USAGE where one is not there. */
export function rehearsedRules(
  { alerts }: Pick<RehearsalSettings, 'alerts'>,
  asked: string | null,
): Readonly<{ rules: Rule[]; asked: ReadonlySet<string> }> {
  if (asked !== null && !alerts.some(({ name }) => name === asked)) throw noRule(alerts, asked);
  const rules = rulesOf(
    alerts.map((alert) => (alert.name === asked ? { ...alert, enabled: true } : alert)),
  );
  return { rules, asked: new Set(asked === null ? rules.map(({ name }) => name) : [asked]) };
}

function noRule(alerts: readonly AlertSettings[], asked: string): OperatorError {
  const names = alerts.map(({ name }) => name);
  const meant = nearestName(asked, names);
  const there = names.length === 0 ? 'it has no rule' : `it has ${names.join(', ')}`;
  return new OperatorError('USAGE', `Cannot test the rule "${asked}": the config has none of it`, {
    hint: meant === null ? `Found: ${there}` : `Did you mean "${meant}"?`,
  });
}
