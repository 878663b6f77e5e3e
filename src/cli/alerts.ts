/** `logstead alerts`: incidents, what to do about them, and what rules would find. */
import type { Command } from 'commander';
import { addAlertsAct } from './alerts-act.ts';
import { addAlertsList } from './alerts-list.ts';
import type { CliContext } from './context.ts';

export function register(program: Command, context: CliContext): void {
  const alerts = program
    .command('alerts')
    .description('incidents, newest first; acknowledge, silence, try rules on what is stored')
    .addHelpText(
      'after',
      `
Examples:
  logstead alerts --state open                  what is going on
  logstead alerts --since yesterday             what there was
  logstead alerts 7c55                          what became of one
  logstead alerts ack 7c55 --why 'disk is full' somebody takes care of it
  logstead alerts silence 'rule:disk* host:db-1' --for 2h --why 'moving it'`,
    );
  addAlertsList(alerts, context);
  addAlertsAct(alerts, context);
}
