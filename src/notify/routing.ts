/** Whom a notification is for: by the first route that matches, else as it says itself. */
import type { RouteSettings } from '../config/notify-settings.ts';
import type { AlertNotice, Channel, ChannelKind, Notification } from '../model/notification.ts';
import { compileNamePattern } from '../query/name-pattern.ts';
import { foldText } from '../query/words.ts';

/** One place to deliver to. */
export type Place = Readonly<{
  channel: ChannelKind;
  /** Mail address; NAME of a webhook or command; empty for files. */
  recipient: string;
}>;

export type Directory = Readonly<{
  /** Addresses of `[email] to`. */
  email: readonly string[];
  routes: readonly RouteSettings[];
}>;

export const NOBODY: Directory = { email: [], routes: [] };

export function placesOf(
  { event, channels }: Pick<Notification, 'event' | 'channels'>,
  directory: Directory,
): Place[] {
  // A rule that tells nobody is only looked at.
  if (event.kind === 'alert' && channels.length > 0) {
    const route = directory.routes.find((each) => matches(each, event));
    if (route !== undefined) {
      return expand(route.notify, route.to.length > 0 ? route.to : directory.email);
    }
  }
  return expand(channels, directory.email);
}

function expand(channels: readonly Channel[], addresses: readonly string[]): Place[] {
  return [...new Set(channels)].flatMap((channel): Place[] => {
    if (channel === 'file') return [{ channel, recipient: '' }];
    if (channel === 'email') {
      return [...new Set(addresses)].map((recipient) => ({ channel, recipient }));
    }
    const colonAt = channel.indexOf(':');
    const kind = channel.slice(0, colonAt) as 'webhook' | 'command';
    return [{ channel: kind, recipient: channel.slice(colonAt + 1) }];
  });
}

function matches({ severities, rules, sources }: RouteSettings, event: AlertNotice): boolean {
  const isSeverity = severities.length === 0 || severities.includes(event.severity);
  return isSeverity && isNamed(rules, [event.rule]) && isNamed(sources, sourcesOf(event));
}

function sourcesOf({ group, samples }: AlertNotice): string[] {
  const { source } = group;
  return source === undefined ? samples.map((sample) => sample.source) : [source];
}

function isNamed(patterns: readonly string[], names: readonly string[]): boolean {
  if (patterns.length === 0) return true;
  const tests = patterns.map(compileNamePattern);
  return names.some((name) => tests.some((test) => test(foldText(name))));
}
