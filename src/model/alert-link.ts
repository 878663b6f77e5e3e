/** Links in alert mails that act: each names an incident, what to do, for whom, and until when it counts. */
import type { SigningKey } from '../base/signing-key.ts';

/** What a link may do: take care of an incident, or silence its rule for some time. */
export const LINK_ACTIONS = ['acknowledge', 'silence'] as const;
export type LinkAction = (typeof LINK_ACTIONS)[number];

export type AlertLink = Readonly<{
  incident: string;
  action: LinkAction;
  /** Of a silence, as a setting writes durations; empty for others. */
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
  return `/i/${incident}/${action}?${query}`;
}

export function isGenuine(link: AlertLink, signature: string, key: SigningKey): boolean {
  return key.isSigned(partsOf(link), signature);
}

function partsOf({ incident, action, duration, who, expires }: AlertLink): string[] {
  return ['alert-link', incident, action, duration, who, String(expires)];
}
