/** Whom a config tells, and how many mails each of them gets in an hour. */
import type { Settings } from '../config/settings.ts';
import { BUDGET_DEFAULT } from './mail-plan.ts';
import type { Recipients } from './outbox.ts';

export function recipientsOf({ email, routes }: Pick<Settings, 'email' | 'routes'>): Recipients {
  return { email: email?.to ?? [], routes, budget: email?.budget ?? BUDGET_DEFAULT };
}
