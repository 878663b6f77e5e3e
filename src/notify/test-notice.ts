/** A notification that somebody asked for, to see whether people would be told before something happens. */
import { hostname } from 'node:os';
import { OperatorError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import type { Channel, Notification } from '../model/notification.ts';
import { recipientsOf } from './recipients.ts';
import { addressesOf } from './routing.ts';

/** What of the settings says who is told. */
type TellingSettings = Pick<
  Settings,
  'email' | 'routes' | 'notify' | 'alerts' | 'webhooks' | 'commands'
>;

/**
 * To every channel that a rule, a route or `[notify]` names, or to those that are `asked` for; mail to everybody who may get any.
 * Throws USAGE where one that is asked for is not there, or nobody is told of anything.
 */
export function testNotification(
  settings: TellingSettings,
  { asked, nowMs }: Readonly<{ asked: readonly string[]; nowMs: number }>,
): Notification {
  const allowed = allChannels(settings);
  for (const name of asked) {
    if (allowed.some((channel) => channel === name)) continue;
    throw new OperatorError(
      'USAGE',
      `Cannot send a test by "${name}": it is not in the config that the daemon runs with`,
      { hint: `It has ${allowed.join(', ')}; "logstead reload" brings in what was added` },
    );
  }
  const channels = asked.length > 0 ? (asked as readonly Channel[]) : channelsInUse(settings);
  if (channels.length === 0) {
    throw new OperatorError('USAGE', 'Cannot send a test: nothing in the config tells anybody', {
      hint: 'Name channels in "notify" of a rule or route, or in [notify]; or name one here',
    });
  }
  return {
    key: `test:${nowMs}`,
    channels,
    to: addressesOf(recipientsOf(settings)),
    createdAtMs: nowMs,
    event: {
      kind: 'internal',
      isTest: true,
      severity: 'low',
      title: 'A test: nothing happened',
      text: `"logstead alerts send-test" sent this by ${channels.join(', ')}, as alerts are sent.`,
      host: hostname(),
    },
  };
}

function channelsInUse({ alerts, routes, notify }: TellingSettings): Channel[] {
  const told = [...alerts.filter(({ enabled }) => enabled), ...routes].flatMap(
    (each) => each.notify,
  );
  return [...new Set([...told, ...notify.success, ...notify.failure])];
}

function allChannels({ email, webhooks, commands }: TellingSettings): Channel[] {
  return [
    'file',
    ...(email === null ? [] : (['email'] as const)),
    ...webhooks.map(({ name }): Channel => `webhook:${name}`),
    ...commands.map(({ name }): Channel => `command:${name}`),
  ];
}
