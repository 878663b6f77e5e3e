/** The quiet hours of a config, as rules look at them. */
import type { Settings } from '../config/settings.ts';
import type { QuietHours } from './holders.ts';

export function quietHoursOf({ notify }: Pick<Settings, 'notify'>): QuietHours | null {
  const { quietHours: part, quietSeverities: severities, timezone } = notify;
  return part === null ? null : { part, timezone, severities };
}
