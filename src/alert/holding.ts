/**
 * What of a config decides which notifications are held back, and when people are reminded. It is kept with each commit, so that what another config held back is
 * decided anew, whether that was changed by a reload or while nothing ran.
 */
import type { AlertSeverity } from '../model/notification.ts';
import type { QuietHours } from './holders.ts';
import { type Rule, windowKeyOf } from './rule.ts';

/** Plain data. */
export type Holding = Readonly<{
  quietHours: QuietHours | null;
  rules: readonly HoldingRule[];
}>;

type HoldingRule = Readonly<{
  name: string;
  /** Incidents of one that finds something else are closed, and keep no other quiet any more. */
  windowKey: string;
  severity: AlertSeverity;
  inhibitedBy: readonly string[];
  inhibitEqual: readonly string[];
  /** Reminders that were told are counted in it. */
  remindEveryUs: number | null;
}>;

export function holdingOf(rules: readonly Rule[], quietHours: QuietHours | null): Holding {
  return {
    quietHours,
    rules: rules.map((rule) => {
      const { name, severity, inhibitedBy, inhibitEqual, remindEveryUs } = rule;
      const windowKey = windowKeyOf(rule);
      return { name, windowKey, severity, inhibitedBy, inhibitEqual, remindEveryUs };
    }),
  };
}
