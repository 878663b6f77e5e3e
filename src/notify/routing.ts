/** Whom a notification is for: by the first route that matches, else as it says itself. */
import type { RouteSettings } from '../config/notify-settings.ts';
import type {
  AlertNotice,
  AlertSeverity,
  Channel,
  ChannelKind,
  Notification,
} from '../model/notification.ts';
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

/** Whom mails may be for, each once. */
export function addressesOf({ email, routes }: Directory): readonly string[] {
  return [...new Set([...email, ...routes.flatMap(({ to }) => to)])];
}

/** What routes look at. */
export type Routed = Readonly<{
  rule: string;
  severity: AlertSeverity;
  sources: () => readonly string[];
}>;

/** Where an alert goes: channels, and mail addresses where they are not those of `[email]`. */
export type Way = Readonly<{ channels: readonly Channel[]; to: readonly string[] }>;

export function placesOf(
  { event, channels, to = [] }: Pick<Notification, 'event' | 'channels' | 'to'>,
  directory: Directory,
): Place[] {
  const way =
    event.kind === 'alert'
      ? wayOf({ ...event, sources: () => sourcesOf(event) }, channels, directory)
      : { channels, to };
  return expand(way.channels, way.to.length > 0 ? way.to : directory.email);
}

/** By the first route that matches, else as the rule says. */
export function wayOf(
  alert: Routed,
  channels: readonly Channel[],
  { routes }: Pick<Directory, 'routes'>,
): Way {
  // A rule that tells nobody is only looked at.
  const route = channels.length === 0 ? undefined : routes.find((each) => matches(each, alert));
  return route === undefined ? { channels, to: [] } : { channels: route.notify, to: route.to };
}

/** The way that leads to these places. */
export function wayOfPlaces(places: readonly Place[]): Way {
  const channels = places.map(({ channel, recipient }): Channel => {
    return channel === 'file' || channel === 'email' ? channel : `${channel}:${recipient}`;
  });
  const mails = places.filter(({ channel }) => channel === 'email');
  return { channels: [...new Set(channels)], to: mails.map(({ recipient }) => recipient) };
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

function matches({ severities, rules, sources }: RouteSettings, alert: Routed): boolean {
  const isSeverity = severities.length === 0 || severities.includes(alert.severity);
  return isSeverity && isNamed(rules, () => [alert.rule]) && isNamed(sources, alert.sources);
}

function sourcesOf({ group, samples }: AlertNotice): string[] {
  const { source } = group;
  return source === undefined ? samples.map((sample) => sample.source) : [source];
}

function isNamed(patterns: readonly string[], namesOf: () => readonly string[]): boolean {
  if (patterns.length === 0) return true;
  const tests = patterns.map(compileNamePattern);
  return namesOf().some((name) => tests.some((test) => test(foldText(name))));
}
