/** Links in alert mails: each names an incident, what to do, for whom, and until when it counts. */
import { parseDuration } from '../base/duration.ts';
import type { SigningKey } from '../base/signing-key.ts';

/** What a link may do: take care of an incident, or silence its rule for some time. */
export const LINK_ACTIONS = ['acknowledge', 'silence'] as const;
export type LinkAction = (typeof LINK_ACTIONS)[number];

export type AlertLink = Readonly<{
  incident: string;
  /** `show` changes nothing. */
  action: LinkAction | 'show';
  /** Of a silence: a duration as settings write it, or `@` and the second it ends; empty for others. */
  duration: string;
  /** Who got it. */
  who: string;
  /** Seconds since the epoch. */
  expires: number;
}>;

/** Path and query, without the address of the server. */
export function alertLinkPath(link: AlertLink, key: SigningKey): string {
  const { incident, action, duration, who, expires } = link;
  const query = new URLSearchParams({ who, until: String(expires) });
  if (duration !== '') query.set('for', duration);
  query.set('s', key.sign(partsOf(link)));
  return `/i/${incident}${action === 'show' ? '' : `/${action}`}?${query}`;
}

export function isGenuine(link: AlertLink, signature: string, key: SigningKey): boolean {
  return key.isSigned(partsOf(link), signature);
}

/** When a silence that is asked for now ends. */
export function silenceEndMs({ duration }: AlertLink, nowMs: number): number {
  if (duration.startsWith('@')) return Number(duration.slice(1)) * 1_000;
  return nowMs + (parseDuration(duration) ?? 0);
}

function partsOf({ incident, action, duration, who, expires }: AlertLink): string[] {
  return ['alert-link', incident, action, duration, who, String(expires)];
}
