/** `logstead alerts`: incidents, what to do about them, and what rules would find. */
import type { Command } from 'commander';
import { addAlertsAct } from './alerts-act.ts';
import { addAlertsList } from './alerts-list.ts';
import type { SuggestOptions } from './alerts-suggest.ts';
import type { TestOptions } from './alerts-test.ts';
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
  logstead alerts unack 7c55                    that was a mistake
  logstead alerts silence 'rule:disk* host:db-1' --for 2h --why 'moving it'
  logstead alerts test errors --since 30d       what a rule would have done
  logstead alerts test errors --rules new.ini   what another version of it changes
  logstead alerts send-test webhook:team        whether people would be told
  logstead alerts suggest > more.ini            rules that the stored history speaks for`,
    );
  addAlertsList(alerts, context);
  addAlertsAct(alerts, context);
  alerts
    .command('test [rule]')
    .description(
      'what a rule (default: each) would have found and sent; with --rules, what that changes',
    )
    .option('-S, --since <time>', 'from when on', '30d')
    .option('--rules <file>', 'other rules: a config, or only [alert:NAME] sections')
    .option('--as-if-live', 'take entries by the times they carry, not as they arrived')
    .option('--json', 'one incident a line; with --rules each with its `change`')
    .option('--utc', 'print times in UTC')
    .action(async (rule: string | undefined, options: TestOptions, self: Command) => {
      const { testRule } = await import('./alerts-test.ts');
      await testRule(context, { rule: rule ?? null, options, self });
    });
  alerts
    .command('send-test [channels...]')
    .description(
      'let the daemon tell everybody of nothing, as of an alert: by all channels that rules, routes and [notify] name, or by these (email, webhook:NAME, command:NAME, file); exit 8 where one was not sent',
    )
    .option('--json', 'one JSON object a recipient')
    .action(async (channels: string[], options: { json?: boolean }, self: Command) => {
      const { sendTest } = await import('./alerts-send-test.ts');
      await sendTest(context, { channels, options, self });
    });
  alerts
    .command('suggest')
    .description('rules that the stored history speaks for, each with what it would have found')
    .option('-S, --since <time>', 'from when on', '30d')
    .option('--json', 'one JSON object a line')
    .option('--utc', 'times of the day in UTC')
    .action(async (options: SuggestOptions, self: Command) => {
      const { suggestRules } = await import('./alerts-suggest.ts');
      await suggestRules(context, { options, self });
    });
}
